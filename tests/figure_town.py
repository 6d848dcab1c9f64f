"""A town with a rich autumn, written into the log as the house writes it, and what that log tells by plain reading.

For tests that count every figure again: nothing here asks the facts, the catalogue or the calendar of the house.
"""

import random
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import database
from app.domain.actor import ROBOT
from app.domain.enquiry import LabelSource, State
from app.domain.events.base import DomainEvent
from app.domain.events.casework import DocumentFiled, InterimSent
from app.domain.events.inbound import EnquiryAnswered, EnquiryRouted, MailSetAside
from app.domain.events.triage import (
    DecisionUndone,
    EnquiryDismissed,
    EnquiryReturned,
    SuggestionConfirmed,
    SuggestionCorrected,
)
from app.domain.routing import Reason
from app.models.enquiry import Enquiry
from app.models.event import Event
from app.models.label import Label
from app.models.unit import ServiceArea, Unit
from app.services.casework import enquiry_deadlines
from app.services.platform import events
from app.services.reports import enquiry_facts
from tests.town import SHARED, UNITS, WASTE, Town, mail

DAY = date(2026, 11, 23)
"""A Monday, which is today here."""
NOON = datetime(2026, 11, 23, 11, tzinfo=UTC)
FIRST = datetime(2026, 9, 1, 6, tzinfo=UTC)
OTHER = "byen@town.example.org"
COPENHAGEN = ZoneInfo("Europe/Copenhagen")
MAILS = 150


@dataclass
class _Mail:
    """One enquiry that is being written."""

    session: Session
    row: Enquiry
    at: datetime
    draw: random.Random

    def wait(self, most: float) -> None:
        self.at = min(self.at + timedelta(days=self.draw.random() * most), NOON - timedelta(minutes=1))

    def note(self, content: DomainEvent) -> Event:
        return events.record(self.session, content, by=ROBOT, now=self.at, enquiry_id=self.row.id)

    def place(self, unit: int, content: DomainEvent) -> Event:
        self.row.state, self.row.unit_id = State.ROUTED, unit
        return self.note(content)

    def chosen(self, unit: int, units: list[int], hop: int) -> Event:
        """Let a person choose; three in four by what is suggested, one in five without seeing it."""
        suggested = unit if self.draw.random() < 0.75 else self.draw.choice(units)
        kind = SuggestionConfirmed if suggested == unit else SuggestionCorrected
        source = LabelSource.CONFIRMED if suggested == unit else LabelSource.CORRECTED
        for old in self.session.scalars(
            select(Label).where(Label.enquiry_id == self.row.id, Label.revokes_id.is_(None))
        ):
            revoked = Label(enquiry_id=self.row.id, unit_id=old.unit_id, revokes_id=old.id, source=old.source)
            revoked.by, revoked.at = "x", self.at
            if self.session.scalar(select(Label.id).where(Label.revokes_id == old.id)) is None:
                self.session.add(revoked)
        label = Label(enquiry_id=self.row.id, unit_id=unit, source=source, by="x", at=self.at)
        label.suggested_unit_id, label.suggested_confidence = suggested, 0.5
        self.session.add(label)
        made = kind(
            hop=hop, unit_id=unit, suggested=suggested, confidence=0.5, seconds=5.0, blind=self.draw.random() < 0.2
        )
        return self.place(unit, made)


def lived(town: Town) -> None:
    """Let the autumn be, and bring the facts up to it."""
    draw = random.Random(15)
    moments = sorted(FIRST + timedelta(days=draw.random() * 83) for _ in range(MAILS))
    for n, at in enumerate(moments):
        town.gateway.deliver(SHARED, mail(f"Sag {n}", f"Noget nr. {n}, {at}"), received_at=at)
    town.take_in()
    units = list(town.units.values())
    with database.write(town.container.engine) as session:
        area = ServiceArea(name="Miljø")
        session.add(area)
        session.flush()
        session.get_one(Unit, town.units[WASTE]).area_id = area.id
        rows = session.scalars(select(Enquiry).order_by(Enquiry.id)).all()
        for n, row in enumerate(rows[-MAILS:]):
            row.mailbox = OTHER if n % 4 == 1 else SHARED
            _live(_Mail(session, row, row.received_at, draw), n, units)
    while enquiry_facts.refresh(town.container.engine):
        pass


