"""One mail on the triage page. It shows the suggestions, who refused it, and what a decision taught."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, bindparam, select, union_all
from sqlalchemy.orm import Session

from app.domain.actor import LINK_HOLDER
from app.domain.enquiry import LabelSource, State
from app.domain.events.triage import EnquiryReturned
from app.domain.outside import authority_of
from app.domain.routing import Mode, Reason
from app.models.authority import Authority
from app.models.case import Case
from app.models.enquiry import Enquiry
from app.models.event import Event
from app.models.label import Label, LabelPosition, Receipt, stands
from app.models.prediction import Decision, Prediction, first_of, in_order
from app.models.unit import Unit
from app.models.words import note
from app.queries.organisation import outside

SUGGESTIONS = 5
FOLLOWERS = 10
"""Follow-ups shown below a mail; those beyond wait on their own after it."""
NO_ENQUIRY = "not_an_enquiry"
"""What the robot would have chosen, where that is no unit and no authority; pages have a text for it."""
EXAMPLES = 3
JUDGED = (LabelSource.CONFIRMED, LabelSource.CORRECTED)


@dataclass(frozen=True, slots=True)
class SuggestionRow:
    """A suggested unit, authority, or no enquiry. For no enquiry there is no name."""

    unit_id: int | None
    authority_id: int | None
    name: str
    guide: str
    guide_not: str
    examples: tuple[str, ...]
    """Subjects of mails that people lately sent there. Identities are not hidden yet."""
    observed: bool
    """The unit is only observed: its suggestion is shown, never marked as the one to take."""
    confidence: float
    words: tuple[str, ...]
    fields: tuple[str, ...]
    """What besides words spoke for it: "subject", "mailbox:ADDRESS", "attachment:KIND"."""

    @property
    def not_an_enquiry(self) -> bool:
        return self.unit_id is None and self.authority_id is None


@dataclass(frozen=True, slots=True)
class ReturnNote:
    """A return of a mail by a unit. `belongs` is the unit it thinks should have it, `reason` a ReturnReason."""

    unit: str
    at: datetime
    why: str
    reason: str = ""
    belongs: str = ""
    by_link: bool = False
    """By whoever had the mail: nobody knows that it was the unit."""


@dataclass(frozen=True, slots=True)
class ReceiptRow:
    """The effect of a decision. `learned` once the model knows it, then how many open mails changed suggestion.

    `robot` is what the robot would have chosen, after a decision that was made without knowing it. `unit` is empty where
    the mail was found to be no enquiry.
    """

    learned: bool
    changed: tuple[int, ...]
    robot: str = ""
    agreed: bool = False
    unit: str = ""
    """Where the mail went."""


def suggestions(session: Session, enquiry_id: int) -> list[SuggestionRow]:
    """Return the suggestions for a mail, best first.

    Units, and what else it may be; a unit that has sent it back is not proposed again.
    """
    prediction = session.get(Prediction, enquiry_id)
    if prediction is None:
        return []
    returned = select(Event.data).where(Event.enquiry_id == enquiry_id, Event.kind == EnquiryReturned.kind)
    refused = {EnquiryReturned.read(data).unit_id for data in session.scalars(returned)}
    units = {unit.id: unit for unit in session.scalars(select(Unit).where(~Unit.closed))}
    known = outside.names(session, in_use=True) if prediction.outside else {}
    ranking = [row for row in prediction.ranking if row["unit_id"] not in refused and row["unit_id"] in units]
    elsewhere = [row for row in prediction.outside if row["outside"] in known]
    best = in_order(ranking, elsewhere)[:SUGGESTIONS]
    examples = _examples(session, [row["unit_id"] for row in best if "unit_id" in row])
    return [
        _suggestion(row, units[row["unit_id"]], examples[row["unit_id"]])
        if "unit_id" in row
        else _elsewhere(session, row, known[row["outside"]])
        for row in best
    ]


def _suggestion(row: dict[str, Any], unit: Unit, examples: tuple[str, ...]) -> SuggestionRow:
    return SuggestionRow(
        unit_id=unit.id,
        authority_id=None,
        name=unit.name,
        guide=unit.guide,
        guide_not=unit.guide_not,
        examples=examples,
        observed=unit.mode is Mode.OBSERVE,
        confidence=row["confidence"],
        words=tuple(row["words"]),
        fields=tuple(row.get("fields", ())),
    )


def _elsewhere(session: Session, row: dict[str, Any], name: str) -> SuggestionRow:
    authority_id = authority_of(row["outside"])
    authority = session.get(Authority, authority_id) if authority_id is not None else None
    return SuggestionRow(
        unit_id=None,
        authority_id=authority_id,
        name=name,
        guide=authority.guide if authority is not None else "",
        guide_not="",
        examples=(),
        observed=True,  # never marked as the one to take: no robot may, and the letter is to be read first
        confidence=row["confidence"],
        words=tuple(row["words"]),
        fields=(),
    )


def _examples(session: Session, unit_ids: list[int]) -> dict[int, tuple[str, ...]]:
    """Return latest subjects decided for each unit. Each subject comes once; there are at most `SUGGESTIONS` units."""
    subjects: dict[int, dict[str, str]] = {unit_id: {} for unit_id in unit_ids}
    places = {f"unit_{n}": 0 for n in range(SUGGESTIONS)} | {f"unit_{n}": unit for n, unit in enumerate(unit_ids)}
    whose: dict[str, int] = {}
    for unit_id, subject, enquiry_id in session.execute(LATEST, places):
        subjects[unit_id].setdefault(" ".join(subject.lower().split()), subject)
        whose.setdefault(subject, enquiry_id)
    shown = {unit_id: tuple(found.values())[:EXAMPLES] for unit_id, found in subjects.items()}
    note(whose[subject] for each in shown.values() for subject in each)
    return shown


def _latest() -> Select[Any]:
    """The latest decisions that stand for `unit_0`, `unit_1` …, newest first."""
    parts = (_latest_of(f"unit_{n}", source) for n in range(SUGGESTIONS) for source in JUDGED)
    found = union_all(*parts).subquery()
    return select(found.c.unit_id, found.c.subject, found.c.enquiry_id).order_by(found.c.id.desc())


def _latest_of(place: str, source: LabelSource) -> Select[Any]:
    """More than are shown, since several may read the same. Imported history is none of our own decisions."""
    query = (
        select(Label.id, Label.unit_id, Enquiry.subject, Label.enquiry_id)
        .join(Enquiry, Enquiry.id == Label.enquiry_id)
        .where(Label.unit_id == bindparam(place), Label.source == source, stands())
        .where(~Enquiry.imported, Enquiry.subject != "")
        .order_by(Label.id.desc())
        .limit(2 * EXAMPLES)
        .subquery()
    )
    return select(query.c.id, query.c.unit_id, query.c.subject, query.c.enquiry_id)


LATEST = _latest()
"""Made once: to put it together takes twenty times as long as to run it."""


def refusals(session: Session, enquiry_id: int) -> list[ReturnNote]:
    """Return a mail's returns with reasons, oldest first."""
    query = select(Event).where(Event.enquiry_id == enquiry_id, Event.kind == EnquiryReturned.kind).order_by(Event.id)
    names: dict[Any, str] = dict(session.execute(select(Unit.id, Unit.name)).all())
    return [_refusal(event, names) for event in session.scalars(query)]


