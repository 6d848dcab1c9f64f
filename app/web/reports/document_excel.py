"""Write a document's figures as a spreadsheet: numbers as numbers, shares as percentages, days as dates, texts as texts.

Every text is written as a string cell, whatever it begins with, so that no name of a unit can become a formula, a link or a number.
"""

import re
from collections.abc import Sequence
from datetime import date
from io import BytesIO
from typing import TYPE_CHECKING, Any

from flask_babel import gettext as _

from app.domain.deadlines import COPENHAGEN
from app.web.reports.document import Amount, Cell, Document, Grid, Line, Section, Unit

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.worksheet import Worksheet

LONGEST = 32_767
"""Signs that a cell can hold."""
NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
LONGEST_NAME, NOT_IN_NAMES = 31, "[]:*?/\\'"
NUMBERS = {
    Unit.COUNT: "#,##0", Unit.DAYS: "#,##0", Unit.MINUTES: "#,##0", Unit.HOURS: "#,##0.0", Unit.POSITIONS: "0.00",
    Unit.KRONER: "#,##0", Unit.NUMBER: "#,##0.##",
}  # fmt: skip
SHARE, DAY, MOMENT = "0.0%", "yyyy-mm-dd", "yyyy-mm-dd hh:mm"
ABOUT_WIDTH, DEFINITION_WIDTH, LINE_POINTS, MANY = 100, 90, 15, 12
"""Widths in signs of the usual font, the height of a line, and columns whose names need three lines."""


def write(made: Document) -> bytes:
    """Return the spreadsheet."""
    from xlsxwriter import Workbook  # only who asks for a spreadsheet pays for it

    file = BytesIO()
    nothing_guessed = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = Workbook(file, {"in_memory": True, **nothing_guessed})
    book.set_properties(
        {
            "title": _text(made.title),
            "author": _text(made.author),
            "company": _text(made.house),
            "created": made.made_at.replace(tzinfo=None),
        }
    )
    writer = _Writer(book)
    writer.about(made)
    writer.figures(made)
    for section in made.sections:
        for grid in (*(each.grid for each in section.pictures), *section.grids):
            writer.grid(grid)
    writer.definitions(made)
    book.close()
    return file.getvalue()


def unit_names() -> dict[Unit, str]:
    return {
        Unit.COUNT: _("antal"),
        Unit.DAYS: _("arbejdsdage"),
        Unit.MINUTES: _("minutter"),
        Unit.HOURS: _("timer"),
        Unit.POSITIONS: _("årsværk"),
        Unit.KRONER: _("kr."),
        Unit.NUMBER: "",
    }


