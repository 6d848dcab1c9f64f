"""The formats of values on a screen. Danish dates and numbers, and the words for codes."""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime
from functools import lru_cache
from itertools import groupby
from operator import attrgetter
from typing import Any

from babel import numbers
from flask import Flask, request
from flask_babel import format_date, format_datetime, format_decimal, get_locale, gettext, ngettext
from flask_login import current_user
from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from app import database
from app.domain import deadlines, figures
from app.domain.deadline_status import DeadlineStanding, Status
from app.queries.learning import alarm_list
from app.queries.platform import job_list
from app.services.organisation import municipalities
from app.services.platform import kill_switch, settings, viewing
from app.web.platform import access, display_names, event_names, theme
from app.web.platform.menu import menu
from app.web.reports import selection
from app.web.triage import keys


def register(app: Flask) -> None:
    app.jinja_env.filters.update(
        moment=moment,
        second=second,
        day=day,
        weekday=weekday,
        percent=percent,
        number=number,
        deadline=deadline,
        short_deadline=short_deadline,
        size=size,
        hidden=viewing.hidden,
        clock=clock,
        long_day=long_day,
        short_day=short_day,
        groups=groups,
        iso_day=iso_day,
        letter=letter,
        week=week,
        local_day=deadlines.local_day,
        sanitised=sanitised,
        formatted=formatted,
        field=display_names.field,
        language=language,
        lately=lately,
        own_words=own_words,
        lacking=lacking,
        event_name=event_names.name,
        period=selection.name,
    )
    app.jinja_env.globals.update(
        words=display_names,
        keys=keys.KEYS,
        locale=lambda: str(get_locale()),
        seen_by=display_names.seen_by,
        theme=theme.chosen,
        this_address=this_address,
        reason_length=kill_switch.REASON_LENGTH,
    )
    app.context_processor(_frame)


@pass_context
def lacking(context: Context, n: int) -> int:
    """Return how many judged mails a percentage lacks. The share is of `n`; 0 where it stands as a percentage."""
    return figures.lacking(n, context["max_error_allowed"])


def own_words(guide: str) -> str:
    """Return a guide without clauses naming other places.

    These say where something else goes: they would find the wrong unit.
    """
    return " ".join(clause for clause in re.split(r"[.;]\s*", guide) if " går til " not in clause)


def _frame() -> dict[str, Any]:
    """Return what base.html shows on every page.

    The menu this person may use, open alarms, and whether the robot runs.
    """
    container = access.container()
    if not current_user.is_authenticated:
        return {
            "menu": [],
            "robot_running": None,
            "demo": container.settings.demo,
            "municipality": container.settings.municipality,
        }
    with database.read(container.engine) as session:
        running = kill_switch.running(session)
        sees_alarms = current_user.role in access.ROLES["alarms"]
        alarms_open = alarm_list.open_ones(session) if sees_alarms else 0
        stop = None if running else job_list.stop(session)
        max_error = settings.get(session, settings.MAX_ERROR)
        municipality = municipalities.name(session, container.settings)
    return {
        "menu": menu(current_user.role),
        "robot_running": running,
        "robot_stop": stop,
        "demo": container.settings.demo,
        "municipality": municipality,
        "printed_at": datetime.now(UTC),
        "may_stop": current_user.role in access.ROLES["robot"],
        "reads_mails": current_user.role in access.ROLES["enquiries"],
        "alarms_open": alarms_open,
        "max_error_allowed": max_error,
    }


def this_address() -> str:
    """Return the address of the present page. One comes back to it after choosing a language or a theme."""
    return request.full_path.rstrip("?") if request.method == "GET" else ""


def moment(value: datetime | None) -> str:
    """Format a moment: 23. nov. 2026 kl. 14.05."""
    return format_datetime(value, "d. MMM y 'kl.' HH.mm" if _danish() else "d MMM y, HH:mm") if value else ""


def second(value: datetime) -> str:
    """Format a moment to the second: 23.11.2026 14.05.09."""
    return format_datetime(value, "dd.MM.y HH.mm.ss" if _danish() else "dd/MM/y HH:mm:ss")


def weekday(value: datetime) -> str:
    """Format a moment in full: torsdag 12. november kl. 08.41."""
    return format_datetime(value, "EEEE d. MMMM 'kl.' HH.mm" if _danish() else "EEEE d MMMM, HH:mm")


def clock(value: datetime) -> str:
    """Format the time of day: 08.41."""
    return format_datetime(value, "HH.mm" if _danish() else "HH:mm")


