"""`sluse rehearse`: the one evaluation, on a file of labelled mails."""

import argparse
import json
import sys
from pathlib import Path

from app.commands import tables
from app.domain import routing
from learning import labelled, rehearsal
from learning.feedback import Full, Partial
from learning.model import Model

WIDTH = 30


def rehearse(options: argparse.Namespace) -> int:
    """Rehearse and print the figures as a line and two tables; returns the exit status."""
    try:
        mails = labelled.load(
            options.data, options.label_field, options.order, options.seed, options.limit, options.exclude_oos
        )
    except labelled.LabelledDataError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 2
    units = len({unit for _, unit in mails})
    print(f"{Path(options.data).name}: {len(mails)} mails, {units} units, "  # noqa: T201
          f"warm start {options.warm_start}, delay {options.delay}")  # fmt: skip
    result = rehearsal.rehearse(
        Model(),
        mails,
        automatic=routing.confident,
        warm=options.warm_start,
        delay=options.delay,
        max_error=options.max_error,
        feedback=Partial(options.check_rate, seed=options.seed) if options.feedback == "partial" else Full(),
        progress=_progress,
    )
    _clear()
    print("\n".join([_line(result), "", *tables.curve(result.learning_curve), "", *tables.units(result.units)]))  # noqa: T201
    if options.json:
        row = result.to_json() | {"feedback": options.feedback}
        Path(options.json).write_text(json.dumps([row], indent=1), encoding="utf-8")
    return 0


def _progress(done: int, total: int) -> None:
    """A bar on a terminal; nothing in a log."""
    if sys.stderr.isatty():
        filled = WIDTH * done // max(1, total)
        print(f"\r[{'#' * filled}{'.' * (WIDTH - filled)}] {done}/{total}", end="", file=sys.stderr)  # noqa: T201


def _clear() -> None:
    if sys.stderr.isatty():
        print("\r" + " " * (WIDTH + 20) + "\r", end="", file=sys.stderr)  # noqa: T201


def _line(r: rehearsal.Rehearsal) -> str:
    precision = "  -  " if r.auto_precision is None else f"{r.auto_precision:.3f}"
    return (
        f"{r.peer:8s} accuracy {r.accuracy:.3f}  top3 {r.top3:.3f}  auto {r.auto_share:.3f} at {precision}"
        f"  oracle {r.oracle_auto_share:.3f}  predict {r.ms_predict_p50:.1f}/{r.ms_predict_p99:.1f} ms"
        f"  learn {r.ms_learn_p50:.1f}/{r.ms_learn_p99:.1f} ms (p50/p99)  {r.peak_rss_mb:.0f} MB"
    )
