"""The label log: a label for each enquiry at most; a new one first takes back the old. Each wakes the learner."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.actor import Actor
from app.domain.enquiry import LabelSource
from app.models.enquiry import Enquiry
from app.models.label import Label, stands
from app.models.prediction import Prediction, first_of
from app.services.learning import waking


class FirstSuggestion(NamedTuple):
    """The model's first suggestion now. A unit or, by name, a class outside the units, with the model's confidence."""

    unit_id: int | None = None
    outside: str | None = None
    confidence: float | None = None


def standing(session: Session, enquiry_id: int) -> Label | None:
    """Return the enquiry's label that is not revoked."""
    query = select(Label).where(Label.enquiry_id == enquiry_id, stands())
    return session.scalars(query.order_by(Label.id.desc()).limit(1)).first()


def suggested(session: Session, enquiry_id: int) -> FirstSuggestion:
    """Return what the model puts first now."""
    return first_suggestion(session.get(Prediction, enquiry_id))


def first_suggestion(prediction: Prediction | None) -> FirstSuggestion:
    """Return what a stored ranking puts first."""
    first = {} if prediction is None else first_of(prediction.ranking, prediction.outside)
    return FirstSuggestion(first.get("unit_id"), first.get("outside"), first.get("confidence"))


def give(
    session: Session,
    enquiry: Enquiry,
    belongs: int | str,
    source: LabelSource | None = None,
    *,
    by: Actor,
    now: datetime,
    taught: bool = True,
) -> Label:
    """Append a label, with the suggestion beside it. The suggestion, as the model made it until now, is evidence.

    `belongs`: a unit's id, or the name of a class outside the units. Without a `source` it is a person's choice in triage,
    which confirms the suggestion or corrects it. Not `taught`: it is no lesson.
    """
    revoke(session, enquiry.id, by=by, now=now)
    label = made(enquiry.id, belongs, suggested(session, enquiry.id), source, by=by, now=now, taught=taught)
    session.add(label)
    session.flush()
    waking.wake_learner(session)
    return label


def made(
    enquiry_id: int,
    belongs: int | str,
    first: FirstSuggestion,
    source: LabelSource | None,
    *,
    by: Actor,
    now: datetime,
    taught: bool = True,
) -> Label:
    """Make a label beside the `first` suggestion, without writing it."""
    confirmed = belongs in (first.unit_id, first.outside)
    return Label(
        enquiry_id=enquiry_id,
        unit_id=belongs if isinstance(belongs, int) else None,
        outside=belongs if isinstance(belongs, str) else None,
        source=source or (LabelSource.CONFIRMED if confirmed else LabelSource.CORRECTED),
        by=by.email,
        at=now,
        suggested_unit_id=first.unit_id,
        suggested_outside=first.outside,
        suggested_confidence=first.confidence,
        taught=taught,
    )


def revoke(session: Session, enquiry_id: int, *, by: Actor, now: datetime) -> Label | None:
    """Append the revocation of an enquiry's label. Nothing is done where it has none that stands."""
    label = standing(session, enquiry_id)
    if label is None:
        return None
    revocation = revocation_of(label, by=by, now=now)
    session.add(revocation)
    session.flush()
    waking.wake_learner(session)
    return revocation


def revocation_of(label: Label, *, by: Actor, now: datetime) -> Label:
    """Make a label's revocation, without writing it."""
    return Label(
        enquiry_id=label.enquiry_id,
        unit_id=label.unit_id,
        outside=label.outside,
        revokes_id=label.id,
        source=label.source,
        by=by.email,
        at=now,
    )
