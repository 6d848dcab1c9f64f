"""The invented municipality on three mail systems at once, with letters carried between them, and a day of its life.

Two of its shared mailboxes are in Exchange on-premises, one is in Exchange Online, one on a Dovecot; the units are spread over all.
"""

import queue
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any, cast

from sqlalchemy import select

from app import database
from app.commands.organisation import install
from app.config import Settings
from app.container import Container
from app.demo.life import Life, TownMail
from app.demo.mails import DemoMail, Mails
from app.demo.municipality import Municipality
from app.domain.actor import Actor
from app.domain.enquiry import State
from app.mail_settings import MailSystem
from app.models.case import Forward, Reply
from app.models.enquiry import Enquiry, RawMail
from app.models.unit import Unit
from app.services.triage import decisions
from app.workflow.worker import Worker
from connectors.mail.message import Folder
from connectors.mail.reading.parser import MailParser
from tests.conftest import housed
from tests.exchange_town import exchange_on_premises
from tests.mail_systems import DovecotMail, exchange_online, imap_settings
from tests.standins.dovecot import Estate
from tests.town import PATIENCE, eventually, now

ON_PREMISES, ONLINE, DOVECOT = "", "online", "post"
"""The mail systems by name. The main one has none."""
SHARED = (ON_PREMISES, ON_PREMISES, ONLINE, DOVECOT)
"""Where the shared mailboxes are, in their order."""
UNITS = (DOVECOT, ON_PREMISES, ONLINE)
"""Where the units are, one after the other."""
SEED, SPEED = 11, 60_000.0
VISITATOR = Actor("ida@slusekoebing.example.org")


def spread(plan: Municipality, units: tuple[str, ...] = ()) -> Municipality:
    """Spread the municipality, or some of its units with what is written to them, over the systems."""
    mailboxes = plan.mailboxes[: len(SHARED)]
    addresses = [address for address, _ in mailboxes]
    chosen = [unit for unit in plan.units if not units or unit.name in units]
    names = {unit.name for unit in chosen}
    return replace(
        plan,
        mailboxes=mailboxes,
        fitting={area: address for area, address in plan.fitting.items() if address in addresses},
        mail_systems=dict(zip(addresses, SHARED, strict=True)),
        units=tuple(replace(unit, mail_system=UNITS[n % len(UNITS)]) for n, unit in enumerate(chosen)),
        situations=tuple(each for each in plan.situations if each.unit in names),
        people=(),
    )


