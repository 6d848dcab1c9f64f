"""The fold: the label log, read in order in portions, into a model; snapshots.py spares reading all of it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import tee

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased, defer

from app.domain.enquiry import LabelSource
from app.domain.routing import Reason
from app.models.enquiry import Attachment, Enquiry
from app.models.label import Label, LabelPosition, is_lesson
from app.models.prediction import Decision
from app.services.learning import feature_worker, label_overrides
from learning.example import Example, TaughtLabel
from learning.model import Model
from learning.salt import UNSALTED, Salt

PORTION = 500
"""Mails held in memory at once."""
DECIDED = (LabelSource.CONFIRMED, LabelSource.CORRECTED)
"""Labels from triage, of a mail that the robot had sent there."""


@dataclass
class ModelReplay:
    """A model and its position in the label log. `amendment` is the latest amendment it takes into account.

    `refused` are the positions of snapshots that tell of a later state of it and cannot be used, the latest first.
    """

    model: Model = field(default_factory=Model)
    position: int = 0
    amendment: int = 0
    salt: Salt = UNSALTED
    refused: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class TrainingLabel:
    """A label that counts, and its mail.

    The label has a unit, or a class outside them; the mail is as learning sees it.
    """

    position: int
    label_id: int
    enquiry_id: int
    belongs: str
    example: Example
    weight: float

    @property
    def taught(self) -> TaughtLabel:
        return TaughtLabel(str(self.label_id), self.belongs, self.weight)


def end(session: Session) -> int:
    """Return the latest position of the log."""
    return session.scalar(select(func.max(LabelPosition.position))) or 0


def position_at(session: Session, moment: datetime) -> int:
    """Return the log's position at a moment."""
    return session.scalar(select(func.max(LabelPosition.position)).where(LabelPosition.at < moment)) or 0


def training_labels(session: Session, *, after: int, until: int) -> Iterator[TrainingLabel]:
    """Yield the labels that count, in order.

    Left out are revocations, what was revoked up to there, and what an amendment excludes.
    """
    revocation, undo = aliased(Label), aliased(LabelPosition)
    revoked = (
        select(undo.position)
        .join(revocation, revocation.id == undo.label_id)
        .where(revocation.revokes_id == Label.id, undo.position <= until)
        .exists()
    )
    query = (
        select(
            LabelPosition.position,
            Label.id,
            Label.enquiry_id,
            Label.unit_id,
            Label.outside,
            Label.source,
            Label.at,
            Enquiry.subject,
            Enquiry.text,
            Enquiry.mailbox,
        )
        .join(Label, Label.id == LabelPosition.label_id)
        .join(Enquiry, Enquiry.id == Label.enquiry_id)
        .where(LabelPosition.position <= until, is_lesson(), ~revoked)
        .order_by(LabelPosition.position)
        .limit(PORTION)
    )
    amended = label_overrides.in_effect(session)
    while rows := session.execute(query.where(LabelPosition.position > after)).all():
        found = kinds(session, [row.enquiry_id for row in rows])
        decided = _decisions(session, [row.enquiry_id for row in rows if row.source in DECIDED])
        for position, label_id, enquiry_id, unit_id, outside, source, at, subject, text, mailbox in rows:
            belongs = amended.get(label_id, unit_id or outside)
            if belongs is not None:
                example = Example(str(enquiry_id), subject, text, mailbox, found.get(enquiry_id, ()))
                weight = weight_of(source, next((d for d in decided.get(enquiry_id, ()) if d.at <= at), None))
                yield TrainingLabel(position, label_id, enquiry_id, str(belongs), example, weight)
        after = rows[-1].position


def _decisions(session: Session, enquiry_ids: list[int]) -> dict[int, list[Decision]]:
    """Return the robot's decisions about mails, latest first. The key is the enquiry."""
    found: dict[int, list[Decision]] = {}
    query = select(Decision).where(Decision.enquiry_id.in_(enquiry_ids)).options(defer(Decision.ranking))
    for decision in session.scalars(query.order_by(Decision.id.desc())):
        found.setdefault(decision.enquiry_id, []).append(decision)
    return found


def weight_of(source: LabelSource, decision: Decision | None) -> float:
    """Return how many suggestions this mail's one stands for. The number follows from the log alone.

    Labelled history and what a human decides anyway: 1. A return is known only because it was wrong, a unit's answer
    only because it was right.
    """
    if source not in DECIDED:
        return float(source is LabelSource.HISTORY)
    if decision is not None and decision.sampled and decision.probability:
        return 1 / decision.probability
    return float(decision is None or decision.reason != Reason.CONFIDENT)


def kinds(session: Session, enquiry_ids: list[int]) -> dict[int, tuple[str, ...]]:
    """Return the content types of mails' attachments, by enquiry. Mails without attachments are left out."""
    query = select(Attachment.enquiry_id, Attachment.content_type).where(Attachment.enquiry_id.in_(enquiry_ids))
    found: dict[int, set[str]] = {}
    for enquiry_id, kind in session.execute(query):
        found.setdefault(enquiry_id, set()).add(kind)
    return {enquiry_id: tuple(sorted(types)) for enquiry_id, types in found.items()}


def first_forgotten(session: Session, *, position: int, amendment: int) -> int | None:
    """Return the earliest learned position that counts differently now. Its label has been revoked or amended."""
    revocation, undo = aliased(Label), aliased(LabelPosition)
    query = (
        select(func.min(LabelPosition.position))
        .join(revocation, revocation.revokes_id == LabelPosition.label_id)
        .join(undo, undo.label_id == revocation.id)
        .where(LabelPosition.position <= position, undo.position > position)
    )
    concerned = [session.scalar(query), label_overrides.first_concerned(session, after=amendment)]
    return min((n for n in concerned if n is not None and n <= position), default=None)


def advance(
    session: Session, fold: ModelReplay, *, until: int, progress: Callable[[int], object] = lambda position: None
) -> ModelReplay:
    """Learn the log up to a position. `progress` is called for each portion."""
    entries, ahead = tee(training_labels(session, after=fold.position, until=until))
    features = feature_worker.prepare_ahead((label.example for label in ahead), until - fold.position, fold.salt)
    for label, prepared in zip(entries, features, strict=True):
        fold.model.learn(prepared, label.taught)
        if label.position // PORTION > fold.position // PORTION:
            progress(label.position)
        fold.position = label.position
    fold.position = until
    return fold
