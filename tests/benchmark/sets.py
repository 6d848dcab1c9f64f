"""The public sets of the benchmark and the order in which each is played; nothing here is chosen by a result."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from learning import labelled

_ABOVE = Path(__file__).resolve().parents[3:]
SHARED = next((each / "shared" for each in _ABOVE if (each / "shared" / "bench").is_dir()), _ABOVE[0] / "shared")
"""Beside the checkout, or beside a folder it lies in: the public sets and the peers."""
SEEDS = (11, 23, 37, 51, 73)
FIRST = SEEDS[0]


@dataclass(frozen=True, slots=True)
class Set:
    """One labelled set: its first `warm` mails are history and not scored, mails after `limit` (0: none) are left out.

    `oos_left_out`: rows that belong to no unit are not played. `danish` sets count for accuracy only.
    """

    name: str
    order: Literal["time", "shuffle"]
    warm: int
    limit: int = 0
    oos_left_out: bool = False
    danish: bool = False

    @property
    def seeds(self) -> tuple[int, ...]:
        """A set with an order of its own is played once."""
        return SEEDS if self.order == "shuffle" else (FIRST,)

    @property
    def path(self) -> Path:
        return SHARED / "data" / "routing" / f"{self.name}.jsonl.gz"

    @property
    def here(self) -> bool:
        """Whether the file is beside this checkout."""
        return self.path.exists()

    def load(self, seed: int) -> labelled.Mails:
        """The mails and their units in the order of this seed."""
        return labelled.load(self.path, order=self.order, seed=seed, limit=self.limit, exclude_oos=self.oos_left_out)


SETS = (
    Set("sa_lists_spam", "time", 500),
    Set("newsgroups20", "time", 400, 6000),
    Set("banking77", "shuffle", 1000, 6000),
    Set("clinc150", "shuffle", 1500, 6000, oos_left_out=True),
    Set("xsid_da", "shuffle", 100, danish=True),
    Set("sib200_da", "shuffle", 200, danish=True),
)
JUDGED = tuple(each for each in SETS if not each.danish)
"""The four sets on which the error budget is judged too."""
NAMED = {each.name: each for each in SETS}
