"""The choice of model versions to drop.

Many of the latest are kept, few of the old ones, never more than there is room for.
"""

from collections.abc import Sequence
from dataclasses import dataclass

MOST = 20
ROOM = 512 * 2**20
"""Bytes that all versions together may take; backups carry them too."""
SAFE = 2
"""The latest ones stay whatever their size: where the newest is damaged, the one before it is loaded."""


@dataclass(frozen=True, slots=True)
class KeptSnapshot:
    """A version at a position of the log.

    The log is the label log; `noted` where a person wrote something about the version.
    """

    position: int
    size: int
    noted: bool = False


def superfluous(kept: Sequence[KeptSnapshot], *, most: int = MOST, room: int = ROOM) -> list[int]:
    """Return the positions of versions to drop. Until the rest is few and small enough.

    Each time goes the one whose neighbours are closest together for their age, so that what stays lies twice as far
    apart at twice the age. Versions that a person wrote about go last.
    """
    left = sorted(kept, key=lambda each: -each.position)
    gone = []
    while len(left) > SAFE and (len(left) > most or sum(each.size for each in left) > room):
        plain = [n for n in range(SAFE, len(left)) if not left[n].noted]
        least = min(plain or range(SAFE, len(left)), key=lambda n: _loss(left, n))
        gone.append(left.pop(least).position)
    return gone


def _loss(left: Sequence[KeptSnapshot], n: int) -> float:
    """Return the gap around a version, for its age.

    Between its neighbours, that is; before the oldest one stands the empty model.
    """
    older = left[n + 1].position if n + 1 < len(left) else 0
    return (left[n - 1].position - older) / max(1, left[0].position - older)
