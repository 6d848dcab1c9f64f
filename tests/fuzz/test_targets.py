"""What must hold of any bytes holds of the seeds, and of whatever fuzzing has found."""

import pytest

from tests.fuzz import seeds
from tests.fuzz.targets import TARGETS

FOUND: list[tuple[str, bytes]] = []


@pytest.mark.parametrize("name", TARGETS)
def test_the_seeds(name: str) -> None:
    for content in seeds.seeds(name):
        TARGETS[name](content)
