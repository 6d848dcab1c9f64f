"""The digest by mail: once for each time it is due, whatever happens meanwhile, with numbers and nothing of a mail."""

import re
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes
from email.policy import default

import pytest
from sqlalchemy import select, update

from app import database
from app.domain.access import Role
from app.errors import NotFoundError, RefusedError
from app.models.account import Account
from app.models.case import Case
from app.models.digest import DigestSubscription
from app.models.enquiry import Enquiry
from app.models.event import Event
from app.services.platform import circuits
from app.services.reports import digests, enquiry_facts
from app.services.reports.digests import Choice
from connectors.errors import ConnectorError
from connectors.mail.message import Outgoing
from tests.town import PARK, Town, mail

FRIDAY = datetime(2026, 11, 27, 12, tzinfo=UTC)
MONDAY = datetime(2026, 11, 30, 7, tzinfo=UTC)
"""Eight o'clock in Copenhagen."""
SECRET, BASE = "s", "http://sluse.example.org"


def order(town: Town, role: Role = Role.MANAGER, choice: Choice | None = None, now: datetime = FRIDAY) -> Account:
    account = town.people[role]
    town.gateway.create_mailbox(account.email)
    with database.write(town.container.engine) as session:
        choice = choice or Choice(weekday=0, hour=8)
        digests.choose(session, session.get_one(Account, account.id), choice, by=account.actor, now=now)
    return account


def with_mails(town: Town, count: int = 2) -> list[int]:
    """Give Park some overdue cases whose mails must not be told of."""
    received = datetime(2026, 10, 5, 9, tzinfo=UTC)
    mails = [
        mail(f"Emnet {n}", f"Brev nr. {n}", sender=f"Inger {n} <inger{n}@borger.example.org>") for n in range(count)
    ]
    ids = town.receive(*mails, received_at=received)
    for n, each in enumerate(ids):
        town.decide(each, PARK)
        with database.write(town.container.engine) as session:
            session.get_one(Enquiry, each).case = Case(number=f"2026-{n}", opened_at=received)
    brought_up(town)
    return ids


def brought_up(town: Town) -> None:
    while enquiry_facts.refresh(town.container.engine):
        pass


def send(town: Town, now: datetime, gateway: object = None) -> int:
    c = town.container
    return digests.send_due(c.engine, gateway or c.gateway, secret=SECRET, base_url=BASE, now=now)  # type: ignore[arg-type]


def letters(town: Town, account: Account) -> list[bytes]:
    refs = town.gateway.new_messages(account.email, None).messages
    return [town.gateway.raw(account.email, ref.key) for ref in refs]


def sent_events(town: Town) -> list[dict[str, object]]:
    with database.read(town.container.engine) as session:
        return [event.data for event in session.scalars(select(Event).where(Event.kind == "digest_sent"))]


class Gateway:
    """The town's mail system, which may be unable to send, or leave its worker dead behind a letter."""

    def __init__(self, town: Town, *, fails: bool = False, kills: bool = False) -> None:
        self._town, self._fails, self._kills, self.asked = town, fails, kills, 0

    def send(self, letter: Outgoing, *, again: bool = False) -> None:
        self.asked += 1
        if self._fails:
            raise ConnectorError("nede", retryable=True)
        self._town.gateway.send(letter, again=again)
        if self._kills:
            raise SystemExit


def test_it_goes_out_once_each_week_at_the_hour_chosen(town: Town) -> None:
    with_mails(town)
    account = order(town)
    assert send(town, FRIDAY) == 0, "nothing was due since it was ordered"
    assert send(town, MONDAY - timedelta(seconds=1)) == 0
    assert send(town, MONDAY) == 1
    assert [send(town, MONDAY + timedelta(minutes=n)) for n in (1, 2, 600)] == [0, 0, 0]
    assert send(town, MONDAY + timedelta(days=7)) == 1
    assert len(letters(town, account)) == 2
    assert sent_events(town) == [
        {"account": account.email, "due": "2026-11-30T08:00:00+01:00"},
        {"account": account.email, "due": "2026-12-07T08:00:00+01:00"},
    ]


