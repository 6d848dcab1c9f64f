"""Take each guard away in a copy of the house and see whether a test misses it: python -m tests.guards [NAME …].

Without names it checks all. What it found is kept in build/guards.json until a guard is written otherwise, so that a new one can
be checked alone; docs/guards.md is written when there is an answer for all. It ends with 1 where too few are missed.

What others wrote is imported once: each check is a fork of this process that has not seen a line of our own code.
"""

import importlib
import json
import multiprocessing
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing.connection import wait
from pathlib import Path

import pytest

from tests.guards.guards import GUARDS, Guard

ROOT = Path(__file__).parents[2]
DOCUMENT = ROOT / "docs" / "guards.md"
KEPT = ROOT / "build" / "guards.json"
MISSED = 0.95
"""The share of guards whose absence a test must notice."""
SECONDS = 900
TRUSTED = "SLUSE_TEST_GUARDS_TRUSTED"
"""Set where the tests have just passed: they are not run first with every guard in place."""
AT_ONCE = "SLUSE_TEST_GUARDS_AT_ONCE"
"""How many are checked at the same time, each in a copy of its own; else one."""
KILLED, SURVIVED, BROKEN = "missed by", "SURVIVED", "BROKEN"
OURS = ("app", "connectors", "learning", "tests", "migrations", "wsgi")
FORK = multiprocessing.get_context("fork")


@dataclass(frozen=True)
class Outcome:
    guard: Guard
    verdict: str
    by: str
    """The test that failed first."""
    seconds: float


class Check:
    """Tests that run in a fork, in a copy of the house."""

    def __init__(self, house: Path, tests: list[str], guard: Guard | None = None) -> None:
        self.house, self.guard, self.began = house, guard, time.monotonic()
        self.log = house.parent / "log"
        self._whole = "" if guard is None else (house / guard.file).read_text("utf-8")
        if guard is not None:
            assert self._whole.count(guard.text) == 1, f"{guard.name}: its text is not where it was"
            (house / guard.file).write_text(self._whole.replace(guard.text, guard.instead), "utf-8")
        self.process = FORK.Process(target=_run, args=(house, tests, self.log))
        self.process.start()

    @property
    def late(self) -> bool:
        return time.monotonic() - self.began > SECONDS

    def ended(self) -> tuple[int | None, str]:
        """End it, put back what was taken away; returns the exit status, None where it came to no end, and what was said."""
        self.process.join(timeout=0)
        status = self.process.exitcode
        if status is None:
            self.process.kill()
            self.process.join()
        if self.guard is not None:
            (self.house / self.guard.file).write_text(self._whole, "utf-8")
        return status, self.log.read_text("utf-8", "replace")

    def outcome(self) -> Outcome:
        assert self.guard is not None
        status, line = self.ended()
        failed = re.search(r"^FAILED (\S+)", line, re.MULTILINE)
        # A test that could not even begin says nothing of what is missing.
        verdict = KILLED if status == 1 and failed else SURVIVED if status == 0 else BROKEN
        by = failed[1].partition("[")[0] if failed else line.strip()[-200:] if verdict is BROKEN else ""
        made = Outcome(self.guard, verdict, by, time.monotonic() - self.began)
        print(f"{made.seconds:5.0f} s  {made.verdict:<10} {made.guard.name}: {made.by}", flush=True)
        return made


def main(names: list[str]) -> int:
    chosen = [guard for guard in GUARDS if not names or guard.name in names]
    preload()
    with tempfile.TemporaryDirectory(prefix="sluse-guards-") as folder:
        houses = [copy(Path(folder) / str(number) / "house") for number in range(int(os.environ.get(AT_ONCE, "1")))]
        if TRUSTED not in os.environ and (standing := unsound(houses[0], chosen)):
            print(f"These fail with every guard in place:\n{standing}")
            return 2
        found = {outcome.guard.name: outcome for outcome in checked(houses, chosen)}
    outcomes = [found[guard.name] for guard in chosen]
    missed = sum(each.verdict == KILLED for each in outcomes)
    share = f"{missed / len(outcomes):.1%}; bar: {MISSED:.0%}"
    print(f"{missed} of {len(outcomes)} guards are missed when they are gone ({share})")
    if all_of_them := kept(outcomes):
        DOCUMENT.write_text(document(all_of_them), "utf-8")
    return int(missed < MISSED * len(outcomes))


