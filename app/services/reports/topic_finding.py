"""Find the topics of two years' mails once a week, name them, and keep their numbers from week to week."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
import structlog
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from app import database
from app.domain import period
from app.domain.period import Kind, Period
from app.domain.topics import FEWEST_VOICES, QUARTERS
from app.models.topics import EnquiryWords, Term, TermKind
from app.services.platform import settings
from app.services.reports import quarter_mails, term_names
from app.services.reports.term_names import Known
from learning import topics
from learning.salt import Salt
from learning.topics import NONE, Ints, Mails, Topics

log = structlog.get_logger()
NAMED_BY = 3
"""Words that a topic is called by."""


def find(engine: Engine, salt: Salt, week: str, today: date) -> None:
    """Find the topics of two years' mails, give those their numbers back that were there before, and have all counted."""
    with database.read(engine) as session:
        quarters = _quarters(session, today)
        mails = [quarter_mails.read(session, each)[0] for each in reversed(quarters)]
        count, pairs = _sample(mails)
        found = topics.find(count, pairs, FEWEST_VOICES)
        rows = [_weights_of(found, n) for n in range(len(found.weights))]
        old = session.scalars(select(Term).where(Term.kind == TermKind.TOPIC).order_by(Term.key)).all()
        same = topics.matched([_plain(each.weights) for each in old], [_plain(each) for each in rows])
        keys = [None if n is None else old[n].key for n in same]
        known = term_names.known_of(mails)
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
        if len(names) < NAMED_BY and (name := term_names.written(session, salt, int(word), known)):
            names.append(name)
    return ", ".join(names)


def stored(session: Session) -> tuple[Topics, list[int]]:
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
