import pytest

from app import database
from app.domain import hints as rules
from app.domain.access import Role
from app.errors import NotFoundError
from app.queries.triage import hint_list
from app.services.triage import hints
from tests.town import Town, now

FIRST, SECOND, *_ = rules.PAGES["caseload"]


def test_closed_for_good_and_for_one_person_only(town: Town) -> None:
    one, other = town.people[Role.CASEWORKER].id, town.visitator.id
    with database.write(town.container.engine) as session:
        hints.close(session, one, FIRST, now=now())
        hints.close(session, one, FIRST, now=now())
        assert hint_list.next_hint(session, one, "caseload") == SECOND
        assert hint_list.next_hint(session, other, "caseload") == FIRST
        hints.close(session, other, FIRST, now=now())
        hints.show_again(session, one)
        assert hint_list.next_hint(session, one, "caseload") == FIRST
        assert hint_list.next_hint(session, other, "caseload") == SECOND


def test_only_hints_can_be_closed(town: Town) -> None:
    with database.write(town.container.engine) as session, pytest.raises(NotFoundError):
        hints.close(session, town.visitator.id, "everything", now=now())
