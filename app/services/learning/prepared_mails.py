"""Features of open enquiries, kept while there is room."""

from collections.abc import Collection, Iterable

from learning.features import Prepared

MOST_BYTES = 24 * 2**20
"""Some 500 mails of a page. What there is no room for is made anew when it is scored: a millisecond a mail."""


class PreparedMails:
    """A bounded cache of features by enquiry. The first to come stay: the most urgent enquiries are scored first."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most = most_bytes
        self._kept: dict[int, Prepared] = {}
        self._bytes = 0

    def get(self, enquiry_id: int) -> Prepared | None:
        return self._kept.get(enquiry_id)

    def missing(self, enquiry_ids: Iterable[int]) -> list[int]:
        """Return those of the enquiries that are not kept."""
        return [n for n in enquiry_ids if n not in self._kept]

    def keep(self, enquiry_id: int, prepared: Prepared) -> None:
        """Keep the features if there is room."""
        if enquiry_id not in self._kept and self._bytes + prepared.nbytes <= self._most:
            self._kept[enquiry_id] = prepared
            self._bytes += prepared.nbytes

    def drop_all_but(self, enquiry_ids: Collection[int]) -> None:
        """Forget the enquiries that are no longer open."""
        wanted = set(enquiry_ids)
        self._kept = {n: prepared for n, prepared in self._kept.items() if n in wanted}
        self._bytes = sum(prepared.nbytes for prepared in self._kept.values())
