"""What was never taken in is found and comes once, on each mail system."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app import database
from app.domain.actor import ROBOT
from app.models.enquiry import Enquiry, RawMail
from app.models.reconciliation import MissingMail
from app.models.unit import MailboxCursor
from app.services.inbound import reconciliation
from tests.mail_systems import dovecot_server, estate, mail_system, town
from tests.town import SHARED, Town, mail, now

__all__ = ["dovecot_server", "estate", "mail_system", "town"]
MAILS, LOST = 12, 3


def compared(town: Town) -> list[str]:
    """What the comparison finds missing."""
    with database.write(town.container.engine) as session:
        reconciliation.ask(session, SHARED, by=ROBOT, now=now())
    went_on(town)
    with database.read(town.container.engine) as session:
        return sorted(session.scalars(select(MissingMail.key).where(MissingMail.taken_at.is_(None))))


def went_on(town: Town) -> int:
    c = town.container
    return reconciliation.go_on(c.engine, c.gateway, secret=c.settings.secret_key, now=now)


@pytest.fixture
def lost(town: Town) -> list[str]:
    """Twelve mails, of which every fourth was never taken in: polling is beyond them already."""
    c = town.container
    for number in range(MAILS):
        raw = mail(f"Hul {number}", f"Et hul i vejen {number}", message_id=f"<{number}@borger.example.org>")
        town.gateway.deliver(SHARED, raw, received_at=now() - timedelta(hours=1))
    listed = c.gateway.new_messages(SHARED, None, limit=MAILS)
    keys = [ref.key for ref in listed.messages]
    with database.write(c.engine) as session:
        for key in keys:
            if key not in keys[::4]:
                of = RawMail(
                    address=SHARED,
                    folder="inbox",
                    key=key,
                    sha256=key[:64],
                    size=1,
                    content=b"x",
                    received_at=now(),
                    taken_at=now(),
                )
                session.add(of)
                session.flush()
                session.add(Enquiry(raw_mail_id=of.id, mailbox=SHARED, received_at=now(), due_on=now().date()))
        session.add(MailboxCursor(address=SHARED, folder="inbox", cursor=listed.cursor))
    return sorted(keys[::4])


def test_exactly_what_was_never_taken_is_missing_and_comes_once(town: Town, lost: list[str]) -> None:
    assert compared(town) == lost
    for taken in (LOST, 0):
        with database.write(town.container.engine) as session:
            reconciliation.ask_to_take(session, SHARED, by=ROBOT, now=now())
        assert went_on(town) == taken
    assert compared(town) == []
    with database.read(town.container.engine) as session:
        assert session.scalar(select(func.count()).select_from(Enquiry)) == MAILS
