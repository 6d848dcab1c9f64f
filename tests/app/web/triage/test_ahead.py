"""The next mail is kept for who decides; who only looks keeps the one they read and no other."""

import re
from dataclasses import replace
from datetime import timedelta
from unittest.mock import ANY

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from app import database
from app.domain.access import Role
from app.domain.events.enquiries import MailViewed
from app.models.account import Account
from app.models.enquiry import Enquiry
from app.models.presence import Claim
from app.queries.triage import queue
from app.queries.triage.queue import QueueFilter
from app.services.platform import accounts, events
from app.services.triage import claims, decisions, queue_shares
from tests.app.web.conftest import SignIn, csrf_token
from tests.town import PARK, Town, mail, now

AHEAD = "data-ahead"
LOOKING = [Role.VISITATOR, Role.MANAGER, Role.ADMINISTRATOR]


def waiting(town: Town) -> list[int]:
    return town.receive(*(mail(f"Træ {n}", f"Træ nummer {n} er væltet i parken") for n in range(4)))


def held(town: Town, person: Account) -> set[int]:
    with database.read(town.container.engine) as session:
        return set(session.scalars(select(Claim.enquiry_id).where(Claim.account_id == person.id)))


def post(client: FlaskClient, address: str, **form: object) -> TestResponse:
    """As the page's script sends it."""
    token = csrf_token(client, "/hjaelp/")
    return client.post(address, data={"csrf_token": token, **form}, headers={"HX-Request": "true"})


@pytest.mark.parametrize("role", LOOKING)
def test_who_only_looks_keeps_one_mail(town: Town, sign_in: SignIn, role: Role) -> None:
    first, second, *_ = waiting(town)
    client = sign_in(role)
    page = client.get(f"/visitering/{first}").text
    assert AHEAD not in page
    assert 'data-opened="this"' in page
    assert held(town, town.people[role]) == set()
    assert post(client, "/visitering/her", mail=first).status_code == 204
    assert post(client, f"/visitering/{first}/naeste").status_code == 204
    assert held(town, town.people[role]) == {first}
    assert post(client, "/visitering/her", mail=second).status_code == 204
    assert held(town, town.people[role]) == {second}


@pytest.fixture
def bo(town: Town) -> Account:
    """A second visitator."""
    with database.write(town.container.engine) as session:
        made = accounts.create(
            session, email="bo@town.example.org", name="Bo Opfundet", role=Role.VISITATOR, password="secret-enough"
        )
        session.expunge(made)
    return made


@pytest.mark.parametrize(("chosen", "shows"), [("", "Bo Opfundet ser på den"), ("1", "Træ")])
def test_who_opens_a_mail_second_is_told_or_given_the_next(
    town: Town, sign_in: SignIn, bo: Account, chosen: str, shows: str
) -> None:
    """Both have opened the same mail before either has claimed it: one gets it."""
    first, *others = waiting(town)
    client = sign_in(Role.VISITATOR)
    assert f'action="/visitering/{first}"' in client.get(f"/visitering/{first}").text
    with database.write(town.container.engine) as session:
        assert claims.hold(session, session.get_one(Enquiry, first), by=bo.actor, now=now()) is None
    answer = post(client, "/visitering/her", mail=first, naeste=chosen)
    assert answer.status_code == 200
    assert shows in answer.text
    assert f'action="/visitering/{first}"' not in answer.text
    assert held(town, bo) == {first}
    assert held(town, town.visitator) <= set(others)
    assert bool(held(town, town.visitator)) == bool(chosen)


def test_a_claim_that_comes_late_lets_nothing_go(town: Town, sign_in: SignIn) -> None:
    """The key was quicker than the page's word that the mail is read: what is claimed since stays."""
    first, *_ = waiting(town)
    client = sign_in(Role.VISITATOR)
    form = {"unit": town.units[PARK], "version": town.enquiry(first).version}
    assert post(client, f"/visitering/{first}", **form).status_code == 200
    (second,) = held(town, town.visitator)
    assert post(client, "/visitering/her", mail=first, naeste="1").status_code == 204
    assert held(town, town.visitator) == {second}


def test_what_is_no_mail_is_nobodys(town: Town, sign_in: SignIn) -> None:
    client = sign_in(Role.VISITATOR)
    for number in ("", "0", "-1", "4711", "x", "9" * 30):
        assert post(client, "/visitering/her", mail=number).status_code == 204
    assert held(town, town.visitator) == set()


def test_without_a_script_the_next_mail_is_kept_too(town: Town, sign_in: SignIn) -> None:
    first, *_ = waiting(town)
    client = sign_in(Role.VISITATOR)
    form = {"unit": town.units[PARK], "version": town.enquiry(first).version}
    token = csrf_token(client, f"/visitering/{first}")
    answer = client.post(f"/visitering/{first}", data={"csrf_token": token, **form})
    assert answer.status_code == 303
    (second,) = held(town, town.visitator)
    assert f'action="/visitering/{second}"' in client.get(answer.location).text


def test_who_opens_the_queue_has_a_share_of_it_at_once(town: Town, sign_in: SignIn, bo: Account) -> None:
    """Before anything is written down of them, so that two who come at the same time begin with different mails."""
    waiting(town)
    with database.write(town.container.engine) as session:
        queue_shares.arrive(session, bo, now=now())
    with database.read(town.container.engine) as session:
        before = queue_shares.queue_context(session, town.visitator, QueueFilter(), now=now())
    assert before.others == (bo.id,)
    client = sign_in(Role.VISITATOR)
    page = client.get("/visitering/").text
    assert post(client, "/visitering/her").status_code == 204
    with database.read(town.container.engine) as session:
        assert queue_shares.queue_context(session, town.visitator, QueueFilter(), now=now()) == replace(
            before, held_since=ANY
        )
        mine = {row.id for row in queue.rows(session, before)}
    assert {int(n) for n in re.findall(r'href="/visitering/(\d+)"', page)} == mine


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
    assert client.get(f"/visitering/{second}/naeste").status_code == 303
    assert held(town, town.people[role]) == {second}
    assert post(client, f"/visitering/{second}/naeste").status_code == 200
    assert len(held(town, town.people[role])) == 2


def test_a_decision_of_this_morning_keeps_nothing_in_the_afternoon(town: Town) -> None:
    first, second, *_ = waiting(town)
    with database.write(town.container.engine) as session:
        version = town.enquiry(first).version
        decisions.no_enquiry(session, town.container.robot, first, version=version, by=town.visitator.actor, now=now())
        later = now() + claims.claim_timeout(session)
        events.record(session, MailViewed(purpose="triage"), by=town.visitator.actor, now=later, enquiry_id=second)
        assert claims.deciding(session, town.visitator, now=later - timedelta(seconds=5))
        assert not claims.deciding(session, town.visitator, now=later + timedelta(seconds=5))
        assert not claims.deciding(session, town.people[Role.MANAGER], now=now())
