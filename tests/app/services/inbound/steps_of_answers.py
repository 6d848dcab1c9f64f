"""Answer as a unit does, and report what did not arrive."""

from collections.abc import Iterator

import pytest
from sqlalchemy import select

from app import database
from app.domain.enquiry import State
from app.models.label import Label
from app.models.unit import Mailbox
from app.workflow.worker import Worker
from tests.town import PARK, SHARED, UNITS, Town, eventually, look_for_answers

CITIZEN = "proeve@borger.example.org"
OURS = UNITS[PARK]
REPORT = """Return-Path: <>
From: Mail Delivery System <MAILER-DAEMON@mx.example.net>
To: {to}
Subject: Undelivered Mail Returned to Sender
Message-ID: <{id}@mx.example.net>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: text/plain

I could not deliver your message to {recipient}.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.net

Final-Recipient: rfc822; {recipient}
Action: {action}
Status: 5.1.1

--b
Content-Type: text/rfc822-headers

{returned}

--b--
"""


def report(
    *, to: str = SHARED, recipient: str = CITIZEN, returned: str = "Subject: x", action: str = "failed", id: str = "b"
) -> bytes:
    text = REPORT.format(to=to, recipient=recipient, returned=returned, action=action, id=id)
    return text.replace("\n", "\r\n").encode()


@pytest.fixture
def worker(town: Town) -> Iterator[Worker]:
    running = Worker(town.container)
    running.start()
    yield running
    running.stop()


@pytest.fixture
def park(town: Town) -> str:
    """The park's own mailbox, which citizens know."""
    with database.write(town.container.engine) as session:
        session.add(Mailbox(address=OURS, name=PARK, unit_id=town.units[PARK]))
    return OURS


def take(town: Town, raw: bytes, to: str = SHARED) -> int:
    """Deliver a mail and wait until it has its place."""
    before = town.last_enquiry()
    town.gateway.deliver(to, raw)
    eventually(lambda: town.last_enquiry() > before and town.enquiry(town.last_enquiry()).state is not State.RECEIVED)
    return town.last_enquiry()


def with_the_park(town: Town, raw: bytes, to: str = SHARED) -> int:
    """An enquiry that the park has."""
    enquiry = take(town, raw, to)
    if town.enquiry(enquiry).state is State.TRIAGE:
        town.decide(enquiry, PARK)
    eventually(lambda: "forwarded" in town.events(enquiry))
    return enquiry


def number_of(town: Town, enquiry: int) -> str:
    case_of = town.enquiry(enquiry).case
    assert case_of is not None
    return case_of.number


def looked(town: Town) -> None:
    """The unit's Sent has been looked through once more."""
    c = town.container
    while look_for_answers(c):
        pass


def labels(town: Town, enquiry: int) -> int:
    with database.read(town.container.engine) as session:
        return len(session.scalars(select(Label.id).where(Label.enquiry_id == enquiry)).all())
