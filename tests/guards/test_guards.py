"""The list of guards does not rot: each stands in its file exactly once, and what watches it is there."""

from collections import Counter
from pathlib import Path

import pytest

from tests.guards.guards import GUARDS, Guard

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("guard", GUARDS, ids=lambda guard: guard.name)
def test_it_stands_where_it_should(guard: Guard) -> None:
    assert (ROOT / guard.file).read_text("utf-8").count(guard.text) == 1
    assert guard.text != guard.instead


@pytest.mark.parametrize("guard", GUARDS, ids=lambda guard: guard.name)
def test_what_watches_it_is_there(guard: Guard) -> None:
    assert guard.tests
    for each in guard.tests.split():
        file, _, test = each.partition("::")
        assert f"def {test}" in (ROOT / file).read_text("utf-8")


def test_there_are_enough_and_each_has_a_name_of_its_own() -> None:
    assert len(GUARDS) >= 50
    assert [name for name, count in Counter(guard.name for guard in GUARDS).items() if count > 1] == []
