"""The learning page: how right the suggestions are, how sure they may be, what is confused, and who taught the model.

A suggestion is judged once a person's decision, or the unit's answer, says where its mail belongs. Decisions that were
taken back, or that count no more, are left out everywhere.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import and_, case, func, or_, select
from sqlalchemy.orm import Session

from app.domain.enquiry import LabelSource, State
from app.domain.figures import Share
from app.models.amendment import counts
from app.models.enquiry import Enquiry
from app.models.label import Label, Lesson
from app.models.prediction import Decision, Prediction
from app.models.unit import Unit
from app.queries.figures import Week, start_of, week_of
from learning import reliability
from learning.explain import tellable
from learning.identities import masked

STAGES = (10, 25, 50, 100, 200)
"""A unit's decisions are told in stages: the first ten, those to the 25th, and so on; the last stage is open."""
ENOUGH = 20
"""Judged suggestions that a unit needs before its share says anything."""
LATEST = 1000
ONE_SIDED = (LabelSource.ANSWERED, LabelSource.RETURNED)
"""Labels that come because the suggestion was right, or because it was wrong."""
PAIRS, PAIR_MAILS, WORDS = 12, 50, 4


@dataclass(frozen=True, slots=True)
class Curve:
    """How right the first suggestion was for one unit's mails, by how many decisions for it had been taught."""

    unit_id: int
    name: str
    labels: int
    stages: tuple[Share, ...]

    @property
    def judged(self) -> Share:
        return Share(sum(s.right for s in self.stages), sum(s.n for s in self.stages))

    @property
    def now(self) -> Share:
        """Of the latest stages that together hold enough to be judged by."""
        right = n = 0
        for stage in reversed(self.stages):
            right, n = right + stage.right, n + stage.n
            if n >= ENOUGH:
                break
        return Share(right, n)

    @property
    def missing(self) -> int:
        """How many judged suggestions are missing before the share says anything."""
        return max(0, ENOUGH - self.judged.n)


@dataclass(frozen=True, slots=True)
class Reliability:
    """The latest judged suggestions: bins as wide as each other, bins as full as each other, and what each adds up to."""

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
class Confusion:
    """Mails that were suggested for one unit and belong to another; `of` counts all suggestions for the first."""

    suggested_id: int
    unit_id: int
    suggested: str
    unit: str
    count: int
    of: int
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Confused:
    """One mail of a confusion."""

    enquiry_id: int
    subject: str
    at: datetime
    confidence: float
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Source:
    """How many decisions came one way: in all, and in each of the last weeks, oldest first."""

    source: LabelSource
    total: int
    weeks: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """How far the learner is. `labels` it knows, `waiting` ones not yet; `taken_back` ones it has forgotten again."""

    position: int
    units: int
    labels: int
    waiting: int
    taken_back: int
    learned_at: datetime | None


def automation(session: Session, today: date, weeks: int) -> list[Week]:
    """How much of what asked for a unit the robot routed by itself, by the week it came; history is left out."""
    week = week_of(Enquiry.received_at, today, weeks)
    asked = or_(Enquiry.state != State.SET_ASIDE, Enquiry.reason.is_(None))
    query = (
        select(week, func.sum(case((Enquiry.automatic, 1), else_=0)), func.count(Enquiry.id))
        .where(Enquiry.received_at >= start_of(today, weeks), ~Enquiry.imported, ~Enquiry.direct, asked)
        .group_by("week")
    )
    return _weeks({n: Share(by_robot, count) for n, by_robot, count in session.execute(query)}, today, weeks)


def _weeks(shares: dict[int, Share], today: date, weeks: int) -> list[Week]:
    ends = [date.fromordinal(today.toordinal() - 7 * n) for n in range(weeks)]
    return [Week(ends[n], shares.get(n, Share(0, 0))) for n in reversed(range(weeks))]


def calibration(session: Session, latest: int = LATEST) -> Reliability:
    """How the confidences of the latest judged suggestions were kept.

    A unit answers what was right and sends back what was wrong: such labels tell one side only, and are left out.
    """
    query = (
        select(Label.suggested_confidence, Label.suggested_unit_id == Label.unit_id)
        .where(Label.suggested_confidence.is_not(None), Label.suggested_unit_id.is_not(None), counts())
        .where(Label.source.not_in(ONE_SIDED))
        .order_by(Label.id.desc())
        .limit(latest)
    )
    judged = [(confidence or 0.0, bool(right)) for confidence, right in session.execute(query)]
    return Reliability(reliability.equal_width(judged), reliability.equal_mass(judged), len(judged))


def curves(session: Session) -> list[Curve]:
    """The learning curve of every unit that takes mails, by name."""
    place = func.row_number().over(partition_by=Label.unit_id, order_by=Label.id).label("place")
    numbered = select(Label.unit_id, Label.suggested_unit_id, place).where(counts()).subquery().c
    stage = case(*((numbered.place <= top, n) for n, top in enumerate(STAGES)), else_=len(STAGES)).label("stage")
    right = func.sum(case((numbered.suggested_unit_id == numbered.unit_id, 1), else_=0))
    query = select(
        numbered.unit_id, stage, func.count(), right, func.count(numbered.suggested_unit_id)
    ).group_by(numbered.unit_id, "stage")  # fmt: skip
    labels: Counter[int] = Counter()
    shares: dict[tuple[int, int], Share] = {}
    for unit_id, n, count, correct, judged in session.execute(query):
        labels[unit_id] += count
        shares[unit_id, n] = Share(correct, judged)
    units = session.execute(select(Unit.id, Unit.name).where(~Unit.closed).order_by(Unit.name))
    none = Share(0, 0)
    stages = range(len(STAGES) + 1)
    return [Curve(u, name, labels[u], tuple(shares.get((u, n), none) for n in stages)) for u, name in units]


