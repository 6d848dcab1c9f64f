"""Hints for a person's first days. They come one at a time on a page, and each is closed for good by its reader."""

from collections.abc import Collection

PAGES: dict[str, tuple[str, ...]] = {
    "triage": ("practice", "pick", "find", "undo"),
    "caseload": ("clocks", "open", "interim", "give_back"),
}
"""Page → its hints, in the order in which a newcomer needs them."""
ALL = frozenset(code for codes in PAGES.values() for code in codes)


def next_hint(page: str, closed: Collection[str]) -> str | None:
    """Return the hint to show on `page`. `closed` are those that somebody has closed."""
    return next((code for code in PAGES[page] if code not in closed), None)