def _live(one: _Mail, n: int, units: list[int]) -> None:
    one.wait(2)
    unit = one.draw.choice(units)
    match n % 12:
        case 0:
            return  # waits
        case 1:
            one.row.state, one.row.reason = State.SET_ASIDE, "twin"
            one.note(MailSetAside(reason="twin"))
            return
        case 2:
            one.row.state, one.row.reason = State.SET_ASIDE, "thanks"
            one.note(EnquiryDismissed(hop=0, reason="thanks", blind=n % 24 == 2, seconds=3.0))
            return
        case 3 | 4 | 5:
            one.place(unit, EnquiryRouted(unit_id=unit, reason=Reason.CONFIDENT))
        case 6:
            one.row.reason = Reason.RULE_UNIT
            one.place(unit, EnquiryRouted(unit_id=unit, reason=Reason.RULE_UNIT))
        case 7:
            one.place(unit, EnquiryRouted(unit_id=unit, reason=(Reason.FOLLOW_UP, Reason.DIRECT)[n % 24 == 7]))
        case 8:
            undone = one.chosen(unit, units, 0)
            one.wait(0.01)
            one.note(DecisionUndone(event_id=undone.id, way="plain"))
            one.row.unit_id, unit = None, one.draw.choice(units)
            one.chosen(unit, units, 0)
        case _:
            one.chosen(unit, units, 0)
    for hop in range(one.draw.choice([0, 0, 0, 1, 1, 2])):
        one.wait(6)
        one.note(EnquiryReturned(unit_id=one.row.unit_id, why="", reason=None, belongs_id=None))
        one.row.state, one.row.unit_id = State.TRIAGE, None
        if one.draw.random() < 0.1:
            return
        one.wait(3)
        one.chosen(one.draw.choice(units), units, hop + 1)
    _work(one, n)


def _work(one: _Mail, n: int) -> None:
    if n % 7:
        one.wait(5)
        one.note(DocumentFiled(case=f"2026-{n}", document="1", what="mail"))
    if n % 3 == 0:
        one.wait(25)
        enquiry_deadlines.feedback_given(one.session, one.row, one.at)
        one.note(InterimSent(caseworker="Karla", message_id=f"<{n}@x>"))
    if n % 5:
        one.wait(60)
        if one.at < NOON - timedelta(minutes=1):
            one.row.state, one.row.answered_at = State.ANSWERED, one.at
            one.note(EnquiryAnswered(sha256="a" * 64))


def day(moment: datetime) -> date:
    return moment.astimezone(COPENHAGEN).date()


def after(first: date, until: date) -> int:
    """Count the working days behind one day through another. No holiday lies in this autumn."""
    return sum((first + timedelta(days=n)).weekday() < 5 for n in range(1, (until - first).days + 1))


def plus(first: date, days: int) -> date:
    return next(d for n in range(1, 200) if after(first, d := first + timedelta(days=n)) == days)


SOON = plus(DAY, 4) - timedelta(days=1)
"""The last day within three working days."""


@dataclass
class Recounted:
    """What the logs tell of one enquiry."""

    received: date
    mailbox: str
    chain: list[tuple[int, date, int, str]] = field(default_factory=list)
    """(event, day, unit, way) of each time that it was given to a unit and that was not taken back."""
    state: str = "triage"
    aside: str = ""
    decided: str = ""
    returns: int = 0
    filed: date | None = None
    told: date | None = None
    answered: date | None = None
    judged: date | None = None
    suggested: int | None = None
    right: bool | None = None
    rule: bool = False

    @property
    def unit(self) -> int | None:
        return self.chain[-1][2] if self.chain else None

    @property
    def first(self) -> int | None:
        return self.chain[0][2] if self.chain else None

    @property
    def way(self) -> str:
        return self.aside or (self.chain[0][3] if self.chain else "waiting")

    @property
    def asked(self) -> bool:
        return self.way in ("automatic", "manual", "waiting")

    @property
    def ours(self) -> bool:
        return self.state != "set_aside"

    @property
    def open(self) -> bool:
        return self.state in ("triage", "routed")

    @property
    def hops(self) -> int:
        units = [unit for _, _, unit, _ in self.chain]
        return sum(a != b for a, b in pairwise(units))

    @property
    def lost(self) -> int:
        return after(self.chain[0][1], self.chain[-1][1]) if self.hops and self.first != self.unit else 0

    @property
    def feedback_due(self) -> date:
        return plus(self.received, 10)

    @property
    def answer_due(self) -> date:
        return plus(self.received, 30)

    @property
    def heard(self) -> date | None:
        return min((at for at in (self.told, self.answered) if at), default=None)

    @property
    def next_due(self) -> date:
        return self.answer_due if self.told else self.feedback_due

    @property
    def lag(self) -> int | None:
        return None if self.filed is None else after(self.received, self.filed)


