"""Columns around nought stand where their values are."""

import pytest

from app.web.reports import charts
from app.web.reports.charts import BOTTOM, TOP, Band, Table, Words

WORDS = Words("", "", "", "", Table([], []), ["a", "b", "c"])


@pytest.mark.parametrize(
    ("values", "ticks"),
    [
        ([1_327.0, 2_469.0, -541.0], [-1000, -500, 0, 500, 1000, 1500, 2000, 2500]),
        ([0.0, 0.0, 0.0], [0, 0.2]),
        ([-5.0, -30.0, -1.0], [-30, -20, -10, 0]),
    ],
)
def test_columns_go_up_and_down_from_nought(values: list[float], ticks: list[float]) -> None:
    chart = charts.balance(WORDS, [Band(each, each, each) for each in values], str)
    assert [float(text) for _, text in chart.ticks] == ticks
    (nought,) = [each.y1 for each in chart.segments if each.look == "nought"]
    assert TOP <= nought <= BOTTOM
    for value, rect in zip(values, chart.rects, strict=True):
        assert rect.look == ("manual" if value < 0 else "auto")
        assert (rect.y if value < 0 else rect.y + rect.height) == pytest.approx(nought, abs=0.2)
        assert rect.height == pytest.approx(abs(value) * (BOTTOM - TOP) / (ticks[-1] - ticks[0]), abs=0.2)


def test_an_interval_is_drawn_through_its_column() -> None:
    chart = charts.balance(WORDS, [Band(2, -1, 4), Band(1, 1, 1)], str)
    (whisker,) = [each for each in chart.segments if each.look == "whisker over"]
    assert whisker.y1 > chart.rects[0].y + chart.rects[0].height > chart.rects[0].y > whisker.y2
