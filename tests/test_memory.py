"""A slice of the half hour in `make verify`: the demo lives for a minute, and the figures are read where they stand."""

from pathlib import Path

from tests import memory


def test_a_minute_of_the_demo(tmp_path: Path) -> None:
    """Growth means nothing so early; that the process starts within its bound does."""
    found = memory.held(tmp_path, minutes=1)
    assert 0 < found.looks[0] <= found.peak <= memory.MOST_MB, found
    assert found.children > 0