def _refusal(event: Event, names: dict[Any, str]) -> ReturnNote:
    returned = EnquiryReturned.read(event.data)
    return ReturnNote(
        names.get(returned.unit_id, "?"),
        event.at,
        returned.why,
        returned.reason or "",
        names.get(returned.belongs_id, ""),
        event.by == LINK_HOLDER.email,
    )


def units(session: Session) -> list[Unit]:
    """Return every unit that takes mails, by name. For the search."""
    return list(session.scalars(select(Unit).where(~Unit.closed).order_by(Unit.name)))


def receipt(session: Session, label_id: int) -> ReceiptRow | None:
    """Return the effect of a decision. None where there is no such label."""
    label = session.get(Label, label_id)
    if label is None:
        return None
    learned = session.scalar(select(LabelPosition.position).where(LabelPosition.label_id == label_id)) is not None
    row = session.get(Receipt, label_id)
    return ReceiptRow(
        learned and row is not None,
        _seen(session, row.changed) if row else (),
        _hidden_until_now(session, label),
        label.confirms,
        outside.name_of(session, label),
    )


def _seen(session: Session, enquiry_ids: list[Any]) -> tuple[int, ...]:
    """Return the enquiries not waiting for blind decisions.

    To say that a blind one's suggestion changed is to say something of it.
    """
    blind = set(session.scalars(select(Enquiry.id).where(Enquiry.blind, Enquiry.state == State.TRIAGE)))
    return tuple(n for n in enquiry_ids if n not in blind)


def _hidden_until_now(session: Session, label: Label) -> str:
    """Return the robot's choice for a blindly decided mail. NO_ENQUIRY is among it; "" for any other mail."""
    # Nothing of the mail itself is read: nobody looks at it here.
    blind, state = session.execute(select(Enquiry.blind, Enquiry.state).where(Enquiry.id == label.enquiry_id)).one()
    if not blind or state is State.TRIAGE:
        return ""
    return _named(session, label.suggested_unit_id, label.suggested_outside)


def robot_would_have(session: Session, enquiry_id: int) -> str:
    """Return the robot's choice for a blindly ended mail.

    A human has ended it without a word on whose it is, which teaches nothing.
    """
    enquiry, prediction = session.get_one(Enquiry, enquiry_id), session.get(Prediction, enquiry_id)
    if not enquiry.blind or prediction is None:
        return ""
    first = first_of(prediction.ranking, prediction.outside)
    return _named(session, first.get("unit_id"), first.get("outside"))


def _named(session: Session, unit_id: int | None, elsewhere: str | None) -> str:
    if unit_id is not None:
        return session.get_one(Unit, unit_id).name
    return (outside.names(session).get(elsewhere) or NO_ENQUIRY) if elsewhere else ""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A thread that a mail names without proof. Nothing in it shows that its sender belongs there."""

    enquiry_id: int
    case: str


def claimed_thread(session: Session, enquiry: Enquiry) -> Claimed | None:
    """Return the thread that a mail may belong to. The robot has left that to a human."""
    named = enquiry.resembles_id or enquiry.relates_id
    latest = select(Decision.reason).where(Decision.enquiry_id == enquiry.id).order_by(Decision.id.desc()).limit(1)
    if named is None or session.scalar(latest) != Reason.STRANGER:
        return None
    number = select(Case.number).join(Enquiry, Enquiry.case_id == Case.id).where(Enquiry.id == named)
    return Claimed(named, session.scalar(number) or "")


def followers(session: Session, enquiry_id: int) -> list[int]:
    """Return the follow-ups that wait with a mail. Follow-ups to those are among them; as many as a page shows."""
    found: list[int] = []
    heads = [enquiry_id]
    while heads and len(found) < FOLLOWERS:
        query = select(Enquiry.id).where(Enquiry.follow_up_of_id.in_(heads), Enquiry.state == State.TRIAGE)
        heads = [n for n in session.scalars(query.order_by(Enquiry.id).limit(FOLLOWERS)) if n not in found]
        found += heads
    return found[:FOLLOWERS]
