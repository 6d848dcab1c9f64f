"""The learning page.

It shows how right the suggestions are, how sure they may be, what is confused, and who taught the model.

A suggestion is judged once a person's decision, or the unit's answer, says where its mail belongs. Decisions that were
taken back, or that count no more, are left out everywhere.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise

from sqlalchemy import case, func, or_, select
from sqlalchemy.orm import Session

from app.domain.enquiry import LabelSource, State
from app.domain.figures import Share, fewest
from app.models.amendment import counts
from app.models.enquiry import Enquiry
from app.models.label import Label, LabelPosition, is_judged, was_right
from app.models.unit import Unit
from app.queries.learning.label_counts import label_counts
from app.queries.reports.figures import Week, by_week, each_week, within
from learning import reliability

STAGES = (10, 25, 50, 100, 200)
"""A unit's decisions are told in stages: the first ten, those to the 25th, and so on; the last stage is open."""
ENOUGH = fewest()
"""Judged suggestions that a unit needs before its share says anything."""
LATEST = 1000
ONE_SIDED = (LabelSource.ANSWERED, LabelSource.RETURNED)
"""Labels that come because the suggestion was right, or because it was wrong."""


@dataclass(frozen=True, slots=True)
class Tally:
    """A count of labels by unit, suggestion and source. The unit may be none, and so may the suggested one.

    `elsewhere`: a class outside the units was suggested.
    """

    unit_id: int | None
    suggested_id: int | None
    elsewhere: bool
    source: LabelSource
    labels: int

    @property
    def judged(self) -> bool:
        """Tell whether anything was suggested."""
        return self.suggested_id is not None or self.elsewhere

    @property
    def right(self) -> bool:
        return self.suggested_id is not None and self.suggested_id == self.unit_id


@dataclass(frozen=True, slots=True)
class Curve:
    """The learning curve of one unit.

    The share of right first suggestions, by how many decisions for the unit had been taught.
    """

    unit_id: int
    name: str
    labels: int
    stages: tuple[Share, ...]

    @property
    def judged(self) -> Share:
        return Share(sum(s.right for s in self.stages), sum(s.n for s in self.stages))

    @property
    def now(self) -> Share:
        """Return the share right in the latest stages. As many stages as hold enough to be judged by."""
        right = n = 0
        for stage in reversed(self.stages):
            right, n = right + stage.right, n + stage.n
            if n >= ENOUGH:
                break
        return Share(right, n)

    @property
    def missing(self) -> int:
        """Return how many judged suggestions are missing still. Before that the share says nothing."""
        return max(0, ENOUGH - self.judged.n)


@dataclass(frozen=True, slots=True)
class Reliability:
    """The calibration of the latest judged suggestions.

    Bins of equal width, bins of equal size, and what each adds up to.
    """

    bins: list[reliability.Bin]
    full: list[reliability.Bin]
    n: int

    @property
    def error(self) -> float | None:
        return reliability.ece(self.bins)

    @property
    def error_full(self) -> float | None:
        return reliability.ece(self.full)


@dataclass(frozen=True, slots=True)
class Source:
    """The number of decisions that came one way. In all, and for each of the last weeks, oldest first."""

    source: LabelSource
    total: int
    weeks: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class UnitProgress:
    """The state of the learner. `labels` it knows, `waiting` ones not yet; `taken_back` ones it has forgotten again."""

    position: int
    units: int
    labels: int
    waiting: int
    taken_back: int
    learned_at: datetime | None


def automation(session: Session, today: date, weeks: int) -> list[Week]:
    """Return the share routed by the robot, by week.

    Of mails that asked for a unit, by the week they came; history is left out.
    """
    week = each_week(today, weeks)
    asked = or_(Enquiry.state != State.SET_ASIDE, Enquiry.reason.is_(None))
    query = (
        select(week.n, func.sum(case((Enquiry.automatic, 1), else_=0)), func.count(Enquiry.id))
        .join(Enquiry, within(Enquiry.received_at, week))
        .where(~Enquiry.imported, ~Enquiry.direct, asked)
        .group_by(week.n)
    )
    return by_week({n: Share(by_robot, count) for n, by_robot, count in session.execute(query)}, today, weeks)


