"""An organisation as a table. One line is a unit; it is read from and written to CSV as a spreadsheet does."""

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass, fields

from app.domain import spreadsheet
from app.domain.routing import Mode
from connectors.mail import addresses

HEADER = {
    "serviceområde": "area",
    "center": "centre",
    "enhed": "name",
    "postkasse": "address",
    "emnekode": "subject_code",
    "kaldes også": "also_called",
    "hører til": "guide",
    "hører ikke til": "guide_not",
    "robottens rolle": "mode",
    "tilladt fejlandel": "max_error",
    "ansvarlig": "owner",
    "nedlagt": "closed",
    "mailsystem": "mail_system",
}
"""Column titles, in order; some must be there."""
FORMER = {
    "område": "serviceområde",
    "tilstand": "robottens rolle",
    "fejlbudget": "tilladt fejlandel",
    "lukket": "nedlagt",
}
"""What columns were called in files that people may still have."""
REQUIRED = ("serviceområde", "enhed", "postkasse")
MODES = {"observerer": Mode.OBSERVE, "foreslår": Mode.SUGGEST, "fordeler selv": Mode.AUTOMATIC}
FORMER_MODES = {"observation": Mode.OBSERVE, "forslag": Mode.SUGGEST, "automatisk": Mode.AUTOMATIC}
YES = frozenset(("ja", "x", "1", "lukket", "nedlagt"))


@dataclass(frozen=True, slots=True)
class UnitLine:
    """A unit as people write it. `max_error` is a share, None for the authority's own; `owner` is an e-mail address or ""."""

    area: str
    name: str
    address: str
    centre: str = ""
    subject_code: str = ""
    guide: str = ""
    guide_not: str = ""
    mode: Mode = Mode.OBSERVE
    max_error: float | None = None
    owner: str = ""
    closed: bool = False
    also_called: str = ""
    mail_system: str | None = None
    """The name of the system that its mailbox is in, "" for the main one; None leaves it as it is."""

    def differs(self, other: "UnitLine") -> list[str]:
        """Return the fields in which two lines differ."""
        return [each.name for each in fields(self) if getattr(self, each.name) != getattr(other, each.name)]


@dataclass(frozen=True, slots=True)
class ImportProblem:
    """A problem of one line of a file. `line` counts from 1, the header is line 1; `code` is one of the texts' keys."""

    line: int
    code: str
    value: str = ""


def read_csv(text: str) -> tuple[dict[int, UnitLine], list[ImportProblem]]:
    """Read units from a CSV file.

    By line number; the file has a header line, semicolons or commas, columns in any order.
    """
    source = text.lstrip(spreadsheet.BYTE_ORDER_MARK)
    first = source.splitlines()[0] if source.strip() else ""
    rows = csv.reader(io.StringIO(source, newline=""), delimiter=";" if ";" in first else ",")
    try:
        written = [title.strip().lower() for title in next(rows, [])]
        titles = [FORMER.get(title, title) for title in written]
        if missing := [title for title in REQUIRED if title not in titles]:
            return {}, [ImportProblem(1, "column_missing", ", ".join(missing))]
        return _lines(rows, titles)
    except csv.Error as error:
        return {}, [ImportProblem(rows.line_num, "no_csv", str(error))]


def _lines(rows: Iterable[list[str]], titles: list[str]) -> tuple[dict[int, UnitLine], list[ImportProblem]]:
    units: dict[int, UnitLine] = {}
    problems: list[ImportProblem] = []
    names: set[str] = set()
    for number, row in enumerate(rows, 2):
        cells = {
            title: spreadsheet.read_cell(value) for title, value in zip(titles, row, strict=False) if title in HEADER
        }
        if not any(cells.values()):
            continue
        unit = _line(cells)
        if isinstance(unit, UnitLine) and unit.name.lower() in names:
            unit = ("twice", unit.name)
        if isinstance(unit, UnitLine):
            names.add(unit.name.lower())
            units[number] = unit
        else:
            problems.append(ImportProblem(number, *unit))
    return units, problems


def _line(cells: dict[str, str]) -> UnitLine | tuple[str, str]:
    """A unit, or what is wrong with it and where."""
    for title in REQUIRED:
        if not cells.get(title):
            return "empty", title
    if addresses.parse(cells["postkasse"]) is None:
        return "no_address", cells["postkasse"]
    mode, modes = cells.get("robottens rolle", "").lower(), MODES | FORMER_MODES
    if mode and mode not in modes:
        return "no_mode", mode
    try:
        budget = share(cells.get("tilladt fejlandel", ""))
    except ValueError:
        return "no_share", cells["tilladt fejlandel"]
    return UnitLine(
        area=cells["serviceområde"][:200],
        centre=cells.get("center", "")[:200],
        name=cells["enhed"][:200],
        address=cells["postkasse"].lower(),
        subject_code=cells.get("emnekode", "")[:100],
        also_called=cells.get("kaldes også", "")[:500],
        guide=cells.get("hører til", ""),
        guide_not=cells.get("hører ikke til", ""),
        mode=modes.get(mode, Mode.OBSERVE),
        max_error=budget,
        owner=cells.get("ansvarlig", "").lower(),
        closed=cells.get("nedlagt", "").lower() in YES,
        mail_system=cells.get("mailsystem"),
    )


def share(text: str) -> float | None:
    """Read a share written in per cent. Examples are "5", "2,5 %"; None where nothing is written.

    Raises:
        ValueError: it is no number, or not between 0 and 50.
    """
    bare = text.replace("%", "").replace(",", ".").strip()
    if not bare:
        return None
    value = float(bare)
    if not 0 < value <= 50:
        raise ValueError(text)
    return value / 100


def write_csv(units: Iterable[UnitLine]) -> str:
    """The file that `read_csv` reads, with decimal commas."""
    return spreadsheet.write(HEADER, map(_cells, units))


def _cells(unit: UnitLine) -> list[str]:
    modes = {mode: word for word, mode in MODES.items()}
    budget = f"{100 * unit.max_error:g}".replace(".", ",") if unit.max_error is not None else ""
    written = {"mode": modes[unit.mode], "max_error": budget, "closed": "ja" if unit.closed else ""}
    written["mail_system"] = unit.mail_system or ""
    return [str(written.get(name, getattr(unit, name))) for name in HEADER.values()]
