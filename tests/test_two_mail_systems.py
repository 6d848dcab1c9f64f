"""The way of a mail in a municipality that is in the middle of a migration: two mail systems at once."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import func, select

from app import database
from app.config import Settings
from app.domain.actor import Actor
from app.domain.enquiry import State
from app.mail_settings import FolderSystem
from app.models.case import Reply
from app.models.enquiry import Enquiry
from app.models.unit import Mailbox, Unit
from app.services.organisation import organisation_units
from app.workflow.worker import Worker
from connectors.mail.folder.gateway import FolderGateway
from connectors.mail.message import Folder
from tests.town import PARK, ROAD, SHARED, UNITS, Town, eventually, mail, now

NEWER = "ny@town.example.org"
BY = Actor("admin@town.example.org")


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"mail_systems": {"new": FolderSystem(root=None)}})


@pytest.fixture
def there(town: Town) -> FolderGateway:
    """The new system. Park has moved there, and so has a second shared mailbox; all else is where it was."""
    gateway = FolderGateway(town.container.settings.home / "postkasser-new")
    move(town, PARK)
    with database.write(town.container.engine) as session:
        organisation_units.save_mailbox(session, None, NEWER, "Ny", None, "new", by=BY, now=now())
    town.container.gateway.create_mailbox(NEWER)
    return gateway


def move(town: Town, unit: str, system: str = "new") -> None:
    with database.write(town.container.engine) as session:
        found = session.get_one(Unit, town.units[unit])
        line = replace(organisation_units.line_of(session, found), mail_system=system)
        organisation_units.save_unit(session, found.id, line, by=BY, now=now())
    town.container.gateway.create_mailbox(UNITS[unit])


def move_shared(town: Town, system: str) -> None:
    with database.write(town.container.engine) as session:
        row = session.scalars(select(Mailbox).where(Mailbox.address == SHARED)).one()
        organisation_units.save_mailbox(session, row.id, SHARED, row.name, None, system, by=BY, now=now())
    town.container.gateway.create_mailbox(SHARED)


def enquiries(town: Town) -> list[str]:
    with database.read(town.container.engine) as session:
        return sorted(session.scalars(select(Enquiry.subject)))


def count_of(town: Town, where: FolderGateway, address: str, folder: Folder = Folder.INBOX) -> int:
    return len(where.new_messages(address, None, folder=folder).messages)


@pytest.fixture
def worker(town: Town, there: FolderGateway) -> Iterator[Worker]:
    running = Worker(town.container)
    running.start()
    yield running
    running.stop()


@pytest.mark.parametrize("unit", [PARK, ROAD])
@pytest.mark.parametrize("shared", [SHARED, NEWER])
def test_a_mail_goes_its_way_across_both(
    town: Town, there: FolderGateway, worker: Worker, shared: str, unit: str
) -> None:
    here = town.gateway
    comes_to, answers_from = there if shared == NEWER else here, there if unit == PARK else here
    comes_to.deliver(shared, mail("Væltet træ", "Et træ er væltet.", to=shared))
    eventually(lambda: town.last_enquiry() and town.enquiry(town.last_enquiry()).state is State.TRIAGE)
    enquiry = town.enquiry(town.last_enquiry())
    assert enquiry.mailbox == shared

    # The forward leaves from where the mail came to, and lies where the unit reads.
    town.decide(enquiry.id, unit)
    eventually(lambda: "forwarded" in town.events(enquiry.id))
    assert count_of(town, comes_to, shared, Folder.SENT) == 1
    assert count_of(town, answers_from, UNITS[unit]) == 1
    assert count_of(town, answers_from, UNITS[unit], Folder.DRAFTS) == 1

    # The answer is found in the unit's own system.
    answer = mail(
        f"SV: {enquiry.subject}", "Vi fjerner det.", sender=UNITS[unit], to=enquiry.sender_address,
        message_id="<answer@town.example.org>", in_reply_to=enquiry.message_id or "",
    )  # fmt: skip
    answers_from.add_sent(UNITS[unit], answer)
    eventually(lambda: town.enquiry(enquiry.id).state is State.CLOSED)


def test_a_shared_mailbox_moves_and_nothing_is_lost_or_comes_twice(town: Town, there: FolderGateway) -> None:
    first, second, third, fourth = (mail(f"Mail {n}", f"Noget om sag {n * 'x'}") for n in range(1, 5))
    town.receive(first)
    town.gateway.deliver(SHARED, second)  # nobody has looked since
    move_shared(town, "new")
    there.deliver(SHARED, first)  # the migration copies what lay there
    there.deliver(SHARED, third)
    town.take_in()
    assert enquiries(town) == ["Mail 1", "Mail 2", "Mail 3"]
    town.gateway.deliver(SHARED, fourth)  # somebody's server knows the old place still
    there.deliver(SHARED, second)
    town.take_in()
    move_shared(town, "")
    town.take_in()
    assert enquiries(town) == ["Mail 1", "Mail 2", "Mail 3", "Mail 4"]
    unread = [each for where in (town.gateway, there) for each in (where._path(SHARED) / "new").iterdir()]
    assert {each.read_bytes() for each in unread} == {first, second}, "only the copies were never marked as taken"


def test_a_unit_moves_with_its_answers_and_each_counts_once(town: Town, there: FolderGateway, worker: Worker) -> None:
    town.gateway.deliver(SHARED, mail("Hul i vejen", "Der er et hul."))
    eventually(lambda: town.last_enquiry() and town.enquiry(town.last_enquiry()).state is State.TRIAGE)
    enquiry = town.enquiry(town.last_enquiry())
    town.decide(enquiry.id, ROAD)
    eventually(lambda: "forwarded" in town.events(enquiry.id))
    answer = mail(
        "SV: Hul i vejen", "Det er lappet.", sender=UNITS[ROAD], to=enquiry.sender_address,
        message_id="<answer@town.example.org>", in_reply_to=enquiry.message_id or "",
    )  # fmt: skip
    town.gateway.add_sent(UNITS[ROAD], answer)
    eventually(lambda: town.enquiry(enquiry.id).state is State.CLOSED)
    move(town, ROAD)
    there.add_sent(UNITS[ROAD], answer)
    town.gateway.deliver(SHARED, mail("Endnu et hul", "Her er et andet hul."))
    eventually(lambda: town.last_enquiry() > enquiry.id and town.enquiry(town.last_enquiry()).state is State.TRIAGE)
    other = town.enquiry(town.last_enquiry())
    town.decide(other.id, ROAD)
    eventually(lambda: "forwarded" in town.events(other.id))
    second = mail(
        "SV: Endnu et hul", "Også lappet.", sender=UNITS[ROAD], to=other.sender_address,
        message_id="<answer-2@town.example.org>", in_reply_to=other.message_id or "",
    )  # fmt: skip
    there.add_sent(UNITS[ROAD], second)
    eventually(lambda: town.enquiry(other.id).state is State.CLOSED)
    with database.read(town.container.engine) as session:
        assert session.scalar(select(func.count()).select_from(Reply)) == 2
        assert session.scalar(select(func.count()).select_from(Enquiry)) == 2
    assert town.events(enquiry.id).count("answered") == 1
