"""A working day by keyboard, in small: the same that `make verify` plays over 5,000 open and 200,000 closed enquiries."""

from pathlib import Path

import pytest

from tests import browser as chromium
from tests.databases import POSTGRESQL
from tests.load import day, town
from tests.load.house import served

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(chromium.CHROMIUM is None, reason="no Chromium on this machine"),
    pytest.mark.skipif(POSTGRESQL, reason="the kept town is a file of SQLite"),
]


def test_a_working_day_by_keyboard_and_the_main_path_by_touch(tmp_path: Path) -> None:
    with served(town.SLICE, tmp_path) as house, chromium.chromium() as browser:
        played = day.play(house, browser, decisions=20)
        day.by_touch(house, browser)
    assert played.as_promised, (played.keys, played.searched)
    assert played.done == ["taken back", "20 decided", "split", "merged", "a wave of 5", "returned and decided again"]
