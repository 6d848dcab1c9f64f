"""Bounds of what comes in from outside. Ids in addresses, parameters, fields, dates, JSON have them in one place.

A number that no column holds, a date that no calendar has and a character that no database takes are as good as absent:
each is treated like any other value that makes no sense, where it is read.
"""

import json
import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, tzinfo
from typing import Any

from flask import Flask, Request
from werkzeug.datastructures import ImmutableMultiDict, iter_multi_items
from werkzeug.routing import IntegerConverter, UnicodeConverter
from werkzeug.routing.converters import ValidationError

from app.errors import RefusedError

LARGEST = 2**31 - 1
"""What an id or a count in the database can be."""
YEARS = range(1900, 2200)
"""Years with room on both sides for time zones, weeks and deadlines."""
DEPTH = 20
"""How deep JSON from outside may be nested; ours has three levels."""
_NUMBER = re.compile(r"[+-]?[0-9]{1,10}", re.ASCII)
_OUTSIDE = re.compile(r"[\x00\ud800-\udfff]")


def register(app: Flask) -> None:
    """Let an application take in nothing but this."""
    app.request_class = Incoming
    app.url_map.converters.update(int=NumberConverter, default=WordsConverter, string=WordsConverter)


def whole(text: str) -> int:
    """Read a whole number.

    Raises:
        ValueError: it is none, or none that the database could hold.
    """
    if _NUMBER.fullmatch(text.strip()) is None or abs(number := int(text)) > LARGEST:
        raise ValueError(f"not a number up to {LARGEST}")
    return number


def wholes(texts: Iterable[str]) -> list[int]:
    """Read the texts that are whole numbers. Numbers of something, 0 and up; other texts are left out."""
    return [number for text in texts if text.isdecimal() and (number := _or_none(text)) is not None]


def _or_none(text: str) -> int | None:
    try:
        return whole(text)
    except ValueError:
        return None


def day(text: str) -> date:
    """Read a day.

    Raises:
        ValueError: it is none, or none that deadlines are reckoned with.
    """
    return _within(date.fromisoformat(text))


def chosen_day(text: str) -> date | None:
    """Read a day that a form may leave empty.

    Raises:
        RefusedError: it is no day.
    """
    try:
        return day(text) if text else None
    except ValueError as error:
        raise RefusedError("no_date") from error


def moment(text: str, zone: tzinfo) -> datetime:
    """Read a time of day in a zone.

    Raises:
        ValueError: it is none, or none that deadlines are reckoned with.
    """
    return _within(datetime.fromisoformat(text)).replace(tzinfo=zone).astimezone(UTC)


def _within(found: Any) -> Any:
    if found.year not in YEARS:
        raise ValueError("no year of ours")
    return found


def parsed_json(text: str) -> Any:
    """Read JSON.

    Raises:
        ValueError: it is none, or nested deeper than anything of ours.
    """
    depth = deepest = 0
    for mark in re.findall(r"[\[\]{}]", text):
        depth += 1 if mark in "[{" else -1
        deepest = max(deepest, depth)
    if deepest > DEPTH:
        raise ValueError("nested too deep")
    return json.loads(text, parse_int=whole)


class Given(ImmutableMultiDict[str, str]):
    """The parameters or fields of a request. As given, without what no database takes."""

    def __init__(self, mapping: Any = None) -> None:
        super().__init__([(_clean(key), _clean(value)) for key, value in iter_multi_items(mapping or ())])

    def get(self, key: str, default: Any = None, type: Any = None) -> Any:  # type: ignore[override]
        return super().get(key, default, whole if type is int else type)

    def getlist(self, key: str, type: Any = None) -> list[Any]:
        return super().getlist(key, whole if type is int else type)


def _clean(text: Any) -> Any:
    """Clean what was typed. A file's bytes stay as they are."""
    if not isinstance(text, str):
        return text
    return _OUTSIDE.sub("\N{REPLACEMENT CHARACTER}", text)


class Incoming(Request):
    """A request whose parameters and fields are bounded."""

    parameter_storage_class = Given


class NumberConverter(IntegerConverter):
    """An id in an address. A number that no table could have is no page."""

    regex = r"[0-9]{1,10}"

    def to_python(self, value: str) -> int:
        number = int(super().to_python(value))
        if number > LARGEST:
            raise ValidationError
        return number


class WordsConverter(UnicodeConverter):
    """A name in an address. One that no database takes is no page."""

    def to_python(self, value: str) -> str:
        if _OUTSIDE.search(value):
            raise ValidationError
        return str(super().to_python(value))
