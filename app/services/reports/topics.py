"""Count what citizens write about, quarter by quarter, and find what changed by more than chance. For the worker alone.

Each step is bounded and leaves its result: topics are found in one, each quarter is counted in one of its own, newest first. A
worker that is stopped in between goes on there. All is read and reckoned before the transactions that write.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any

import numpy as np
import structlog
from sqlalchemy import Engine, delete, func, insert, select
from sqlalchemy.orm import Session

from app import database
from app.domain import content_words, period
from app.domain.content_words import Case
from app.domain.deadlines import local_day
from app.domain.enquiry import State
from app.domain.enquiry_facts import Way
from app.domain.period import Kind, Period
from app.domain.topics import FEWEST_VOICES, LEAST_VOICES, QUARTERS
from app.models.enquiry import Enquiry
from app.models.enquiry_facts import EnquiryFactsRow
from app.models.topics import EnquiryWords, Level, Place, Term, TermCount, TermKind, TermMail, TermTally
from app.models.unit import Unit
from app.services.platform import settings
from app.services.reports import mail_words
from learning import topics
from learning.salt import Salt
from learning.text import clean_written
from learning.topics import Ints, Mails, Topics

log = structlog.get_logger()
COUNTED = (Way.AUTOMATIC, Way.DIRECT, Way.MANUAL, Way.WAITING)
"""Mails that begin a matter. A follow-up goes on with what was counted, and what was set aside asked nothing."""
READ_FOR_A_NAME = 25
"""Senders whose mails are read for how a word is written."""
LEAST_PLAIN = 2
"""Senders, among those that are read, who must write a word in lower case inside a sentence: names have a capital."""
NAMED_BY = 3
"""Words that a topic is called by."""
AT_ONCE = 5_000
"""Rows written in one transaction."""
SETTLED = 14
"""Days into a quarter on which the one before is still counted anew: late decisions move mails."""
NONE: Ints = np.zeros(0, np.int64)


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
        _find_topics(engine, salt, this_week, today)
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


# The mails of a quarter


@dataclass(frozen=True)
class Counted:
    """The mails of a quarter with the parts of the house that they are with, and what each tells of."""

    mails: Mails
    parts: Mapping[Level, Ints]
    topics: Ints

    @cached_property
    def first(self) -> Any:
        return topics.first_of_texts(self.mails)

    def pairs(self, kind: TermKind) -> tuple[Ints, Ints]:
        """Return (position of the mail, key of the term)."""
        if kind is TermKind.WORD:
            return self.mails.words
        if kind is TermKind.PLACE:
            return self.mails.places
        at = np.flatnonzero(self.topics >= 0).astype(np.int64)
        return at, self.topics[at]

    def voices(self, level: Level) -> dict[int, int]:
        return topics.voices_of(self.parts[level], self.mails.voices, self.first)

    def with_term(self, kind: TermKind, level: Level) -> dict[tuple[int, int], int]:
        """Return how many voices of each part of the house have each term."""
        found = topics.by_group(self.parts[level], self.mails.voices, self.first, self.pairs(kind))
        return {(part, key): n for part, key, n in zip(*(each.tolist() for each in found), strict=True)}

    def mails_with_term(self, kind: TermKind, level: Level) -> Counter[tuple[int, int]]:
        at, keys = self.pairs(kind)
        return Counter(zip(self.parts[level][at].tolist(), keys.tolist(), strict=True))


def _counted(session: Session, quarter: Period, chosen: Topics, keys: Sequence[int]) -> Counted:
    mails, units = _mails(session, quarter)
    places = {
        unit: (area, centre or -1)
        for unit, area, centre in session.execute(select(Unit.id, Unit.area_id, Unit.centre_id))
    }
    nowhere = (-1, -1)
    parts = {
        Level.HOUSE: np.zeros(len(mails), np.int64),
        Level.UNIT: units,
        Level.AREA: np.array([places.get(each, nowhere)[0] for each in units.tolist()], np.int64),
        Level.CENTRE: np.array([places.get(each, nowhere)[1] for each in units.tolist()], np.int64),
    }
    found = chosen.of(len(mails), mails.words)
    known = np.array(keys or [0], np.int64)
    return Counted(mails, parts, np.where(found >= 0, known[found], -1))


def _mails(session: Session, quarter: Period) -> tuple[Mails, Ints]:
    """Return the mails of a quarter that begin a matter, in their order, and the unit of each (-1: none)."""
    row, facts = EnquiryWords, EnquiryFactsRow
    query = (
        select(row.enquiry_id, row.voice, row.letter, row.words, row.names, row.places, facts.unit_id)
        .join(facts, facts.enquiry_id == row.enquiry_id)
        .where(row.received_on >= quarter.first, row.received_on <= quarter.last)
        .where(facts.way.in_(COUNTED), facts.state != State.SET_ASIDE)
        .order_by(row.enquiry_id)
    )
    rows = session.execute(query).all()
    words = [np.frombuffer(each.words, "<u4") for each in rows]
    numbers = np.concatenate(words).astype(np.int64) if words else NONE
    places = [(n, place) for n, each in enumerate(rows) for place in each.places]
    enquiries, voices, texts = np.array([each[:3] for each in rows], np.int64).reshape(-1, 3).T
    at = np.repeat(np.arange(len(rows), dtype=np.int64), [len(each) for each in words])
    of_places = np.array(places, np.int64).reshape(-1, 2)
    units = np.array([-1 if each.unit_id is None else each.unit_id for each in rows], np.int64)
    names = np.frombuffer(b"".join(each.names for each in rows), "<u4").astype(np.int64)
    return Mails(enquiries, voices, texts, (at, numbers), names, (of_places[:, 0], of_places[:, 1])), units


# Names of words


@dataclass(frozen=True)
class Known:
    """Of each word some mails of different senders, and how many mails have it as a word and as a name."""

    mails: dict[int, Ints]
    as_word: Counter[int]
    as_name: Counter[int]


def _known(mails: Sequence[Mails]) -> Known:
    """Return what is known of the words that enough senders wrote; of each, the first mails of different senders."""
    enquiries = np.concatenate([NONE, *(each.enquiries[each.words[0]] for each in mails)])
    voices = np.concatenate([NONE, *(each.voices[each.words[0]] for each in mails)])
    words = np.concatenate([NONE, *(each.words[1] for each in mails)])
    order = np.lexsort((enquiries, voices, words))
    ordered = words[order], voices[order]
    first = order[
        np.append(True, (ordered[0][1:] != ordered[0][:-1]) | (ordered[1][1:] != ordered[1][:-1]))[: len(order)]
    ]
    first = first[np.lexsort((enquiries[first], words[first]))]
    found, starts = np.unique(words[first], return_index=True)
    ends = [*starts[1:].tolist(), len(first)]
    return Known(
        {
            word: enquiries[first[start : min(end, start + READ_FOR_A_NAME)]]
            for word, start, end in zip(found.tolist(), starts.tolist(), ends, strict=False)
            if end - start >= FEWEST_VOICES
        },
        Counter(words.tolist()),
        Counter(np.concatenate([NONE, *(each.names for each in mails)]).tolist()),
    )


def _name(session: Session, salt: Salt, word: int, known: Known) -> str:
    """Return how most senders write a word; "" where it may be somebody's name."""
    forms, plain = Counter[str](), 0
    ids = known.mails.get(word, NONE).tolist()
    query = select(Enquiry.id, Enquiry.subject, Enquiry.text, *mail_words.PEOPLE).where(Enquiry.id.in_(ids))
    for mail in session.execute(query.order_by(Enquiry.id)):
        words = content_words.words_of(*clean_written(mail.subject, mail.text), mail[3:])
        for each in (each for key, each in words.items() if salt.number(key) == word):
            forms[each.form] += 1
            plain += each.case is Case.WORD
    if plain < LEAST_PLAIN or known.as_name[word] >= known.as_word[word]:
        return ""
    return min(forms, key=lambda form: (-forms[form], len(form), form))


