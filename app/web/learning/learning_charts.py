"""The charts of the learning page: how right, how automatic, and whether it keeps what it promises."""

from collections.abc import Sequence
from typing import Any

from flask_babel import format_decimal
from flask_babel import gettext as _

from app.domain.figures import Share, lacking
from app.queries.learning.progress import Reliability
from app.queries.reports.figures import Week, total
from app.web.platform.filters import day, percent
from app.web.reports import charts
from app.web.reports.charts import Band, Chart, Key, Table, Words


def accuracy(weeks: Sequence[Week]) -> Chart:
    """Draw how right the first suggestions were, week by week."""
    heads, none = (_("Rigtige"), _("Bedømte")), _("Ingen bedømte forslag endnu")
    return _course(weeks, _("Første forslag var rigtigt"), _("andel pr. uge, 95 pct.-interval"), heads, none)


def automation(weeks: Sequence[Week]) -> Chart:
    """Draw how many mails the robot placed itself, week by week."""
    unit = _("andel af mails til en enhed, efter den uge, de kom, 95 pct.-interval")
    heads, none = (_("Automatisk"), _("Mails")), _("Ingen mails endnu")
    return _course(weeks, _("Robotten fordelte selv"), unit, heads, none)


def _course(weeks: Sequence[Week], title: str, unit: str, heads: tuple[str, str], none: str) -> Chart:
    rows = [[day(each.last), *row(each.share)] for each in reversed(weeks)]
    table = Table([_("Uge til og med"), *heads, _("Andel"), _("95 pct.-interval")], rows)
    whole = total(weeks)
    summary = (
        _("%(right)s af %(n)s i alt.", right=format_decimal(whole.right), n=format_decimal(whole.n))
        if whole.n
        else none
    )
    labels = [f"{each.last.day}.{each.last.month}." for each in weeks]
    period = _("%(n)s uger", n=len(weeks))
    words = Words(title, unit, period, summary, table, labels)
    return charts.lines(words, [(Key("auto", title), [band(each.share) for each in weeks])], percent)


def calibration(found: Reliability) -> Chart:
    """Draw how often each confidence held."""
    rows = [_bin(each) for each in reversed(found.bins)]
    head = [
        _("Hvor sikker robotten er"),
        _("I gennemsnit"),
        _("Rigtige"),
        _("Forslag"),
        _("Andel"),
        _("95 pct.-interval"),
    ]
    latest = _("Seneste bedømte forslag: %(num)s.", num=format_decimal(found.n))
    summary = latest if found.n else _("Ingen bedømte forslag endnu")
    unit = _("andel rigtige (op) efter hvor sikker robotten var (hen)")
    words = Words(_("Holder den, hvad den lover?"), unit, "", summary, Table(head, rows))
    return charts.reliability(words, [(b.confidence, Band(b.share, *b.interval), b.n) for b in found.bins], percent)


def _bin(found: Any) -> list[str]:
    share = "–" if lacking(found.n) else percent(found.share)
    low, high = found.interval
    return [
        f"{percent(found.low)} – {percent(found.high)}",
        percent(found.confidence),
        format_decimal(found.right),
        format_decimal(found.n),
        share,
        f"{percent(low)} – {percent(high)}",
    ]


def row(share: Share) -> list[str]:
    """Return a share's cells: how many, of how many, the share where that says something, its interval."""
    interval = f"{percent(share.interval[0])} – {percent(share.interval[1])}" if share.interval else "–"
    value = "–" if lacking(share.n) else percent(share.value)
    return [format_decimal(share.right), format_decimal(share.n), value, interval]


def band(share: Share) -> Band | None:
    """Return a share as a chart draws it; None where nothing is known."""
    if share.value is None or share.interval is None:
        return None
    return Band(share.value, *share.interval)


def stages(tops: Sequence[int]) -> list[str]:
    """Return the names of a learning curve's stages. "1-10", "11-25", …, "201-"."""
    starts = [1, *(top + 1 for top in tops)]
    return [f"{start}–{end}" for start, end in zip(starts, [*map(str, tops), ""], strict=True)]
