"""Write a document as a tagged PDF (PDF/UA-1), set by typst in a process of its own.

The layout, not the figures, is made here: a second of computing, in which a process of the web could not be interrupted. So it is
done beside it, one at a time, with an end (decision 0077).
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from threading import BoundedSemaphore
from typing import Any

from flask_babel import gettext as _

from app.errors import RefusedError
from app.web.platform.filters import moment
from app.web.reports import document, font_coverage
from app.web.reports.charts import Chart
from app.web.reports.document import Amount, Cell, Document, Grid, Line, Picture, Section

ROOT = Path(__file__).parents[3]
TEMPLATE = ROOT / "templates" / "follow_up" / "document.typ"
FONTS = ROOT / "static" / "vendor" / "source-sans-3-ttf"
REGULAR = "SourceSans3-Regular.ttf"
"""The other weights have the same characters."""
CHILD = Path(__file__).with_name("typeset.py")
WAIT_SECONDS, MOST_SECONDS = 10, 30
_one_at_a_time = BoundedSemaphore(1)


class TypesettingError(Exception):
    """The error of a document that could not be set, with typst's own words."""


def write(made: Document) -> bytes:
    """Return the PDF.

    Raises:
        RefusedError: others are having theirs made, and it did not come to our turn.
    """
    return typeset(data(made), made.made_at.replace(microsecond=0).isoformat())


def typeset(content: dict[str, Any], at: str) -> bytes:
    """Set a document from its data. `at` (ISO 8601) is the day and time that the PDF says of itself."""
    if not _one_at_a_time.acquire(timeout=WAIT_SECONDS):
        raise RefusedError("document_busy")
    try:
        with tempfile.TemporaryDirectory(prefix="sluse-pdf-") as nothing:
            asked = {
                "template": str(TEMPLATE), "root": str(TEMPLATE.parent), "fonts": str(FONTS), "nothing": nothing,
                "document": content, "at": at,
            }  # fmt: skip
            command = [sys.executable, "-I", str(CHILD)]
            done = subprocess.run(  # noqa: S603  our own file, and nothing of what people wrote is an argument
                command,
                input=json.dumps(asked).encode(),
                capture_output=True,
                cwd=nothing,
                timeout=MOST_SECONDS,
                check=False,
            )
    finally:
        _one_at_a_time.release()
    if done.returncode:
        raise TypesettingError(done.stderr.decode("utf-8", "replace")[-2000:])
    return done.stdout


def data(made: Document) -> dict[str, Any]:
    """Return a document as the template takes it: texts as people read them, and the shapes of charts."""
    local = made.made_at
    content = {
        "title": made.title,
        "house": made.house,
        "author": made.author,
        "language": made.language,
        "day": {"year": local.year, "month": local.month, "day": local.day},
        "facts": [[_("Periode"), made.period], *([name, value] for name, value in made.facts)],
        "summary": list(made.summary),
        "columns": [_("Tal"), made.columns[0], _("Andel (95 %%-interval)", n=95), *made.columns[1:]],
        "sections": [_section(each) for each in made.sections],
        "notes": list(made.notes),
        "words": {
            "made": _("Sluse · lavet %(when)s af %(who)s", when=moment(made.made_at), who=made.author),
            "changed": _("mere end tilfældigt"),
            "notes": _("Sådan læses tallene"),
        },
    }
    shown: dict[str, Any] = _shown(content)
    return shown


def _shown(content: Any) -> Any:
    """Return the same with only such characters as the fonts have."""
    if isinstance(content, str):
        return font_coverage.shown(content, FONTS / REGULAR)
    if isinstance(content, dict):
        return {key: _shown(each) for key, each in content.items()}
    return [_shown(each) for each in content] if isinstance(content, list | tuple) else content


def _section(section: Section) -> dict[str, Any]:
    return {
        "title": section.title,
        "text": list(section.text),
        "lines": [_line(line) for line in section.lines],
        "charts": [_chart(each) for each in section.pictures],
        "grids": [_grid(each) for each in section.grids],
    }


def _line(line: Line) -> dict[str, Any]:
    of = " " + _("Andel af %(what)s.", what=line.of) if line.of else ""
    return {
        "name": line.name,
        "definition": line.definition + of,
        "changed": line.changed,
        "cells": list(document.cells(line)),
    }


def _grid(grid: Grid) -> dict[str, Any]:
    return {
        "title": grid.title,
        "head": list(grid.head),
        "right": [_is_number(grid, n) for n in range(len(grid.head))],
        "widths": [_width(grid, n) for n in range(len(grid.head))],
        "rows": [[document.written(cell) for cell in row] for row in grid.rows],
    }


def _is_number(grid: Grid, column: int) -> bool:
    return any(isinstance(row[column], Amount) for row in grid.rows)


def _width(grid: Grid, column: int) -> float:
    """Return how wide a column is beside the others: names and texts take more than numbers."""
    longest = max((len(_plain(row[column])) for row in grid.rows), default=8)
    return min(3.0, max(1.0, longest / 12))


def _plain(cell: Cell) -> str:
    return document.written(cell)


def _chart(found: Picture) -> dict[str, Any]:
    chart = found.chart
    return {
        "title": chart.title,
        "unit": f"{chart.unit} · {chart.period}" if chart.period else chart.unit,
        "summary": chart.summary,
        "height": chart.height,
        "table": _grid(found.grid),
        "legend": [each._asdict() for each in chart.legend],
        **_shapes(chart),
    }


def _shapes(chart: Chart) -> dict[str, Any]:
    """Return the shapes without the title and unit, which stand above the picture as text."""
    return {
        "rects": [each._asdict() for each in chart.rects],
        "segments": [each._asdict() for each in chart.segments],
        "dots": [each._asdict() for each in chart.dots],
        "labels": [each._asdict() for each in chart.labels],
        "ticks": [{"y": y, "text": text} for y, text in chart.ticks],
        "paths": [{"look": each.look.split()[0], "points": _points(each.points)} for each in chart.paths],
    }


def _points(written: str) -> Sequence[Sequence[float]]:
    return [[float(n) for n in point.split(",")] for point in written.split()]