def calibration(session: Session, latest: int = LATEST) -> Reliability:
    """Return the calibration of the latest judged suggestions.

    A unit answers what was right and sends back what was wrong: such labels tell one side only, and are left out.
    """
    query = (
        select(Label.suggested_confidence, was_right())
        .where(Label.suggested_confidence.is_not(None), is_judged(), counts())
        .where(Label.source.not_in(ONE_SIDED))
        .order_by(Label.id.desc())
        .limit(latest)
    )
    judged = [(confidence or 0.0, bool(right)) for confidence, right in session.execute(query)]
    return Reliability(reliability.equal_width(judged), reliability.equal_mass(judged), len(judged))


def tally(session: Session) -> list[Tally]:
    """Count the labels that count, in one walk. The walk goes along an index; most of this page is made of it."""
    kinds = (Label.unit_id, Label.suggested_unit_id, Label.suggested_outside, Label.source)
    found = label_counts(session, select(*kinds, func.count(Label.id)).group_by(*kinds))
    return [
        Tally(unit, suggested, outside is not None, source, n)
        for (unit, suggested, outside, source), n in found.items()
    ]


def curves(session: Session, tallies: Sequence[Tally]) -> list[Curve]:
    """Return every unit's learning curve, by name. Only units that take mails have one."""
    labels, all_judged = Counter[int](), defaultdict[int, Counter[bool]](Counter)
    for each in tallies:
        if each.unit_id is not None:
            labels[each.unit_id] += each.labels
            if each.judged:
                all_judged[each.unit_id][each.right] += each.labels
    early = _early(session)
    units = session.execute(select(Unit.id, Unit.name).where(~Unit.closed).order_by(Unit.name))
    return [Curve(unit, name, labels[unit], _stages(early[unit], all_judged[unit])) for unit, name in units]


def _early(session: Session) -> dict[int, list[bool | None]]:
    """Return whether the suggestions of first labels were right.

    For every unit's labels of the closed stages; None without a suggestion.
    """
    first = select(Label.id).where(Label.unit_id == Unit.id, counts()).order_by(Label.id)
    last = first.limit(1).offset(STAGES[-1] - 1).correlate(Unit).scalar_subquery()
    newest = select(func.max(Label.id)).scalar_subquery()
    query = (
        select(Unit.id, was_right())
        .join(Unit, Unit.id == Label.unit_id)
        .where(Label.id <= func.coalesce(last, newest), counts())
        .order_by(Unit.id, Label.id)
    )
    found = defaultdict[int, list[bool | None]](list)
    for unit, right in session.execute(query):
        found[unit].append(right)
    return found


def _stages(early: Sequence[bool | None], judged: Counter[bool]) -> tuple[Share, ...]:
    """Return the closed stages and the remaining one. The last has what is left of all that were judged."""
    parts = [early[start:stop] for start, stop in pairwise((0, *STAGES))]
    closed = [Share(part.count(True), part.count(True) + part.count(False)) for part in parts]
    right, n = (sum(share.right for share in closed), sum(share.n for share in closed))
    return (*closed, Share(judged[True] - right, judged.total() - n))


def sources(session: Session, tallies: Sequence[Tally], today: date, weeks: int) -> list[Source]:
    """Return the number of decisions from each source."""
    totals = Counter[LabelSource]()
    for each in tallies:
        totals[each.source] += each.labels
    week = each_week(today, weeks)
    kinds = (Label.source, week.n)
    query = select(*kinds, func.count(Label.id)).join(Label, within(Label.at, week)).group_by(*kinds)
    found = label_counts(session, query)
    return [Source(s, totals[s], tuple(found[s, n] for n in reversed(range(weeks)))) for s in LabelSource]


def standing(session: Session, tallies: Sequence[Tally]) -> UnitProgress:
    """Return the state of the learner."""
    latest = session.scalar(select(LabelPosition).order_by(LabelPosition.position.desc()).limit(1))
    position = latest.position if latest is not None else 0
    waiting = (session.scalar(select(func.count()).select_from(Label)) or 0) - position  # positions have no gaps
    unlearned = (
        select(Label.id)
        .outerjoin(LabelPosition, LabelPosition.label_id == Label.id)
        .where(LabelPosition.label_id.is_(None))
    )
    newest = unlearned.order_by(Label.id.desc()).limit(waiting)
    known = Counter[int | None]()
    for each in tallies:
        known[each.unit_id] += each.labels
    if waiting:
        known.subtract(session.scalars(select(Label.unit_id).where(Label.id.in_(newest), counts())))
    return UnitProgress(
        position=position,
        units=len(+known) - (known[None] > 0),
        labels=known.total(),
        waiting=waiting,
        taken_back=session.scalar(select(func.count()).where(Label.revokes_id.is_not(None))) or 0,
        learned_at=latest.at if latest is not None else None,
    )
