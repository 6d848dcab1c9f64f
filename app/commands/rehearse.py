"""`sluse rehearse`: the one evaluation. On a file of labelled mails."""

import argparse
import json
import random
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from app.commands import tables
from app.domain import routing
from learning import labelled, rehearsal
from learning.feedback import Full, Partial
from learning.model import Model

WIDTH = 30
MAX_ERROR = 0.05


def rehearse(options: argparse.Namespace) -> int:
    """Rehearse and print a line and two tables. Return the exit status."""
    try:
        mails = _from_files(options) if Path(options.data).is_dir() else _from_rows(options)
    except labelled.LabelledDataError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 2
    units = len({unit for _, unit in mails} - {None})
    print(  # noqa: T201
        f"{Path(options.data).name}: {len(mails)} mails, {units} units, "
        f"warm start {options.warm_start}, delay {options.delay}"
    )
    result = rehearsal.rehearse(
        Model(),
        mails,
        automatic=routing.confident,
        warm=options.warm_start,
        delay=options.delay,
        max_error=MAX_ERROR if options.max_error is None else options.max_error,
        feedback=Partial(options.check_rate, seed=options.seed) if options.feedback == "partial" else Full(),
        progress=_progress,
    )
    _clear()
    print("\n".join([_line(result), "", *tables.curve(result.learning_curve), "", *tables.units(result.units)]))  # noqa: T201
    if options.json:
        row = result.to_json() | {"feedback": options.feedback}
        Path(options.json).write_text(json.dumps([row], indent=1), encoding="utf-8")
    return 0


def _from_rows(options: argparse.Namespace) -> labelled.Mails:
    return labelled.load(
        options.data,
        options.label_field,
        options.order,
        options.seed,
        options.limit,
        options.exclude_oos,
        options.strangers,
    )


def _from_files(options: argparse.Namespace) -> labelled.Mails:
    """Mails in folders and mbox files. As of rows, those without a date are left out where time is the order."""
    from app.commands import history  # it brings the database along, which rows do not need
    from connectors.mail.reading.parser import MailParser

    with tempfile.TemporaryDirectory(prefix="sluse-") as scratch, MailParser() as parser:
        items, broken = history.collect([options.data], None, datetime.now(UTC), Path(scratch), options.label_field)
        looked = history.look(parser, items, broken, lambda name: name)
    for each in looked.broken:
        print(f"left out: {each.name}: {each.reason}", file=sys.stderr)  # noqa: T201
    past = looked.past
    if options.order == "time":
        past = [mail for mail in past if mail.at]
    else:
        random.Random(options.seed).shuffle(past)  # noqa: S311 - an order, not a secret
    return [(mail.example, mail.unit) for mail in past[: options.limit or None]]


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
    share = r.out_of_scope_auto_share
    out_of_scope = "" if share is None else f"  strangers {share:.3f} of {r.out_of_scope}"
    return (
        f"{r.peer:8s} accuracy {r.accuracy:.3f}  top3 {r.top3:.3f}  auto {r.auto_share:.3f} at {precision}"
        f"  oracle {r.oracle_auto_share:.3f}{out_of_scope}  predict {r.ms_predict_p50:.1f}/{r.ms_predict_p99:.1f} ms"
        f"  learn {r.ms_learn_p50:.1f}/{r.ms_learn_p99:.1f} ms (p50/p99)  {r.peak_rss_mb:.0f} MB"
    )
