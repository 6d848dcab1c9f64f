"""How many judged mails it takes before a share may stand as a percentage."""

import pytest

from app.domain.figures import fewest, lacking
from learning.sampling import highest_error


@pytest.mark.parametrize(
    ("max_error", "wanted"), [(0.05, 59), (0.02, 149), (0.01, 299), (0.1, 59), (0.5, 59), (0.0, 59), (0.005, 598)]
)
def test_as_many_as_the_bound_needs_and_never_fewer_than_for_five_per_cent(max_error: float, wanted: int) -> None:
    assert fewest(max_error) == wanted
    assert highest_error(0, wanted) <= (min(max_error, 0.05) or 0.05) < highest_error(0, wanted - 1)


@pytest.mark.parametrize(("n", "more"), [(0, 59), (1, 58), (4, 55), (58, 1), (59, 0), (60, 0), (10_000, 0)])
def test_it_is_said_how_many_more(n: int, more: int) -> None:
    assert lacking(n) == more