# Topics


def _find_topics(engine: Engine, salt: Salt, week: str, today: date) -> None:
    """Find the topics of two years' mails, give those their numbers back that were there before, and have all counted."""
    with database.read(engine) as session:
        quarters = _quarters(session, today)
        mails = [_mails(session, each)[0] for each in reversed(quarters)]
        count, pairs = _sample(mails)
        found = topics.find(count, pairs, FEWEST_VOICES)
        rows = [_weights_of(found, n) for n in range(len(found.weights))]
        old = session.scalars(select(Term).where(Term.kind == TermKind.TOPIC).order_by(Term.key)).all()
        same = topics.matched([_plain(each.weights) for each in old], [_plain(each) for each in rows])
        keys = [None if n is None else old[n].key for n in same]
        known = _known(mails)
        names = [_topic_name(session, salt, each, known) for each in rows]
        last = max([each.key for each in old], default=0)
    with database.write(engine) as session:
        for term in session.scalars(select(Term).where(Term.kind == TermKind.TOPIC)):
            term.weights = {}
        for key, name, weights in zip(keys, names, rows, strict=True):
            last += key is None
            _put_topic(session, last if key is None else key, name, weights)
        settings.put(session, settings.TOPICS_WEEK, week)
        settings.put(session, settings.TOPICS_DAY, today.isoformat())
        settings.put(session, settings.TOPICS_DUE, [each.word for each in quarters])
    log.info("topics_found", topics=len(rows), mails=count)


