"""Check an organisation's TOML tables, and say in which line what is wrong.

`tomllib` tells lines of faults in the writing only. Here a table is known by its name and number, and the line is that of the
key, or of the table's head where the key is missing.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.domain.access import Role
from app.domain.routing import Mode
from connectors.mail import addresses


@dataclass(frozen=True, slots=True)
class Key:
    """What a key of a table may hold: `expected` in words, and a test of its value."""

    expected: str
    fits: Callable[[Any], bool]
    required: bool = True


@dataclass(frozen=True, slots=True)
class OrganisationFile:
    """One file of an organisation: its text, for the lines, and its tables."""

    path: Path
    text: str
    tables: Mapping[str, Any]


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_named(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_address(value: Any) -> bool:
    return isinstance(value, str) and addresses.parse(value) is not None


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _are_texts(value: Any) -> bool:
    return isinstance(value, list) and all(map(_is_text, value))


def _are_months(value: Any) -> bool:
    return isinstance(value, list) and all(_is_number(each) and 1 <= each <= 12 for each in value)


def _choice(*allowed: str) -> Key:
    return Key(f"one of {', '.join(allowed)}", lambda value: value in allowed)


NAME = Key("a text that is not empty", _is_named)
TEXT, ADDRESS = Key("a text", _is_text), Key("a mail address", _is_address)
MORE = Key("a text", _is_text, required=False)
_ITS_MAILS = {
    "wordings": Key("a list of texts, each 'subject | text'", _are_texts),
    "weight": Key("a whole number", _is_number, required=False),
    "months": Key("a list of months, 1 to 12", _are_months, required=False),
    "storm": Key("true or false", lambda value: isinstance(value, bool), required=False),
    "before": MORE,
    "authority": MORE,
}
TABLES: Mapping[str, Mapping[str, Key]] = {
    "mailbox": {"address": ADDRESS, "name": NAME, "area": MORE, "mail_system": MORE},
    "unit": {
        "name": NAME,
        "area": NAME,
        "address": ADDRESS,
        "guide": TEXT,
        "subject_code": TEXT,
        "mode": _choice(*Mode),
        "also_called": MORE,
        "mail_system": MORE,
        "details": Key("a list of texts", _are_texts, required=False),
    },
    "person": {
        "name": NAME,
        "email": ADDRESS,
        "role": _choice(*Role),
        "unit": MORE,
        "owner": Key("true or false", lambda value: isinstance(value, bool), required=False),
    },
    "authority": {"name": NAME, "address": ADDRESS, "guide": MORE, "letter": MORE},
    "situation": {"unit": NAME, **_ITS_MAILS},
    "other": {"kind": NAME, **_ITS_MAILS},
    "milestone": {
        "kind": _choice("storm", "reorganisation"),
        "month": Key("a month, 1 to 12", lambda value: _are_months([value])),
        "day": Key("a day of the month", _is_number),
        "text": TEXT,
    },
}
REQUIRED_TABLES = ("mailbox", "unit")


def problems(files: list[OrganisationFile]) -> Iterator[str]:
    """Yield what is wrong in the files of an organisation, with file, line, table, key and what was expected."""
    for file in files:
        for name, value in file.tables.items():
            yield from _top(file, name, value)
    named = {name: value for file in files for name, value in file.tables.items()}
    where = ", ".join(str(file.path) for file in files)
    if not _is_named(named.get("name")):
        yield f"{where}: the key 'name' is missing at the top; expected: the municipality's name, as in name = \"…\""
    for table in REQUIRED_TABLES:
        if not named.get(table):
            yield f"{where}: there is no [[{table}]]; expected: at least one, with {_required(table)}"


def _top(file: OrganisationFile, name: str, value: Any) -> Iterator[str]:
    if name == "name":
        return
    if name not in TABLES:
        known = ", ".join(f"[[{table}]]" for table in TABLES)
        yield f"{file.path}{_line(file.text, name)}: {name!r} is not known; expected: name, {known}"
    elif not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
        yield f"{file.path}{_line(file.text, name)}: {name!r} is written otherwise; expected: a table [[{name}]] for each"
    else:
        for number, row in enumerate(value, 1):
            yield from _row(file, name, number, row)


def _row(file: OrganisationFile, table: str, number: int, row: Mapping[str, Any]) -> Iterator[str]:
    called = f" ({row['name']!r})" if _is_named(row.get("name")) else ""
    for name, key in TABLES[table].items():
        if name not in row and key.required:
            place = _place(file, table, number)
            yield f"{place}{called}: the key {name!r} is missing; expected: {key.expected}"
        elif name in row and not key.fits(row[name]):
            yield f"{_place(file, table, number, name)}{called}: {name!r} is {row[name]!r}; expected: {key.expected}"
    for name in row.keys() - TABLES[table].keys():
        known = ", ".join(TABLES[table])
        yield f"{_place(file, table, number, name)}{called}: the key {name!r} is not known; expected: one of {known}"


def _place(file: OrganisationFile, table: str, number: int, key: str = "") -> str:
    """Return file, line and table. Without a key, or where it cannot be found, the line is that of the table's head."""
    heads = list(re.finditer(rf"^[ \t]*\[\[[ \t]*{table}[ \t]*\]\]", file.text, re.MULTILINE))
    if len(heads) < number:  # written inline, as unit = [{…}]
        return f"{file.path}{_line(file.text, table)}: {table} number {number}"
    start = heads[number - 1].start()
    following = re.compile(r"^[ \t]*\[", re.MULTILINE).search(file.text, heads[number - 1].end())
    body = file.text[start : following.start() if following else len(file.text)]
    found = re.search(rf"^[ \t]*[\"']?{re.escape(key)}[\"']?[ \t]*=", body, re.MULTILINE) if key else None
    at = start + (found.start() if found else 0)
    return f"{file.path}, line {file.text.count(chr(10), 0, at) + 1}: [[{table}]] number {number}"


def _line(text: str, name: str) -> str:
    found = re.search(rf"^[ \t]*\[*[ \t]*{re.escape(name)}\b", text, re.MULTILINE)
    return f", line {text.count(chr(10), 0, found.start()) + 1}" if found else ""


def _required(table: str) -> str:
    return ", ".join(name for name, key in TABLES[table].items() if key.required)
