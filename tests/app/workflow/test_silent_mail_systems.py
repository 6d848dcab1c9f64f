"""Several mail systems, one of which does not answer: its letters wait, all others leave."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app import database
from app.config import Settings
from app.domain.actor import Actor
from app.domain.job import JobState
from app.mail_settings import FolderSystem
from app.models.case import HeldWork
from app.models.job import Circuit
from app.models.unit import Unit
from app.services.organisation import added_mail_systems, organisation_units
from app.services.platform import circuits
from connectors.mail.gateway import MailGateway
from connectors.mail.systems import MailSystems
from tests.app.web.conftest import csrf_token
from tests.app.workflow.test_outside_systems import Outage, World, administrator, page_of, requests_of, world
from tests.town import PARK, ROAD, UNITS, mail, now

__all__ = ["world"]
BY = Actor("admin@town.example.org")
NEW = circuits.of_mail("new")
JOBS = 5


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"mail_systems": {"new": FolderSystem(root=None)}})


@pytest.fixture
def new(world: World) -> Outage:
    """The new mail system, which does not answer. Park has moved there."""
    town = world.town
    c = town.container
    with database.write(c.engine) as session:
        found = session.get_one(Unit, town.units[PARK])
        line = replace(organisation_units.line_of(session, found), mail_system="new")
        organisation_units.save_unit(session, found.id, line, by=BY, now=now())
    c.gateway = world.mail._inner
    c.gateway.create_mailbox(UNITS[PARK])
    systems = c.gateway._systems
    outage = Outage(systems()["new"])
    outage.down = True

    def with_outage() -> dict[str, MailGateway]:
        return dict(systems()) | {"new": outage}

    c.gateway = MailSystems(with_outage, c.gateway._system_of)
    return outage


def decide(world: World, unit: str, jobs: int) -> None:
    first = world.town.last_enquiry()
    mails = [mail(f"Nr. {n}", f"Noget om nummer {n}") for n in range(first, first + jobs)]
    for enquiry in world.town.receive(*mails):
        world.town.decide(enquiry, unit)
    world.rest()


def test_one_that_is_silent_stops_no_other(world: World, new: Outage) -> None:
    decide(world, PARK, JOBS)
    assert world.states() == {JobState.WAITING: JOBS}
    assert (world.circuit(circuits.MAIL), world.circuit(NEW) is not None) == (None, True)
    decide(world, ROAD, JOBS)
    assert world.states() == {JobState.WAITING: JOBS, JobState.DONE: JOBS}
    new.down = False
    world.after(600)
    world.finish()
    assert world.states() == {JobState.DONE: 2 * JOBS}
    assert world.circuit(NEW) is None


def test_each_is_shown_and_tried_on_both_pages(world: World, new: Outage) -> None:
    decide(world, PARK, JOBS)
    client = administrator(world.town)
    for address, source in (("/robot/", "robot"), ("/postkasser/", "postkasser")):
        page = " ".join(client.get(address).text.split())
        assert "Mailsystemet new" in page
        assert f'action="/robot/system/{NEW}/proev"' in page.replace("%3A", ":")
        assert f'name="fra" value="{source}"' in page
    token = csrf_token(client, "/konto/")
    sent = {"csrf_token": token, "fra": "postkasser"}
    assert client.post("/robot/system/mail:old/proev", data=sent).status_code == 404
    answer = client.post(f"/robot/system/{NEW}/proev", data=sent)
    assert (answer.status_code, answer.location) == (303, "/postkasser/")
    assert "Mailsystemet new: Robotten prøver igen ved første lejlighed." in client.get("/postkasser/").text
    assert requests_of(world) == [("administrator@town.example.org", {"system": NEW})]
    asked = len(new.asked)
    world.after(0)
    assert len(new.asked) == asked + 1
    assert "Prøv nu" in page_of(client)


def test_what_nobody_waits_for_any_more_is_no_longer_silent(world: World, new: Outage) -> None:
    decide(world, PARK, JOBS)
    c = world.town.container
    with database.write(c.engine) as session:
        session.query(HeldWork).delete()
    world.after(600)
    assert world.circuit(NEW) is None


def test_a_mail_system_that_is_removed_takes_its_circuit_with_it(world: World) -> None:
    c = world.town.container
    with database.write(c.engine) as session:
        added_mail_systems.save(session, "old", FolderSystem(root=None), c.settings.home, by=BY, now=now())
        session.add(
            Circuit(
                system=circuits.of_mail("old"), failures=3, last_job="", failing_since=now(), opened_at=now(), pauses=1,
                next_try_at=now() + timedelta(hours=1), reason="svarer ikke", probe=None,
            )
        )  # fmt: skip
    with database.write(c.engine) as session:
        added_mail_systems.remove(session, "old", by=BY, now=now())
    assert world.circuit(circuits.of_mail("old")) is None