def _quarters(session: Session, today: date) -> list[Period]:
    """Return the quarters that have mails, newest first."""
    first = session.scalar(select(func.min(EnquiryWords.received_on)))
    found, quarter = list[Period](), period.around(today, Kind.QUARTER)
    while first is not None and quarter.last >= first and len(found) < QUARTERS:
        found.append(quarter)
        quarter = quarter.before()
    return found


def _sample(mails: Sequence[Mails]) -> tuple[int, tuple[Ints, Ints]]:
    """Return as many mails as topics are found in, and their words: by the numbers of their texts, so always the same."""
    texts = np.concatenate([each.texts for each in mails]) if mails else NONE
    _, first = np.unique(texts, return_index=True)
    chosen = np.sort(first[np.argsort(texts[first], kind="stable")][: topics.DOCUMENTS])
    position = np.full(len(texts), -1, np.int64)
    position[chosen] = np.arange(len(chosen))
    starts = np.cumsum([0, *(len(each) for each in mails)])
    at = (
        np.concatenate([each.words[0] + start for each, start in zip(mails, starts[:-1], strict=True)])
        if mails
        else NONE
    )
    words = np.concatenate([each.words[1] for each in mails]) if mails else NONE
    kept = position[at] >= 0
    return len(chosen), (position[at[kept]], words[kept])


def _weights_of(found: Topics, n: int) -> dict[str, Any]:
    """Return a topic's words as they are kept: number → (weight, idf)."""
    at = np.flatnonzero(found.weights[n] > 0)
    return {
        str(found.words[k]): [round(float(found.weights[n, k]), 6), round(float(found.idf[k]), 6)] for k in at.tolist()
    }


def _plain(weights: Mapping[str, Any]) -> dict[int, float]:
    return {int(word): weight for word, (weight, _) in weights.items()}


def _put_topic(session: Session, key: int, name: str, weights: dict[str, Any]) -> None:
    term = session.scalar(select(Term).where(Term.kind == TermKind.TOPIC, Term.key == key))
    if term is None:
        session.add(Term(kind=TermKind.TOPIC, key=key, name=name, weights=weights))
    else:
        term.name, term.weights = name, weights


def _topic_name(session: Session, salt: Salt, weights: Mapping[str, Any], known: Known) -> str:
    """Return a topic's strongest words that are nobody's name."""
    names: list[str] = []
    for word in sorted(weights, key=lambda each: (-weights[each][0], each))[: 4 * NAMED_BY]:
        if len(names) < NAMED_BY and (name := _name(session, salt, int(word), known)):
            names.append(name)
    return ", ".join(names)


def _stored_topics(session: Session) -> tuple[Topics, list[int]]:
    """Return the present topics as they are kept, and their numbers."""
    terms = session.scalars(select(Term).where(Term.kind == TermKind.TOPIC).order_by(Term.key)).all()
    present = [each for each in terms if each.weights and each.name]
    idf = {int(word): of for each in present for word, (_, of) in each.weights.items()}
    words = np.array(sorted(idf), np.int64)
    place = {word: n for n, word in enumerate(words.tolist())}
    weights = np.zeros((len(present), len(words)))
    for n, each in enumerate(present):
        for word, weight in _plain(each.weights).items():
            weights[n, place[word]] = weight
    return Topics(words, np.array([idf[each] for each in words.tolist()]), weights), [each.key for each in present]


# Counting a quarter


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
        chosen, keys = _stored_topics(session)
        this = _counted(session, quarter, chosen, keys)
        others, today = {False: quarter.before(), True: quarter.year_before()}, local_day(now)
        earlier = {
            year: _counted(session, quarter.compared(other, today), chosen, keys) for year, other in others.items()
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
    known = _known(mails)
    found: dict[tuple[TermKind, int], str] = {}
    for kind, key in sorted(shown):
        if kind is TermKind.WORD:
            stored = terms.get((kind, key))
            found[kind, key] = _name(session, salt, key, known) if stored is None else stored
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
