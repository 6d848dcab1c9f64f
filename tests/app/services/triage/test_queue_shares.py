"""Two never meet on a mail: claims, lanes, presence, absence. Services with a real database."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from app import database
from app.domain import deadlines
from app.domain.access import Role
from app.domain.actor import Actor
from app.domain.enquiry import State
from app.errors import HeldError, RefusedError
from app.models.account import Account
from app.models.enquiry import Enquiry
from app.models.presence import Claim, Presence
from app.queries.triage import queue
from app.queries.triage.queue import QueueFilter
from app.services.platform import accounts, settings
from app.services.triage import claims, decisions, queue_shares, returns
from tests.town import PARK, Town, mail, now

MINUTE = timedelta(minutes=1)


@pytest.fixture
def bo(town: Town) -> Account:
    """A second visitator."""
    with database.write(town.container.engine) as session:
        made = accounts.create(
            session, email="bo@town.example.org", name="Bo Opfundet", role=Role.VISITATOR, password="secret-enough"
        )
        session.expunge(made)
    return made


def arrive(town: Town, *people: Account, at: datetime | None = None) -> None:
    with database.write(town.container.engine) as session:
        for person in people:
            queue_shares.arrive(session, person, now=at or now())


def share(town: Town, person: Account, *, at: datetime | None = None) -> set[int]:
    with database.read(town.container.engine) as session:
        return {
            row.id
            for row in queue.rows(session, queue_shares.queue_context(session, person, QueueFilter(), now=at or now()))
        }


def hold(town: Town, enquiry: int, person: Account, *, at: datetime | None = None) -> str:
    """Claim a mail; the name of whoever has it instead."""
    with database.write(town.container.engine) as session:
        other = claims.hold(session, session.get_one(Enquiry, enquiry), by=person.actor, now=at or now())
        return other.name if other else ""


def decide(town: Town, enquiry: int, person: Account) -> None:
    with database.write(town.container.engine) as session:
        version = session.get_one(Enquiry, enquiry).version
        decisions.route(
            session, town.container.robot, enquiry, town.units[PARK], version=version, by=person.actor, now=now()
        )  # fmt: skip


def test_a_mail_that_another_holds_is_not_decided(town: Town, bo: Account) -> None:
    (enquiry,) = town.receive(mail("Træ", "Træet er væltet"))
    assert hold(town, enquiry, town.visitator) == ""
    assert hold(town, enquiry, bo) == town.visitator.name
    with pytest.raises(HeldError):
        decide(town, enquiry, bo)
    assert town.enquiry(enquiry).state is State.TRIAGE
    decide(town, enquiry, town.visitator)
    with database.read(town.container.engine) as session:
        assert session.get(Claim, enquiry) is None


def test_taking_over_is_logged_and_silence_frees(town: Town, bo: Account) -> None:
    a, b = town.receive(mail("A", "aaa"), mail("B", "bbb"))
    hold(town, a, town.visitator)
    hold(town, b, town.visitator, at=now() - 6 * MINUTE)
    assert hold(town, b, bo) == ""
    with database.write(town.container.engine) as session:
        claims.take_over(session, a, by=bo.actor, now=now())
    assert "taken_over" in town.events(a)
    assert "taken_over" not in town.events(b)
    decide(town, a, bo)


def test_being_seen_keeps_a_claim_and_is_written_seldom(town: Town) -> None:
    (enquiry,) = town.receive(mail("A", "aaa"))
    start = now()
    arrive(town, town.visitator, at=start)
    hold(town, enquiry, town.visitator, at=start)
    arrive(town, town.visitator, at=start + timedelta(seconds=20))
    with database.read(town.container.engine) as session:
        assert session.get_one(Presence, town.visitator.id).seen_at == start
    arrive(town, town.visitator, at=start + 4 * MINUTE)
    with database.read(town.container.engine) as session:
        assert claims.standing(session, enquiry, now=start + 8 * MINUTE) is not None
        assert claims.standing(session, enquiry, now=start + 10 * MINUTE) is None


def test_lanes_are_shares_without_a_common_mail(town: Town, bo: Account) -> None:
    ids = set(town.receive(*(mail(f"Nr. {n}", f"Sag nummer {n} i dag") for n in range(12))))
    assert share(town, town.visitator) == ids  # alone: everything
    arrive(town, town.visitator, bo, town.people[Role.MANAGER])
    mine, bos = share(town, town.visitator), share(town, bo)
    assert mine | bos == ids
    assert not mine & bos
    assert share(town, town.people[Role.MANAGER]) == ids  # who only looks in has no lane
    with database.write(town.container.engine) as session:
        queue_shares.leave(session, bo.id, None, by=town.people[Role.MANAGER].actor, now=now())
    assert share(town, town.visitator) == ids
    assert share(town, town.visitator, at=now() + 6 * MINUTE) == ids


def test_an_empty_lane_helps_with_the_others(town: Town, bo: Account) -> None:
    arrive(town, town.visitator, bo)
    ids = town.receive(mail("A", "aaa"), mail("B", "bbb"), mail("C", "ccc"))
    for person in (town.visitator, bo):
        with database.read(town.container.engine) as session:
            context = queue_shares.queue_context(session, person, QueueFilter(only=()), now=now())
            assert queue.next_id(session, context) in ids


def test_absence_releases_passes_on_and_is_taken_back(town: Town, bo: Account) -> None:
    mine, held = town.receive(mail("A", "aaa"), mail("B", "bbb"))
    with database.write(town.container.engine) as session:
        session.get_one(Enquiry, mine).owner_id = bo.id
    hold(town, held, bo)
    today = deadlines.local_day(now())
    with database.write(town.container.engine) as session:
        queue_shares.leave(session, bo.id, today, by=town.people[Role.MANAGER].actor, now=now())
    manager = town.people[Role.MANAGER]
    assert town.enquiry(mine).owner_id == manager.id
    assert "owner_changed" in town.events(mine)
    assert hold(town, held, town.visitator) == ""
    with database.write(town.container.engine) as session:
        assert queue_shares.is_away(session, bo.id, today)
        assert not queue_shares.is_away(session, bo.id, today + timedelta(days=1))  # back by itself
        queue_shares.leave(session, manager.id, None, by=town.people[Role.ADMINISTRATOR].actor, now=now())
    assert town.enquiry(mine).owner_id is None  # nobody left to own it: everybody's
    with database.write(town.container.engine) as session:
        queue_shares.come_back(session, bo.id, by=bo.actor, now=now())
        assert not queue_shares.is_away(session, bo.id, today)
        with pytest.raises(RefusedError):
            queue_shares.leave(session, bo.id, today - timedelta(days=1), by=bo.actor, now=now())


def test_a_second_return_goes_to_nobody_who_is_away(town: Town) -> None:
    (enquiry,) = town.receive(mail("A", "aaa"))
    manager = town.people[Role.MANAGER]
    with database.write(town.container.engine) as session:
        queue_shares.leave(session, manager.id, None, by=manager.actor, now=now())
        session.get_one(Enquiry, enquiry).returns = 1
    decide(town, enquiry, town.visitator)
    with database.write(town.container.engine) as session:
        found = returns.returnable(session, returns.ReturnLink(enquiry, 1))
        returns.give_back(session, found, by=Actor("unit"), now=now())
    assert town.enquiry(enquiry).owner_id is None


def test_quiet_minutes_are_a_setting(town: Town, bo: Account) -> None:
    (enquiry,) = town.receive(mail("A", "aaa"))
    with database.write(town.container.engine) as session:
        queue_shares.set_claim_timeout(session, 1, by=bo.actor, now=now())
        assert settings.get(session, settings.QUIET_MINUTES) == 1
    hold(town, enquiry, bo, at=now() - 2 * MINUTE)
    assert hold(town, enquiry, town.visitator) == ""
    with database.read(town.container.engine) as session:
        assert session.scalars(select(Claim.account_id)).all() == [town.visitator.id]


def test_nobody_but_oneself_and_who_leads_says_that_somebody_is_away(town: Town, bo: Account) -> None:
    for by in (town.visitator, town.people[Role.CASEWORKER]):
        for other in (bo, town.people[Role.MANAGER], town.people[Role.ADMINISTRATOR]):
            with pytest.raises(RefusedError), database.write(town.container.engine) as session:
                queue_shares.leave(session, other.id, None, by=by.actor, now=now())
            with pytest.raises(RefusedError), database.write(town.container.engine) as session:
                queue_shares.come_back(session, other.id, by=by.actor, now=now())
    for by in (bo, town.people[Role.MANAGER], town.people[Role.ADMINISTRATOR]):
        with database.write(town.container.engine) as session:
            queue_shares.leave(session, bo.id, None, by=by.actor, now=now())
            queue_shares.come_back(session, bo.id, by=by.actor, now=now())
