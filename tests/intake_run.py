"""How fast mails of 50 kB are taken in from a real Dovecot, until each has its place, and where the time goes."""

import cProfile
import os
import pstats
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import SMTP
from pathlib import Path

from sqlalchemy import event
from sqlalchemy.orm import Session

from app.container import Container
from app.demo.mails import Mails
from app.demo.municipality import load
from app.services.inbound import intake
from tests import acceptance
from tests.databases import CHOSEN, databases
from tests.mail_systems import DovecotMail
from tests.standins import dovecot
from tests.town import eventually, look_into

SIZE, MANY, PROFILED, WARM = 50_000, 1_000, 300, 20
BAR = 50.0
POLL = "5"
"""Seconds, as where nothing is set."""
SEED = 11
PLACED = "SELECT count(*) FROM enquiry WHERE NOT imported AND state != 'received'"


@dataclass
class Cost:
    """What taking in one mail costs the one process, the children that read mails left out."""

    mails: int = 0
    fetched: float = 0.0
    """Milliseconds of the processor until its bytes are stored and it is marked as taken."""
    placed: float = 0.0
    """And until it has its place."""
    statements: float = 0.0
    flushes: float = 0.0
    commits: float = 0.0
    parts: dict[str, float] = field(default_factory=dict)
    """Of the second, milliseconds by function: a profiler makes them some times as long, and they hold each other."""

    def __str__(self) -> str:
        return (
            f"{self.fetched:.1f} ms to store a mail and {self.placed:.1f} ms to place it, {self.statements:.1f} statements, "
            f"{self.flushes:.1f} flushes, {self.commits:.2f} transactions each"
        )


@dataclass(frozen=True)
class Run:
    """How long it took from the first delivery until the last mail had its place, in a house that had taken some in before."""

    mails: int
    seconds: float
    load: float
    cost: Cost

    @property
    def speed(self) -> float:
        return self.mails / self.seconds


def run(home: Path, variables: Mapping[str, str]) -> Run:
    """Deliver mails to a Dovecot, and wait until a running `sluse serve` has placed them all."""
    with dovecot.running() as running, closing(DovecotMail(running.new_estate())) as server:
        for address in acceptance.every_address():
            server.create_mailbox(address)
        chosen = {**server.variables, **variables, "SLUSE_POLL_SECONDS": POLL}
        house = acceptance.prepare(home, taught=200, automatic=False, mail=chosen)
        house.start()
        _take_in(house, server, _mails(WARM, MANY))
        mails = _mails(MANY, 0)
        began = time.monotonic()
        _take_in(house, server, mails)
        seconds, load = time.monotonic() - began, os.getloadavg()[0]
        house.end()
        return Run(MANY, seconds, load, _cost(house, server))


def _take_in(house: acceptance.House, server: DovecotMail, mails: Sequence[bytes]) -> None:
    before = house.count(PLACED)
    _deliver(server, mails)
    eventually(lambda: house.count(PLACED) == before + len(mails), acceptance.LONG)