class Carrier:
    """Carry letters from one server to another, in a thread of its own: no server waits within another's lock."""

    def __init__(self, people: Mapping[str, TownMail], place: Mapping[str, str]) -> None:
        self._people, self._place = people, place
        self._letters: queue.Queue[tuple[str, bytes] | None] = queue.Queue()
        self._thread = threading.Thread(target=self._carry, name="carrier", daemon=True)

    def take(self, address: str, raw: bytes) -> bool:
        """Take a letter to an address of another server; tell whether there is one."""
        if address.lower() not in self._place:
            return False
        self._letters.put((address, raw))
        return True

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Carry until the block ends."""
        self._thread.start()
        try:
            yield
        finally:
            self._letters.put(None)
            self._thread.join()

    def _carry(self) -> None:
        for address, raw in iter(self._letters.get, None):
            self._people[self._place[address.lower()]].deliver(address, raw)


class JoinedMail:
    """The mail of the town as its people see it: each mailbox on its own server."""

    def __init__(self, people: Mapping[str, TownMail], place: Mapping[str, str]) -> None:
        self._people, self._place = people, place

    def __getattr__(self, verb: str) -> Callable[..., Any]:
        def at(mailbox: str, *arguments: Any, **named: Any) -> Any:
            return getattr(self._people[self._place[mailbox.lower()]], verb)(mailbox, *arguments, **named)

        return at


@dataclass
class Wire:
    """What went over the wire to the two stand-ins that check it."""

    checks: Any
    server: Any

    def __str__(self) -> str:
        ews, graph = self.checks, self.server.checked
        return (
            f"EWS {ews.requests} requests and {ews.answers} answers, {len(ews.faults)} invalid; "
            f"Graph {graph.requests} requests and {graph.answers} answers, {self.invalid - len(ews.faults)} invalid"
        )

    @property
    def invalid(self) -> int:
        return len(self.checks.faults) + len(self.server.checked.wrong) + len(self.server.checked.wrong_requests)


@dataclass
class JoinedTown:
    """The municipality with its servers, its people and Sluse."""

    plan: Municipality
    container: Container
    mail: TownMail
    wire: Wire
    bounced: Callable[[], int]


@contextmanager
def joined_town(
    settings: Settings, parser: MailParser, estate: Estate, folder: Path, plan: Municipality
) -> Iterator[JoinedTown]:
    """Found the municipality `plan` on the three systems, and open the house."""
    place = {unit.address.lower(): unit.mail_system for unit in plan.units}
    place |= {address.lower(): system for address, system in plan.mail_systems.items()}
    with (
        closing(DovecotMail(estate)) as post,
        exchange_on_premises() as (exchange, on_premises),
        exchange_online(folder) as (graph, online),
    ):
        people = cast(dict[str, TownMail], {ON_PREMISES: on_premises, ONLINE: online, DOVECOT: post})
        carrier = Carrier(people, place)
        on_premises.exchange.store.elsewhere = online.server.service.elsewhere = carrier.take
        systems: dict[str, MailSystem] = {ONLINE: graph, DOVECOT: imap_settings(estate)}
        settings = settings.model_copy(update={"mail": exchange, "mail_systems": systems})
        for address, system in place.items():
            people[system].create_mailbox(address)
        with carrier.at_work(), _relayed(estate, carrier, place):
            install(settings, plan, seed="demo")
            with housed(settings, parser) as container:
                mail = cast(TownMail, JoinedMail(people, place))
                wire = Wire(on_premises.exchange.checks, online.server)
                bounced = lambda: _bounces(mail, place)  # noqa: E731
                yield JoinedTown(plan, container, mail, wire, bounced)


@contextmanager
def _relayed(estate: Estate, carrier: Carrier, place: Mapping[str, str]) -> Iterator[None]:
    """Let Dovecot's relay hand over what is for other servers."""
    relay = estate.server.relay
    before = relay.deliver, relay.knows

    def deliver(address: str, raw: bytes, sender: str) -> None:
        if place.get(address.lower()) == DOVECOT:
            before[0](address, raw, sender)
        else:
            carrier.take(address, raw)

    relay.deliver, relay.knows = deliver, lambda address: address.lower() in place
    try:
        yield
    finally:
        relay.deliver, relay.knows = before


def _bounces(mail: TownMail, place: Mapping[str, str]) -> int:
    """Count what came back to a mailbox because nobody knew its address."""
    return sum(
        b"ndeliverable" in raw.partition(b"\r\n\r\n")[0] and b"demo-" not in raw
        for address in place
        for raw in _contents(mail, address, Folder.INBOX)
    )


def _contents(mail: TownMail, address: str, folder: Folder) -> Iterator[bytes]:
    cursor = None
    while (batch := mail.new_messages(address, cursor, folder=folder)).messages:
        cursor = batch.cursor
        yield from (mail.raw(address, ref.key, folder=folder) for ref in batch.messages)


def _ids(mail: TownMail, address: str, folder: Folder) -> list[str]:
    found = (message_from_bytes(raw, policy=policy.default)["Message-ID"] for raw in _contents(mail, address, folder))
    return [str(each).strip() for each in found]


@dataclass
class Day:
    """What became of the mails of a day."""

    mails: int
    taken: int
    placed: int
    """Enquiries that the mails became; one for each."""
    lost: int
    twice: int
    enquiries: int
    """Of units' mails, one for each; `closed` of them are."""
    closed: int
    answers: int
    answered_twice: int
    forwards: int
    forwards_lost: int
    forwards_twice: int
    ways: Mapping[tuple[str, str], int]
    """How many forwards went from which system to which."""
    bounced: int
    wire: str
    invalid: int
    seconds: float
    expected: int = field(default=0)

    def fine(self) -> bool:
        """Tell whether nothing was lost or came twice, all is closed, and all that went over the wire was valid."""
        wrong = (self.lost, self.twice, self.answered_twice, self.forwards_lost, self.forwards_twice, self.bounced)
        if any(wrong) or self.invalid or self.placed != self.mails:
            return False
        return self.closed == self.enquiries == self.answers == self.expected > 0

    def __str__(self) -> str:
        crossing = sum(count for (here, there), count in self.ways.items() if here != there)
        return (
            f"{self.mails} mails in 4 mailboxes: {self.lost} lost, {self.twice} twice; {self.enquiries} enquiries of units, "
            f"{self.closed} closed with {self.answers} answers; {self.forwards} forwards, {crossing} from one system to another; "
            f"{self.wire}; {self.seconds:.0f} s"
        )


