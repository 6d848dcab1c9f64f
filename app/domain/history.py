"""Names of units as other people's archives write them."""

import re
import unicodedata
from collections.abc import Mapping
from difflib import get_close_matches

BETWEEN = re.compile(r"[\s_-]+")


def plain(name: str) -> str:
    """Normalise a name for comparison.

    Case, composition of letters and blanks are made alike, since file systems and people change them.
    """
    return BETWEEN.sub(" ", unicodedata.normalize("NFC", name)).strip().casefold()


class Units:
    """The organisation's units by name or address. `names` is id → (name, address)."""

    def __init__(self, names: Mapping[int, tuple[str, str]]) -> None:
        self._ids = {plain(each): unit for unit, both in names.items() for each in both if each}
        self._names = {plain(name): name for name, _ in names.values()}

    def find(self, name: str) -> int | None:
        """Return the unit of a name or address."""
        return self._ids.get(plain(name))

    def nearest(self, name: str) -> str | None:
        """Return the unit a wrong name probably means."""
        close = get_close_matches(plain(name), self._names, n=1, cutoff=0.5)
        return self._names[close[0]] if close else None
