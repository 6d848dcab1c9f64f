"""A house whose mail is in Exchange, killed again and again: all goes out once each, and nothing is marked too early."""

import random
import signal
import sqlite3
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from app.demo.municipality import load
from connectors.mail.exchange.gateway import ExchangeGateway
from connectors.mail.exchange.server import ExchangeServer
from tests.acceptance import House, KillRun, going_alone, prepare, wait_until_done, what_stands_outside
from tests.exchange_town import PASSWORD, ROBOT, exchange_on_premises
from tests.gmime.mails import unpacked
from tests.standins.ews.elements import Element
from tests.standins.ews.schema import T
from tests.standins.ews.server import Exchange, User, serving

MAILBOX = "alle@town.example.org"


@dataclass
class ExchangeHouse(House):
    """A house that is told that its mail is in Exchange."""

    url: str = ""

    @property
    def env(self) -> dict[str, str]:
        return super().env | {
            "SLUSE_MAIL": "exchange", "SLUSE_MAIL__SERVER": self.url, "SLUSE_MAIL__SIGN_IN": "basic",
            "SLUSE_MAIL__USER": ROBOT, "SLUSE_MAIL__PASSWORD": PASSWORD,
        }  # fmt: skip


@dataclass
class Marks:
    """Looks, whenever a mail is marked as taken, whether its bytes are in the database by then."""

    database: Path
    seen: int = 0
    too_early: int = 0

    def __call__(self, request: Element) -> None:
        for where in request.iterfind(f".//{{{T}}}ItemChange/{{{T}}}ItemId"):
            with sqlite3.connect(f"file:{self.database}?mode=ro", uri=True) as connection:
                found = connection.execute("SELECT count(*) FROM raw_mail WHERE key = ?", (where.get("Id"),)).fetchone()
            self.seen, self.too_early = self.seen + 1, self.too_early + (found[0] == 0)


@dataclass(frozen=True)
class ExchangeRun:
    """What stands outside in the end, and what went over the wire."""

    outside: KillRun
    calls: Mapping[str, int] = field(repr=False)
    requests: int
    answers: int
    invalid: int
    marked: int
    marked_too_early: int

    def fine(self) -> bool:
        """Tell whether all was as it should be."""
        return self.outside.once_each() and self.invalid == 0 and self.marked_too_early == 0


def exchange_run(home: Path, *, mails: int, kills: int, seed: int) -> ExchangeRun:
    """Deliver mails in portions; SIGKILL the server 0.5-5 s after each time it is ready; restart until all is done."""
    began = time.monotonic()
    taught = prepare(home, taught=80, automatic=True)
    exchange = Exchange()
    plan = load()
    for address in {*(unit.address for unit in plan.units), *(address for address, _name in plan.mailboxes)}:
        exchange.store.create(address)
    exchange.users[ROBOT] = User(PASSWORD, may_impersonate=True)
    marks = Marks(home / "sluse.sqlite")
    exchange.watch = marks
    with serving(exchange):
        house = ExchangeHouse(home, taught.port, url=exchange.url)
        gateway = ExchangeGateway(ExchangeServer(exchange.url, ROBOT, PASSWORD, "basic"))
        for unit in plan.units:
            gateway.create_mailbox(unit.address)
        chance, wanted = random.Random(seed), islice(going_alone(seed), mails)
        for k in range(kills):
            for mail in islice(wanted, mails * (k + 1) // kills - mails * k // kills):
                exchange.store.deliver(mail.mailbox, mail.raw)
            house.start()
            time.sleep(chance.uniform(0.5, 5.0))
            house.end(signal.SIGKILL)
        house.start()
        try:
            wait_until_done(house, mails)
        finally:
            house.end()
        outside = what_stands_outside(house, gateway, mails, kills, time.monotonic() - began)
    checks = exchange.checks
    counted = {name: exchange.calls.count(name) for name in sorted(set(exchange.calls))}
    return ExchangeRun(
        outside, counted, checks.requests, checks.answers, len(checks.faults), marks.seen, marks.too_early
    )


@dataclass(frozen=True)
class Exported:
    """What became of mails that were put into an Exchange: handed out as they lay there, or not."""

    mails: int
    other: int
    invalid: int
    seconds: float

    def __str__(self) -> str:
        speed = f"{self.mails / self.seconds:.0f} a second"
        return f"{self.mails - self.other} of {self.mails} as they lay there, {self.invalid} requests or answers invalid, {speed}"

    def fine(self) -> bool:
        return self.mails > 0 and self.other == self.invalid == 0


def every_mail(home: Path, every: int = 1) -> Exported:
    """Put public mails, each or every so many, into a mailbox of the stand-in, and compare what the gateway gives."""
    with exchange_on_premises() as (_system, gateway):
        gateway.create_mailbox(MAILBOX)
        given = {
            gateway.deliver(MAILBOX, raw): raw for raw in (path.read_bytes() for path in list(unpacked(home))[::every])
        }
        began, cursor, same = time.monotonic(), None, 0
        while (batch := gateway.new_messages(MAILBOX, cursor)).messages:
            cursor = batch.cursor
            same += sum(gateway.raw(MAILBOX, ref.key) == given[ref.key] for ref in batch.messages)
        seconds = time.monotonic() - began
        return Exported(len(given), len(given) - same, len(gateway.exchange.checks.faults), seconds)
