"""Counts of the label log. A few of its entries do not count."""

from collections import Counter
from typing import Any

from sqlalchemy import Select
from sqlalchemy.orm import InstrumentedAttribute, Session

from app.models.amendment import uncounted
from app.models.label import Label


def label_counts(
    session: Session, query: Select[*tuple[Any, ...]], entry: InstrumentedAttribute[int] = Label.id
) -> Counter[tuple[Any, ...]]:
    """Count the labels that count, by kind. `query` gives the kinds and, last, how many entries are of each.

    All are counted, which indexes alone can tell, and the few that do not count are taken off. `entry` is where the
    query has the ids of labels.
    """
    found: Counter[tuple[Any, ...]] = Counter()
    for *kind, n in session.execute(query):
        found[tuple(kind)] = n
    for *kind, n in session.execute(query.where(entry.in_(uncounted()))):
        found[tuple(kind)] -= n
    return +found
