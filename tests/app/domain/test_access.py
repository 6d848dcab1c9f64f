"""Who may see which enquiry, by role and unit: every combination."""

import pytest

from app.domain.access import Role, may_see

ALL, OWN = {Role.VISITATOR, Role.MANAGER, Role.ADMINISTRATOR}, {Role.CASEWORKER}


@pytest.mark.parametrize("role", [*Role, None])
@pytest.mark.parametrize(("own", "enquirys"), [(None, None), (None, 1), (1, None), (1, 1), (1, 2)])
def test_who_sees_which(role: Role | None, own: int | None, enquirys: int | None) -> None:
    """An auditor sees none, whatever unit stands at their name; who has no unit or no role has no mails."""
    expected = role in ALL or (role in OWN and own is not None and own == enquirys)
    assert may_see(role, own, enquirys) == expected
