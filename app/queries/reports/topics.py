"""Read what was counted of what citizens write about: stored tables only, whatever the size of the house (decision 0076)."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.figures import Share
from app.domain.period import Period
from app.domain.places import PlaceKind
from app.domain.topics import LEAST_VOICES
from app.models.enquiry import Enquiry
from app.models.enquiry_facts import EnquiryFactsRow
from app.models.topics import EnquiryWords, Level, Place, Term, TermCount, TermKind, TermMail, TermTally
from app.models.unit import Unit
from app.queries.reports.scope import Scope, within

MOST_WORDS, MOST_PLACES, MOST_OF_UNIT = 40, 50, 5


@dataclass(frozen=True, slots=True)
class Counted:
    """A term in a quarter and a part of the house, beside the earlier quarter: how many of the voices told of it."""

    id: int
    kind: TermKind
    name: str
    now: Share
    before: Share
    mails: int
    found: bool
    """Whether it changed by more than chance."""
    chance: float

    @property
    def grew(self) -> bool:
        return self.now.right * self.before.n > self.before.right * self.now.n


@dataclass(frozen=True, slots=True)
class Look:
    """What is shown of a quarter. `made_at` is None where it has not been counted."""

    voices: int
    voices_before: int
    tested: int
    made_at: datetime | None
    grew: Sequence[Counted]
    shrank: Sequence[Counted]
    topics: Sequence[Counted]
    places: Sequence[Counted]

    @property
    def enough(self) -> bool:
        """Tell whether both quarters have senders enough to be compared."""
        return min(self.voices, self.voices_before) >= LEAST_VOICES


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the reading is: mails still to be read, and quarters still to be counted."""

    mails: int
    quarters: int
    read: int

    @property
    def under_way(self) -> bool:
        return self.mails > 0 or self.quarters > 0


def part_of(scope: Scope) -> tuple[Level, int]:
    """Return the part of the house that a scope is; the mailbox is not looked at."""
    parts = ((Level.UNIT, scope.unit_id), (Level.CENTRE, scope.centre_id), (Level.AREA, scope.area_id))
    return next(((level, part) for level, part in parts if part is not None), (Level.HOUSE, 0))


def look(session: Session, quarter: Period, scope: Scope, *, against_year: bool) -> Look:
    """Return what is shown of a quarter: words that changed by more than chance, topics and places with their counts."""
    level, part = part_of(scope)
    tally = session.get(TermTally, (quarter.first, against_year, level, part))
    if tally is None:
        made = session.scalar(select(func.max(TermTally.made_at)).where(TermTally.quarter == quarter.first))
        return Look(0, 0, 0, made, (), (), (), ())
    query = (
        select(TermCount, Term)
        .join(Term, Term.id == TermCount.term_id)
        .where(TermCount.quarter == quarter.first, TermCount.against_year == against_year)
        .where(TermCount.level == level, TermCount.part_id == part)
    )
    most = query.where(Term.kind == TermKind.PLACE, TermCount.voices > 0).order_by(TermCount.voices.desc(), Term.name)
    places = [_counted(count, term, tally) for count, term in session.execute(most.limit(MOST_PLACES))]
    others = query.where(Term.kind != TermKind.PLACE)
    found = [_counted(count, term, tally) for count, term in session.execute(others)]
    words = sorted((each for each in found if each.kind is TermKind.WORD), key=lambda each: (each.chance, each.name))
    topics = sorted((each for each in found if each.kind is TermKind.TOPIC), key=_largest)
    return Look(
        tally.voices,
        tally.voices_before,
        tally.tested,
        tally.made_at,
        [each for each in words if each.grew][:MOST_WORDS],
        [each for each in words if not each.grew][:MOST_WORDS],
        topics,
        places,
    )


def _largest(each: Counted) -> tuple[int, str]:
    return -each.now.right, each.name


def _counted(count: TermCount, term: Term, tally: TermTally) -> Counted:
    now, before = Share(count.voices, tally.voices), Share(count.voices_before, tally.voices_before)
    return Counted(term.id, term.kind, term.name, now, before, count.mails, count.found, count.chance)


