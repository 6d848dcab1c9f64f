"""A return says why and whose it may be: a hint to whoever decides next, and nothing that is learned."""

import pytest
from sqlalchemy import func, select

from app import database
from app.domain.actor import Actor
from app.domain.enquiry import State
from app.domain.returning import ReturnReason
from app.errors import NotFoundError
from app.models.enquiry import Enquiry
from app.models.label import Label
from app.models.unit import Unit
from app.queries.triage import suggestion_list
from app.services.triage import decisions, returns
from tests.town import PARK, ROAD, WASTE, Town, mail, now


@pytest.fixture
def at_park(town: Town) -> int:
    (enquiry,) = town.receive(mail("Hul", "Hul i vejen"))
    with database.write(town.container.engine) as session:
        version, robot = town.enquiry(enquiry).version, town.container.robot
        decisions.route(session, robot, enquiry, town.units[PARK], version=version, by=town.visitator.actor, now=now())
    return enquiry


def give_back(town: Town, enquiry: int, belongs_id: int | None) -> None:
    with database.write(town.container.engine) as session:
        returns.give_back(
            session, session.get_one(Enquiry, enquiry), by=Actor("park@town.example.org"), now=now(), why=" Se nr. 4 ",
            reason=ReturnReason.OTHER_UNIT, belongs_id=belongs_id,
        )  # fmt: skip


def test_the_visitator_is_told_why_and_whose_it_may_be(town: Town, at_park: int) -> None:
    give_back(town, at_park, town.units[ROAD])
    with database.read(town.container.engine) as session:
        (said,) = suggestion_list.refusals(session, at_park)
        labels = session.scalar(select(func.count(Label.id)).where(Label.revokes_id.is_(None)))
    assert (said.unit, said.reason, said.belongs, said.why) == (PARK, "other_unit", ROAD, "Se nr. 4")
    assert town.enquiry(at_park).state is State.TRIAGE
    assert labels == 1  # the visitator's own, which is revoked; the hint is none


def test_to_name_oneself_names_nobody(town: Town, at_park: int) -> None:
    give_back(town, at_park, town.units[PARK])
    with database.read(town.container.engine) as session:
        assert suggestion_list.refusals(session, at_park)[0].belongs == ""


@pytest.mark.parametrize("closed", [True, False])
def test_only_a_unit_that_takes_mails_can_be_named(town: Town, at_park: int, closed: bool) -> None:
    with database.write(town.container.engine) as session:
        session.get_one(Unit, town.units[WASTE]).closed = True
    with pytest.raises(NotFoundError):
        give_back(town, at_park, town.units[WASTE] if closed else 999)
    assert town.enquiry(at_park).state is State.ROUTED


def test_no_identity_goes_into_the_log(town: Town, at_park: int) -> None:
    """What a unit types is kept in a log that nobody can erase."""
    with database.write(town.container.engine) as session:
        returns.give_back(
            session, session.get_one(Enquiry, at_park), by=Actor("park@town.example.org"), now=now(),
            why="Cpr 010280-1234, bo@borger.example.org, tlf. 20 30 40 50, hører til Vej",
        )  # fmt: skip
    with database.read(town.container.engine) as session:
        (said,) = suggestion_list.refusals(session, at_park)
    assert said.why == "Cpr [cpr], [email], tlf. [phone], hører til Vej"
