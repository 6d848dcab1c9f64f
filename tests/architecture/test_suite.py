"""The suite itself: what it leaves out on one database is named, and is there."""

import pytest

from tests import slices
from tests.conftest import HERE
from tests.databases import SAME_ON_BOTH


@pytest.mark.parametrize("path", SAME_ON_BOTH)
def test_what_is_left_out_on_postgresql_runs_on_sqlite(path: str) -> None:
    assert (HERE / path).exists()


@pytest.mark.parametrize("path", [*slices.EVERY_CASE, *slices.PAGES])
def test_what_is_sliced_or_not_is_there(path: str) -> None:
    assert (HERE / path).exists()


def test_a_slice_has_one_case_of_each_test_and_every_case_of_the_databases_own() -> None:
    sliced, whole = ("tests/app/workflow/test_x.py", "tests/app/queries/test_y.py")
    names = [f"{file}::test_{test}[{case}]" for file in (sliced, whole) for test in "ab" for case in ("1", "x[2]", "3")]
    pages = [f"tests/app/web/triage/test_{file}.py::test_{test}" for file in "ab" for test in "cd"]
    names += [f"{sliced}::test_alone", *pages]
    kept = slices.one_case_each(names)
    assert sorted(name.partition("[")[0] for name in kept if sliced in name) == [
        f"{sliced}::test_{test}" for test in ("a", "alone", "b")
    ]
    assert {name for name in kept if whole in name} == {name for name in names if whole in name}
    assert [name.partition("::")[0][-9:] for name in sorted(kept & set(pages))] == ["test_a.py", "test_b.py"]
    assert kept == slices.one_case_each(names)
