"""The demo beside a mailbox of one's own, on a real mail server: three settings, and nothing there is changed or sent."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from app import database
from app.commands import observed
from app.commands.organisation import install
from app.config import Settings, SettingsError
from app.connectors_by_name import MadeSystems
from app.container import Container
from app.demo.municipality import load
from app.domain.actor import Actor
from app.domain.enquiry import State
from app.domain.routing import Reason
from app.environment import read_settings
from app.mail_settings import ExchangeSystem, GraphSystem, ImapSystem, MailSystem
from app.models.enquiry import Enquiry
from app.models.event import Event
from app.models.prediction import Decision
from app.models.unit import Mailbox, Unit
from app.services.triage import decisions
from app.workflow.worker import Worker
from connectors.mail.folder.gateway import FolderGateway, FolderPost
from connectors.mail.message import Folder
from connectors.mail.observed import ObservedMail
from connectors.mail.reading.parser import MailParser
from tests.conftest import housed
from tests.connectors.imap import dovecot_server, estate, needs_dovecot
from tests.standins.dovecot import SECRET, Estate
from tests.town import eventually, mail, now

__all__ = ["dovecot_server", "estate"]
OWN = "post@real.example.org"
BY = Actor("ida@slusekoebing.example.org")
PLAN = load()


def demo_settings(folder: Path, estate: Estate, **changed: str) -> Settings:
    """The three settings, and those that only a server of tests needs."""
    three = {"SLUSE_MAIL__SERVER": "localhost", "SLUSE_MAIL__USER": OWN, "SLUSE_MAIL__PASSWORD": SECRET}
    here = {
        "SLUSE_HOME": str(folder / "demo"),
        "SLUSE_MAIL__PORT": str(estate.server.imaps),
        "SLUSE_MAIL__CA_FILE": str(estate.server.certificate),
        "SLUSE_MAIL__SMTP_PORT": str(estate.server.submission),
        "SLUSE_MAIL__SMTP_SECURITY": "starttls",
    }
    return read_settings({**three, **here, **changed}, demo=True)


@pytest.fixture
def account(estate: Estate) -> Estate:
    """A mailbox of a person, with two mails that nobody has read."""
    estate.add_mailbox(OWN)
    for n in range(2):
        estate.put(
            OWN, mail(f"Hul i vejen {n}", f"Der er {n + 1} huller i vejen.", to=OWN, message_id=f"<{n}@real.example>")
        )
    return estate


def lying(estate: Estate) -> dict[str, list[bytes]]:
    """Everything in the account: each folder with its mails' numbers, marks and bytes."""
    found: dict[str, list[bytes]] = {}
    with estate.owner(OWN) as client:
        for line in client.list()[1]:
            assert isinstance(line, bytes)
            name = line.decode().rpartition(" ")[2].strip('"')
            if name.startswith("shared"):
                continue
            client.select(f'"{name}"', readonly=True)
            _, data = client.uid("FETCH", "1:*", "(UID FLAGS BODY.PEEK[])")
            parts = [part for each in data or () if each for part in (each if isinstance(each, tuple) else (each,))]
            found[name] = [re.sub(rb" ?\\Recent", b"", part) for part in parts]
    return found


@pytest.fixture
def demo(account: Estate, parser: MailParser, tmp_path: Path) -> Iterator[Container]:
    settings = demo_settings(tmp_path, account)
    observed.refuse_unread(settings)
    install(settings, PLAN, seed="demo 11")
    fast = settings.model_copy(update={"undo_seconds": 0.0, "poll_seconds": 0.2, "parsers": 1})
    with housed(fast, parser) as container:
        observed.join(container)
        yield container


