"""Figures as aligned tables in plain text."""

from collections.abc import Mapping, Sequence

from learning.outcome import CurvePoint, UnitFigures

NAME = 40


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return lines with columns of equal width. The first is aligned to the left, the others to the right."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [
        "  ".join(
            [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
        )
        for row in rows
    ]


def share(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def curve(points: Sequence[CurvePoint]) -> list[str]:
    """Return the learning curve as lines. A line is a stretch of mails."""
    rows = [(f"{point.labels}", f"{point.mails}", share(point.accuracy), share(point.auto_share)) for point in points]
    return aligned([("labels learned", "mails", "accuracy", "automatic"), *rows])


def units(figures: Mapping[str, UnitFigures]) -> list[str]:
    """Return one line per unit. Those with most mails come first."""
    largest = sorted(figures.items(), key=lambda item: -item[1].n)
    rows = [
        (unit[:NAME], f"{f.n}", share(f.precision), share(f.recall), share(f.auto_share), share(f.auto_precision))
        for unit, f in largest
    ]
    return aligned([("unit", "mails", "precision", "recall", "automatic", "right then"), *rows])
