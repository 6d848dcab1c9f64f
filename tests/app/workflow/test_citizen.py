"""Draft, receipt and interim reply go to the citizen; an address that cannot be reached ends with a human being told."""

from collections.abc import Iterator
from email import message_from_bytes
from email.message import Message

import pytest
from sqlalchemy import select

from app import database
from app.domain.access import Role
from app.domain.actor import Actor
from app.domain.enquiry import State
from app.errors import RefusedError
from app.models.case import InterimReply, Reply
from app.models.enquiry import Enquiry
from app.models.unit import Mailbox
from app.queries.casework import unreachable_citizens
from app.services.casework import acknowledging, enquiry_deadlines
from app.services.inbound import citizens, form_senders
from app.workflow.worker import Worker
from connectors.mail.folder.gateway import FolderGateway
from connectors.mail.message import Folder
from connectors.mail.reading.mime import parse
from tests.forms import BO, FIELDS, FORM, raw
from tests.town import PARK, SHARED, UNITS, Town, eventually, mail, now

SOREN = "From: Søren Tænksom <søren@borger.example.org>"


@pytest.fixture
def worker(town: Town) -> Iterator[Worker]:
    with database.write(town.container.engine) as session:
        mailbox = session.scalars(select(Mailbox)).one()
        acknowledging.switch(session, mailbox.id, on=True, by=Actor("admin"), now=now())
    running = Worker(town.container)
    running.start()
    yield running
    running.stop()


@pytest.fixture
def without_smtputf8(town: Town) -> None:
    """Such a server as most are: it carries addresses in plain letters only."""
    gateway = FolderGateway(town.container.settings.mail_root, smtputf8=False)
    town.container.gateway = town.gateway = gateway


def idle(town: Town) -> None:
    eventually(lambda: all(work.ended for work in town.container.robot.jobs()))


def routed(town: Town, content: bytes) -> int:
    """Deliver a mail, send it to Park, and see everything done that follows from it."""
    before = town.last_enquiry()
    town.gateway.deliver(SHARED, content)
    eventually(lambda: town.last_enquiry() > before and town.enquiry(town.last_enquiry()).state is State.TRIAGE)
    enquiry = town.last_enquiry()
    town.decide(enquiry)
    eventually(lambda: "forwarded" in town.events(enquiry))
    idle(town)
    return enquiry


def lying(town: Town, mailbox: str, folder: Folder) -> list[bytes]:
    refs = town.gateway.new_messages(mailbox, None, folder=folder).messages
    return [town.gateway.raw(mailbox, ref.key, folder=folder) for ref in refs]


def recipients(town: Town, mailbox: str, folder: Folder) -> list[tuple[str, ...]]:
    return [parse(each).recipients for each in lying(town, mailbox, folder)]


def receipts(town: Town) -> list[Message]:
    found = [message_from_bytes(each) for each in lying(town, SHARED, Folder.SENT)]
    return [each for each in found if each["To"] not in UNITS.values()]


def answer(town: Town, enquiry: int, to: str) -> None:
    number = town.enquiry(enquiry).case.number
    head = f"From: {UNITS[PARK]}\r\nTo: {to}"
    content = f"{head}\r\nSubject: SV: Træet [{number}]\r\nMessage-ID: <svar-{to}>\r\n\r\nDet er lavet.\r\n"
    town.gateway.add_sent(UNITS[PARK], content.encode())


@pytest.mark.parametrize(("head", "citizen", "wire"), [
    (SOREN, "søren@borger.example.org", "søren@borger.example.org"),
    ("From: anna@blåbær.example.org", "anna@blåbær.example.org", "anna@xn--blbr-roah.example.org"),
    (f"From: {FORM}\r\nReply-To: {BO}", "bo@borger.example.org", "bo@borger.example.org"),
    ("Sender: Lis <lis@borger.example.org>", "lis@borger.example.org", "lis@borger.example.org"),
])  # fmt: skip
def test_all_letters_go_to_the_citizen_and_only_an_answer_there_counts(
    town: Town, worker: Worker, head: str, citizen: str, wire: str
) -> None:
    enquiry = routed(town, raw(f"{head}\r\nMessage-ID: <x@borger.example.org>"))
    assert recipients(town, UNITS[PARK], Folder.DRAFTS) == [(citizen,)]
    (receipt,) = receipts(town)
    assert f"To: {wire}".encode() in b"\n".join(lying(town, SHARED, Folder.SENT))
    assert receipt["In-Reply-To"] == "<x@borger.example.org>"
    answer(town, enquiry, "ren@borger.example.org")
    answer(town, enquiry, citizen.upper() if citizen.isascii() else citizen)
    eventually(lambda: town.enquiry(enquiry).state is State.CLOSED)
    with database.read(town.container.engine) as session:
        assert len(session.scalars(select(Reply)).all()) == 1


