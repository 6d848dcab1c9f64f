"""Count what citizens write about, quarter by quarter, and find what changed by more than chance. For the worker alone.

Each step is bounded and leaves its result: topics are found in one, each quarter is counted in one of its own, newest first. A
worker that is stopped in between goes on there. All is read and reckoned before the transactions that write.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
from sqlalchemy import Engine, delete, insert, select
from sqlalchemy.orm import Session

from app import database
from app.domain import period
from app.domain.deadlines import local_day
from app.domain.period import Kind, Period
from app.domain.topics import FEWEST_VOICES, LEAST_VOICES
from app.models.topics import EnquiryWords, Level, Place, Term, TermCount, TermKind, TermMail, TermTally
from app.services.platform import settings
from app.services.reports import mail_words, quarter_mails, term_names, topic_finding
from app.services.reports.quarter_mails import Counted
from learning import topics
from learning.salt import Salt
from learning.topics import Mails

AT_ONCE = 5_000
"""Rows written in one transaction."""
SETTLED = 14
"""Days into a quarter on which the one before is still counted anew: late decisions move mails."""


def go_on(engine: Engine, salt: Salt, *, now: datetime) -> bool:
    """Take one step. Return whether there is another one to take now."""
    if mail_words.refresh(engine, salt):
        return True
    with database.read(engine) as session:
        if _facts_behind(session):
            return False
        week, day = settings.get(session, settings.TOPICS_WEEK), settings.get(session, settings.TOPICS_DAY)
        due = settings.get(session, settings.TOPICS_DUE)
    today = local_day(now)
    this_week = period.around(today, Kind.WEEK).word
    if week != this_week:
        topic_finding.find(engine, salt, this_week, today)
        return True
    if due:
        _count(engine, salt, period.read(due[0]), now)
        return True
    if day != today.isoformat():
        _begin_day(engine, today)
        return True
    return False


def _facts_behind(session: Session) -> bool:
    """Tell whether the facts, by which mails belong to units, are still to be made."""
    return settings.get(session, settings.FACTS_POSITION) is None or settings.get(session, settings.FACTS_AGAIN) > 0


def _begin_day(engine: Engine, today: date) -> None:
    this = period.around(today, Kind.QUARTER)
    due = [this, *([this.before()] if (today - this.first).days < SETTLED else [])]
    with database.write(engine) as session:
        settings.put(session, settings.TOPICS_DAY, today.isoformat())
        settings.put(session, settings.TOPICS_DUE, [each.word for each in due])


@dataclass(frozen=True)
class Change:
    """A term in a part of the house, now and before."""

    level: Level
    part: int
    key: int
    now: int
    before: int
    chance: float
    found: bool


def _count(engine: Engine, salt: Salt, quarter: Period, now: datetime) -> None:
    """Count a quarter against as many days of both earlier ones, and store what is shown of it."""
    with database.read(engine) as session:
        chosen, keys = topic_finding.stored(session)
        this = quarter_mails.counted(session, quarter, chosen, keys)
        others, today = {False: quarter.before(), True: quarter.year_before()}, local_day(now)
        earlier = {
            year: quarter_mails.counted(session, quarter.compared(other, today), chosen, keys)
            for year, other in others.items()
        }
        changed = {(kind, year): changes(this, before, kind) for year, before in earlier.items() for kind in TermKind}
        shown = {(kind, each.key) for (kind, _), found in changed.items() for each in found.shown}
        names = _names(session, salt, shown, [this.mails, *(each.mails for each in earlier.values())])
    ids = _put_terms(engine, names)
    _put_mails(engine, quarter, this, ids)
    counts, tallies = list[dict[str, Any]](), list[dict[str, Any]]()
    for year, before in earlier.items():
        head = {"quarter": quarter.first, "against_year": year}
        counts += [head | row for kind in TermKind for row in _rows(changed[kind, year], kind, this, ids)]
        tallies += [head | row for row in _tallies(this, before, changed[TermKind.WORD, year].tested, now)]
    _store(engine, quarter, counts, tallies)


@dataclass(frozen=True)
class Changes:
    """What is shown, and how many terms of each part of the house were compared."""

    shown: list[Change]
    tested: Counter[tuple[Level, int]]


def changes(this: Counted, before: Counted, kind: TermKind, levels: Iterable[Level] = Level) -> Changes:
    """Return what changed. Of words only what is more than chance; of topics and places all that enough have told of.

    All words of all units are one family, and so are those of the areas: of all that their lists say, no more than the rate
    is false.
    """
    shown, tested = list[Change](), Counter[tuple[Level, int]]()
    for level in levels:
        of_now, of_before = this.voices(level), before.voices(level)
        now, then = this.with_term(kind, level), before.with_term(kind, level)
        asked = sorted(
            each for each in now.keys() | then.keys() if max(now.get(each, 0), then.get(each, 0)) >= FEWEST_VOICES
        )
        compared = [each for each in asked if min(of_now.get(each[0], 0), of_before.get(each[0], 0)) >= LEAST_VOICES]
        columns = [(now.get(each, 0), of_now[each[0]], then.get(each, 0), of_before[each[0]]) for each in compared]
        chances = topics.change_p(*np.array(columns, np.int64).reshape(-1, 4).T)
        sure = dict(
            zip(compared, zip(chances.tolist(), topics.discoveries(chances).tolist(), strict=True), strict=True)
        )
        tested.update((level, part) for part, _ in compared)
        for part, key in asked:
            chance, found = sure.get((part, key), (1.0, False))
            if found or kind is not TermKind.WORD:
                shown.append(Change(level, part, key, now.get((part, key), 0), then.get((part, key), 0), chance, found))
    return Changes(shown, tested)


def _tallies(
    this: Counted, before: Counted, tested: Counter[tuple[Level, int]], now: datetime
) -> Iterable[dict[str, Any]]:
    for level in Level:
        of_now, of_before = this.voices(level), before.voices(level)
        for part in of_now.keys() | of_before.keys():
            yield {
                "level": level,
                "part_id": part,
                "voices": of_now.get(part, 0),
                "voices_before": of_before.get(part, 0),
                "tested": tested[level, part],
                "made_at": now,
            }


def _names(
    session: Session, salt: Salt, shown: set[tuple[TermKind, int]], mails: Sequence[Mails]
) -> dict[tuple[TermKind, int], str]:
    """Return the name of each term that is shown; "" for a word that may be somebody's name."""
    terms = {(each.kind, each.key): each.name for each in session.scalars(select(Term))}
    places = dict(session.execute(select(Place.id, Place.name)).all())
    known = term_names.known_of(mails)
    found: dict[tuple[TermKind, int], str] = {}
    for kind, key in sorted(shown):
        if kind is TermKind.WORD:
            stored = terms.get((kind, key))
            found[kind, key] = term_names.written(session, salt, key, known) if stored is None else stored
        else:
            found[kind, key] = places.get(key, "") if kind is TermKind.PLACE else terms.get((kind, key), "")
    return found