def by_the_log(town: Town) -> list[Recounted]:
    """Walk through the two logs once."""
    with database.read(town.container.engine) as session:
        found = {row.id: Recounted(day(row.received_at), row.mailbox) for row in session.scalars(select(Enquiry))}
        for event in session.scalars(select(Event).where(Event.enquiry_id.is_not(None)).order_by(Event.id)):
            _tell(found[event.enquiry_id or 0], event)
        labels = session.scalars(select(Label).order_by(Label.id)).all()
        revoked = {each.revokes_id for each in labels}
        for label in labels:
            if label.revokes_id is None and label.id not in revoked and label.suggested_unit_id is not None:
                told = found[label.enquiry_id]
                told.judged, told.suggested = day(label.at), label.suggested_unit_id
                told.right = label.suggested_unit_id == label.unit_id
    return list(found.values())


def _tell(told: Recounted, event: Event) -> None:
    data: dict[str, Any] = event.data
    match event.kind:
        case "routed" | "confirmed" | "corrected":
            ways = {"follow_up": "follow_up", "direct": "direct"}
            way = ways.get(data.get("reason", ""), "automatic") if event.kind == "routed" else "manual"
            told.chain.append((event.id, day(event.at), data["unit_id"], way))
            told.state, told.rule = "routed", told.rule or data.get("reason") == "rule_unit"
            if event.kind != "routed":
                told.decided = "blind" if data["blind"] else event.kind
        case "undone":
            told.chain = [each for each in told.chain if each[0] < data["event_id"]]
            told.state = "triage"
        case "returned":
            told.returns, told.state = told.returns + 1, "triage"
        case "set_aside":
            told.state = told.aside = "set_aside"
        case "dismissed":
            told.state, told.aside = "set_aside", "manual"
            told.decided = "blind" if data["blind"] else "ended"
        case "document_filed":
            told.filed = told.filed or day(event.at)
        case "interim_sent":
            told.told = day(event.at)
        case "answered":
            told.answered, told.state = day(event.at), "answered"


Test = Callable[[Recounted], Any]


@dataclass(frozen=True)
class Truth:
    """A figure once more: what counts, among what, on which day, how much, and for which unit."""

    which: Test
    among: Test | None = None
    on: Test | None = lambda t: t.received
    amount: Test = lambda _t: 1
    unit: Test = lambda t: t.unit

    def count(
        self, told: list[Recounted], first: date, last: date, here: Test = lambda _t: True
    ) -> tuple[int, int | None]:
        """Return (count, of) over days; of what stands today over all that is open."""
        on = self.on
        days = [t for t in told if here(t) and (t.open if on is None else on(t) and first <= on(t) <= last)]
        could = [t for t in days if self.among is None or self.among(t)]
        return sum(self.amount(t) for t in could if self.which(t)), None if self.among is None else len(could)


def _first(t: Recounted) -> Any:
    return t.first


def _judged(t: Recounted) -> Any:
    return t.judged


def _placed(t: Recounted) -> Any:
    return bool(t.chain)


def _asked(t: Recounted) -> Any:
    return t.asked


def _filing(t: Recounted) -> Any:
    return t.ours or t.filed


def _late_feedback(t: Recounted) -> Any:
    return t.ours and (t.heard or t.feedback_due < DAY)


def _late_answer(t: Recounted) -> Any:
    return t.ours and (t.answered or t.answer_due < DAY)


def _runs_feedback(t: Recounted) -> Any:
    return t.open and not t.heard


def _runs_answer(t: Recounted) -> Any:
    return t.open and not t.answered


def _placed_by(way: str) -> Test:
    return lambda t: _placed(t) and t.way == way


def _within(days: int) -> Test:
    return lambda t: t.lag is not None and t.lag <= days


