"""Who acts, as plain values."""

from app.domain.access import Role
from app.domain.actor import LINK_HOLDER, ROBOT, UNIDENTIFIED, Actor
from app.models.account import Account


def test_a_person_acts_with_what_their_account_says() -> None:
    row = Account(id=7, email="karla@town.example.org", name="Karla", role=Role.CASEWORKER, unit_id=3, password_hash="")
    assert row.actor == Actor("karla@town.example.org", Role.CASEWORKER, unit_id=3, account_id=7)


def test_who_is_no_person_has_a_name_in_the_log_and_nothing_else() -> None:
    """The log is never rewritten: these names stand in it since the first day."""
    assert [each.email for each in (ROBOT, LINK_HOLDER, UNIDENTIFIED)] == ["robot", "link", ""]
    assert {(each.role, each.unit_id, each.account_id) for each in (ROBOT, LINK_HOLDER, UNIDENTIFIED)} == {(None,) * 3}
