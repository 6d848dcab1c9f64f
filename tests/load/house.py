"""The real server over the large town: web, robot and learner in one process of its own, as `sluse serve` runs them."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.container import Container
from tests.acceptance import House, free_port
from tests.load import town
from tests.load.town import Size
from tests.load.writing import plan_of

QUIET_SECONDS = 2.0


@dataclass
class LargeHouse(House):
    """A house as it is run by default; `url` is its database."""

    url: str = ""

    @property
    def env(self) -> dict[str, str]:
        given = {"SLUSE_DATABASE_URL": self.url, "SLUSE_POLL_SECONDS": "5", "SLUSE_UNDO_SECONDS": "8"}
        return super().env | given

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def settle(self) -> None:
        """Wait until the process has done what it does once after a start."""
        before = -1.0
        while (spent := self._spent()) - before > 0.2 * QUIET_SECONDS:
            before = spent
            time.sleep(QUIET_SECONDS)

    def _spent(self) -> float:
        """Seconds of processor time the process has used."""
        assert self.process is not None
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def served(size: Size, home: Path, url: str = "") -> Iterator[LargeHouse]:
    """The town of that size, served; on the database at `url`, which is filled first, or on a copy of the kept file."""
    house = LargeHouse(home, free_port(), url=url or town.copied(size, home))
    if url:
        with town.database.opened(url) as engine:
            town.build(engine, size)
    container, plan = Container.build(house.settings), plan_of(size.units)
    for address in (*(unit.address for unit in plan.units), *(address for address, _ in plan.mailboxes)):
        container.gateway.create_mailbox(address)
    container.close()
    house.start()
    try:
        house.settle()
        yield house
    finally:
        house.end()
