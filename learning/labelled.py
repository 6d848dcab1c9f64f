"""Labelled history from a file. One JSON object is a line, plain or gzipped."""

import gzip
import json
import random
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

from learning.example import Example

Row = dict[str, Any]
Mails = list[tuple[Example, str | None]]
"""Mails in order, with the unit each belongs to; None is of no unit."""


class LabelledDataError(Exception):
    """The error of an unreadable file of labelled mails. The message names the line."""


def load(
    path: str | Path,
    label_field: str = "label",
    order: Literal["time", "shuffle"] = "time",
    seed: int = 11,
    limit: int = 0,
    exclude_oos: bool = False,
    out_of_scope_share: float | None = None,
) -> Mails:
    """Load mails and their units, in order. The order in which they are to be learned.

    A row has `id`, a label, and `text` or `subject` and `body`; rows without text or label are left out.

    Args:
        path: .jsonl or .jsonl.gz, UTF-8.
        label_field: the field that names the unit.
        order: `time` sorts by `time` (or `order`) and then id and leaves out undated rows; `shuffle` mixes by the seed.
        seed: decides the shuffle.
        limit: keep only the first so many; 0 keeps all.
        exclude_oos: leave out rows marked `oos`, which belong to no unit.
        out_of_scope_share: of all mails, the share that `oos` rows shall be, in [0, 1): they are mixed in by the seed, as far
            as there are enough. Where nothing is said they stand in the order they have.

    Raises:
        LabelledDataError: a line is not a JSON object or lacks an id, or the file cannot be read.
    """
    rows = [row for row in _rows(Path(path)) if _usable(row, label_field) and not (exclude_oos and row.get("oos"))]
    chance = random.Random(seed)  # noqa: S311 - an order, not a secret
    if out_of_scope_share is None:
        return [_mail(row, label_field) for row in _ordered(rows, order, chance, path)[: limit or None]]
    known = _ordered([row for row in rows if not row.get("oos")], order, chance, path)
    out_of_scope = _ordered([row for row in rows if row.get("oos")], "shuffle", chance, path)
    mixed = _mixed(known[: round(limit * (1 - out_of_scope_share)) or None], out_of_scope, out_of_scope_share, chance)
    return [_mail(row, label_field) for row in mixed]


def _ordered(rows: list[Row], order: str, chance: random.Random, path: str | Path) -> list[Row]:
    if order == "time":
        return _by_time(rows, path)
    chance.shuffle(rows)
    return rows


def _mixed(known: list[Row], out_of_scope: list[Row], share: float, chance: random.Random) -> list[Row]:
    """Mix out-of-scope rows in at random places. They become `share` of the whole; the known keep their order."""
    count = min(len(out_of_scope), round(len(known) * share / (1 - share)))
    places = set(chance.sample(range(len(known) + count), count))
    rest, others = iter(known), iter(out_of_scope)
    return [next(others) if place in places else next(rest) for place in range(len(known) + count)]


def _mail(row: Row, label_field: str) -> tuple[Example, str | None]:
    return _example(row), None if row.get("oos") else str(row[label_field])


def _rows(path: Path) -> Iterator[Row]:
    opener = gzip.open if path.suffix == ".gz" else open
    try:
        with opener(path, "rt", encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                yield parse_row(line, f"{path}, line {number}")
    except (OSError, EOFError, UnicodeDecodeError, zlib.error) as error:
        raise LabelledDataError(f"{path}: {error}") from error


def parse_row(line: str | bytes, where: str) -> Row:
    """Read one line as a row.

    Raises:
        LabelledDataError: it is not a JSON object with an id; the message begins with `where`.
    """
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise LabelledDataError(f"{where}: not JSON ({error})") from error
    if not isinstance(row, dict) or "id" not in row:
        raise LabelledDataError(f"{where}: not an object with an id")
    for field in ("text", "subject", "body", "raw"):
        if not isinstance(row.get(field), str | None):
            raise LabelledDataError(f"{where}: {field} is not a text")
    return row


def _usable(row: Row, label_field: str) -> bool:
    text = row.get("text") or f"{row.get('subject') or ''}\n{row.get('body') or ''}"
    return bool(text.strip() and (row.get("oos") or row.get(label_field)))


def _by_time(rows: list[Row], path: str | Path) -> list[Row]:
    dated = [(row.get("time") or row.get("order"), str(row["id"]), row) for row in rows]
    try:
        return [row for _, _, row in sorted((d for d in dated if d[0] is not None), key=lambda d: d[:2])]
    except TypeError as error:
        raise LabelledDataError(f"{path}: times of different kinds cannot be ordered ({error})") from error


def _example(row: Row) -> Example:
    if row.get("text"):
        return Example(str(row["id"]), "", row["text"])
    return Example(str(row["id"]), row.get("subject") or "", row.get("body") or "")
