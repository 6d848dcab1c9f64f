"""The data-readiness report as text. For a person to read before a history is learned from."""

from collections.abc import Iterator, Sequence

from app.commands import tables
from app.services.inbound.history_report import HistoryReport
from app.services.inbound.history_sources import Broken
from learning.readiness import LEAST, Contradiction, Gap, Readiness, UnitReadiness

SHOWN = 20
"""Contradictions, copies and the like that are listed; the rest is in the JSON. Broken files are all named."""


def text(report: Readiness, survey: HistoryReport, unknown: dict[str, str | None]) -> str:
    """Return the whole report. `unknown` is each name that is no unit's, with the unit that may be meant."""
    return "\n".join(
        [
            *_overview(report, survey),
            *_listed("Not units of this organisation", _unknown(survey, unknown), None),
            *_listed("Units without any mail", report.without_mails, None),
            *_listed("Broken, and left out", _reasons(survey.broken), None),
            *_listed("Not enquiries, and left out", _reasons(survey.aside)),
            *_contradictions(report),
            *_listed(f"The same mail more than once: {report.surplus} copies, which are left out", _copies(report)),
            *_listed("Without a usable date", report.undated),
            *_listed("Stretches without any mail", [_gap(gap) for gap in report.gaps]),
            *_expected(report),
            *_units(report),
        ]
    )


def _overview(report: Readiness, survey: HistoryReport) -> Iterator[str]:
    period = f"{report.first} to {report.last}" if report.first else "unknown: no mail has a date"
    languages = ", ".join(f"{name} {count}" for name, count in report.languages.items())
    yield "DATA READINESS"
    yield f"Mails that can be learned from   {report.mails} in {len(report.units)} units"
    yield f"Broken / not enquiries           {len(survey.broken)} / {len(survey.aside)}"
    yield f"Under a name that is no unit's   {survey.unknown.total()}"
    yield f"Period                           {period}"
    yield f"Languages                        {languages or '-'}"


def _listed(title: str, lines: Sequence[str], most: int | None = SHOWN) -> Iterator[str]:
    if lines:
        yield from ("", f"{title} ({len(lines)})", *(f"  {line}" for line in lines[:most]))
        if most is not None and len(lines) > most:
            yield f"  … and {len(lines) - most} more; --json names each"


def _unknown(survey: HistoryReport, unknown: dict[str, str | None]) -> list[str]:
    return [
        f"{name}, mails: {survey.unknown[name]}" + (f"; did you mean {nearest}?" if nearest else "")
        for name, nearest in unknown.items()
    ]


def _reasons(broken: Sequence[Broken]) -> list[str]:
    return [f"{each.name}: {each.reason}" for each in broken]


def _copies(report: Readiness) -> list[str]:
    return [
        " = ".join(names[:4]) + (f" = {len(names) - 4} more" if len(names) > 4 else "") for names in report.duplicates
    ]


def _contradictions(report: Readiness) -> Iterator[str]:
    title = f"Contradictions: {report.outvoted} mails went elsewhere than most of the same or nearly the same text"
    yield from _listed(title, [_contradiction(each) for each in report.contradictions])


def _contradiction(each: Contradiction) -> str:
    mails = "; ".join(f"{name} → {unit}" for name, unit in each.mails[:4])
    more = f"; {len(each.mails) - 4} more" if len(each.mails) > 4 else ""
    return f"subject {each.subject_hash}: {mails}{more}"


def _gap(gap: Gap) -> str:
    return f"{gap.days} days: {gap.after} to {gap.before}"


def _expected(report: Readiness) -> Iterator[str]:
    low, high = report.expected_accuracy_low, report.expected_accuracy_high
    yield ""
    yield f"Expected, by rehearsal: each mail predicted, then learned; measured on the last {report.expected_from}"
    yield f"  First suggestion right   {report.expected_accuracy:.1%} (95 % interval {low:.1%} to {high:.1%})"
    precision = report.expected_auto_precision
    right = "" if precision is None else f", {precision:.1%} of them right"
    yield f"  Automatic at the error budget of {report.max_error:.0%}   {report.expected_auto_share:.1%}{right}"
    yield from ("", *(f"  {line}" for line in tables.curve(report.learning_curve)))


def _units(report: Readiness) -> Iterator[str]:
    rows = [
        (
            name[: tables.NAME],
            str(unit.labels),
            tables.share(unit.accuracy),
            tables.share(unit.precision),
            str(unit.evidence),
            _when(unit),
        )
        for name, unit in report.units.items()
    ]
    yield from ("", "Units")
    header = ("unit", "labels", "accuracy", "precision", "evidence", "automatic")
    yield from (f"  {line}" for line in tables.aligned([header, *rows]))
    yield f"  A unit can go automatic with {LEAST} suggestions, all those above one confidence, of which at most"
    yield f"  {report.max_error:.0%} were wrong. `evidence` is how many there are; the weeks are what is missing at the rate this"
    yield "  history brought them, supposing that the unit goes on being recognised as well."


def _when(unit: UnitReadiness) -> str:
    if unit.weeks is None:
        return "not within a year" if unit.first else "unknown: no dates"
    return f"in {unit.weeks} weeks" if unit.weeks else "now"