def confusions(session: Session) -> list[Confusion]:
    """Which units are mistaken for which, most often first, each with words that spoke for the wrong one."""
    judged = and_(Label.suggested_unit_id.is_not(None), counts())
    pairs = (
        select(Label.suggested_unit_id, Label.unit_id, func.count(Label.id))
        .where(judged, Label.suggested_unit_id != Label.unit_id)
        .group_by(Label.suggested_unit_id, Label.unit_id)
        .order_by(func.count(Label.id).desc(), Label.suggested_unit_id, Label.unit_id)
        .limit(PAIRS)
    )
    suggestions = select(Label.suggested_unit_id, func.count(Label.id)).where(judged).group_by(Label.suggested_unit_id)
    of = dict(session.execute(suggestions).all())
    names = dict(session.execute(select(Unit.id, Unit.name)).all())
    return [
        Confusion(wrong, unit, names[wrong], names[unit], count, of[wrong], _told(confused(session, wrong, unit)))
        for wrong, unit, count in session.execute(pairs).all()
        if wrong is not None
    ]


def confused(session: Session, suggested_id: int, unit_id: int) -> list[Confused]:
    """The latest mails that were suggested for one unit and belong to the other."""
    query = (
        select(Enquiry.id, Enquiry.subject, Label.at, Label.suggested_confidence)
        .join(Enquiry, Enquiry.id == Label.enquiry_id)
        .where(Label.suggested_unit_id == suggested_id, Label.unit_id == unit_id, counts())
        .where(Label.suggested_unit_id != Label.unit_id)
        .order_by(Label.id.desc())
        .limit(PAIR_MAILS)
    )
    rows = session.execute(query).all()
    words = _words(session, [row[0] for row in rows], suggested_id)
    return [Confused(n, subject, at, confidence or 0.0, words.get(n, ())) for n, subject, at, confidence in rows]


def unit_name(session: Session, unit_id: int) -> str | None:
    return session.scalar(select(Unit.name).where(Unit.id == unit_id))


def _words(session: Session, enquiry_ids: Sequence[int], unit_id: int) -> dict[int, tuple[str, ...]]:
    """What spoke for a unit in each mail, as people saw it last, or as the robot had it when the mail came."""
    found: dict[int, tuple[str, ...]] = {}
    for table in (Decision, Prediction):
        query = select(table.enquiry_id, table.ranking).where(table.enquiry_id.in_(enquiry_ids))
        for enquiry_id, ranking in session.execute(query):
            for row in ranking:
                if row["unit_id"] == unit_id and row["words"]:
                    found[enquiry_id] = tuple(row["words"])
    return found


def _told(mails: Sequence[Confused]) -> tuple[str, ...]:
    """The words that spoke for the wrong unit most often; where none were kept, those that subjects share, or have at all."""
    spoke = Counter(word for mail in mails for word in mail.words if tellable(word))
    if not spoke:
        subjects = (set(masked(mail.subject).lower().split()) for mail in mails)
        found = Counter(word for subject in subjects for word in subject if word.isalpha() and tellable(word))
        spoke = Counter({word: count for word, count in found.items() if count > 1}) or found
    return tuple(word for word, _count in sorted(spoke.items(), key=lambda item: (-item[1], item[0]))[:WORDS])


def sources(session: Session, today: date, weeks: int) -> list[Source]:
    """Where the decisions came from, every way there is."""
    totals = dict(
        session.execute(select(Label.source, func.count(Label.id)).where(counts()).group_by(Label.source)).all()
    )
    week = week_of(Label.at, today, weeks)
    query = (
        select(Label.source, week, func.count(Label.id))
        .where(Label.at >= start_of(today, weeks), counts())
        .group_by(Label.source, "week")
    )
    found = {(source, n): count for source, n, count in session.execute(query)}
    back = list(reversed(range(weeks)))
    return [Source(s, totals.get(s, 0), tuple(found.get((s, n), 0) for n in back)) for s in LabelSource]


def standing(session: Session) -> Standing:
    """How far the learner is."""
    taught = select(func.count(Label.unit_id.distinct()), func.count(Label.id)).join(
        Lesson, Lesson.label_id == Label.id
    )
    units, labels = session.execute(taught.where(counts())).one()
    position, learned_at = session.execute(select(func.max(Lesson.position), func.max(Lesson.at))).one()
    unlearned = select(func.count(Label.id)).outerjoin(Lesson, Lesson.label_id == Label.id)
    return Standing(
        position=position or 0,
        units=units,
        labels=labels,
        waiting=session.scalar(unlearned.where(Lesson.label_id.is_(None))) or 0,
        taken_back=session.scalar(select(func.count(Label.revokes_id))) or 0,
        learned_at=learned_at,
    )