def _cost(house: acceptance.House, server: DovecotMail) -> Cost:
    """Take some mails in within this process, which can count: half of them beside the clock, half in a profiler."""
    container = Container.build(house.settings)
    cost = Cost(PROFILED // 2)
    container.learner.catch_up(now=datetime.now(UTC))
    inboxes = intake.Inboxes(container.engine, house.settings.secret_key)
    _deliver(server, _mails(WARM, MANY))
    _poll(container, inboxes)
    _place(container)
    _deliver(server, _mails(cost.mails, MANY + WARM))
    with _counted(container, cost):
        cost.fetched = _spent(lambda: _poll(container, inboxes), cost.mails)
        cost.placed = _spent(lambda: _place(container), cost.mails)
    _deliver(server, _mails(cost.mails, MANY + WARM + cost.mails))
    _poll(container, inboxes)
    profile = cProfile.Profile(time.thread_time)
    profile.runcall(_place, container)
    cost.parts = _parts(profile, cost.mails)
    container.close()
    return cost


def _poll(container: Container, inboxes: intake.Inboxes) -> None:
    while look_into(container, inboxes):
        pass


def _place(container: Container) -> None:
    now = datetime.now(UTC)
    while intake.process(container.engine, container.parser, container.learner, container.robot, now=now):
        pass


def _spent(work: Callable[[], None], mails: int) -> float:
    began = time.process_time()
    work()
    return (time.process_time() - began) * 1000 / mails


@contextmanager
def _counted(container: Container, cost: Cost) -> Iterator[None]:
    counts = {"statements": 0, "flushes": 0, "commits": 0}

    def count(name: str) -> Callable[..., None]:
        def one(*_arguments: object) -> None:
            counts[name] += 1

        return one

    listeners = [
        (container.engine, "before_cursor_execute", count("statements")),
        (Session, "after_flush", count("flushes")),
        (container.engine, "commit", count("commits")),
    ]
    for target, name, listener in listeners:
        event.listen(target, name, listener)
    yield
    for target, name, listener in listeners:
        event.remove(target, name, listener)
    cost.statements, cost.flushes, cost.commits = (counts[name] / cost.mails for name in counts)


def _parts(profile: cProfile.Profile, mails: int) -> dict[str, float]:
    """The longest of our own functions, in milliseconds a mail, with all that they call."""
    root = str(acceptance.ROOT)
    ours = {
        f"{Path(file).stem}.{name}": row[3] * 1000 / mails
        for (file, _, name), row in pstats.Stats(profile).stats.items()  # type: ignore[attr-defined]
        if file.startswith((f"{root}/app", f"{root}/learning", f"{root}/connectors"))
    }
    return dict(sorted(ours.items(), key=lambda item: -item[1])[:12])


def _deliver(server: DovecotMail, raws: Sequence[bytes]) -> None:
    """Put mails into the main inbox."""
    address = load().mailboxes[0][0]
    with server.estate.owner(address) as client:
        for raw in raws:
            server.estate.append(client, raw)


def _mails(count: int, first: int) -> list[bytes]:
    """Make mails of 50 kB: the demo's from a number on, each with a picture."""
    mails = Mails(load(), SEED)
    return [_grown(mails.live(n, datetime.now(UTC)).raw, n) for n in range(first, first + count)]


def _grown(raw: bytes, n: int) -> bytes:
    message = message_from_bytes(raw, policy=SMTP)
    picture = random.Random(n).randbytes((SIZE - len(raw)) * 72 // 100)
    message.add_attachment(picture, maintype="image", subtype="jpeg", filename=f"billede {n}.jpg")
    return message.as_bytes()


def report() -> bool:
    """Print how fast mails are taken in on SQLite, and beside it on PostgreSQL; tell whether SQLite reaches the bar."""
    if not dovecot.HERE:
        print(f"skip taking in from a mail server: {dovecot.WHY_NOT}")
        return True
    command = [sys.executable, "-m", __name__]
    ended = [
        subprocess.run(command, env=os.environ | {"SLUSE_TEST_DATABASE": each}, check=False).returncode
        for each in ("sqlite", "postgresql")
    ]
    return ended[0] == 0


def main() -> int:
    """Measure on the database that SLUSE_TEST_DATABASE asks for."""
    with tempfile.TemporaryDirectory() as folder, databases(Path(folder)) as made:
        home = Path(folder, "home")
        home.mkdir()
        found = run(home, {"SLUSE_DATABASE_URL": made.empty(home)})
    speed = f"{found.mails} in {found.seconds:.0f} s, {found.speed:.0f} a second at load {found.load:.0f}"
    reached = found.speed >= BAR
    print(
        f"{'ok  ' if reached else 'MISS'} mails of 50 kB from Dovecot until placed, {CHOSEN}: {speed}   (bar: >= {BAR:.0f})"
    )
    print(f"     {found.cost}")
    for name, spent in found.cost.parts.items():
        print(f"     {spent:6.2f} ms {name}")
    return 0 if reached else 1


if __name__ == "__main__":
    sys.exit(main())
