"""The link in a forwarded mail: it ends with its routing, names nobody, and does not say for the unit that it was the unit."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app import database
from app.domain.access import Role
from app.domain.actor import Actor
from app.domain.enquiry import State
from app.domain.recognition import SetAside
from app.domain.routing import Mode
from app.models.case import Forward
from app.models.enquiry import Enquiry
from app.models.event import Event
from app.models.label import Label
from app.models.unit import Unit
from app.queries.learning import sampling
from app.services.learning import labels
from app.services.triage import decisions, returns
from tests.app.web.conftest import SignIn, csrf_token
from tests.town import PARK, ROAD, UNITS, Town, mail, now


@pytest.fixture
def stranger(sign_in: SignIn) -> FlaskClient:
    return sign_in(None)


@pytest.fixture
def routed(town: Town) -> int:
    (enquiry,) = town.receive(mail("Hul", "Hul i vejen"))
    town.decide(enquiry, PARK)
    with database.write(town.container.engine) as session:
        unit = town.units[PARK]
        session.add(Forward(message_id="<f@x>", enquiry_id=enquiry, routing_no=1, unit_id=unit, sent_at=now()))
    return enquiry


def link(town: Town, enquiry: int, routing_no: int = 1) -> str:
    return "/retur/" + returns.sign(returns.ReturnLink(enquiry, routing_no), town.container.settings.secret_key)


def press(client: FlaskClient, address: str, **form: object) -> int:
    token = csrf_token(client, "/log-ind")
    return client.post(address, data={"csrf_token": token, "reason": "other_unit", **form}).status_code


def label(town: Town, enquiry: int) -> Label | None:
    with database.read(town.container.engine) as session:
        return labels.standing(session, enquiry)


def change(town: Town, enquiry: int, **values: object) -> None:
    with database.write(town.container.engine) as session:
        for name, value in values.items():
            setattr(session.get_one(Enquiry, enquiry), name, value)


def send_back_and_to(town: Town, enquiry: int, unit: str) -> None:
    with database.write(town.container.engine) as session:
        returns.give_back(session, session.get_one(Enquiry, enquiry), by=Actor(UNITS[PARK]), now=now())
    town.decide(enquiry, unit)


def reorganise(town: Town, enquiry: int) -> None:
    """Another unit has taken over what this one had."""
    change(town, enquiry, unit_id=town.units[ROAD])


ENDED: dict[str, Callable[[Town, int], None]] = {
    "answered": lambda town, n: change(town, n, state=State.ANSWERED),
    "closed": lambda town, n: change(town, n, state=State.CLOSED),
    "returned": lambda town, n: change(town, n, state=State.TRIAGE),
    "sent elsewhere": lambda town, n: send_back_and_to(town, n, ROAD),
    "sent there again": lambda town, n: send_back_and_to(town, n, PARK),
    "reorganised": reorganise,
    "merged": lambda town, n: change(town, n, routing_no=2),
    "set aside": lambda town, n: change(town, n, state=State.SET_ASIDE),
    "decided by its owner": lambda town, n: change(town, n, returns=2),
    "too old": lambda town, n: change(town, n, routed_at=now() - timedelta(days=91)),
}


@pytest.mark.parametrize("how", ENDED)
def test_the_link_ends_with_its_routing(town: Town, stranger: FlaskClient, routed: int, how: str) -> None:
    address = link(town, routed)
    assert stranger.get(address).status_code == 200
    ENDED[how](town, routed)
    state, standing = town.enquiry(routed).state, label(town, routed)
    for answer in (stranger.get(address), stranger.head(address)):
        assert answer.status_code == 410
    assert "Linket gælder ikke længere" in stranger.get(address).text
    assert '<form method="post" class="form"' not in stranger.get(address).text
    assert press(stranger, address) == 410
    assert town.enquiry(routed).state is state
    after = label(town, routed)
    assert (after and after.id) == (standing and standing.id)


def test_a_day_before_its_end_it_works(town: Town, stranger: FlaskClient, routed: int) -> None:
    change(town, routed, routed_at=now() - timedelta(days=89))
    assert press(stranger, link(town, routed)) == 200
    assert town.enquiry(routed).state is State.TRIAGE


def test_whoever_has_the_link_learns_and_says_nothing_of_units(town: Town, stranger: FlaskClient, routed: int) -> None:
    page = stranger.get(link(town, routed)).text
    for name, address in UNITS.items():
        assert name not in page
        assert address not in page
    assert "Hul" not in page
    assert press(stranger, link(town, routed), belongs=town.units[ROAD], why="Vejs") == 200
    with database.read(town.container.engine) as session:
        event = session.scalars(select(Event).where(Event.kind == "returned")).one()
    assert event.by == "link"
    assert event.data["unit_id"] == town.units[PARK]
    assert event.data["belongs_id"] is None


def test_what_a_person_taught_stands_until_a_person_has_looked(
    town: Town, stranger: FlaskClient, sign_in: SignIn, routed: int
) -> None:
    taught = label(town, routed)
    assert taught is not None
    assert press(stranger, link(town, routed)) == 200
    after = label(town, routed)
    assert after is not None
    assert after.id == taught.id
    page = sign_in(Role.VISITATOR).get(f"/visitering/{routed}").text
    assert "Sendt retur fra Park med linket i mailen" in page
    town.decide(routed, ROAD)
    final = label(town, routed)
    assert final is not None
    assert (final.unit_id, final.source) == (town.units[ROAD], "returned")
    with database.read(town.container.engine) as session:
        assert session.scalars(select(Label.revokes_id).where(Label.revokes_id.is_not(None))).all() == [taught.id]


def test_any_decision_takes_the_old_label_back(town: Town, stranger: FlaskClient, routed: int) -> None:
    """Also one that teaches nothing itself: the mail was not that unit's."""
    assert press(stranger, link(town, routed)) == 200
    with database.write(town.container.engine) as session:
        version, reason = session.get_one(Enquiry, routed).version, SetAside.NOT_OURS
        decisions.dismiss(
            session, town.container.robot, routed, reason, version=version, by=town.visitator.actor, now=now()
        )
    assert label(town, routed) is None


def test_strangers_trip_no_breaker(town: Town, stranger: FlaskClient) -> None:
    """The robot's routes that come back by links count as errors only when somebody we know has decided them anew."""
    town.teach_history()
    town.automatic()
    ids = town.receive(*(mail(f"Træ {n}", f"Et træ er væltet i parken, nummer {n}") for n in range(6)))
    assert all(town.enquiry(n).automatic for n in ids)
    for n in ids:
        assert press(stranger, link(town, n)) == 200
    with database.read(town.container.engine) as session:
        assert sampling.outcomes(session, {}, since=now() - timedelta(days=1)) == []
        assert session.scalars(select(Unit.mode).distinct()).all() == [Mode.AUTOMATIC]
    town.decide(ids[0], ROAD)
    with database.read(town.container.engine) as session:
        (known,) = sampling.outcomes(session, {}, since=now() - timedelta(days=1))
    assert (known.enquiry_id, known.right) == (ids[0], False)
