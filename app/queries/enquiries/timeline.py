"""The timeline of one enquiry, as a person reads it. Day by day, technical entries apart, people by their names."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain import deadlines
from app.domain import events as catalogue
from app.domain.access import may_see
from app.domain.actor import ROBOT
from app.domain.enquiry import State
from app.domain.events.base import DomainEvent, EventGroup, Icon
from app.domain.events.enquiries import MailViewed
from app.domain.events.inbound import MailReceived
from app.domain.events.triage import NoteWritten, SuggestionConfirmed, SuggestionCorrected
from app.domain.recognition import SetAside
from app.models.account import Account
from app.models.case import CaseDocument, Reply
from app.models.enquiry import Enquiry
from app.models.event import Event
from app.models.note import Note
from app.models.prediction import Decision, in_order
from app.models.unit import Mailbox, Unit
from app.queries.casework import case_documents
from app.queries.enquiries.enquiry_list import paths, unit_names
from app.queries.organisation import outside

APART = frozenset({EventGroup.VIEW, EventGroup.TECHNICAL})
NOT_IN_TIMELINE = frozenset({NoteWritten.kind})
"""The note itself stands in its place."""
DECIDED = {SuggestionConfirmed.kind: "decided", SuggestionCorrected.kind: "decided"}
"""While a suggestion is hidden, nobody is told whether an earlier decision agreed with it."""
ICONS = {"arrived": Icon.MAIL, "decided": Icon.PERSON, "note": Icon.NOTE}
"""Signs of the entries that are no event's."""
SUGGESTED = 3
FETCHED_LATER = timedelta(minutes=10)
"""From so long after its arrival on, that a mail was fetched is told apart."""


@dataclass(frozen=True, slots=True)
class SuggestionMade:
    """A suggested unit or authority, by name. "" where the mail may be no enquiry."""

    unit: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Disclosed:
    """What is told of any event while a suggestion is hidden."""

    unit_id: int | None
    why: str
    blind: bool


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """Something that happened. `kind` is an event's, or "note", "predicted", "robot" (with `steps`), "decided".

    `suggested` and `decision` belong to "predicted", `note` to "note", `event` to all that a row of the log tells.
    """

    at: datetime
    kind: str
    by: str = ROBOT.email
    event: DomainEvent | Disclosed | None = None
    steps: tuple["TimelineEntry", ...] = ()
    note: Note | None = None
    decision: Decision | None = None
    suggested: tuple[SuggestionMade, ...] = ()

    @property
    def icon(self) -> Icon:
        return ICONS.get(self.kind) or catalogue.traits(self.kind).icon

    @property
    def is_step(self) -> bool:
        """Whether the robot did it outside."""
        return catalogue.traits(self.kind).group is EventGroup.STEP


@dataclass(frozen=True, slots=True)
class TimelineDay:
    day: date
    entries: list[TimelineEntry]
    apart: list[TimelineEntry]
    """Looks and what is technical, in order."""

    @property
    def looks(self) -> list[TimelineEntry]:
        return [entry for entry in self.apart if entry.kind == MailViewed.kind]

    @property
    def technical(self) -> list[TimelineEntry]:
        return [entry for entry in self.apart if entry.kind != MailViewed.kind]

    @property
    def lookers(self) -> int:
        """Count the people who saw it that day."""
        return len({entry.by for entry in self.looks})


@dataclass(frozen=True, slots=True)
class Relation:
    """A related enquiry. `kind`: follows, follower, twin, relates, later, resembles, alike."""

    kind: str
    enquiry: Enquiry


@dataclass(frozen=True, slots=True)
class Timeline:
    """Everything that is known about an enquiry besides its mail.

    Attributes:
        people: address → name, of everybody who appears in it.
        path: the units it has been to, in order, where it has been to more than one.
    """

    days: list[TimelineDay]
    people: dict[str, str]
    documents: list[CaseDocument]
    decision: Decision | None
    relations: list[Relation]
    path: list[str]
    answered: bool


def timeline(session: Session, enquiry: Enquiry, account: Account) -> Timeline:
    """Return the timeline as this person may read it."""
    events = list(session.scalars(select(Event).where(Event.enquiry_id == enquiry.id).order_by(Event.id)))
    notes = list(session.scalars(select(Note).where(Note.enquiry_id == enquiry.id, Note.withdrawn_at.is_(None))))
    decisions = list(session.scalars(select(Decision).where(Decision.enquiry_id == enquiry.id).order_by(Decision.id)))
    return Timeline(
        days=_days(session, enquiry, events, notes, [] if enquiry.hidden else decisions),
        people=_people(session, {event.by for event in events} | {note.by for note in notes}),
        documents=case_documents.of_case(session, enquiry, account),
        decision=None if enquiry.hidden else next(iter(decisions), None),
        relations=_relations(session, enquiry, account),
        path=paths(session, [enquiry.id]).get(enquiry.id, []) if enquiry.returns else [],
        answered=session.scalar(select(Reply.raw_mail_id).where(Reply.enquiry_id == enquiry.id)) is not None,
    )


