"""The suite itself: what it leaves out on one database is named, and is there."""

import pytest

from tests.conftest import HERE
from tests.databases import SAME_ON_BOTH


@pytest.mark.parametrize("path", SAME_ON_BOTH)
def test_what_is_left_out_on_postgresql_runs_on_sqlite(path: str) -> None:
    assert (HERE / path).exists()
