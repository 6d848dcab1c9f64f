"""A slice of the half hour in `make verify`: the demo lives for a moment, and the figures are read where they stand."""

from pathlib import Path

from tests import memory


def test_a_moment_of_the_demo(tmp_path: Path) -> None:
    """So early the figures say nothing of the bounds; that they are read does."""
    found = memory.held(tmp_path, minutes=0.25, mails=300)
    assert 0 < found.looks[0] <= found.peak, found
    assert found.children > 0
