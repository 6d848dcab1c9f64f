"""An acknowledgement that a mail server elsewhere gives back: its case hears of it, and nobody answers the bounce."""

from collections.abc import Iterator

import pytest
from sqlalchemy import select, update

from app import database
from app.domain.enquiry import State
from app.domain.recognition import SetAside
from app.models.enquiry import Enquiry
from app.models.unit import Mailbox
from app.workflow.worker import Worker
from tests.connectors.imap import needs_dovecot
from tests.mail_systems import DovecotMail, Joined, dovecot_server, estate, imap_settings, town
from tests.standins.dovecot import Estate
from tests.town import PARK, SHARED, Town, eventually, jobs_under_way, mail

__all__ = ["dovecot_server", "estate", "town"]
CITIZEN = "findes-ikke@borger.example.net"


@pytest.fixture
def mail_system(estate: Estate) -> Iterator[Joined]:
    """A mail server that sends by SMTP, where whoever sends chooses to whom a letter bounces."""
    server = DovecotMail(estate)
    yield imap_settings(estate), server
    server.close()


@pytest.fixture
def worker(town: Town) -> Iterator[Worker]:
    with database.write(town.container.engine) as session:
        session.execute(update(Mailbox).values(acknowledge=True))
    running = Worker(town.container)
    running.start()
    yield running
    running.stop()


@needs_dovecot
def test_it_reaches_its_case_and_is_not_answered(town: Town, worker: Worker, estate: Estate) -> None:
    relay = estate.server.relay
    relay.nobody.add(CITIZEN)
    town.gateway.deliver(SHARED, mail("B\u00e6nk", "B\u00e6nken i parken mangler", sender=CITIZEN))
    eventually(lambda: town.last_enquiry() and town.enquiry(town.last_enquiry()).state is State.TRIAGE)
    first = town.last_enquiry()
    town.decide(first, PARK)
    eventually(lambda: "bounced" in " ".join(town.events(first)))
    eventually(lambda: not jobs_under_way(town.container))
    with database.read(town.container.engine) as session:
        bounced = session.scalars(select(Enquiry).where(Enquiry.id > first)).one()
        assert (bounced.state, bounced.reason) == (State.SET_ASIDE, SetAside.BOUNCE)
    assert [each.sender for each in relay.outside] == [SHARED]
