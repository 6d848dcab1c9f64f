"""The model's confusions of units.

Mails were suggested for one unit and belong to another; with them come the words that misled it.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models.amendment import counts
from app.models.enquiry import Enquiry
from app.models.label import Label
from app.models.prediction import Decision, Prediction
from app.models.unit import Unit
from app.models.words import note
from app.queries.learning.progress import Tally
from learning.explain import tellable
from learning.identities import masked

PAIRS, PAIR_MAILS, SPOKEN, WORDS = 12, 50, 20, 4


@dataclass(frozen=True, slots=True)
class Confusion:
    """Mails suggested for one unit that belong to another. `of` counts all suggestions for the first."""

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


def confusions(session: Session, tallies: Sequence[Tally]) -> list[Confusion]:
    """Return the confused pairs of units, most frequent first. Each has words that spoke for the wrong one."""
    of, mistaken = Counter[int](), Counter[tuple[int, int]]()
    for each in tallies:
        if each.suggested_id is not None and each.unit_id is not None:
            of[each.suggested_id] += each.labels
            if not each.right:
                mistaken[each.suggested_id, each.unit_id] += each.labels
    names = dict(session.execute(select(Unit.id, Unit.name)).all())
    pairs = sorted(mistaken, key=lambda pair: (-mistaken[pair], pair))[:PAIRS]
    words = _telling_words(session, pairs)
    return [
        Confusion(wrong, unit, names[wrong], names[unit], mistaken[wrong, unit], of[wrong], words[wrong, unit])
        for wrong, unit in pairs
    ]


def confused(session: Session, suggested_id: int, unit_id: int) -> list[Confused]:
    """Return the latest mails of a confused pair. Suggested for one unit, they belong to the other."""
    rows = _latest(session, suggested_id, unit_id, PAIR_MAILS)
    words = _words(session, {row.id: suggested_id for row in rows})
    return [Confused(n, subject, at, confidence or 0.0, words.get(n, ())) for n, subject, at, confidence in rows]


def unit_name(session: Session, unit_id: int) -> str | None:
    return session.scalar(select(Unit.name).where(Unit.id == unit_id))


def _latest(session: Session, suggested_id: int, unit_id: int, most: int) -> Sequence[Any]:
    query = (
        select(Enquiry.id, Enquiry.subject, Label.at, Label.suggested_confidence)
        .join(Enquiry, Enquiry.id == Label.enquiry_id)
        .where(Label.suggested_unit_id == suggested_id, Label.unit_id == unit_id, counts())
        .where(Label.suggested_unit_id != Label.unit_id)
        .order_by(Label.id.desc())
        .limit(most)
    )
    rows = session.execute(query).all()
    note(row.id for row in rows)
    return rows


def _words(session: Session, suggested: Mapping[int, int]) -> dict[int, tuple[str, ...]]:
    """Return the words that spoke for the suggested unit.

    As people saw them last, or as the robot had them when the mail came.
    """
    found: dict[int, tuple[str, ...]] = {}
    for table in (Decision, Prediction):
        query = select(table.enquiry_id, table.ranking).where(table.enquiry_id.in_(suggested))
        for enquiry_id, ranking in session.execute(query):
            for row in ranking:
                if row["unit_id"] == suggested[enquiry_id] and row["words"]:
                    found[enquiry_id] = tuple(row["words"])
    return found


def _telling_words(session: Session, pairs: Sequence[tuple[int, int]]) -> dict[tuple[int, int], tuple[str, ...]]:
    """The words that spoke most often for the wrong one of each pair."""
    mails = {pair: _latest(session, *pair, SPOKEN) for pair in pairs}
    words = _words(session, {row.id: pair[0] for pair, rows in mails.items() for row in rows})
    return {
        pair: _most_often([row.subject for row in rows], [words.get(row.id, ()) for row in rows])
        for pair, rows in mails.items()
    }


def _most_often(subjects: Sequence[str], words: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """Return words by how many mails have them. Where no words were kept, those that subjects share, or have at all."""
    spoke = Counter(word for each in words for word in each if tellable(word))
    if not spoke:
        split = (set(masked(subject).lower().split()) for subject in subjects)
        found = Counter(word for subject in split for word in subject if word.isalpha() and tellable(word))
        spoke = Counter({word: count for word, count in found.items() if count > 1}) or found
    return tuple(word for word, _count in sorted(spoke.items(), key=lambda item: (-item[1], item[0]))[:WORDS])
