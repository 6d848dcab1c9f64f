"""Read the mails of a quarter: the words, topics and places of each, and the parts of the house it is with."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.enquiry import State
from app.domain.enquiry_facts import Way
from app.domain.period import Period
from app.models.enquiry_facts import EnquiryFactsRow
from app.models.topics import EnquiryWords, Level, TermKind
from app.models.unit import Unit
from learning import topics
from learning.topics import NONE, Ints, Mails, Topics

COUNTED = (Way.AUTOMATIC, Way.DIRECT, Way.MANUAL, Way.WAITING)
"""Mails that begin a matter. A follow-up goes on with what was counted, and what was set aside asked nothing."""


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


def counted(session: Session, quarter: Period, chosen: Topics, keys: Sequence[int]) -> Counted:
    mails, units = read(session, quarter)
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


def read(session: Session, quarter: Period) -> tuple[Mails, Ints]:
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
