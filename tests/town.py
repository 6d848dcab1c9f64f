"""The invented town of the tests: three units, one shared mailbox, one person of each role, and verbs to make it live."""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

from sqlalchemy import func, select

from app import database
from app.container import Container
from app.domain.access import Role
from app.domain.actor import Actor
from app.domain.routing import Mode
from app.models.account import Account
from app.models.enquiry import Enquiry
from app.models.event import Event
from app.models.unit import Mailbox, ServiceArea, Unit
from app.services.inbound import history_import, intake, mailboxes
from app.services.inbound.history_import import PastMail
from app.services.inbound.mailboxes import Handler
from app.services.inbound.replies import SentFolders
from app.services.platform import accounts, settings
from app.services.triage import decisions
from connectors.errors import ConnectorError
from connectors.mail.folder.gateway import FolderGateway

PATIENCE = 240.0
"""Seconds until what a test waits for counts as never coming: nobody waits so long but on a machine full of other work."""
LOOK, LONGEST_LOOK = 0.04, 0.25
"""Seconds between two looks whether it has come."""
SHARED = "tmf@town.example.org"
PARK, ROAD, WASTE = "Park", "Vej", "Affald"
UNITS = {PARK: "park@town.example.org", ROAD: "vej@town.example.org", WASTE: "affald@town.example.org"}
SENTENCES = {
    PARK: ["Træet i parken er væltet", "Bænken i parken mangler", "Græsset i parken er højt", "Hunde i parken"],
    ROAD: ["Et hul i vejen på Prøvegade", "Fortovet er knækket", "Vejen er glat", "Asfalten på vejen er løs"],
    WASTE: ["Skraldet er ikke hentet", "Affaldet flyder", "Vores skraldespand er væk", "Storskrald bestilles hvor"],
}


def mail(
    subject: str, text: str, *, sender: str = "Prøve Eksempelsen <proeve@borger.example.org>", to: str = SHARED,
    message_id: str = "", in_reply_to: str = "", html: str = "", attachment: bytes = b"", headers: dict[str, str] | None = None,
) -> bytes:  # fmt: skip
    """A mail as a citizen's mail program would write it."""
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"], message["Subject"] = sender, to, subject
    message["Message-ID"] = message_id or f"<{abs(hash_of(subject + text))}@borger.example.org>"
    if in_reply_to:
        message["In-Reply-To"] = in_reply_to
    for name, value in (headers or {}).items():
        message[name] = value
    message.set_content(text)
    if html:
        message.add_alternative(html, subtype="html")
    if attachment:
        message.add_attachment(attachment, maintype="image", subtype="png", filename="billede æ.png")
    return message.as_bytes()


def hash_of(text: str) -> int:
    return int.from_bytes(text.encode()[:6].ljust(6) + bytes([len(text) % 256, sum(text.encode()) % 256]), "big")


