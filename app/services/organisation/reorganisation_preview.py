"""Preview of a reorganisation, before anything is done.

It shows labels, open enquiries, and what names a unit that closes.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from app.domain import reorganisation
from app.domain.enquiry import State
from app.domain.reorganisation import CurrentOrganisation, Plan, PlanFault
from app.domain.rules import Subject
from app.models.account import Account
from app.models.enquiry import Enquiry
from app.models.label import Label, stands
from app.models.prediction import Prediction
from app.models.rule import Rule
from app.models.template import ReplyTemplate
from app.models.unit import Mailbox, Unit
from app.queries.inbound import rule_list
from app.services.learning import label_overrides

PORTION = 500
POINTING: dict[str, Any] = {
    "mailbox": Mailbox,
    "rule": Rule,
    "template": ReplyTemplate,
    "person": Account,
}
"""What names a unit and goes along to its heir when the unit closes."""


@dataclass(frozen=True, slots=True)
class Pointing:
    """A reference to a unit that closes. `kind` as in POINTING."""

    kind: str
    id: int
    name: str
    unit_id: int


def present(session: Session) -> list[CurrentOrganisation]:
    """Return the units as a plan must know them."""
    return [
        CurrentOrganisation(unit.id, unit.name, unit.address, unit.closed) for unit in session.scalars(select(Unit))
    ]


def faults(session: Session, plan: Plan) -> list[PlanFault]:
    """Return what stands against a plan today.

    A plan is wrong in itself, or would give two texts for everything to one unit.
    """
    found = reorganisation.faults(plan, present(session))
    return found or [PlanFault("plan_two_general", name) for name in _clashing(session, plan)]


def _clashing(session: Session, plan: Plan) -> list[str]:
    """Templates without keywords that would be the second of their kind with one unit."""
    successors = reorganisation.successors(plan)
    seen: set[tuple[str, str]] = set()
    clashes = []
    general = select(ReplyTemplate).where(ReplyTemplate.keywords == "", ReplyTemplate.unit_id.is_not(None))
    for row in session.scalars(general.order_by(ReplyTemplate.id)):
        unit = row.unit_id or 0
        place = (row.kind, reorganisation.key(successors.get(unit, unit)))
        if place in seen:
            clashes.append(row.name)
        seen.add(place)
    return clashes


def pointing(session: Session, plan: Plan) -> list[Pointing]:
    """Return what refers to a unit that closes. The references go along to the unit's successor."""
    closing = list(reorganisation.successors(plan))
    return [
        Pointing(kind, row.id, row.name, row.unit_id or 0)
        for kind, model in POINTING.items()
        for row in session.scalars(select(model).where(model.unit_id.in_(closing)).order_by(model.id))
    ]


def relabelled(session: Session, plan: Plan) -> Iterator[tuple[int, int, str]]:
    """Yield every label that a plan changes.

    Each is (label, unit it counts for now, key of the unit it would count for).

    Labels that do not count at present are among them, so that they count right should they count again.
    """
    given = {unit for units in reorganisation.sources(plan).values() for unit in units}
    concerned = [row for row in counting(session) if row[2] in given]
    for start in range(0, len(concerned), PORTION):
        portion = concerned[start : start + PORTION]
        subjects = _subjects(session, [enquiry for _, enquiry, _ in portion])
        for label, enquiry, unit in portion:
            after = reorganisation.counts_for(plan, str(unit), subjects[enquiry])
            if after != str(unit):
                yield label, unit, after


def counting(session: Session) -> list[tuple[int, int, int]]:
    """Return every unit label as reorganisations in force count it.

    Each is (label, enquiry, unit); those that were taken back are left out.
    """
    query = select(Label.id, Label.enquiry_id, Label.unit_id).where(stands())
    moved = label_overrides.reorganised(session)
    rows = session.execute(query)
    return [(label, enquiry, moved.get(label, unit)) for label, enquiry, unit in rows if unit is not None]


def _subjects(session: Session, enquiries: list[int]) -> dict[int, Subject]:
    query = select(Enquiry).where(Enquiry.id.in_(enquiries)).options(undefer(Enquiry.text))
    return {enquiry.id: rule_list.subject_of(enquiry) for enquiry in session.scalars(query)}


@dataclass(frozen=True, slots=True)
class Effect:
    """The effect a plan would have today.

    Attributes:
        closes: units that close and their heirs, by name.
        makes: units that are made, by name.
        labels: (unit now, unit then, labels), the largest first.
        waiting: enquiries that wait for an answer from a unit that closes; they stay there.
        rescored: enquiries in triage whose first suggestion is a unit that gives mails away.
        pointing: what goes along, with the heir's name.
    """

    closes: dict[str, str]
    makes: list[str]
    labels: list[tuple[str, str, int]]
    waiting: list[Enquiry]
    rescored: int
    pointing: list[tuple[Pointing, str]]
    faults: list[PlanFault]


def effect(session: Session, plan: Plan) -> Effect:
    """Return the effect of a plan. Of one that cannot be carried out, only the reasons."""
    problems = reorganisation.faults(plan, present(session))
    if problems:
        return Effect({}, [], [], [], 0, [], problems)
    names = {str(unit.id): unit.name for unit in session.scalars(select(Unit))}
    names |= {reorganisation.key(new): new.name for new in reorganisation.created(plan)}
    successors = {unit: names[reorganisation.key(target)] for unit, target in reorganisation.successors(plan).items()}
    labels = Counter((names[str(unit)], names[after]) for _, unit, after in relabelled(session, plan))
    return Effect(
        closes={names[str(unit)]: heir for unit, heir in successors.items()},
        makes=[new.name for new in reorganisation.created(plan)],
        labels=[(old, new, count) for (old, new), count in labels.most_common()],
        waiting=_waiting(session, list(successors)),
        rescored=_rescored(session, plan),
        pointing=[(each, successors[each.unit_id]) for each in pointing(session, plan)],
        faults=faults(session, plan),
    )


def _waiting(session: Session, closing: list[int]) -> list[Enquiry]:
    query = select(Enquiry).where(Enquiry.state == State.ROUTED, Enquiry.unit_id.in_(closing))
    return list(session.scalars(query.order_by(Enquiry.due_on, Enquiry.id)))


def _rescored(session: Session, plan: Plan) -> int:
    given = {unit for units in reorganisation.sources(plan).values() for unit in units}
    query = select(Prediction.unit_id).join(Enquiry, Enquiry.id == Prediction.enquiry_id)
    return sum(first in given for first in session.scalars(query.where(Enquiry.state == State.TRIAGE)))