def test_it_tells_numbers_case_numbers_and_days_and_nothing_of_a_mail(town: Town) -> None:
    ids = with_mails(town, count=12)
    account = order(town, Role.CASEWORKER)
    send(town, MONDAY)
    (raw,) = letters(town, account)
    letter = message_from_bytes(raw, policy=default)
    body = letter.get_body(("plain",))
    assert body is not None
    assert letter.get_body(("html",)) is None
    text = str(body.get_content()).replace("\r\n", "\n")
    assert text.startswith("Frister for Park\n")
    assert "De sidste syv dage, 23. november 2026 til 29. november 2026" in text
    assert "- Frist overskredet: 12\n" in text
    assert "Venter på fordeling" not in text, "that is no unit's"
    assert re.findall(r"^- (Sag .*)$", text, re.MULTILINE) == [
        f"Sag 2026-{n}: overskredet med 30 arbejdsdage" for n in range(10)
    ]
    assert "- og 2 til" in text
    assert f"{BASE}/enheden/{ids[0]}\n" in text
    assert not re.search(r"Emnet|Brev nr|Inger|borger\.example", raw.decode("utf-8", "replace") + text)
    assert letter["Subject"] == "Ugebrev om frister for Park: 12 overskredet"
    stop = f"{BASE}/ugebrev/{digests.sign(account.id, SECRET)}"
    assert stop in text
    assert re.sub(r"\s", "", letter["List-Unsubscribe"]) == f"<{stop}>"
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_a_forged_link_stops_nobodys_digest() -> None:
    assert digests.read_link(digests.sign(7, SECRET), SECRET) == 7
    for forged in (digests.sign(7, "another secret"), digests.sign(7, SECRET)[:-2], "Nw.x", ""):
        with pytest.raises(NotFoundError):
            digests.read_link(forged, SECRET)


def test_it_is_quiet_where_there_is_nothing_to_say_unless_it_is_wanted_all_the_same(town: Town) -> None:
    account = order(town)
    assert (send(town, MONDAY), letters(town, account), sent_events(town)) == (0, [], [])
    order(town, choice=Choice(weekday=0, hour=8, also_empty=True), now=MONDAY)
    assert send(town, MONDAY + timedelta(days=7)) == 1


def test_killed_behind_the_letter_it_goes_on_without_a_second_one(town: Town) -> None:
    with_mails(town)
    account = order(town)
    with pytest.raises(SystemExit):
        send(town, MONDAY, Gateway(town, kills=True))
    assert sent_events(town) == []
    assert send(town, MONDAY + timedelta(minutes=1)) == 1
    assert send(town, MONDAY + timedelta(minutes=2)) == 0
    assert (len(letters(town, account)), len(sent_events(town))) == (1, 1)


def test_what_cannot_be_sent_is_tried_for_a_day_and_then_given_up(town: Town) -> None:
    with_mails(town)
    account = order(town)
    failing = Gateway(town, fails=True)
    assert (send(town, MONDAY, failing), failing.asked) == (0, 1)
    assert (send(town, MONDAY + timedelta(minutes=14), failing), failing.asked) == (0, 1)
    assert (send(town, MONDAY + timedelta(minutes=15), failing), failing.asked) == (0, 2)
    assert send(town, MONDAY + timedelta(hours=25)) == 0, "older news helps nobody"
    assert send(town, MONDAY + timedelta(days=7), failing) == 0
    assert send(town, MONDAY + timedelta(days=7, minutes=15)) == 1
    assert len(letters(town, account)) == 1


def test_it_waits_while_the_mail_system_does_not_answer(town: Town) -> None:
    with_mails(town)
    order(town)
    with database.write(town.container.engine) as session:
        circuits.failed(session, circuits.MAIL, "journal-1", reason="nede", wait=3600, attempts=1, now=MONDAY)
    gateway = Gateway(town)
    assert (send(town, MONDAY, gateway), gateway.asked) == (0, 0)


def test_nobody_gets_it_who_stopped_it_left_or_may_have_none_any_more(town: Town) -> None:
    with_mails(town)
    manager, caseworker = order(town), order(town, Role.CASEWORKER)
    with database.write(town.container.engine) as session:
        digests.end(session, manager.id, by=manager.actor, now=FRIDAY)
        digests.end(session, manager.id, by=manager.actor, now=FRIDAY)
        session.execute(update(Account).where(Account.id == caseworker.id).values(active=False))
    assert send(town, MONDAY) == 0
    with database.write(town.container.engine) as session:
        session.execute(update(Account).where(Account.id == caseworker.id).values(active=True, role=Role.AUDITOR))
        kinds = list(session.scalars(select(Event.kind).where(Event.kind == "digest_changed")))
    assert send(town, MONDAY) == 0
    assert kinds == ["digest_changed"] * 3, "stopped twice is told once"


def test_a_choice_is_checked(town: Town) -> None:
    for choice in (Choice(5, 8), Choice(0, 3), Choice(0, 24)):
        with pytest.raises(RefusedError, match="no_digest_time"):
            order(town, choice=choice)
    with pytest.raises(NotFoundError):
        order(town, choice=Choice(0, 8, area_id=999))
    with pytest.raises(NotFoundError):
        order(town, Role.VISITATOR)
    with database.read(town.container.engine) as session:
        assert session.scalars(select(DigestSubscription)).all() == []
    assert date(2026, 11, 30).weekday() == 0