TRUTH: dict[str, Truth] = {
    "received": Truth(lambda t: True),
    "automatic": Truth(lambda t: t.way == "automatic", _asked),
    "automatic_by_rule": Truth(lambda t: t.rule, _asked),
    "manual": Truth(lambda t: t.way == "manual", _asked),
    "undecided": Truth(lambda t: t.way == "waiting", _asked),
    "follow_ups": Truth(lambda t: t.way == "follow_up"),
    "direct": Truth(lambda t: t.way == "direct"),
    "aside": Truth(lambda t: t.way == "set_aside", lambda t: True),
    "sorted": Truth(lambda t: t.way in ("automatic", "manual", "follow_up"), lambda t: True),
    "decided_confirmed": Truth(lambda t: t.decided == "confirmed"),
    "decided_corrected": Truth(lambda t: t.decided == "corrected"),
    "decided_blind": Truth(lambda t: t.decided == "blind"),
    "decided_ended": Truth(lambda t: t.decided == "ended"),
    "returned": Truth(lambda t: t.returns > 0, _placed),
    "misrouted": Truth(lambda t: t.hops > 0, _placed),
    "automatic_returned": Truth(lambda t: t.returns > 0, _placed_by("automatic")),
    "automatic_misrouted": Truth(lambda t: t.hops > 0, _placed_by("automatic")),
    "manual_returned": Truth(lambda t: t.returns > 0, _placed_by("manual")),
    "manual_misrouted": Truth(lambda t: t.hops > 0, _placed_by("manual")),
    "many_hops": Truth(lambda t: t.hops > 1, _placed),
    "sent_wrong": Truth(lambda t: t.hops > 0 and t.first != t.unit, _placed, unit=_first),
    "hops": Truth(lambda t: t.hops > 0, amount=lambda t: t.hops),
    "days_lost": Truth(lambda t: t.lost > 0, amount=lambda t: t.lost),
    "many_hops_days": Truth(lambda t: t.hops > 1, amount=lambda t: t.lost),
    "sent_wrong_days": Truth(lambda t: t.lost > 0, amount=lambda t: t.lost, unit=_first),
    "days_given": Truth(lambda t: t.lost > 0, amount=lambda t: after(t.received, t.feedback_due)),
    "suggested_right": Truth(lambda t: t.right, _judged, on=_judged),
    "suggested_here_right": Truth(lambda t: t.right, _judged, on=_judged, unit=lambda t: t.suggested),
    "confused": Truth(lambda t: t.right is False and t.suggested != t.unit, on=_judged),
    "answered": Truth(lambda t: t.ours, on=lambda t: t.answered),
    "answered_late": Truth(lambda t: t.answered > t.answer_due, lambda t: t.ours, on=lambda t: t.answered),
    "feedback_met": Truth(lambda t: t.heard and t.heard <= t.feedback_due, _late_feedback),
    "answer_met": Truth(lambda t: t.answered and t.answered <= t.answer_due, _late_answer),
    "journaled": Truth(lambda t: t.filed, _placed),
    "journaled_same_day": Truth(_within(0), _filing),
    "journaled_in_1": Truth(_within(1), _filing),
    "journaled_in_3": Truth(_within(3), _filing),
    "journaled_later": Truth(lambda t: t.lag is not None and t.lag > 3, _filing),
    "not_journaled": Truth(lambda t: not t.filed, _filing),
    "waiting": Truth(lambda t: t.state == "triage", on=None),
    "with_units": Truth(lambda t: t.state == "routed", on=None),
    "overdue": Truth(lambda t: t.next_due < DAY, lambda t: t.open, on=None),
    "near": Truth(lambda t: DAY <= t.next_due <= SOON, lambda t: t.open, on=None),
    "feedback_overdue": Truth(lambda t: t.feedback_due < DAY, _runs_feedback, on=None),
    "feedback_near": Truth(lambda t: DAY <= t.feedback_due <= SOON, _runs_feedback, on=None),
    "answer_overdue": Truth(lambda t: t.answer_due < DAY, _runs_answer, on=None),
    "answer_near": Truth(lambda t: DAY <= t.answer_due <= SOON, _runs_answer, on=None),
}


def names(town: Town) -> dict[int | None, str]:
    return {number: name for name, number in town.units.items()} | {None: ""}


def areas(town: Town) -> dict[int | None, int | None]:
    """Return the service area of each unit."""
    with database.read(town.container.engine) as session:
        found: dict[int | None, int | None] = defaultdict(lambda: None)
        found.update({unit.id: unit.area_id for unit in session.scalars(select(Unit))})
    assert set(UNITS) <= set(town.units)
    return found