class _Writer:
    """A workbook with its formats and the names of its sheets."""

    def __init__(self, book: "Workbook") -> None:
        self._book = book
        self._formats: dict[str, Any] = {}
        self._head = book.add_format(
            {"bold": True, "text_wrap": True, "valign": "top", "bottom": 1, "bg_color": "#E7EFF0"}
        )
        self._wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        self._bold = book.add_format({"bold": True, "font_size": 14})
        self._names = set[str]()

    def about(self, made: Document) -> None:
        """Write who made it, when, and of which data."""
        sheet = self._sheet(_("Om"), [28, ABOUT_WIDTH])
        self._put(sheet, 0, 0, made.title, self._bold)
        facts: list[tuple[str, Cell]] = [
            (_("Organisation"), made.house),
            (_("Periode"), made.period),
            *((name, value) for name, value in made.facts),
            *((_("Sammenfatning"), each) for each in made.summary),
            *((_("Læs"), each) for each in made.notes),
        ]
        for row, (name, value) in enumerate(facts, 2):
            self._put(sheet, row, 0, name, self._wrapped)
            self._put(sheet, row, 1, value, self._wrapped)
            self._high(sheet, row, value, ABOUT_WIDTH)
        row = 3 + len(facts)
        self._put(sheet, row, 0, _("Lavet (dansk tid)"), self._wrapped)
        at = made.made_at.astimezone(COPENHAGEN).replace(tzinfo=None, microsecond=0)
        sheet.write_datetime(row, 1, at, self._format(MOMENT, left=True))

    def figures(self, made: Document) -> None:
        """Write every figure, a row each, with its periods side by side."""
        of_period = (_("værdi"), _("ud af"), _("andel"), _("95 pct. fra"), _("95 pct. til"))
        head = [
            _("Nøgle"), _("Afsnit"), _("Tal"), _("Enhed"), _("Nævner"),
            *(f"{name}: {what}" for name in made.columns for what in of_period),
            _("Mere end tilfældigt"), _("Står i dag"),
        ]  # fmt: skip
        widths = [20, 26, 40, 12, 34, *[12] * (len(made.columns) * len(of_period)), 14, 10]
        sheet = self._table(_("Tal"), head, widths, keep=3)
        row = 0
        for section in made.sections:
            for line in section.lines:
                row += 1
                self._line(sheet, row, section, line)
        sheet.autofilter(0, 0, max(row, 1), len(head) - 1)

    def _line(self, sheet: "Worksheet", row: int, section: Section, line: Line) -> None:
        texts = (line.key, section.title, line.name, unit_names()[line.now.unit], line.of)
        for column, text in enumerate(texts):
            self._put(sheet, row, column, text)
        column = len(texts)
        for amount in (line.now, *line.others):
            self._amount(sheet, row, column, amount)
            column += 5
        self._put(sheet, row, column, _("ja") if line.changed else "")
        self._put(sheet, row, column + 1, _("ja") if line.today else "")

    def _amount(self, sheet: "Worksheet", row: int, column: int, amount: Amount | None) -> None:
        """Write a value in five cells: itself, its denominator, the share and the interval."""
        if amount is None:
            return
        plain = self._format(NUMBERS[amount.unit])
        ends = self._format(SHARE) if amount.of is not None else plain
        for n, (number, look) in enumerate(
            ((amount.value, plain), (amount.of, plain), (amount.share, ends), (amount.low, ends), (amount.high, ends))
        ):
            if number is not None:
                sheet.write_number(row, column + n, number, look)

    def grid(self, grid: Grid) -> None:
        """Write a table on a sheet of its own. A share stands with what it is a share of."""
        shares = [_is_share(grid, n) for n in range(len(grid.head))]
        head: list[str] = []
        for name, is_share in zip(grid.head, shares, strict=True):
            head += [name, _("ud af"), _("andel")] if is_share else [name]
        sheet = self._table(grid.title, head, [34, *[16] * (len(head) - 1)], keep=1)
        for row, cells in enumerate(grid.rows, 1):
            column = 0
            for cell, is_share in zip(cells, shares, strict=True):
                self._put(sheet, row, column, cell)
                if is_share and isinstance(cell, Amount):
                    self._share(sheet, row, column + 1, cell)
                column += 3 if is_share else 1

    def _share(self, sheet: "Worksheet", row: int, column: int, cell: Amount) -> None:
        if cell.of is not None:
            sheet.write_number(row, column, cell.of, self._format(NUMBERS[cell.unit]))
        if cell.share is not None:
            sheet.write_number(row, column + 1, cell.share, self._format(SHARE))

    def definitions(self, made: Document) -> None:
        """Write what each figure means."""
        head = [_("Nøgle"), _("Tal"), _("Definition"), _("Nævner"), _("Enhed")]
        sheet = self._table(_("Definitioner"), head, [22, 40, DEFINITION_WIDTH, 44, 12], keep=2)
        row = 0
        for section in made.sections:
            for line in section.lines:
                row += 1
                cells = (line.key, line.name, line.definition, line.of, unit_names()[line.now.unit])
                for column, text in enumerate(cells):
                    self._put(sheet, row, column, text, self._wrapped)
                self._high(sheet, row, line.definition, DEFINITION_WIDTH)

    def _table(self, name: str, head: Sequence[str], widths: Sequence[int], *, keep: int) -> "Worksheet":
        """Begin a sheet whose first row, and first `keep` columns, stay in sight."""
        sheet = self._sheet(name, widths)
        for column, text in enumerate(head):
            self._put(sheet, 0, column, text, self._head)
        sheet.set_row(0, LINE_POINTS * (3 if len(head) > MANY else 2))
        sheet.freeze_panes(1, keep)
        sheet.repeat_rows(0)
        return sheet

    def _sheet(self, name: str, widths: Sequence[int]) -> "Worksheet":
        sheet = self._book.add_worksheet(self._name(name))
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        for column, width in enumerate(widths):
            sheet.set_column(column, column, width)
        return sheet

    def _name(self, wanted: str) -> str:
        """Return a name that a sheet may have and no other has."""
        allowed = "".join(" " if sign in NOT_IN_NAMES else sign for sign in _text(wanted))
        plain = _cut(" ".join(allowed.split()), LONGEST_NAME).strip() or "-"
        name, n = plain, 1
        while name.casefold() in self._names:
            n += 1
            name = f"{_cut(plain, LONGEST_NAME - 4)} {n}"
        self._names.add(name.casefold())
        return name

    def _put(self, sheet: "Worksheet", row: int, column: int, cell: Cell, look: Any = None) -> None:
        """Write a cell by its type, never by what its text looks like."""
        if isinstance(cell, str):
            sheet.write_string(row, column, _text(cell), look)
        elif isinstance(cell, date):
            sheet.write_datetime(row, column, cell, self._format(DAY, left=True))
        elif cell is not None and cell.value is not None:
            sheet.write_number(row, column, cell.value, self._format(NUMBERS[cell.unit]))

    def _high(self, sheet: "Worksheet", row: int, cell: Cell, width: int) -> None:
        """Make a row as high as its text needs: not every program does so by itself."""
        lines = -(-len(cell) // (width - 8)) if isinstance(cell, str) else 1
        if lines > 1:
            sheet.set_row(row, LINE_POINTS * lines)

    def _format(self, numbers: str, *, left: bool = False) -> Any:
        key = f"{numbers} {left}"
        if key not in self._formats:
            self._formats[key] = self._book.add_format(
                {"num_format": numbers, "valign": "top", **({"align": "left"} if left else {})}
            )
        return self._formats[key]


def _text(text: str) -> str:
    """Return what a cell can hold of a text: XML knows no control characters."""
    return _cut(NOT_IN_XML.sub("", text), LONGEST)


def _cut(text: str, most: int) -> str:
    """Return the beginning of a text. Excel counts signs as UTF-16 does."""
    return text.encode("utf-16-le")[: 2 * most].decode("utf-16-le", "ignore")


def _is_share(grid: Grid, column: int) -> bool:
    cells = (row[column] for row in grid.rows)
    return any(isinstance(cell, Amount) and cell.of is not None for cell in cells)
