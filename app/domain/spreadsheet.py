"""Write tables as Danish spreadsheets open them by themselves, and see to it that no cell is a formula.

What a citizen wrote ends up in cells; a spreadsheet that took it for a formula would run it for whoever opens the file.
"""

import csv
import io
import unicodedata
from collections.abc import Iterable

BYTE_ORDER_MARK = "\ufeff"
FORMULA = frozenset("=+-@\u2212")
"""A cell that begins so is a formula to a spreadsheet; it is written with an apostrophe before it, and read without."""


def write(titles: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Return a file: a byte order mark, a line of titles, semicolons between cells; cells that are no formula."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(titles)
    writer.writerows([safe_cell(cell) for cell in row] for row in rows)
    return BYTE_ORDER_MARK + out.getvalue()


def plain(titles: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """Return a file for programs: commas, points in numbers, days as ISO writes them, "" for nothing; no formula in a text."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(titles)
    writer.writerows([safe_cell(cell) if isinstance(cell, str) else cell for cell in row] for row in rows)
    return out.getvalue()


def safe_cell(value: str) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    return f"'{value}" if is_formula(value) else value


def read_cell(value: str) -> str:
    """Return what `safe_cell` was given, with single blanks."""
    text = " ".join(value.split())
    return text[1:] if text.startswith("'") and is_formula(text[1:]) else text


def is_formula(value: str) -> bool:
    """Tell whether a spreadsheet may see a formula. `value` is the text of a cell.

    Spreadsheets pass over blanks and what is invisible, and some read a sign in any of its widths.
    """
    seen = value.lstrip("".join(sign for sign in set(value) if unicodedata.category(sign)[0] in "CZ"))
    begins_oddly = value[:1] in ("\t", "\r", "\n")
    return begins_oddly or unicodedata.normalize("NFKC", seen[:1])[:1] in FORMULA
