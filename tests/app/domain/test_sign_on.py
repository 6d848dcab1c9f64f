"""What groups give."""

from itertools import permutations

import pytest

from app.domain import sign_on
from app.domain.access import Role
from app.domain.sign_on import Grant

GRANTS = [
    Grant(1, "revision", Role.AUDITOR),
    Grant(2, "park", Role.CASEWORKER, 7),
    Grant(3, "vej", Role.CASEWORKER, 8),
    Grant(4, "visitering", Role.VISITATOR),
    Grant(5, "ledelse", Role.MANAGER),
    Grant(6, "it", Role.ADMINISTRATOR),
]


@pytest.mark.parametrize(("groups", "found"), [
    ([], None), (["andre"], None), (["revision"], 1), (["vej"], 3), (["vej", "park"], 2), (["vej", "visitering"], 4),
    (["visitering", "ledelse", "revision"], 5), (["it", "ledelse"], 6), (["Park"], None), (["park "], None), ([""], None),
])  # fmt: skip
def test_the_first_by_rank_holds_in_whatever_order_both_come(groups: list[str], found: int | None) -> None:
    for each in permutations(groups):
        for grants in (GRANTS, GRANTS[::-1], GRANTS[3:] + GRANTS[:3]):
            grant = sign_on.granted(each, grants)
            assert (grant.id if grant else None) == found


def test_every_role_has_its_rank() -> None:
    assert set(sign_on.RANK) == set(Role)


@pytest.mark.parametrize(
    "written", ["0A1B2C3D-0000-4000-8000-00000000000F", "0a1b2c3d0000400080000000000000 0f".replace(" ", "")]
)
def test_an_id_is_the_same_however_it_is_written(written: str) -> None:
    grant = Grant(1, "0a1b2c3d-0000-4000-8000-00000000000f", Role.VISITATOR)
    assert sign_on.granted([written], [grant]) == grant
    assert sign_on.granted([written[:-1] + "e"], [grant]) is None
