"""A CPR number in a mail's subject or in the name of its file stands in no subject, title or file name that goes anywhere."""

import json
import re
import unicodedata
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from sqlalchemy import inspect, select, text

from app import database
from app.domain.access import Role
from app.domain.actor import Actor
from app.models.authority import Authority
from app.models.enquiry import Enquiry
from app.models.event import Event
from app.models.unit import Mailbox
from app.services.casework import acknowledging, enquiry_deadlines
from app.services.organisation import authorities
from app.services.organisation.authorities import AuthorityLine
from app.services.triage import referring, undoing
from app.workflow.worker import Worker
from connectors.mail.message import Folder
from tests.town import PARK, SHARED, UNITS, Town, eventually, mail, now

FORMS = (
    "010180-9876", "0101809876", "010180 9876", "010180.9876", "010180/9876", "01.01.80-9876", "01-01-80-9876", "01 01 80-9876",
    "01 01 80 9876", "01-01-1980-9876", "０１０１８０－９８７６", "010180\u20119876", "0101\u200b80-9876", "CPR010180-9876",
    "010180 (9876)", "0101-80-9876", "0101 809876", "1980-01-01-9876", "010180 - - 9876", "010180;9876",
)  # fmt: skip
NUMBER = re.compile(r"(?:0\W?1\W{0,2}0\W?1\W{0,2}(?:19)?80|1980-01-01)\W{0,5}9876")
"""The number however it is broken; its last digits alone stand in many a checksum."""
HOLDERS = {"raw_mail", "enquiry", "attachment", "search_index", "search_index_content", "search_index_data"}
"""Tables that hold a citizen's words; nothing but pages that log each look shows them."""


@pytest.fixture
def worker(town: Town) -> Iterator[Worker]:
    with database.write(town.container.engine) as session:
        acknowledging.switch(session, session.scalars(select(Mailbox)).one().id, on=True, by=Actor("admin"), now=now())
        authorities.save(
            session, None, AuthorityLine("Nabostrup", "post@nabo.example.org", "Alt"), by=Actor("admin"), now=now()
        )
    running = Worker(town.container)
    running.start()
    yield running
    running.stop()


def tells(said: object) -> bool:
    return NUMBER.search(unicodedata.normalize("NFKC", str(said))) is not None


def written(form: str, n: int) -> bytes:
    message = message_from_bytes(
        mail(f"Min sag {form} om affald {n}", f"Hvornår hentes affaldet? {n}"), policy=policy.SMTP
    )
    assert isinstance(message, EmailMessage)
    message.add_attachment(b"x", maintype="image", subtype="png", filename=f"attest {form}.png".replace("/", "_"))
    return message.as_bytes()


def letters(town: Town) -> Iterator[EmailMessage]:
    """Everything that the robot has put into a mailbox."""
    for address in (SHARED, *UNITS.values()):
        for folder in Folder:
            for ref in town.gateway.new_messages(address, None, folder=folder).messages:
                found = message_from_bytes(town.gateway.raw(address, ref.key, folder=folder), policy=policy.default)
                assert isinstance(found, EmailMessage)
                if found["From"] and "borger" not in found["From"]:
                    yield found


def interim(town: Town, enquiry_id: int) -> None:
    with database.write(town.container.engine) as session:
        enquiry = session.get_one(Enquiry, enquiry_id)
        words = enquiry_deadlines.interim_text(session, enquiry, "Karla Sagsby", now=now())
        enquiry_deadlines.send_interim(
            session, town.container.robot, enquiry, words, caseworker="Karla Sagsby", by=town.people[Role.CASEWORKER].actor,
            secret="s", now=now(),
        )  # fmt: skip


def refer(town: Town, enquiry_id: int) -> None:
    with database.write(town.container.engine) as session:
        authority = session.scalars(select(Authority)).one()
        enquiry = session.get_one(Enquiry, enquiry_id)
        words = referring.letter_for(session, enquiry, authority)
        referring.refer(
            session, town.container.robot, enquiry_id, authority.id, words, version=enquiry.version,
            by=town.visitator.actor, now=now(), undo_seconds=0,
        )  # fmt: skip


def test_no_form_of_it_goes_anywhere(town: Town, worker: Worker, capfd: pytest.CaptureFixture[str]) -> None:
    before = town.last_enquiry()
    for n, form in enumerate(FORMS):
        town.gateway.deliver(SHARED, written(form, n))
    eventually(lambda: town.last_enquiry() == before + len(FORMS))
    ids = range(before + 1, before + 1 + len(FORMS))
    eventually(lambda: all(town.enquiry(n).state == "triage" for n in ids))
    *routed, referred = ids
    for n in routed:
        town.decide(n, PARK)
    refer(town, referred)
    eventually(lambda: all("forwarded" in town.events(n) for n in routed))
    eventually(lambda: "case_closed" in town.events(referred))
    for n in routed[:-1]:
        interim(town, n)
    eventually(lambda: all("interim_sent" in town.events(n) for n in routed[:-1]))
    with database.write(town.container.engine) as session:
        decision = select(Event.id).where(Event.enquiry_id == routed[-1], Event.by == town.visitator.email)
        undone = session.scalars(decision.where(Event.kind.in_(("confirmed", "corrected")))).one()
        undoing.undo(session, town.container.robot, by=town.visitator.actor, now=now(), event_id=undone)
    eventually(lambda: all(work.ended for work in town.container.robot.jobs()))

    found = list(letters(town))
    assert {"VS:", "SV:", "Kvittering:", "TRUKKET"} <= {letter["Subject"].split()[0] for letter in found}
    for letter in found:
        assert not tells(letter["Subject"]), letter["Subject"]
        body = letter.get_body()
        assert body is not None
        assert not tells(body.get_content()), body.get_content()
    archive = town.container.settings.archive_root
    entries = [json.loads(path.read_text()) for path in archive.rglob("*.json")]
    names = [path.name for path in archive.rglob("*")]
    assert len(entries) > 4 * len(routed)
    assert [name for name in (*names, *(entry.get("titel") for entry in entries)) if tells(name)] == []
    assert tables(town) <= HOLDERS
    assert not tells("".join(capfd.readouterr()))


def tables(town: Town) -> set[str]:
    """The tables in which it stands."""
    found = set()
    with town.container.engine.connect() as connection:
        for name in inspect(connection).get_table_names():
            rows = connection.execute(text(f'SELECT * FROM "{name}"')).all()
            if any(map(tells, rows)):
                found.add(name)
    return found
