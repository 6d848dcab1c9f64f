"""Templates and scripts can be read beside each other: no line is longer than a screen is wide."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LONGEST = 160
FILES = sorted(
    path
    for folder, pattern in (("templates", "**/*.html"), ("templates", "**/*.txt"), ("static", "*.js"))
    for path in (ROOT / folder).glob(pattern)
)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_line_is_too_long(path: Path) -> None:
    lines = path.read_text("utf-8").splitlines()
    assert [number for number, line in enumerate(lines, 1) if len(line) > LONGEST] == []
