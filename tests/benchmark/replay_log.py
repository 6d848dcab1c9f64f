"""`python -m tests.benchmark.replay_log COUNT UNITS SIZE`: invented labels into a model, in a process of its own.

Says on stderr how far it is, and at the end on stdout one JSON object: hash, seconds, memory, and the snapshot's size and times.
"""

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from learning import snapshot
from learning.example import TaughtLabel
from learning.features import prepare
from learning.model import Model
from tests.benchmark import invented, runs
from tests.benchmark.invented import mails
from tests.benchmark.streams import FOLDER, digest

ROOT = Path(__file__).resolve().parents[2]


def fold(count: int, units: int, size: int) -> dict[str, Any]:
    """Learn, then save and load. Seconds are of the learning with cleaning and features, without inventing the mails."""
    model, seconds = Model(), 0.0
    for n, (example, unit) in enumerate(mails(count, units, size), 1):
        began = time.perf_counter()
        model.learn(prepare(example), TaughtLabel(example.id, unit))
        seconds += time.perf_counter() - began
        if n % 5000 == 0:
            print(f"     {n:,} of {count:,} labels, {seconds:.0f} s, {held():.0f} MB", file=sys.stderr, flush=True)
    memory, began = held(), time.perf_counter()
    content = snapshot.dump(model)
    saved = time.perf_counter() - began
    began = time.perf_counter()
    again = snapshot.load(content)
    return {
        "hash": model.state_hash(), "seconds": seconds, "mb": memory, "saved": saved,
        "loaded": time.perf_counter() - began, "snapshot_mb": len(content) / 2**20,
        "same": again.state_hash() == model.state_hash(), "mb_with_snapshot": held(),
    }  # fmt: skip


def held() -> float:
    """The most memory this process has held, in MB; of this program alone, not of the one it was started from."""
    status = Path("/proc/self/status").read_text("ascii", "replace")
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def elsewhere(count: int, units: int, size: int, *, fresh: bool = False) -> dict[str, Any]:
    """The same in another process, at most once by the same sources unless it is to be `fresh`."""
    made_by = digest([Path(__file__), Path(invented.__file__)], runs.sources())
    path = FOLDER / f"fold-{count}-{units}-{size}.{made_by}.json"
    if fresh or not path.exists():
        command = [sys.executable, "-m", "tests.benchmark.replay_log", *map(str, (count, units, size))]
        said = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True).stdout
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(said)
    found: dict[str, Any] = json.loads(path.read_text())
    return found


if __name__ == "__main__":
    print(json.dumps(fold(*map(int, sys.argv[1:4]))))