def test_an_answer_to_the_form_is_no_answer(town: Town, worker: Worker) -> None:
    enquiry = routed(town, raw(f"From: {FORM}\r\nReply-To: {BO}"))
    answer(town, enquiry, "ingen-svar@formular.example.org")
    answer(town, routed(town, raw("From: lis@borger.example.org", "Noget andet.")), "lis@borger.example.org")
    eventually(lambda: town.enquiry(enquiry + 1).state is State.CLOSED)
    assert town.enquiry(enquiry).state is State.ROUTED


@pytest.mark.parametrize("confirmed", [False, True])
def test_an_address_that_was_merely_typed_gets_no_receipt(town: Town, worker: Worker, *, confirmed: bool) -> None:
    with database.write(town.container.engine) as session:
        form_senders.save(session, None, FIELDS | {"confirmed": confirmed}, by=Actor("admin"), now=now())
    routed(town, raw(f"From: {FORM}", "Navn: Køb nu\nE-mail: offer@borger.example.org", "Se http://x.example.org"))
    assert recipients(town, UNITS[PARK], Folder.DRAFTS) == [("offer@borger.example.org",)]
    assert len(receipts(town)) == confirmed
    sent = b"".join(each.as_bytes() for each in receipts(town))
    assert b"x.example.org" not in sent
    assert b"K=C3=B8b" not in sent


def test_a_corrected_address_gets_a_draft_of_its_own(town: Town, worker: Worker) -> None:
    enquiry = routed(town, raw(f"From: {BO}"))
    c = town.container
    for address in ("bø@borger.example.org", "bø@borger.example.org", "bo2@borger.example.org"):
        with database.write(c.engine) as session:
            citizens.correct(session, c.robot, enquiry, address, "Bø", by=town.people[Role.CASEWORKER].actor, now=now())
        idle(town)
    assert recipients(town, UNITS[PARK], Folder.DRAFTS) == [
        ("bo@borger.example.org",), ("bø@borger.example.org",), ("bo2@borger.example.org",),
    ]  # fmt: skip
    answer(town, enquiry, "bo2@borger.example.org")
    eventually(lambda: town.enquiry(enquiry).state is State.CLOSED)


def test_a_receipt_that_cannot_be_carried_is_told_and_not_tried_for_ever(
    without_smtputf8: None, town: Town, worker: Worker
) -> None:
    enquiry = routed(town, raw(SOREN))
    idle(town)
    assert town.events(enquiry).count("citizen_unreachable") == 1
    assert "acknowledged" not in town.events(enquiry)
    assert receipts(town) == []
    assert town.container.robot.jobs(failed=True) == []
    assert recipients(town, UNITS[PARK], Folder.DRAFTS) == [("søren@borger.example.org",)]
    inbox = [parse(each).subject for each in lying(town, UNITS[PARK], Folder.INBOX)]
    assert [each for each in inbox if "Kvitteringen nåede ikke frem" in each]
    with database.read(town.container.engine) as session:
        assert unreachable_citizens.unreachable(session, enquiry)


def test_an_interim_reply_that_cannot_be_carried_stops_no_deadline(
    without_smtputf8: None, town: Town, worker: Worker
) -> None:
    with database.write(town.container.engine) as session:
        mailbox = session.scalars(select(Mailbox)).one()
        acknowledging.switch(session, mailbox.id, on=False, by=Actor("admin"), now=now())
    enquiry, c, by = routed(town, raw(SOREN)), town.container, town.people[Role.CASEWORKER]

    def interim() -> None:
        with database.write(c.engine) as session:
            row = session.get_one(Enquiry, enquiry)
            enquiry_deadlines.send_interim(
                session,
                c.robot,
                row,
                "Karla Sagsby har sagen.",
                caseworker="Karla Sagsby",
                by=by.actor,
                secret="s",
                now=now(),
            )
        idle(town)

    interim()
    eventually(lambda: "citizen_unreachable" in town.events(enquiry))
    assert town.enquiry(enquiry).feedback_at is None
    with database.read(c.engine) as session:
        assert session.get(InterimReply, enquiry) is None
    with pytest.raises(RefusedError, match="citizen_unreachable"):
        interim()
    with database.write(c.engine) as session:
        citizens.correct(session, c.robot, enquiry, "soren@borger.example.org", "Søren", by=by.actor, now=now())
    interim()
    eventually(lambda: "interim_sent" in town.events(enquiry))
    assert ("soren@borger.example.org",) in recipients(town, UNITS[PARK], Folder.SENT)


def test_a_domain_in_its_own_letters_is_carried_by_any_server(
    without_smtputf8: None, town: Town, worker: Worker
) -> None:
    enquiry = routed(town, raw("From: anna@blåbær.example.org"))
    assert "acknowledged" in town.events(enquiry)


def test_a_plain_mail_is_as_before(town: Town, worker: Worker) -> None:
    routed(town, mail("Bænk", "Bænken er væk"))
    (receipt,) = receipts(town)
    assert receipt["Subject"].startswith("Kvittering: =?utf-8?")
    assert receipt["To"] == "proeve@borger.example.org"
