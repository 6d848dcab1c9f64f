"""The kept versions of the model. With them come what happened between them, and the rollbacks in force."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.amendment import AmendmentKind
from app.domain.enquiry import LabelSource
from app.models.account import Account
from app.models.amendment import AmendedLabel, Amendment, in_force
from app.models.label import Label, LabelPosition, ModelSnapshot, is_given
from app.models.unit import Unit
from app.queries.learning.label_counts import label_counts


@dataclass(frozen=True, slots=True)
class Amended:
    """A change of how labels count. Where it is lifted, they count as they were given."""

    kind: AmendmentKind
    lifted: bool
    by: str
    """By name, where it was somebody with an account."""
    note: str


@dataclass(frozen=True, slots=True)
class Version:
    """A version of the model to roll back to. With it comes what happened since the version before it."""

    position: int
    at: datetime
    size: int
    note: str
    since: int
    """Labels after it that count: what going back to it would cost."""
    labels: int
    corrections: int
    taken_back: int
    units: tuple[str, ...]
    """Units that the model first heard of."""
    amended: tuple[Amended, ...]
    stale: bool
    """It holds something that counts no more, and goes when the learner comes to it."""


@dataclass(frozen=True, slots=True)
class Rollback:
    """A rollback in force, and its number of labels. These labels do not count because of it."""

    id: int
    at: datetime
    by: str
    note: str
    labels: int


@dataclass(frozen=True, slots=True)
class _Span:
    """A version, and the version before it: their positions and latest amendments."""

    position: int
    amendment: int
    before: int
    amendment_before: int


def versions(session: Session) -> list[Version]:
    """Return the versions to roll back to, newest first."""
    query = select(
        ModelSnapshot.position,
        ModelSnapshot.amendment_id,
        ModelSnapshot.at,
        func.length(ModelSnapshot.content),
        ModelSnapshot.note,
    ).order_by(ModelSnapshot.position)
    rows = session.execute(query).all()
    end = (session.scalar(select(func.max(LabelPosition.position))) or 0, 0)
    marks = [(0, 0), *((row[0], row[1]) for row in rows), end]
    spans = [_Span(*mark, *before) for before, mark in pairwise(marks)]
    units, amended, taught = _units(session, spans), _amended(session, spans), [_taught(session, s) for s in spans]
    found = [
        Version(
            position,
            at,
            size,
            note,
            sum(labels for labels, *_ in taught[n:]),
            *taught[n - 1],
            units[n - 1],
            amended[n - 1],
            stale(session, position, amendment),
        )
        for n, (position, amendment, at, size, note) in enumerate(rows, 1)
    ]
    return found[::-1]


def stale(session: Session, position: int, amendment: int) -> bool:
    """Tell whether a model state has outdated labels.

    A later amendment lets something it has learned count differently.
    """
    later = select(Amendment.id).where(Amendment.id > amendment, Amendment.first_position <= position)
    return session.scalar(later.limit(1)) is not None


def pending(session: Session) -> bool:
    """Tell whether the model must be replayed still. An amendment exists that the learner has not come to."""
    query = select(ModelSnapshot.position, ModelSnapshot.amendment_id).order_by(ModelSnapshot.position.desc())
    newest = session.execute(query.limit(1)).first()
    return newest is not None and stale(session, *newest)


def rollbacks(session: Session) -> list[Rollback]:
    """Return the rollbacks in force, newest first."""
    query = (
        select(Amendment, func.count(AmendedLabel.label_id))
        .join(AmendedLabel, AmendedLabel.amendment_id == Amendment.id)
        .where(Amendment.kind == AmendmentKind.ROLLED_BACK, Amendment.lifts_id.is_(None), in_force(Amendment.id))
        .group_by(Amendment.id)
        .order_by(Amendment.id.desc())
    )
    found = session.execute(query).all()
    names = _names(session, {a.by for a, _ in found})
    return [Rollback(a.id, a.at, names.get(a.by, a.by), a.note, labels) for a, labels in found]


def _names(session: Session, addresses: AbstractSet[str]) -> dict[str, str]:
    """Address → name, of those who have an account."""
    accounts = session.execute(select(Account.email, Account.name).where(Account.email.in_(addresses)))
    return {each.email: each.name for each in accounts}


def _taught(session: Session, span: _Span) -> tuple[int, int, int]:
    """Count the labels learned in a span. Return (labels that count, corrections among them, labels taken back)."""
    within = (LabelPosition.position > span.before, LabelPosition.position <= span.position)
    learned = select(func.count(LabelPosition.position)).where(*within)
    corrected = learned.where(LabelPosition.label_id.in_(select(Label.id).where(Label.source == LabelSource.CORRECTED)))
    labels, corrections = (
        label_counts(session, query, LabelPosition.label_id).total() for query in (learned, corrected)
    )
    revoked = select(Label.id).where(Label.revokes_id.is_not(None))
    return labels, corrections, session.scalar(learned.where(LabelPosition.label_id.in_(revoked))) or 0


def _units(session: Session, spans: Sequence[_Span]) -> list[tuple[str, ...]]:
    """For each span, the units whose first label was learned in it."""
    first = select(func.min(Label.id)).where(Label.unit_id == Unit.id, is_given()).correlate(Unit).scalar_subquery()
    query = (
        select(Unit.name, LabelPosition.position)
        .join(LabelPosition, LabelPosition.label_id == first)
        .order_by(Unit.name)
    )
    firsts = session.execute(query).all()
    return [tuple(name for name, at in firsts if s.before < at <= s.position) for s in spans]


def _amended(session: Session, spans: Sequence[_Span]) -> list[tuple[Amended, ...]]:
    """Return the amendments new in each version. The version before it did not take them into account."""
    rows = list(session.scalars(select(Amendment).order_by(Amendment.id)))
    names = _names(session, {a.by for a in rows})
    amended = [(a.id, Amended(a.kind, a.lifts_id is not None, names.get(a.by, a.by), a.note)) for a in rows]
    return [tuple(each for n, each in amended if s.amendment_before < n <= s.amendment) for s in spans]