def long_day(value: date) -> str:
    """Format a day in full: torsdag 12. november 2026."""
    return format_date(value, "EEEE d. MMMM y" if _danish() else "EEEE d MMMM y")


def short_day(value: date) -> str:
    """Format a day briefly: tors. 12. nov."""
    return format_date(value, "EEE d. MMM" if _danish() else "EEE d MMM")


def letter(value: date) -> str:
    """Return a weekday's first letter: m, t, o, t, f."""
    return format_date(value, "EEEEE").lower()


def week(value: date) -> str:
    """Return the number of a week."""
    return str(value.isocalendar().week)


def iso_day(value: str) -> str:
    """Format a day that was written as 2026-12-04."""
    return day(date.fromisoformat(value))


def day(value: date | datetime | None) -> str:
    """Format a day: 4. december 2026."""
    if isinstance(value, datetime):
        value = deadlines.local_day(value)
    return format_date(value, "d. MMMM y" if _danish() else "d MMMM y") if value else ""


def lately(value: datetime) -> str:
    """Format a moment of today by its time. Example: kl. 10.12. A moment of an earlier day has its date."""
    if deadlines.local_day(value) != deadlines.local_day(datetime.now(UTC)):
        return moment(value)
    return format_datetime(value, "'kl.' HH.mm" if _danish() else "HH:mm")


def language(code: str) -> str:
    """Return a language's name, from its code."""
    locale = get_locale()
    return str(locale.languages.get(code, code)) if locale else code


def _danish() -> bool:
    return str(get_locale()) == "da"


@lru_cache(maxsize=8192)
def _number(value: float, pattern: str | None, locale: str) -> str:
    return str(numbers.format_decimal(value, pattern, locale=locale))


def number(value: float, pattern: str | None = None) -> str:
    """Format a number. A page of figures has thousands, most of them the same few."""
    return _number(value, pattern, str(get_locale() or "da"))


def percent(value: float | None, digits: int = 0) -> str:
    """Format a share: 71 % in Danish, 71% in English."""
    if value is None:
        return "–"
    written = number(round(100 * value, digits) + 0.0, "0." + "0" * digits if digits else "0")
    return f"{written} %" if _danish() else f"{written}%"


def deadline(status: Status) -> str:
    """Format how a deadline stands, in full. Examples: 2 arbejdsdage, i dag, overskredet 3 arbejdsdage, overholdt."""
    if status.standing is DeadlineStanding.OVERDUE and status.days:
        days = ngettext("%(num)s arbejdsdag", "%(num)s arbejdsdage", status.days)
        return gettext("overskredet %(days)s", days=days)
    plain = {
        DeadlineStanding.TODAY: gettext("i dag"),
        DeadlineStanding.OVERDUE: gettext("overskredet"),
        DeadlineStanding.MET: gettext("overholdt"),
        DeadlineStanding.MISSED: gettext("overskredet"),
    }
    return plain.get(status.standing) or ngettext("%(num)s arbejdsdag", "%(num)s arbejdsdage", status.days)


def short_deadline(status: Status) -> str:
    """Format how a deadline stands, briefly: 2 arb.dage."""
    days = ngettext("%(num)s arb.dag", "%(num)s arb.dage", status.days)
    if status.standing is DeadlineStanding.OVERDUE and status.days:
        return gettext("overskredet %(days)s", days=days)
    return days if status.standing in (DeadlineStanding.URGENT, DeadlineStanding.LATER) else deadline(status)


def groups(rows: Sequence[Any], name: str) -> list[tuple[Any, list[Any]]]:
    """Group rows in runs that share an attribute. In their order."""
    return [(value, list(run)) for value, run in groupby(rows, key=attrgetter(name))]


def formatted(value: Any, field: str) -> str:
    """Format a unit's field as people read it. Modes stand by name, shares in per cent, nothing as a dash."""
    if value is None or value == "":
        return "–"
    if field == "mode":
        return str(display_names.MODES[value])
    if field == "max_error":
        return percent(value, 1)
    return str(display_names.YES_NO[value]) if isinstance(value, bool) else str(value)


def size(count: int) -> str:
    """Format the size of a file."""
    if count < 1024 * 1024:
        return f"{format_decimal(max(1, round(count / 1024)))} KB"
    return f"{format_decimal(round(count / 1024 / 1024, 1))} MB"


def sanitised(html: str) -> Markup:
    """Mark a mail's cleaned HTML as markup.

    Cleaning was done when it came in. The only place where text is trusted as markup.
    """
    return Markup(html)  # noqa: S704 - sanitised by nh3 in a child process, and shown in a sandboxed frame
