"""One enquiry at 46 moments: every page, letter and export that shows a deadline says the same of it.

What is true is counted here by hand, from a list of the days on which the town is closed.
"""

import csv
import html
import io
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes
from email.policy import default

import pytest
from flask.testing import FlaskClient
from sqlalchemy import delete, update

import app.workflow.worker  # noqa: F401 - the engine must know every workflow before it starts
from app import database
from app.domain.access import Role
from app.domain.deadlines import COPENHAGEN, danish
from app.domain.enquiry import State
from app.models.enquiry import Enquiry
from app.models.rate import RateCount
from app.models.unit import Mailbox
from app.models.user_session import UserSession
from app.services.casework import enquiry_deadlines, reminders
from app.services.platform import settings
from app.services.reports import enquiry_facts
from app.services.triage import decisions, returns
from app.workflow import engine
from connectors.mail.message import Folder
from tests import clock
from tests.app.services.casework.steps_of_deadlines import entry
from tests.app.web.conftest import SignIn
from tests.town import PARK, UNITS, Town, eventually, look_for_answers, mail

RECEIVED = datetime(2026, 11, 13, 9, tzinfo=UTC)  # a Friday
FEEDBACK, ANSWER = date(2026, 11, 27), date(2026, 12, 29)
"""Ten and thirty working days later: a Friday, and the Tuesday after Christmas."""
CLOSED = {date(2026, 12, 24), date(2026, 12, 25), date(2026, 12, 31), date(2027, 1, 1)}
NAMES = {FEEDBACK: "Tilbagemeldingsfrist", ANSWER: "Svarfrist"}
CHIP = re.compile(
    r'<span class="chip[^"]*"\s+title="[^"]*?(\d+)\. (\w+) (\d{4})">'
    r'(?:<span aria-hidden="true">[^<]*</span><span class="hide">)?([^<]+)</span>'
)
SHORT = re.compile(r"(Tilbagemeldingsfrist|Svarfrist) \w+\. (\d+)\. (\w{3})")
MONTHS = [
    "januar",
    "februar",
    "marts",
    "april",
    "maj",
    "juni",
    "juli",
    "august",
    "september",
    "oktober",
    "november",
    "december",
]

WAITING = ["11-13 10:00", "11-14 10:00", "11-16 08:00", "11-20 23:30"]
ROUTED = [
    "11-23 06:30", "11-24 10:00", "11-24 22:59", "11-24 23:00", "11-25 10:00", "11-26 10:00", "11-26 22:59", "11-26 23:30",
    "11-27 10:00", "11-27 22:59", "11-27 23:00", "11-28 10:00", "11-29 10:00", "11-29 22:59", "11-29 23:00", "11-30 07:30",
    "12-01 10:00",
]  # fmt: skip
SHOWN = [
    "12-05 10:00", "12-14 10:00", "12-18 10:00", "12-21 22:59", "12-21 23:00", "12-22 10:00", "12-23 10:00", "12-24 10:00",
    "12-26 10:00", "12-27 23:30", "12-28 10:00", "12-28 22:59", "12-28 23:00", "12-29 10:00", "12-29 22:59", "12-29 23:00",
    "12-30 07:30", "12-31 10:00", "12-31 23:30", "01-02 10:00", "01-03 10:00",
]  # fmt: skip
ANSWERED = ["01-03 12:00", "01-04 10:00", "02-01 10:00", "02-02 10:00"]
STORIES = {
    # when it is routed, when the citizen is told, when answered: each between the moments above
    "in time": ("11-21 10:00", "11-27 22:30", "12-29 22:30"),
    "late by a weekend": ("11-21 10:00", "11-29 15:00", "01-03 11:00"),
    "routed too late": ("11-28 15:00", "12-01 15:00", "12-30 10:00"),
}


def at(text: str) -> datetime:
    year = 2027 if text.startswith(("01", "02")) else 2026
    return datetime.fromisoformat(f"{year}-{text}").replace(tzinfo=UTC)


