"""How much memory one process holds that serves, learns and journals, while the invented municipality lives fast."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

from app.commands.demo import HISTORY, PASSWORD
from app.commands.process import READY
from tests.acceptance import LONG, ROOT, free_port
from tests.load.visitor import Visitor, shown

SPEED = 450
EVERY = 5.0
"""Seconds between two looks."""
MOST_MB, GROWTH_MB = 450.0, 5.0
PEOPLE = {
    "ida@slusekoebing.example.org": ("/visitering/", "/henvendelser/", "/henvendelser/?q=skrald"),
    "tage@slusekoebing.example.org": ("/tal/", "/laering/", "/blindproeve/"),
    "adda@slusekoebing.example.org": ("/robot/", "/modellen/", "/alarmer/"),
}
"""Who looks at which pages meanwhile."""


@dataclass(frozen=True, slots=True)
class Held:
    """Megabytes of resident memory from the first page on: at each look, and at most."""

    looks: tuple[float, ...]
    peak: float
    children: float
    """What the children that read mails held besides at the end, shared pages counted once."""

    @property
    def growth(self) -> float:
        """How much more it held in the last minute than in the first one of the last two thirds."""
        later, minute = self.looks[len(self.looks) // 3 :], round(60 / EVERY)
        return fmean(later[-minute:]) - fmean(later[:minute])

    def __str__(self) -> str:
        return f"peak {self.peak:.0f} MB, growth {self.growth:+.1f} MB, children {self.children:.0f} MB"


def held(home: Path, *, minutes: float, mails: int = HISTORY) -> Held:
    """Let a fresh demo live for some minutes, with people who look at pages and decide a mail now and then."""
    looks: list[float] = []
    with _demo(home, mails) as (process, port), ExitStack() as visits:
        people = {email: visits.enter_context(closing(Visitor(port, email, PASSWORD))) for email in PEOPLE}
        until = time.monotonic() + 60 * minutes
        while time.monotonic() < until:
            _look_around(people, len(looks))
            looks.append(_resident(process.pid))
            time.sleep(EVERY)
        peak, children = _high_water(process.pid), sum(map(_proportional, _children(process.pid)))
    return Held(tuple(looks), peak, children)


@contextmanager
def _demo(home: Path, mails: int) -> Iterator[tuple[subprocess.Popen[str], int]]:
    port = free_port()
    env = {"SLUSE_HOME": str(home / "demo"), "SLUSE_PORT": str(port), "SLUSE_DEMO_SPEED": str(SPEED)}
    command = [str(Path(sys.executable).parent / "sluse"), "demo", "--fresh", "--mails", str(mails)]
    with (home / "demo.log").open("w") as log:
        process = subprocess.Popen(
            command, cwd=ROOT, env=os.environ | env, stdout=subprocess.PIPE, stderr=log, text=True
        )
    assert process.stdout is not None
    try:
        assert any(READY in line for line in process.stdout), (home / "demo.log").read_text()[-2000:]
        yield process, port
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=LONG)  # what it is at, it ends first
        process.stdout.close()


def _look_around(people: dict[str, Visitor], turn: int) -> None:
    """Each opens one page; the visitator decides the mail that is shown there."""
    for email, visitor in people.items():
        pages = PEOPLE[email]
        answer = visitor.get(pages[turn % len(pages)])
        assert answer.status == 200, (email, answer.status)
        if mail := shown(answer.text):
            form = {"unit": mail.units[0], "version": mail.version}
            assert visitor.post(f"/visitering/{mail.enquiry_id}", form).status < 500


def _resident(pid: int) -> float:
    return _megabytes(Path(f"/proc/{pid}/status"), "VmRSS:")


def _high_water(pid: int) -> float:
    return _megabytes(Path(f"/proc/{pid}/status"), "VmHWM:")


def _proportional(pid: int) -> float:
    return _megabytes(Path(f"/proc/{pid}/smaps_rollup"), "Pss:")


def _megabytes(file: Path, name: str) -> float:
    return int(file.read_text().split(name)[1].split()[0]) / 1024


def _children(pid: int) -> list[int]:
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return [int(child) for task in tasks for child in (task / "children").read_text().split()]
