"""`make bench-learning`, or a part: `python -m tests.benchmark --only accuracy`. Writes docs/benchmark.md and its plots.

Streams and chapters are kept in build/bench/ and made anew only where their sources have changed; an interrupted run
goes on. `--cached` plays nothing and judges what is there.
"""

import argparse
import os
import sys

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_name, "1")  # one core, as the bars say; before numpy is loaded

from tests.benchmark import (  # noqa: E402 - see above
    accuracy,
    budget,
    calibration,
    document,
    exactness,
    out_of_scope,
    peers,
    runs,
    section,
    sets,
    speed,
    sticking,
)
from tests.benchmark.machine import machine  # noqa: E402

PARTS = {
    "accuracy": accuracy.make,
    "budget": budget.make,
    "oos": out_of_scope.make,
    "calibration": calibration.make,
    "speed": speed.make,
    "exactness": exactness.make,
    "sticking": sticking.make,
}


def main(arguments: list[str] | None = None) -> int:
    options = argparse.ArgumentParser(prog="tests.benchmark", description=__doc__)
    options.add_argument("--only", choices=PARTS, action="append", help="run this part alone; may be given again")
    options.add_argument("--cached", action="store_true", help="play nothing: judge the streams that are there")
    chosen = options.parse_args(arguments)
    print(machine())
    for name in [each.name for each in sets.SETS if not each.here]:
        print(f"skip {name}: the set is not beside this checkout")
    for peer, why in peers.missing().items():
        print(f"skip {peers.NAMES[peer]}: {why}")
    missed = 0
    for part in chosen.only or PARTS:
        print(f"-- {part}", flush=True)
        found = PARTS[part](play=not chosen.cached)
        section.keep(part, section.made_by(PARTS[part], runs.sources()), found)
        missed += sum(bar.status != "ok" for bar in found.bars)
    document.write({part: section.kept(part, section.made_by(make, runs.sources())) for part, make in PARTS.items()})
    print("All bars reached." if not missed else f"{missed} bars missed or not yet judged.")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