def of_units(
    session: Session, quarter: Period, unit_ids: Sequence[int] | None, *, against_year: bool
) -> list[tuple[int, str, list[Counted]]]:
    """Return for each unit the words that grew or shrank most surely: (id, name, words), those first that have most."""
    query = (
        select(TermCount, Term, TermTally, Unit.name)
        .join(Term, Term.id == TermCount.term_id)
        .join(
            TermTally,
            (TermTally.quarter == TermCount.quarter)
            & (TermTally.against_year == TermCount.against_year)
            & (TermTally.level == TermCount.level)
            & (TermTally.part_id == TermCount.part_id),
        )
        .join(Unit, Unit.id == TermCount.part_id)
        .where(TermCount.quarter == quarter.first, TermCount.against_year == against_year)
        .where(TermCount.level == Level.UNIT, TermCount.found, Term.kind == TermKind.WORD)
    )
    if unit_ids is not None:
        query = query.where(Unit.id.in_(unit_ids))
    found, names = defaultdict[int, list[Counted]](list), dict[int, str]()
    for count, term, tally, name in session.execute(query.order_by(TermCount.chance, Term.name)):
        found[count.part_id].append(_counted(count, term, tally))
        names[count.part_id] = name
    order = sorted(found, key=lambda each: (-len(found[each]), names[each]))
    return [(each, names[each], found[each][:MOST_OF_UNIT]) for each in order]


def progress(session: Session, *, read_from: int, due: Sequence[str]) -> Progress:
    """Return how far the worker is: mails below a number are still to be read, and these quarters to be counted."""
    below = (Enquiry.id < read_from) & ~Enquiry.imported
    left = session.scalar(select(func.count(Enquiry.id)).where(below)) or 0 if read_from else 0
    read = session.scalar(select(func.count()).select_from(EnquiryWords)) or 0 if left else 0
    return Progress(left, len(due), read)


def has_places(session: Session) -> bool:
    return session.scalar(select(Place.id).limit(1)) is not None


def register(session: Session) -> list[tuple[str, PlaceKind]]:
    """Return the register of places by name: (name, kind)."""
    query = select(Place.name, Place.kind).order_by(Place.name)
    return [(name, kind) for name, kind in session.execute(query)]


def term(session: Session, term_id: int) -> Term | None:
    """Return a term that may be shown."""
    found = session.get(Term, term_id)
    return found if found is not None and found.name else None


def name(session: Session, typed: str) -> str:
    """Return the name of a term by its number as it stands in an address; "" where there is none."""
    found = term(session, int(typed)) if typed else None
    return found.name if found is not None else ""


def counted(session: Session, quarter: Period, scope: Scope, term_id: int, *, against_year: bool) -> Counted | None:
    """Return how often a term was told of in a part of the house; None where too few did, or nothing changed."""
    level, part = part_of(scope)
    count = session.get(TermCount, (quarter.first, against_year, level, part, term_id))
    tally = session.get(TermTally, (quarter.first, against_year, level, part))
    named = term(session, term_id)
    return _counted(count, named, tally) if count is not None and tally is not None and named is not None else None


def by_day(session: Session, quarter: Period, scope: Scope, term_id: int) -> dict[date, int]:
    """Count the mails behind a term by the day they came."""
    facts = EnquiryFactsRow
    query = (
        select(facts.received_on, func.count())
        .join(TermMail, TermMail.enquiry_id == facts.enquiry_id)
        .where(TermMail.term_id == term_id, TermMail.quarter == quarter.first, within(session, scope))
        .group_by(facts.received_on)
    )
    return dict(session.execute(query).all())


def by_unit(session: Session, quarter: Period, scope: Scope, term_id: int) -> list[tuple[int, str, int]]:
    """Count the mails behind a term by the unit they are with: (id, name, mails), most first."""
    facts = EnquiryFactsRow
    query = (
        select(Unit.id, Unit.name, func.count())
        .select_from(TermMail)
        .join(facts, facts.enquiry_id == TermMail.enquiry_id)
        .join(Unit, Unit.id == facts.unit_id)
        .where(TermMail.term_id == term_id, TermMail.quarter == quarter.first, within(session, scope))
        .group_by(Unit.id, Unit.name)
        .order_by(func.count().desc(), Unit.name)
    )
    return [(key, name, count) for key, name, count in session.execute(query)]
