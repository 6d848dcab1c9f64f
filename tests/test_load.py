"""A slice of the load runs over one small town: a working day, its pages by name, four people at once, a siege.

The whole of it over 5,000 open and 200,000 closed enquiries: make bench, make verify.
"""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import browser as chromium
from tests.databases import POSTGRESQL
from tests.load import crowd, day, pages, siege, town
from tests.load.house import LargeHouse, served
from tests.load.visitor import Visitor

pytestmark = pytest.mark.skipif(POSTGRESQL, reason="the kept town is a file of SQLite")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LargeHouse]:
    """One server for all: what the one decides leaves enough for the next."""
    with served(town.SLICE, tmp_path_factory.mktemp("load")) as house:
        yield house


@pytest.mark.browser
@pytest.mark.skipif(chromium.CHROMIUM is None, reason="no Chromium on this machine")
def test_a_working_day_by_keyboard_and_the_main_path_by_touch(house: LargeHouse) -> None:
    with chromium.chromium() as browser:
        played = day.play(house, browser, decisions=20)
        day.by_touch(house, browser)
    assert played.as_promised, (played.keys, played.searched)
    assert played.done == ["taken back", "20 decided", "split", "merged", "a wave of 5", "returned and decided again"]


def test_a_small_town_four_people_at_once(house: LargeHouse) -> None:
    """How fast a shared machine is says nothing here; that nothing fails and nothing is decided twice does."""
    visitor = Visitor(house.port, pages.ADMINISTRATOR, town.PASSWORD)
    opened = {path: visitor.get(path).status for _who, path in (*pages.PAGES, *pages.REPORTS) if "/1234" not in path}
    visitor.close()
    assert set(opened.values()) == {200}, opened
    assert sum(pages.weighed(house).values()) <= pages.WEIGHT_KB * 1000
    met = crowd.gather(house, people=4, seconds=20)
    assert met.wrong == []
    assert met.twice == 0
    assert met.done["taken"] + met.done["corrected"] > 5


def test_a_visitator_under_siege_is_served(house: LargeHouse) -> None:
    """How soon is for make verify; here nobody is shut out, and what strangers try leaves little behind."""
    met = siege.besieged(house, seconds=15)
    failed = house.count("SELECT count(*) FROM event WHERE kind = 'login_failed'")
    print(met)
    assert met.wrong == []
    assert met.done["opened"] > 3
    assert failed <= 100


def test_the_small_town_is_whole(tmp_path: Path) -> None:
    town.copied(town.SLICE, tmp_path)
    connection = sqlite3.connect(tmp_path / "sluse.sqlite")
    assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    counted = dict(connection.execute("SELECT state, count(*) FROM enquiry GROUP BY state"))
    connection.close()
    assert counted["triage"] == town.SLICE.open
    assert sum(counted.values()) == town.SLICE.all