def played(town: JoinedTown, count: int, seconds: float = PATIENCE) -> Day:
    """Play a day of `count` mails: citizens write, the visitator decides what the robot leaves to her, units answer.

    `seconds`: how long it may take at most.
    """
    began = now()
    mails = Mails(town.plan, SEED, month=began.month)
    life = Life(town.plan, mails, town.mail, speed=SPEED, by_folder=1.0, most=count)
    sent = [mails.live(n, began) for n in range(count)]
    units = {unit.name for unit in town.plan.units}
    expected = sum(mail.truth in units for mail in sent)
    worker = Worker(town.container)
    worker.start()

    def over() -> bool:
        life.step(now())
        _decide(town.container, mails)
        placed, closed = _placed(town.container, mails, units)
        return life.delivered == count and (placed, closed) == (sum(1 + len(mail.twins) for mail in sent), expected)

    try:
        eventually(over, seconds)
    finally:
        worker.stop()
    return _counted(town, sent, mails, expected, (now() - began).total_seconds())


def _decide(container: Container, mails: Mails) -> None:
    """Let the visitator send each mail to the unit that it is for; what is no unit's she leaves."""
    with database.read(container.engine) as session:
        units = {unit.name: unit.id for unit in session.scalars(select(Unit))}
        waiting = [
            (row.id, row.version, mails.truth(row.message_id or ""))
            for row in session.scalars(select(Enquiry).where(Enquiry.state == State.TRIAGE))
        ]
    for enquiry, version, truth in waiting:
        if truth in units:
            with database.write(container.engine) as session:
                decisions.route(
                    session, container.robot, enquiry, units[truth], version=version, by=VISITATOR, now=now()
                )


def _placed(container: Container, mails: Mails, units: set[str]) -> tuple[int, int]:
    """Count the enquiries that have their place, and of them those of units that are closed."""
    with database.read(container.engine) as session:
        rows = session.execute(select(Enquiry.message_id, Enquiry.state).where(Enquiry.state != State.RECEIVED)).all()
    found = [(mails.truth(message_id or ""), state) for message_id, state in rows]
    closed = sum(truth in units and state is State.CLOSED for truth, state in found)
    return sum(truth is not None for truth, _ in found), closed


def _counted(town: JoinedTown, sent: list[DemoMail], mails: Mails, expected: int, seconds: float) -> Day:
    units = {unit.name: unit for unit in town.plan.units}
    lying = {(address, mail.message_id) for mail in sent for address in (mail.mailbox, *mail.twins)}
    with database.read(town.container.engine) as session:
        shared = [address for address, _ in town.plan.mailboxes]
        rows = session.execute(select(RawMail.address, RawMail.content).where(RawMail.address.in_(shared)))
        taken = Counter((address, _id(content)) for address, content in rows if mails.truth(_id(content)))
        enquiries = [each for each in session.scalars(select(Enquiry)) if mails.truth(each.message_id or "") in units]
        replies = Counter(session.scalars(select(Reply.enquiry_id)))
        forwards = session.execute(
            select(Forward.message_id, Unit.address, Enquiry.mailbox)
            .join(Unit, Unit.id == Forward.unit_id)
            .join(Enquiry, Enquiry.id == Forward.enquiry_id)
        ).all()
    arrived = Counter(
        message_id
        for unit in town.plan.units
        for folder in (Folder.INBOX, Folder.RETURNS)
        for message_id in _ids(town.mail, unit.address, folder)
    )
    place = {unit.address: unit.mail_system for unit in town.plan.units}
    mains = {each.id for each in enquiries if each.state is State.CLOSED}
    return Day(
        mails=len(lying),
        placed=_placed(town.container, mails, set(units))[0],
        taken=taken.total(),
        lost=len(lying - taken.keys()),
        twice=taken.total() - len(taken),
        enquiries=len({each.message_id for each in enquiries}),
        closed=len(mains),
        answers=sum(replies[each] > 0 for each in mains),
        answered_twice=sum(replies[each] > 1 for each in mains),
        forwards=len(forwards),
        forwards_lost=sum(arrived[message_id] == 0 for message_id, _unit, _mailbox in forwards),
        forwards_twice=sum(arrived[message_id] > 1 for message_id, _unit, _mailbox in forwards),
        ways=Counter((town.plan.mail_systems[mailbox], place[unit]) for _id_, unit, mailbox in forwards),
        bounced=town.bounced(),
        wire=str(town.wire),
        invalid=town.wire.invalid,
        seconds=seconds,
        expected=expected,
    )


def _id(content: bytes) -> str:
    return str(message_from_bytes(content, policy=policy.default)["Message-ID"] or "").strip()