def moments() -> list[datetime]:
    return [at(text) for text in (*WAITING, *ROUTED, *SHOWN, *ANSWERED)]


def working_days(after: date, until: date) -> int:
    days = (after + timedelta(days=n) for n in range(1, (until - after).days + 1))
    return sum(day.weekday() < 5 and day not in CLOSED for day in days)


def truth(due: date, today: date, met: date | None) -> str:
    """What every page has to say of a deadline."""
    if met is not None:
        return "overholdt" if met <= due else "overskredet"
    if due == today:
        return "i dag"
    count = working_days(min(due, today), max(due, today))
    days = f"{count} arbejdsdag" if count == 1 else f"{count} arbejdsdage"
    return days if today < due else f"overskredet {days}" if count else "overskredet"


class Walk:
    """The enquiry, the people who look at it, and what has happened to it so far."""

    def __init__(self, town: Town, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
        self.town, self.monkeypatch = town, monkeypatch
        self.met: dict[date, date | None] = {FEEDBACK: None, ANSWER: None}
        self.go_to(RECEIVED)
        with database.write(town.container.engine) as session:
            for mailbox in session.query(Mailbox):
                mailbox.acknowledge = True
        (self.enquiry,) = town.receive(
            mail("Træ", "Et træ er væltet", message_id="<t@x.example.org>"), received_at=RECEIVED
        )
        self.people: dict[Role, FlaskClient] = {role: sign_in(role) for role in Role}

    def go_to(self, moment: datetime) -> None:
        clock.stop(self.monkeypatch, moment)
        self.now, self.today = moment, moment.astimezone(COPENHAGEN).date()
        with database.write(self.town.container.engine) as session:  # a day goes by between two looks, not a second
            session.execute(delete(RateCount))
            session.execute(update(UserSession).values(seen_at=moment, created_at=moment))

    def get(self, role: Role, address: str) -> str:
        answer = self.people[role].get(address)
        assert answer.status_code == 200, (address, answer.status_code)
        return html.unescape(answer.text)

    @property
    def state(self) -> State:
        return self.town.enquiry(self.enquiry).state

    def shown(self) -> dict[date, str]:
        return {due: truth(due, self.today, met) for due, met in self.met.items()}

    @property
    def next(self) -> date | None:
        return next((due for due, met in self.met.items() if met is None), None)

    def route(self) -> None:
        c = self.town.container
        with database.write(c.engine) as session:
            version = session.get_one(Enquiry, self.enquiry).version
            decisions.route(
                session, c.robot, self.enquiry, self.town.units[PARK],
                version=version, by=self.town.visitator.actor, now=self.now, undo_seconds=0,
            )  # fmt: skip
        eventually(lambda: "acknowledged" in self.town.events(self.enquiry))

    def tell(self) -> None:
        c = self.town.container
        with database.write(c.engine) as session:
            enquiry = session.get_one(Enquiry, self.enquiry)
            text = enquiry_deadlines.interim_text(session, enquiry, "Karla", now=self.now)
            enquiry_deadlines.send_interim(
                session, c.robot, enquiry, text,
                caseworker="Karla", by=self.town.people[Role.CASEWORKER].actor, secret="s", now=self.now,
            )  # fmt: skip
        eventually(lambda: entry(self.town)["tilbagemeldt"] == self.today.isoformat())
        self.met[FEEDBACK] = self.today
        assert f"senest den {danish(ANSWER)}" in text

    def answer(self) -> None:
        c, found = self.town.container, self.town.enquiry(self.enquiry)
        answer = mail(
            "SV: Træ", "Fjernet", sender=UNITS[PARK], to=found.sender_address, in_reply_to="<t@x.example.org>"
        )
        self.town.gateway.add_sent(UNITS[PARK], answer, sent_at=self.now)
        look_for_answers(c)
        eventually(lambda: self.state is State.CLOSED)
        self.met[ANSWER] = self.today
        assert entry(self.town)["afsluttet"] == self.today.isoformat()
        story = " ".join(re.sub(r"<[^>]+>", " ", self.get(Role.MANAGER, f"/henvendelser/{self.enquiry}")).split())
        assert f"Svarfrist {self.shown()[ANSWER]}" in story


def chips(page: str) -> dict[date, str]:
    """Every deadline on a page, by its day: how it stands, in full."""
    found: dict[date, str] = {}
    for day, month, year, shown in CHIP.findall(page):
        due = date(int(year), MONTHS.index(month) + 1, int(day))
        assert found.setdefault(due, shown.strip()) == shown.strip(), "one page says two things of one deadline"
    return found


def named(page: str) -> set[tuple[str, int, str]]:
    """Which deadline is said to be on which day."""
    plain = " ".join(re.sub(r"<[^>]+>", " ", page).split())
    return {(name, int(day), month) for name, day, month in SHORT.findall(plain)}


def check_page(walk: Walk, page: str, wanted: set[date], where: str) -> None:
    shown = walk.shown()
    assert chips(page) == {due: shown[due] for due in wanted}, (where, walk.now)
    known = {(NAMES[due], due.day, MONTHS[due.month - 1][:3]) for due in NAMES}
    assert named(page) <= known, (where, walk.now)


def check_pages(walk: Walk) -> None:
    state, both = walk.state, {FEEDBACK, ANSWER}
    here, open_ = walk.enquiry, walk.state in (State.TRIAGE, State.ROUTED)
    soon = {walk.next} if walk.next else {ANSWER}
    if state is State.TRIAGE:
        check_page(walk, walk.get(Role.VISITATOR, "/visitering/koe"), {FEEDBACK}, "queue")
        check_page(walk, walk.get(Role.VISITATOR, f"/visitering/{here}"), both, "triage")
        assert named(walk.get(Role.VISITATOR, f"/visitering/{here}/del")), "the page for splitting names both"
    else:
        check_page(walk, walk.get(Role.CASEWORKER, f"/enheden/{here}"), both, "case")
        check_page(walk, walk.get(Role.CASEWORKER, "/enheden/"), both if open_ else set(), "unit page")
        urgent = walk.get(Role.CASEWORKER, "/enheden/?vis=haster")
        check_page(walk, urgent, both if open_ and is_urgent(walk) else set(), "unit page, urgent")
    check_page(walk, walk.get(Role.MANAGER, f"/henvendelser/{here}"), both, "enquiry")
    check_page(walk, walk.get(Role.MANAGER, "/henvendelser/"), soon, "list")
    over, urgent = is_over(walk), is_urgent(walk)
    check_page(walk, walk.get(Role.MANAGER, "/henvendelser/?frist=over"), soon if over else set(), "list, overdue")
    near = urgent and not over
    check_page(walk, walk.get(Role.MANAGER, "/henvendelser/?frist=snart"), soon if near else set(), "list, urgent")
    while enquiry_facts.refresh(walk.town.container.engine):
        pass
    figures = walk.get(Role.MANAGER, "/tal/")
    assert re.search(rf'<span class="big[^"]*">{int(over)}</span><span>Frist overskredet', figures), walk.now


def is_over(walk: Walk) -> bool:
    return walk.next is not None and walk.next < walk.today


def is_urgent(walk: Walk) -> bool:
    return walk.next is not None and (walk.next < walk.today or working_days(walk.today, walk.next) <= 3)


def check_export(walk: Walk) -> None:
    for filtered in ("", "?frist=over"):
        file = walk.people[Role.MANAGER].get(f"/henvendelser/henvendelser.csv{filtered}").data.decode("utf-8-sig")
        rows = list(csv.DictReader(io.StringIO(file), delimiter=";"))
        assert len(rows) == (1 if not filtered or is_over(walk) else 0)
        for row in rows:
            assert row["Næste frist"] == (walk.next.isoformat() if walk.next else "")
            assert (row["Tilbagemeldingsfrist"], row["Svarfrist"]) == (FEEDBACK.isoformat(), ANSWER.isoformat())
            assert (row["Tilbagemelding"], row["Svar"]) == tuple(walk.shown().values())


def check_reminder(walk: Walk) -> None:
    """On working mornings, two working days ahead and after: what the mail says, or that there is none."""
    if walk.state is not State.ROUTED or walk.next is None:
        return
    c, local = walk.town.container, walk.now.astimezone(COPENHAGEN)
    with database.write(c.engine) as session:
        settings.put(session, settings.REMINDED_ON, None)
    letters = reminders.send(c.engine, c.gateway, secret="s", base_url="http://sluse.example.org", now=walk.now)
    works = local.weekday() < 5 and walk.today not in CLOSED and local.hour >= reminders.HOUR
    near = walk.next < walk.today or working_days(walk.today, walk.next) <= 2
    assert letters == int(works and near), walk.now
    if letters:
        text = letter(walk, UNITS[PARK], Folder.INBOX)
        shown = walk.shown()[walk.next]
        stands = f"overskredet med {shown[12:]}" if shown.startswith("overskredet ") else shown
        stands = f"om {stands}" if shown[0].isdigit() else stands
        assert f"{NAMES[walk.next].lower()} {danish(walk.next)}  ({stands})" in text, walk.now


def letter(walk: Walk, address: str, folder: Folder) -> str:
    """The newest letter of a folder."""
    ref = walk.town.gateway.new_messages(address, None, folder=folder).messages[-1]
    body = message_from_bytes(walk.town.gateway.raw(address, ref.key, folder=folder), policy=default).get_body(
        ("plain",)
    )
    assert body is not None
    return str(body.get_content())


def check_letters(walk: Walk) -> None:
    """The forward and the receipt as they left, the page for sending back, the register, and the story."""
    forward = letter(walk, UNITS[PARK], Folder.INBOX)
    assert f"Tilbagemeldingsfrist:  {danish(FEEDBACK)}" in forward
    assert f"Svarfrist:             {danish(ANSWER)}" in forward
    receipt = letter(walk, "tmf@town.example.org", Folder.SENT)
    promised = f"senest den {danish(FEEDBACK)}"
    assert (promised in receipt) == (walk.today <= FEEDBACK), "a day that is over is promised to nobody"
    assert "Dette er en automatisk kvittering." in receipt
    shown = entry(walk.town)
    assert (shown["tilbagemelding"], shown["frist"]) == (FEEDBACK.isoformat(), ANSWER.isoformat())
    link = returns.sign(returns.ReturnLink(walk.enquiry, 1), walk.town.container.settings.secret_key)
    page = walk.get(Role.CASEWORKER, f"/retur/{link}")
    assert f"Tilbagemeldingsfrist {danish(FEEDBACK)} · Svarfrist {danish(ANSWER)}" in " ".join(page.split())
    story = walk.get(Role.MANAGER, f"/henvendelser/{walk.enquiry}")
    assert f"Tilbagemeldingsfrist {danish(FEEDBACK)} · Svarfrist {danish(ANSWER)}" in story


@pytest.fixture
def walk(town: Town, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> Iterator[Walk]:
    made = Walk(town, sign_in, monkeypatch)
    engine.start(town.container)
    yield made
    engine.stop()


@pytest.mark.parametrize("story", STORIES)
def test_every_page_letter_and_export_says_one_thing(walk: Walk, story: str) -> None:
    assert len(moments()) >= 40
    routed, shown, answered = (at(text) for text in STORIES[story])
    steps = [(routed, walk.route), (shown, walk.tell), (answered, walk.answer)]
    for moment in moments():
        while steps and steps[0][0] <= moment:
            when, step = steps.pop(0)
            walk.go_to(when)
            step()
            if step == walk.route:
                check_letters(walk)
        walk.go_to(moment)
        check_pages(walk)
        check_export(walk)
        check_reminder(walk)
    assert not steps