@dataclass
class Town:
    container: Container
    gateway: Any
    """The mail system, with two verbs of those who are not us: `deliver` and `add_sent`."""
    units: dict[str, int] = field(default_factory=dict)
    people: dict[Role, Account] = field(default_factory=dict)

    @property
    def visitator(self) -> Account:
        return self.people[Role.VISITATOR]

    def receive(self, *mails: bytes, received_at: datetime | None = None) -> list[int]:
        """Deliver mails, take them in and route them; returns the enquiries' ids in order."""
        for raw in mails:
            self.gateway.deliver(SHARED, raw, received_at=received_at)
        before = self.last_enquiry()
        self.take_in()
        with database.read(self.container.engine) as session:
            return list(session.scalars(select(Enquiry.id).where(Enquiry.id > before).order_by(Enquiry.id)))

    def last_enquiry(self) -> int:
        with database.read(self.container.engine) as session:
            return session.scalars(select(Enquiry.id).order_by(Enquiry.id.desc()).limit(1)).first() or 0

    def take_in(self) -> None:
        c = self.container
        while look_into(c, intake.Inboxes(c.engine, c.settings.secret_key)):
            pass
        while intake.process(c.engine, c.parser, c.learner, c.robot, now=now()):
            pass

    def decide(self, enquiry_id: int, unit: str = PARK) -> None:
        """The visitator sends a mail to a unit."""
        version = self.enquiry(enquiry_id).version
        c = self.container
        with database.write(c.engine) as session:
            decisions.route(
                session, c.robot, enquiry_id, self.units[unit],
                version=version, by=self.visitator.actor, now=now(), undo_seconds=c.settings.undo_seconds,
            )  # fmt: skip

    def learn(self) -> int:
        return self.container.learner.catch_up(now=now())

    def enquiry(self, enquiry_id: int) -> Enquiry:
        with database.read(self.container.engine) as session:
            found = session.get_one(Enquiry, enquiry_id)
            _ = found.unit, found.case, found.owner, found.attachments
            session.expunge_all()
            return found

    def events(self, enquiry_id: int) -> list[str]:
        with database.read(self.container.engine) as session:
            return list(session.scalars(select(Event.kind).where(Event.enquiry_id == enquiry_id).order_by(Event.id)))

    def teach_history(self, times: int = 3) -> int:
        """Labelled history: each unit's sentences, several times over."""
        c = self.container
        mails = [
            PastMail(f"{unit}-{n}-{k}", SHARED, mail(sentence, f"{sentence}. Mvh {k}"), self.units[unit], now())
            for k in range(times)
            for unit, sentences in SENTENCES.items()
            for n, sentence in enumerate(sentences)
        ]
        return history_import.teach(c.engine, c.parser, c.learner, mails, by=Actor("import"), now=now())

    def automatic(self, limit: float = 0.2) -> None:
        """Let the robot route by itself from a low limit on.

        A learner that has just learned may still be about to write a limit of its own: it comes to its end first.
        """
        learner = self.container.learner
        while learner.catch_up(now=now()) or learner.wake.is_set():
            pass
        with database.write(self.container.engine) as session:
            for unit in session.scalars(select(Unit)):
                unit.mode = Mode.AUTOMATIC
            settings.put(session, settings.CONFIDENCE_LIMIT, limit)

    def sample(self, *, checks: float = 0.0, humans: float = 0.0) -> None:
        """Take mails for blind checks with these probabilities."""
        with database.write(self.container.engine) as session:
            rule = {"seed": "town", "floor": checks, "first": checks, "human": humans}
            settings.put(session, settings.SAMPLING, rule)


def look_into(c: Container, handler: Handler[Any]) -> int:
    """Poll every mailbox that a handler watches once, in order; one that fails for the moment stops no other."""
    with database.read(c.engine) as session:
        watched = handler.watched(session)
    taken = 0
    for box in watched:
        with suppress(ConnectorError):
            taken += mailboxes.poll(c.engine, c.gateway, handler, box, now=now()).taken
    return taken


def look_for_answers(c: Container) -> int:
    """Look through every unit's Sent once."""
    return look_into(c, SentFolders(c.engine, c.parser, c.robot))


def jobs_under_way(c: Container) -> int:
    """How many of the robot's jobs run or are about to, however many there have been."""
    database_of_engine = c.robot._client._sys_db
    table = database_of_engine.tables.workflow_status
    open_ones = select(func.count()).where(table.c.status.in_(["ENQUEUED", "PENDING", "DELAYED"]))
    with database_of_engine.engine.connect() as connection:
        return connection.scalar(open_ones) or 0


def now() -> datetime:
    return datetime.now(UTC)


def eventually(check: Callable[[], object], seconds: float = PATIENCE) -> None:
    """Wait until `check` is true; its last value is in the failure.

    What takes long is looked at less often: on a busy machine looking would cost more than what is waited for.
    """
    until, pause = time.monotonic() + seconds, LOOK
    while not (value := check()):
        assert time.monotonic() < until, f"still {value!r} after {seconds} s"
        time.sleep(pause)
        pause = min(pause * 1.2, LONGEST_LOOK)


def build_town(container: Container, mail_server: Any = None) -> Town:
    """Build the town. `mail_server` plays the citizens' and units' side of its mail; folders where none is said."""
    main = container.gateway
    folders = main if isinstance(main, FolderGateway) else FolderGateway(container.settings.mail_root)
    town = Town(container, mail_server or folders)
    town.gateway.create_mailbox(SHARED)
    with database.write(container.engine) as session:
        area = ServiceArea(name="Byen")
        session.add_all([area, Mailbox(address=SHARED, name="Fælles")])
        session.flush()
        for name, address in UNITS.items():
            town.gateway.create_mailbox(address)
            unit = Unit(
                area_id=area.id, name=name, address=address, guide=f"{name} tager {name.lower()}.", mode=Mode.SUGGEST
            )
            session.add(unit)
            session.flush()
            town.units[name] = unit.id
        for role in Role:
            account = accounts.create(
                session, email=f"{role}@town.example.org", name=f"Invented {role}", role=role, password="secret-enough",
                unit_id=town.units[PARK] if role is Role.CASEWORKER else None,
            )  # fmt: skip
            town.people[role] = account
        settings.put(session, settings.RETURN_OWNER, town.people[Role.MANAGER].id)
        session.flush()
        session.expunge_all()
    town.sample()
    return town
