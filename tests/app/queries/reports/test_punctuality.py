"""Deadlines and journaling, counted again by hand over the audit log, with a calendar written out here."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from math import ceil
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from app import database
from app.domain.actor import ROBOT, Actor
from app.domain.deadline_status import Today
from app.domain.enquiry import State
from app.domain.events.casework import DocumentFiled, InterimSent
from app.domain.events.inbound import EnquiryAnswered
from app.domain.letter_fates import LetterFate
from app.domain.period import Period
from app.domain.waiting import Standing, WaitsFor, waits_for
from app.models.case import Case, HeldWork
from app.models.enquiry import Enquiry
from app.models.event import Event
from app.models.sending import SendingAttempt
from app.queries.reports import counted, punctuality
from app.queries.reports.catalogue import BY_KEY
from app.queries.reports.counted import Counted, Group, MailsBehind
from app.queries.reports.punctuality import worst_first
from app.queries.reports.scope import EVERYTHING, Scope
from app.services.casework import enquiry_deadlines
from app.services.platform import events
from app.services.reports import counted_days, enquiry_facts
from app.services.triage import decisions, returns
from tests.town import PARK, ROAD, WASTE, Town, mail

COPENHAGEN = ZoneInfo("Europe/Copenhagen")
DAY = date(2026, 11, 23)
"""A Monday, which is today here."""
AUTUMN = Period(date(2026, 9, 1), DAY)
# received, unit, then days after the receipt: routed, filed, told by an interim reply, answered; None: not
COURSE: tuple[tuple[str, str | None, float | None, float | None, float | None, float | None], ...] = (
    ("2026-09-01 08:00", PARK, 0.01, 0.02, None, 3),
    ("2026-09-04 21:30", PARK, 2.5, 2.6, 20, 60),  # a Friday evening: filed on the Monday; both late
    ("2026-09-07 22:30", ROAD, 0.1, 0.2, 14, 42),  # after midnight in Copenhagen it was filed; told just in time
    ("2026-09-11 10:00", ROAD, 5, 5.1, None, 14),
    ("2026-09-18 10:00", WASTE, 20, 21, None, None),  # long overdue
    ("2026-09-30 10:00", WASTE, 1, None, None, None),  # overdue, and not on its case
    ("2026-10-08 10:00", PARK, 1, 1, 2, None),  # told; the answer is overdue
    ("2026-10-14 10:00", PARK, 1, 4, 2, None),  # told; the answer is near
    ("2026-11-11 10:00", ROAD, 1, 1, None, None),  # the first response is near
    ("2026-11-19 10:00", ROAD, 1, 1, None, None),
    ("2026-09-21 10:00", None, None, None, None, None),  # still in triage
    ("2026-11-20 10:00", None, None, None, None, None),
)


def filled(town: Town) -> list[int]:
    """Give the town an autumn, and return its enquiries in the order of the course."""
    ids = []
    for n, (received, unit, routed, filed, told, answered) in enumerate(COURSE):
        at = datetime.fromisoformat(received).replace(tzinfo=UTC)
        (enquiry,) = town.receive(mail(f"Sag {n}", f"Noget nr. {n}, {received}"), received_at=at)
        ids.append(enquiry)
        if unit is None or routed is None:
            continue
        _route(town, enquiry, unit, at + timedelta(days=routed))
        with database.write(town.container.engine) as session:
            row = session.get_one(Enquiry, enquiry)
            row.case = Case(number=f"2026-{n}", opened_at=at)
            if filed is not None:
                document = DocumentFiled(case=f"2026-{n}", document="1", what="mail")
                events.record(session, document, by=ROBOT, now=at + timedelta(days=filed), enquiry_id=enquiry)
            if told is not None:
                enquiry_deadlines.feedback_given(session, row, at + timedelta(days=told))
                interim = InterimSent(caseworker="Karla", message_id=f"<{n}@x>")
                events.record(session, interim, by=ROBOT, now=at + timedelta(days=told), enquiry_id=enquiry)
            if answered is not None:
                row.state, row.answered_at = State.ANSWERED, at + timedelta(days=answered)
                answer = EnquiryAnswered(sha256="a" * 64)
                events.record(session, answer, by=ROBOT, now=at + timedelta(days=answered), enquiry_id=enquiry)
    engine, noon = town.container.engine, datetime.combine(DAY, time(12), UTC)
    while enquiry_facts.refresh(engine) or counted_days.bring_up(engine, noon):
        pass
    return ids


def _route(town: Town, enquiry: int, unit: str, at: datetime) -> None:
    with database.write(town.container.engine) as session:
        version = session.get_one(Enquiry, enquiry).version
        decisions.route(
            session, town.container.robot, enquiry, town.units[unit],
            version=version, by=town.visitator.actor, now=at, undo_seconds=0,
        )  # fmt: skip


def day(moment: datetime) -> date:
    return moment.astimezone(COPENHAGEN).date()


def after(first: date, until: date) -> int:
    """Count the working days behind one day through another. No holiday lies in this autumn."""
    return sum((first + timedelta(days=n)).weekday() < 5 for n in range(1, (until - first).days + 1))


def plus(first: date, days: int) -> date:
    return next(d for n in range(1, 200) if after(first, d := first + timedelta(days=n)) == days)


@dataclass
class Told:
    """What the log tells of one enquiry."""

    received: datetime
    unit: int | None = None
    filed: datetime | None = None
    told: datetime | None = None
    answered: datetime | None = None

    @property
    def feedback_due(self) -> date:
        return plus(day(self.received), 10)

    @property
    def answer_due(self) -> date:
        return plus(day(self.received), 30)

    @property
    def heard(self) -> date | None:
        both = [day(at) for at in (self.told, self.answered) if at]
        return min(both, default=None)

    @property
    def next_due(self) -> date:
        return self.answer_due if self.told else self.feedback_due

    @property
    def lag(self) -> int | None:
        return None if self.filed is None else after(day(self.received), day(self.filed))


def by_the_log(town: Town) -> dict[int, Told]:
    with database.read(town.container.engine) as session:
        found = {row.id: Told(row.received_at) for row in session.scalars(select(Enquiry))}
        for event in session.scalars(select(Event).where(Event.enquiry_id.is_not(None)).order_by(Event.id)):
            told = found[event.enquiry_id or 0]
            match event.kind:
                case "confirmed" | "corrected" | "routed":
                    told.unit = event.data["unit_id"]
                case "document_filed":
                    told.filed = told.filed or event.at
                case "interim_sent":
                    told.told = event.at
                case "answered":
                    told.answered = event.at
    return found


SOON = plus(DAY, 4) - timedelta(days=1)
"""The last day within three working days."""
Test = Callable[[Told], Any]
TRUTH: dict[str, tuple[Test, Test]] = {
    # figure: (counts, could count)
    "feedback_met": (lambda t: t.heard is not None and t.heard <= t.feedback_due, lambda t: t.heard or t.feedback_due < DAY),
    "answer_met": (
        lambda t: t.answered and day(t.answered) <= t.answer_due, lambda t: t.answered or t.answer_due < DAY,
    ),
    "feedback_overdue": (lambda t: t.feedback_due < DAY, lambda t: t.heard is None),
    "feedback_near": (lambda t: DAY <= t.feedback_due <= SOON, lambda t: t.heard is None),
    "answer_overdue": (lambda t: t.answer_due < DAY, lambda t: not t.answered),
    "answer_near": (lambda t: DAY <= t.answer_due <= SOON, lambda t: not t.answered),
    "overdue": (lambda t: t.next_due < DAY, lambda t: not t.answered),
    "near": (lambda t: DAY <= t.next_due <= SOON, lambda t: not t.answered),
    "answered_late": (lambda t: day(t.answered) > t.answer_due, lambda t: t.answered),
    "journaled_same_day": (lambda t: t.lag == 0, lambda _: True),
    "journaled_in_1": (lambda t: t.lag is not None and t.lag <= 1, lambda _: True),
    "journaled_in_3": (lambda t: t.lag is not None and t.lag <= 3, lambda _: True),
    "journaled_later": (lambda t: t.lag is not None and t.lag > 3, lambda _: True),
    "not_journaled": (lambda t: t.lag is None, lambda _: True),
}  # fmt: skip


def test_each_figure_agrees_with_the_log_for_the_house_and_for_each_unit(town: Town) -> None:
    filled(town)
    told = by_the_log(town)
    today, figures = Today(DAY), [BY_KEY[key] for key in TRUTH]
    with database.read(town.container.engine) as session:
        whole = counted.count(session, figures, AUTUMN, EVERYTHING, today)
        groups = counted.by_group(session, figures, AUTUMN, EVERYTHING, today, Group.UNIT)
        behind = {f.key: set(session.scalars(MailsBehind(f, AUTUMN).select(session, today))) for f in figures}
    for key, (counts, could) in TRUTH.items():
        of = {number for number, each in told.items() if could(each)}
        right = {number for number in of if counts(told[number])}
        assert whole[key] == Counted(len(right), len(of)), key
        assert behind[key] == right, key
        for unit in (None, *town.units.values()):
            here = {number for number in of if told[number].unit == unit}
            assert groups[unit].get(key, Counted(0, 0)) == Counted(len(here & right), len(here)), (key, unit)
    assert counted.together(groups.values()) == whole, "nothing is counted twice, or nowhere"
    assert all(whole[key].count for key in TRUTH), "a course in which something is nought tests nothing of it"


def test_the_journaling_lag_agrees_with_the_log(town: Town) -> None:
    filled(town)
    filed = [each for each in by_the_log(town).values() if each.filed]
    minutes = sorted(round((each.filed - each.received).total_seconds() / 60) for each in filed if each.filed)
    days = Counter(min(each.lag or 0, punctuality.LAST_BIN) for each in filed)
    with database.read(town.container.engine) as session:
        lag = punctuality.journal_lag(session, AUTUMN, EVERYTHING)
        nothing = punctuality.journal_lag(session, Period(date(2025, 1, 1), date(2025, 1, 31)), EVERYTHING)
    assert list(lag.days) == [days[n] for n in range(punctuality.LAST_BIN + 1)]
    assert lag.days[punctuality.LAST_BIN] == 1
    assert (lag.median, lag.most) == tuple(minutes[ceil(len(minutes) * part) - 1] for part in (0.5, 0.9))
    assert (nothing.median, nothing.most, sum(nothing.days)) == (None, None, 0)


def test_the_overdue_are_listed_longest_first_with_what_they_wait_for_since_when(town: Town) -> None:
    ids = filled(town)
    told = by_the_log(town)
    returned = datetime(2026, 11, 2, 9, tzinfo=UTC)
    with database.write(town.container.engine) as session:
        returns.give_back(session, session.get_one(Enquiry, ids[5]), by=Actor("affald"), now=returned, why="")
        at = datetime(2026, 11, 3, 9, tzinfo=UTC)
        session.add(HeldWork(workflow_id="journal:x", enquiry_id=ids[4], at=at))
        session.add(
            SendingAttempt(
                message_id="<b@x>", letter="interim", enquiry_id=ids[6], sender="a", recipient="b",
                began_at=at + timedelta(days=1), fate=LetterFate.UNKNOWN,
            )
        )  # fmt: skip
    engine, noon = town.container.engine, datetime.combine(DAY, time(12), UTC)
    while enquiry_facts.refresh(engine) or counted_days.bring_up(engine, noon):
        pass
    with database.read(town.container.engine) as session:
        found = punctuality.overdue(session, EVERYTHING, Today(DAY))
        cut = punctuality.overdue(session, EVERYTHING, Today(DAY), limit=1)
        of_waste = punctuality.overdue(session, Scope(unit_id=town.units[WASTE]), Today(DAY))
    late = sorted((t.next_due, n) for n, t in told.items() if not t.answered and t.next_due < DAY)
    assert [(row.due_on, row.enquiry_id) for row in found.rows] == late
    assert [row.days for row in found.rows] == [after(due, DAY) for due, _ in late]
    waits = {row.enquiry_id: (row.waits_for, row.waits_since, row.unit) for row in found.rows}
    for row in found.rows:
        one = told[row.enquiry_id]
        ran_out = {"feedback": one.heard is None and one.feedback_due < DAY, "answer": one.answer_due < DAY}
        assert row.passed == tuple(clock for clock, over in ran_out.items() if over), "which deadline passed"
        assert row.passed
    assert waits[ids[4]] == (WaitsFor.HELD, day(at), WASTE)
    assert waits[ids[5]] == (WaitsFor.TRIAGE, day(returned), "")
    assert waits[ids[6]] == (WaitsFor.LETTER, day(at + timedelta(days=1)), PARK)
    assert waits[ids[10]][0] is WaitsFor.TRIAGE
    assert (len(cut.rows), cut.total, cut.more) == (1, len(late), len(late) - 1)
    assert {row.enquiry_id for row in of_waste.rows} == {ids[4], ids[5]}, "what was given back counts where it was last"
    assert found.rows[0].number in {"2026-4", ""}


@pytest.mark.parametrize(
    ("standing", "expected"),
    [
        (Standing(State.RECEIVED), WaitsFor.READING),
        (Standing(State.TRIAGE), WaitsFor.TRIAGE),
        (Standing(State.TRIAGE, unreadable=True), WaitsFor.UNREADABLE),
        (Standing(State.TRIAGE, owned=True), WaitsFor.OWNER),
        (Standing(State.ROUTED), WaitsFor.UNIT),
        (Standing(State.ROUTED, held=True), WaitsFor.HELD),
        (Standing(State.ROUTED, held=True, system_silent=True), WaitsFor.SYSTEM),
        (Standing(State.ROUTED, held=True, system_silent=True, letter_unknown=True), WaitsFor.LETTER),
    ],
)
def test_what_holds_the_robot_comes_before_what_people_do(standing: Standing, expected: WaitsFor) -> None:
    assert waits_for(standing) is expected


def test_the_worst_comes_first_and_what_is_little_known_last() -> None:
    groups = {
        1: {"answered_late": Counted(10, 200)},
        2: {"answered_late": Counted(1, 1)},
        3: {"answered_late": Counted(40, 100)},
        4: {"answered_late": Counted(3, 20)},
        5: {},
    }
    assert worst_first(groups, "answered_late", 0.05) == [3, 1, 4, 2, 5]
