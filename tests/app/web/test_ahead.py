"""The next mail is kept for who decides; who only looks keeps the one they read and no other."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app import database
from app.domain.access import Role
from app.models.account import Account
from app.models.presence import Claim
from app.services import claims, events, triage
from tests.app.web.conftest import SignIn, csrf_token
from tests.town import PARK, Town, mail, now

AHEAD = "data-ahead"
LOOKING = [Role.VISITATOR, Role.MANAGER, Role.ADMINISTRATOR]


def waiting(town: Town) -> list[int]:
    return town.receive(*(mail(f"Træ {n}", f"Træ nummer {n} er væltet i parken") for n in range(4)))


def held(town: Town, person: Account) -> set[int]:
    with database.read(town.container.engine) as session:
        return set(session.scalars(select(Claim.enquiry_id).where(Claim.account_id == person.id)))


@pytest.mark.parametrize("role", LOOKING)
def test_who_only_looks_keeps_one_mail(town: Town, sign_in: SignIn, role: Role) -> None:
    first, *_ = waiting(town)
    client = sign_in(role)
    assert AHEAD not in client.get(f"/visitering/{first}").text
    assert client.get(f"/visitering/{first}/naeste").status_code == 204
    assert held(town, town.people[role]) == {first}


@pytest.mark.parametrize("role", LOOKING)
@pytest.mark.parametrize("by", ["unit", "not_enquiry"])
def test_who_decides_gets_the_next_one_ahead(town: Town, sign_in: SignIn, role: Role, by: str) -> None:
    first, *_ = waiting(town)
    client = sign_in(role)
    chosen = {"unit": town.units[PARK]} if by == "unit" else {"action": by}
    shown = {"csrf_token": csrf_token(client, f"/visitering/{first}"), "version": town.enquiry(first).version}
    answer = client.post(f"/visitering/{first}", data={**chosen, **shown}, headers={"HX-Request": "true"})
    assert AHEAD in answer.text
    (second,) = held(town, town.people[role])
    assert client.get(f"/visitering/{second}/naeste").status_code == 200
    assert len(held(town, town.people[role])) == 2


def test_a_decision_of_this_morning_keeps_nothing_in_the_afternoon(town: Town) -> None:
    first, second, *_ = waiting(town)
    with database.write(town.container.engine) as session:
        version = town.enquiry(first).version
        triage.no_enquiry(session, town.container.robot, first, version=version, by=town.visitator, now=now())
        later = now() + claims.quiet(session)
        events.record(session, "viewed", by=town.visitator.email, now=later, enquiry_id=second, purpose="triage")
        assert claims.deciding(session, town.visitator, now=later - timedelta(seconds=5))
        assert not claims.deciding(session, town.visitator, now=later + timedelta(seconds=5))
        assert not claims.deciding(session, town.people[Role.MANAGER], now=now())