def _days(
    session: Session, enquiry: Enquiry, events: list[Event], notes: list[Note], decisions: list[Decision]
) -> list[TimelineDay]:
    main = [event for event in events if not _is_apart(event) and event.kind not in NOT_IN_TIMELINE]
    units: dict[int | str, str] = dict(unit_names(session))
    units.update(outside.names(session))
    entries = [
        *_arrived(enquiry, main),
        *_entries(main, hidden=enquiry.hidden),
        *(TimelineEntry(note.at, "note", note.by, note=note) for note in notes),
        *(_predicted(row, units, waits=enquiry.state is State.TRIAGE) for row in decisions),
    ]
    if entries and entries[0].kind == "arrived":
        entries = [replace(entry, kind="fetched") if entry.kind == MailReceived.kind else entry for entry in entries]
    # At one moment the robot suggests before it decides, and decides after it has received.
    entries.sort(key=lambda entry: (entry.at, _order(entry)))
    apart = [_plain(event) for event in events if _is_apart(event)]
    seen = sorted({deadlines.local_day(at) for at in [*(each.at for each in entries), *(each.at for each in apart)]})
    return [_day(day, entries, apart) for day in seen]


def _arrived(enquiry: Enquiry, events: Sequence[Event]) -> list[TimelineEntry]:
    """Return the entry of a mail that was fetched later.

    The day that deadlines count from comes first, though Sluse fetched the mail later.
    """
    fetched = next((event for event in events if event.kind == MailReceived.kind), None)
    if fetched is None or fetched.at - enquiry.received_at < FETCHED_LATER:
        return []
    return [TimelineEntry(enquiry.received_at, "arrived")]


def _order(entry: TimelineEntry) -> int:
    return {"arrived": 0, "received": 0, "fetched": 0, "predicted": 1}.get(entry.kind, 2)


def _is_apart(event: Event) -> bool:
    return catalogue.traits(event.kind).group in APART


def _plain(event: Event) -> TimelineEntry:
    return TimelineEntry(event.at, event.kind, event.by, event.content)


def _day(day: date, entries: Iterable[TimelineEntry], apart: Iterable[TimelineEntry]) -> TimelineDay:
    def of_day(found: Iterable[TimelineEntry]) -> list[TimelineEntry]:
        return [entry for entry in found if deadlines.local_day(entry.at) == day]

    return TimelineDay(day, of_day(entries), of_day(apart))


def _entries(events: Sequence[Event], *, hidden: bool) -> Iterable[TimelineEntry]:
    def steps(event: Event) -> tuple[bool, date]:
        return catalogue.traits(event.kind).group is EventGroup.STEP, deadlines.local_day(event.at)

    for (robot, _), run in groupby(events, key=steps):
        together = tuple(run)
        if robot:
            yield TimelineEntry(together[0].at, ROBOT.email, steps=tuple(map(_plain, together)))
        else:
            yield from (_entry(event, hidden=hidden) for event in together)


def _entry(event: Event, *, hidden: bool) -> TimelineEntry:
    if not hidden:
        return _plain(event)
    disclosed = Disclosed(event.data.get("unit_id"), event.data.get("why", ""), event.data.get("blind", False))
    return TimelineEntry(event.at, DECIDED.get(event.kind, event.kind), event.by, disclosed)


def _predicted(row: Decision, units: dict[int | str, str], *, waits: bool) -> TimelineEntry:
    """Return the entry of the robot's prediction. While a mail waits, only triage tells which units it suggests."""
    ranking = [] if waits else in_order(row.ranking, row.outside)[:SUGGESTED]
    suggested = tuple(SuggestionMade(units.get(_class_of(each), ""), each["confidence"]) for each in ranking)
    return TimelineEntry(row.at, "predicted", decision=row, suggested=suggested)


def audit(timeline: Timeline) -> list[TimelineEntry]:
    """Return every single thing that happened, in order.

    Looks, the robot's steps and technical entries are among them.
    """
    found = [single for day in timeline.days for entry in day.entries for single in entry.steps or (entry,)]
    found += [entry for day in timeline.days for entry in (*day.looks, *day.technical)]
    return sorted(found, key=lambda entry: (entry.at, _order(entry)))


def _class_of(row: dict[str, Any]) -> int | str:
    found: int | str = row["unit_id"] if "unit_id" in row else row["outside"]
    return found


def _people(session: Session, addresses: set[str]) -> dict[str, str]:
    """Names of accounts, units and mailboxes, whichever an address belongs to."""
    found: dict[str, str] = {}
    for key, name in ((Mailbox.address, Mailbox.name), (Unit.address, Unit.name), (Account.email, Account.name)):
        found |= {row[0]: row[1] for row in session.execute(select(key, name).where(key.in_(addresses)))}
    return found


def _relations(session: Session, enquiry: Enquiry, account: Account) -> list[Relation]:
    """Return the related enquiries this person may see."""
    points = (
        ("follows", enquiry.follow_up_of_id),
        ("relates", enquiry.relates_id),
        ("resembles", enquiry.resembles_id),
    )
    found = [Relation(kind, session.get_one(Enquiry, number)) for kind, number in points if number is not None]
    pointed = (("follower", Enquiry.follow_up_of_id), ("later", Enquiry.relates_id), ("alike", Enquiry.resembles_id))
    for kind, pointer in pointed:
        query = select(Enquiry).where(pointer == enquiry.id).order_by(Enquiry.id).limit(20)
        found += [Relation(_duplicate_or(kind, other), other) for other in session.scalars(query)]
    return [each for each in found if may_see(account.role, account.unit_id, each.enquiry.unit_id)]


def _duplicate_or(kind: str, other: Enquiry) -> str:
    return "twin" if kind == "follower" and other.reason == SetAside.DUPLICATE else kind
