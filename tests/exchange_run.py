"""A house whose mail is in Exchange, killed again and again: all goes out once each, and nothing is marked too early."""

import sqlite3
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.acceptance import KillRun, kill_run
from tests.exchange_town import exchange_on_premises
from tests.gmime.mails import unpacked
from tests.mail_systems import variables
from tests.standins.ews.elements import Element
from tests.standins.ews.schema import T

MAILBOX = "alle@town.example.org"


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


def killed(home: Path, *, mails: int, kills: int, seed: int) -> ExchangeRun:
    """As from folders: mails go in and letters go out, and who carries them is killed."""
    house = home / "house"
    with exchange_on_premises() as (system, people):
        people.exchange.watch = marks = Marks(house / "sluse.sqlite")
        outside = kill_run(house, mails=mails, kills=kills, seed=seed, joined=(variables(system), people))
        checks, calls = people.exchange.checks, people.exchange.calls
        return ExchangeRun(
            outside,
            {name: calls.count(name) for name in sorted(set(calls))},
            checks.requests,
            checks.answers,
            len(checks.faults),
            marks.seen,
            marks.too_early,
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