def kept(outcomes: list[Outcome]) -> list[Outcome]:
    """Keep what was found beside what was found before; returns all of it, or nothing while a guard has no answer."""
    known = json.loads(KEPT.read_text("utf-8")) if KEPT.exists() else {}
    known |= {repr(each.guard): [each.verdict, each.by, each.seconds] for each in outcomes}
    KEPT.parent.mkdir(exist_ok=True)
    KEPT.write_text(json.dumps(known, indent=1), "utf-8")
    if any(repr(guard) not in known for guard in GUARDS):
        return []
    return [Outcome(guard, *known[repr(guard)]) for guard in GUARDS]


def preload() -> None:
    """Import what the house uses of others, as a process of its own says that it does."""
    ask = "import sys, app.web.platform.factory, app.workflow.worker, app.commands.demo, hypothesis; print(*sorted(sys.modules))"
    line = subprocess.run([sys.executable, "-c", ask], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in line.split():
        if name.partition(".")[0] not in OURS:
            with suppress(ImportError, AttributeError):
                importlib.import_module(name)


def copy(house: Path) -> Path:
    """Copy what belongs to the house; what tests find beside the checkout they find beside the copy."""
    asked = ["git", "ls-files", "-z", "-c", "-o", "--exclude-standard"]
    listed = subprocess.run(asked, cwd=ROOT, capture_output=True, check=True)
    for name in listed.stdout.decode().split("\0"):
        if name and (ROOT / name).is_file():
            (house / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, house / name)
    shared = ROOT.parent / "shared"
    if shared.exists():
        (house.parent / "shared").symlink_to(shared.resolve())
    return house


def unsound(house: Path, guards: list[Guard]) -> str:
    """Say what fails before anything is taken away: such a test would prove nothing."""
    check = Check(house, sorted({test for guard in guards for test in guard.tests.split()}))
    check.process.join()
    status, line = check.ended()
    return "" if status == 0 else line[-2000:]


def checked(houses: list[Path], guards: list[Guard]) -> Iterator[Outcome]:
    """Check one guard after the other, as many at a time as there are copies."""
    waiting, free, running = list(guards), list(houses), list[Check]()
    while waiting or running:
        while waiting and free:
            guard = waiting.pop(0)
            running.append(Check(free.pop(), guard.tests.split(), guard))
        wait([each.process.sentinel for each in running], timeout=5)
        for each in [each for each in running if not each.process.is_alive() or each.late]:
            running.remove(each)
            yield each.outcome()
            free.append(each.house)


def _run(house: Path, tests: list[str], log: Path) -> None:
    """In the fork: forget our own code, and run the tests on the copy's."""
    for name in [name for name in sys.modules if name.partition(".")[0] in OURS]:
        del sys.modules[name]
    os.chdir(house)
    sys.path[:] = [str(house), *(each for each in sys.path if each not in ("", str(ROOT)))]
    os.environ["PYTHONPATH"] = str(house)
    imported_before = ["-W", "ignore::pytest.PytestAssertRewriteWarning"]
    with log.open("w", encoding="utf-8") as out, redirect_stdout(out), redirect_stderr(out):
        status = pytest.main(["-x", "-rfE", "-p", "no:cacheprovider", *imported_before, *tests])
    os._exit(int(status))  # what tests have left running does not go on


def document(outcomes: list[Outcome]) -> str:
    """Write the list for people."""
    missed = sum(each.verdict == KILLED for each in outcomes)
    seen = (f"`{each.by}`" if each.verdict == KILLED else f"**{each.verdict.lower()}**" for each in outcomes)
    rows = "\n".join(
        f"| {each.guard.name} | `{each.guard.file}` | {by} |" for each, by in zip(outcomes, seen, strict=True)
    )
    return (
        "# Guards\n\n"
        "Each line is a piece of code that keeps somebody from something. `python -m tests.guards` takes it away in a copy of\n"
        "the house and runs the tests that should miss it; `make verify` does so for all and writes this page.\n"
        "`tests/guards/guards.py` is the list: to add one, add a line there.\n\n"
        f"{datetime.now(UTC):%-d %B %Y}: **{missed} of {len(outcomes)}** are missed when they are gone "
        f"({missed / len(outcomes):.1%}; bar: {MISSED:.0%}).\n\n"
        f"| Guard | Where | Missed by |\n|---|---|---|\n{rows}\n"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