@needs_dovecot
def test_its_mails_come_in_and_nothing_there_is_changed_or_sent(
    account: Estate, demo: Container, capsys: pytest.CaptureFixture[str]
) -> None:
    before = lying(account)
    assert sum(map(len, before.values())) >= 2
    worker = Worker(demo)
    worker.start()
    try:
        eventually(lambda: len(enquiries(demo)) == 2)
        first, second = enquiries(demo)
        assert {first.mailbox, second.mailbox} == {OWN}
        assert reasons(demo) == {Reason.RULE_HUMAN}, "the robot leaves them to a person"
        decide(demo, first, PLAN.units[1].name)
        eventually(lambda: "forwarded" in events(demo, first.id))
    finally:
        worker.stop()
    folders = FolderGateway(demo.settings.mail_root)
    (forward,) = folders.new_messages(PLAN.units[1].address, None).messages
    assert demo.gateway.find(OWN, forward_id(folders, forward.key), folder=Folder.SENT), (
        "a copy is kept on this machine"
    )
    assert lying(account) == before
    assert account.server.relay.accepted == []


@needs_dovecot
def test_it_is_one_shared_mailbox_more_however_often_one_begins(account: Estate, demo: Container) -> None:
    observed.join(demo)
    with database.read(demo.engine) as session:
        boxes = {box.address: box.mail_system for box in session.scalars(select(Mailbox))}
    assert boxes == {address: "" for address, _ in PLAN.mailboxes} | {OWN: "observeret"}


@needs_dovecot
@pytest.mark.parametrize(
    ("wrong", "danish", "english"),
    [
        ({"SLUSE_MAIL__PASSWORD": "not-this-one"}, "lukker os ikke ind", "does not let us in"),
        ({"SLUSE_MAIL__PORT": "1"}, "svarer ikke", "does not answer"),
    ],
)
def test_what_cannot_be_read_is_told_at_the_start(
    account: Estate, tmp_path: Path, wrong: dict[str, str], danish: str, english: str
) -> None:
    with pytest.raises(SettingsError) as refused:
        observed.refuse_unread(demo_settings(tmp_path, account, **wrong))
    told = str(refused.value)
    assert all(each in told for each in (danish, english, OWN, "SLUSE_MAIL__PASSWORD"))
    assert "not-this-one" not in told


def test_whatever_else_a_demo_is_joined_to_is_only_observed(tmp_path: Path) -> None:
    settings = read_settings({"SLUSE_HOME": str(tmp_path)}, demo=True)
    described: dict[str, MailSystem] = {
        "one": ImapSystem(server="imap.example.org", user="u", password="p"),
        "two": ExchangeSystem(server="https://mail.example.org/EWS/Exchange.asmx", user="u", password="p"),
        "three": GraphSystem(tenant="t", client_id="c", client_secret="s"),
    }
    assert kinds_of(settings, described) == {ObservedMail}
    assert ObservedMail not in kinds_of(settings.model_copy(update={"demo": False}), described)


def kinds_of(settings: Settings, described: dict[str, MailSystem]) -> set[type]:
    """The kinds of gateways that are lent out for some mail systems."""
    made = MadeSystems(settings, lambda: described, FolderPost(str), lambda _system, _address: {})
    found = {type(each._gateway) for each in made().values()}
    made.close()
    return found


def enquiries(container: Container) -> list[Enquiry]:
    with database.read(container.engine) as session:
        found = list(session.scalars(select(Enquiry).where(Enquiry.state == State.TRIAGE).order_by(Enquiry.id)))
        session.expunge_all()
    return found


def reasons(container: Container) -> set[Reason]:
    with database.read(container.engine) as session:
        return set(session.scalars(select(Decision.reason)))


def decide(container: Container, enquiry: Enquiry, unit: str) -> None:
    with database.write(container.engine) as session:
        unit_id = session.scalars(select(Unit.id).where(Unit.name == unit)).one()
        decisions.route(
            session, container.robot, enquiry.id, unit_id, version=enquiry.version, by=BY, now=now(), undo_seconds=0
        )


def events(container: Container, enquiry_id: int) -> list[str]:
    with database.read(container.engine) as session:
        return list(session.scalars(select(Event.kind).where(Event.enquiry_id == enquiry_id)))


def forward_id(folders: FolderGateway, key: str) -> str:
    found = re.search(rb"^message-id:\s*(<[^>]+>)", folders.raw(PLAN.units[1].address, key), re.I | re.M)
    assert found
    return found[1].decode()
