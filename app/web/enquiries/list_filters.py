"""The filters of the list, as in the address. Read, put in words, and taken off one by one."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from flask import url_for
from flask_babel import format_date, get_locale
from flask_babel import lazy_gettext as _l

from app.domain import period
from app.domain.deadline_status import Today
from app.domain.deadlines import COPENHAGEN
from app.domain.period import Period, PeriodError
from app.domain.search import wanted
from app.queries.enquiries.enquiry_list import CIRCULATING, QUARANTINE, Filter
from app.queries.reports.catalogue import BY_KEY
from app.queries.reports.counted import MailsBehind
from app.web.platform import display_names, incoming
from app.web.platform.filters import language
from app.web.reports import figure_texts, selection

FIGURE = ("tal", "periode", "omraade", "center", "forveksling", "emne")
"""What a figure's link adds: the figure, its period and part of the house; of two units the other one; what mails tell of."""
FIELDS = (
    *FIGURE,
    "q",
    "tilstand",
    "enhed",
    "postkasse",
    "fra",
    "til",
    "frist",
    "sprog",
    "fordelt",
    "sag",
    "bilag",
    "orden",
)
"""The names of the filters in the address, in the order of the chips."""
YES_NO = {"ja": True, "nej": False}
CHOICES: dict[str, dict[str, Any]] = {
    "frist": {"over": _l("overskredet"), "snart": _l("haster")},
    "fordelt": {"ja": _l("af robotten"), "nej": _l("af et menneske")},
    "sag": {"ja": _l("har en sag"), "nej": _l("uden sag")},
    "bilag": {"ja": _l("har bilag"), "nej": _l("uden bilag")},
    "orden": {"frist": _l("tidligste frist først")},
}
LANGUAGES = ("da", "en", "de", "sv", "pl", "ar", "tr", "uk", "ro", "fr", "es", "so", "fa", "ur")
CHIPS = {
    "tal": _l("Tal"),
    "periode": _l("Periode"),
    "omraade": _l("Serviceområde"),
    "center": _l("Center"),
    "forveksling": _l("Først hos, eller forvekslet med"),
    "emne": _l("Handler om"),
    "q": _l("Søgning"),
    "tilstand": _l("Status"),
    "enhed": _l("Enhed"),
    "postkasse": _l("Postkasse"),
    "fra": _l("Modtaget fra og med"),
    "til": _l("Modtaget til og med"),
    "frist": _l("Frist"),
    "sprog": _l("Sprog"),
    "fordelt": _l("Fordelt"),
    "sag": _l("Sag"),
    "bilag": _l("Bilag"),
    "orden": _l("Sortering"),
}
STATES = frozenset(display_names.STATES)
assert {QUARANTINE, CIRCULATING} <= STATES


@dataclass(frozen=True, slots=True)
class Chip:
    """An active filter in words, and the address without it."""

    name: str
    value: str
    without: str


def read(args: Mapping[str, str]) -> dict[str, str]:
    """Read the filters in an address. Only those that make sense are kept."""
    given = {name: args.get(name, "").strip()[:320] for name in FIELDS}
    found = {name: value for name, value in given.items() if value and _sense(name, value)}
    if "tal" in found and "periode" in found:
        return found
    return {name: value for name, value in found.items() if name not in FIGURE}


def _sense(name: str, value: str) -> bool:
    if name in CHOICES:
        return value in CHOICES[name]
    if name in ("fra", "til"):
        return _day(value) is not None
    number = value.isascii() and value.isdecimal() and len(value) < 10
    checks = {
        "tilstand": value in STATES,
        "enhed": number,
        "omraade": number,
        "center": number,
        "forveksling": number,
        "emne": number,
        "sprog": value in LANGUAGES,
        "tal": value.removeprefix("-") in BY_KEY,
        "periode": _period(value) is not None,
    }
    return checks.get(name, True)


def _period(value: str) -> Period | None:
    try:
        return period.read(value)
    except PeriodError:
        return None


def _day(value: str) -> date | None:
    try:
        return incoming.day(value)
    except ValueError:
        return None


def filter_of(given: Mapping[str, str], after: int | None, today: Today) -> Filter:
    """Return the filter of the list."""
    first, last = _day(given.get("fra", "")), _day(given.get("til", ""))
    late, soon = given.get("frist") == "over", given.get("frist") == "snart"
    behind = behind_of(given)
    return Filter(
        wanted=wanted(given.get("q", "")),
        state=given.get("tilstand", ""),
        unit_id=int(given["enhed"]) if "enhed" in given and not behind else None,
        mailbox="" if behind else given.get("postkasse", ""),
        since=_midnight(first) if first else None,
        until=_midnight(last + timedelta(days=1)) if last else None,
        due_from=today.day if soon else None,
        due_by=today.overdue_until if late else today.urgent_until if soon else None,
        language=given.get("sprog", ""),
        automatic=YES_NO.get(given.get("fordelt", "")),
        has_case=YES_NO.get(given.get("sag", "")),
        has_files=YES_NO.get(given.get("bilag", "")),
        by_deadline=given.get("orden") == "frist",
        behind=behind,
        today=today,
        after=after,
    )


def behind_of(given: Mapping[str, str]) -> MailsBehind | None:
    """Return the figure whose mails are listed, if the address names one. It has a unit and a mailbox of its own."""
    chosen = _period(given.get("periode", ""))
    if "tal" not in given or chosen is None:
        return None
    key, others = given["tal"].removeprefix("-"), given["tal"].startswith("-")
    pair = int(given["forveksling"]) if "forveksling" in given else None
    term = int(given["emne"]) if "emne" in given else None
    return MailsBehind(BY_KEY[key], chosen, selection.scope_of(given), others, pair, term)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, datetime.min.time(), COPENHAGEN)


def chips(
    given: Mapping[str, str], units: Mapping[int, str], mailboxes: Mapping[str, str], term: str = ""
) -> list[Chip]:
    """Return the active filters with links without them. Each filter can be taken off by its link.

    `term` is the name of what the mails are to tell of.
    """
    return [
        Chip(
            str(CHIPS[name]),
            term or value if name == "emne" else _value_name(name, value, units, mailboxes),
            _without(given, name),
        )
        for name, value in given.items()
    ]


def _without(given: Mapping[str, str], name: str) -> str:
    rest: dict[str, Any] = {other: value for other, value in given.items() if other != name}
    return url_for("enquiries.index", **rest)


def _value_name(name: str, value: str, units: Mapping[int, str], mailboxes: Mapping[str, str]) -> str:
    if name in CHOICES:
        return str(CHOICES[name][value])
    if name in ("fra", "til"):
        return format_date(_day(value), "d. MMM y" if str(get_locale()) == "da" else "d MMM y")
    if name == "tal":
        return figure_texts.chip(value)
    if name == "periode":
        chosen = _period(value)
        return selection.name(chosen) if chosen else value
    names = {
        "tilstand": display_names.STATES.get(value, value),
        "enhed": units.get(int(value), value) if name in ("enhed", "forveksling") else "",
        "postkasse": mailboxes.get(value, value),
        "sprog": language(value),
    }
    return str(names.get(name, value))


def languages() -> list[tuple[str, str]]:
    """Return the languages one can choose. Each is (code, name)."""
    return [(code, language(code)) for code in LANGUAGES]
