"""Exactness: the model is a fold over the label log, bit for bit, whoever folds it and however often it is killed."""

import subprocess
import sys
import tempfile
from pathlib import Path

from tests.benchmark import replay_log
from tests.benchmark.replayed import fill, replay
from tests.benchmark.section import Section

ROOT = Path(__file__).resolve().parents[2]
UNITS, SIZE = 50, 1000
FEW, MANY, SECONDS = 5_000, 100_000, 600
PROVEN = {
    "undo, unlearning and erasure, by hash": (
        "tests/app/services/learning/test_label_overrides.py", "tests/app/services/enquiries/test_erasing.py",
        "tests/learning/test_reservoir.py",
    ),
    "the model as of any date, in another process, after a SIGKILL": ("tests/app/test_past.py",),
    "corrupted, truncated and future snapshots refused, the one before loaded": (
        "tests/learning/test_snapshot.py", "tests/app/services/learning/test_learner.py",
    ),
}  # fmt: skip
"""What the tests of the house prove already."""


def make(*, play: bool = True) -> Section:
    section = Section("Exactness")
    section.say(f"Invented mails of {SIZE} bytes, {UNITS} units; hashes are sha256 over the model's whole state.")
    for name, files in PROVEN.items():
        ended, said = _tests(files)
        section.judge(name, f"{said} ({', '.join(files)})", "all pass", ended)
    _judge_killed(section, FEW)
    _judge_long(section, MANY)
    return section


def _tests(files: tuple[str, ...]) -> tuple[bool, str]:
    """(whether all passed, pytest's last line)."""
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *files]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return run.returncode == 0, run.stdout.strip().splitlines()[-1].split(" in ")[0]


def _judge_killed(section: Section, count: int) -> None:
    """Two plain folds in processes of their own, and the app's learner that is killed half-way and started again."""
    hashes = {replay_log.elsewhere(count, UNITS, SIZE, fresh=True)["hash"] for _ in range(2)}
    with tempfile.TemporaryDirectory() as folder:
        found = replay(fill(Path(folder), count, UNITS, SIZE), kill_at=0.4)
    same = len(hashes | {found.hash}) == 1
    figure = f"{'one hash' if same else 'hashes differ'}, {count:,} labels, two processes and the app's learner"
    section.judge(
        "replay bit-identical", f"{figure} after {found.kills} SIGKILL", "one hash", same and found.kills == 1
    )


def _judge_long(section: Section, count: int) -> None:
    plain = replay_log.elsewhere(count, UNITS, SIZE)
    with tempfile.TemporaryDirectory() as folder:
        found = replay(fill(Path(folder), count, UNITS, SIZE))
    same = "same hash as a plain fold" if found.hash == plain["hash"] else "HASH DIFFERS from a plain fold"
    figure = f"{found.seconds:.0f} s, progress told {found.shown} times, {same}"
    reached = found.seconds <= SECONDS and found.shown > 1 and found.hash == plain["hash"]
    section.judge(f"{count:,} labels replayed from the log", figure, f"<= {SECONDS} s, progress shown", reached)