def _put_terms(engine: Engine, names: Mapping[tuple[TermKind, int], str]) -> dict[tuple[TermKind, int], int]:
    """Store terms that are new, and return the ids of all that have a name."""
    with database.write(engine) as session:
        known = {(each.kind, each.key): each for each in session.scalars(select(Term))}
        for (kind, key), name in names.items():
            if (kind, key) not in known:
                known[kind, key] = Term(kind=kind, key=key, name=name, weights={})
                session.add(known[kind, key])
        session.flush()
        return {each: known[each].id for each in names if known[each].name}


def _put_mails(engine: Engine, quarter: Period, this: Counted, ids: Mapping[tuple[TermKind, int], int]) -> None:
    """Store the mails behind each term, a bounded number of rows at a time."""
    rows = []
    for kind in TermKind:
        at, keys = this.pairs(kind)
        wanted = np.isin(keys, [key for of, key in ids if of is kind])
        enquiries = this.mails.enquiries[at[wanted]]
        rows += [
            {"term_id": ids[kind, key], "enquiry_id": enquiry, "quarter": quarter.first}
            for enquiry, key in sorted(set(zip(enquiries.tolist(), keys[wanted].tolist(), strict=True)))
        ]
    with database.write(engine) as session:
        session.execute(delete(TermMail).where(TermMail.quarter == quarter.first))
    for start in range(0, len(rows), AT_ONCE):
        portion = rows[start : start + AT_ONCE]
        with database.write(engine) as session:
            kept = _still_there(session, [each["enquiry_id"] for each in portion])
            if portion := [each for each in portion if each["enquiry_id"] in kept]:
                session.execute(insert(TermMail), portion)


def _still_there(session: Session, enquiry_ids: Sequence[int]) -> set[int]:
    """Return whose words have not been removed since they were read."""
    first, last = min(enquiry_ids), max(enquiry_ids)
    return set(session.scalars(select(EnquiryWords.enquiry_id).where(EnquiryWords.enquiry_id.between(first, last))))


def _rows(
    found: Changes, kind: TermKind, this: Counted, ids: Mapping[tuple[TermKind, int], int]
) -> Iterable[dict[str, Any]]:
    mails = {level: this.mails_with_term(kind, level) for level in Level}
    for each in found.shown:
        if (kind, each.key) in ids:
            yield {
                "level": each.level,
                "part_id": each.part,
                "term_id": ids[kind, each.key],
                "voices": each.now,
                "voices_before": each.before,
                "mails": mails[each.level][each.part, each.key],
                "chance": each.chance,
                "found": each.found,
            }


def _store(engine: Engine, quarter: Period, counts: list[dict[str, Any]], tallies: list[dict[str, Any]]) -> None:
    with database.write(engine) as session:
        for table, rows in ((TermCount, counts), (TermTally, tallies)):
            session.execute(delete(table).where(table.quarter == quarter.first))
            if rows:
                session.execute(insert(table), rows)
        due = settings.get(session, settings.TOPICS_DUE)
        settings.put(session, settings.TOPICS_DUE, [each for each in due if each != quarter.word])
        _tidy(session)


def _tidy(session: Session) -> None:
    """Remove words, places and former topics that nothing is shown of any more."""
    unused = [Term.id.not_in(select(table.term_id)) for table in (TermCount, TermMail)]
    old = session.scalars(select(Term).where(*unused)).all()
    for term in old:
        if term.kind is not TermKind.TOPIC or not term.weights:
            session.delete(term)
