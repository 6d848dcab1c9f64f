"""Houses whose mail is on each mail system, killed again and again; and every public mail, put there and handed out again.

All goes out once each, nothing is marked as taken before its bytes are committed, and all that goes over the wire is valid.
"""

import re
import sqlite3
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.acceptance import KillRun, kill_run
from tests.exchange_town import ExchangeMail, exchange_on_premises
from tests.gmime.mails import unpacked
from tests.mail_systems import DovecotMail, OnlineMail, exchange_online, variables
from tests.standins.cutting import CuttingProxy
from tests.standins.dovecot import Estate
from tests.standins.ews.elements import Element
from tests.standins.ews.schema import T
from tests.standins.graph.service import Asked

MAILBOX = "alle@town.example.org"
COMMAND = re.compile(rb"[A-Z]{4}\d+ (.+)")
"""What imaplib says: its tags are four letters and a number."""
COMPLETION = re.compile(rb"[A-Z]{4}\d+ (OK|NO|BAD)\b")
OPENS = re.compile(rb'(?:SELECT|EXAMINE) "?shared/([^"/]+)"?$')
MARKS = re.compile(rb"UID STORE (\d+) \+FLAGS\.SILENT \(\\Seen\)")


class Marks:
    """Looks, whenever a mail is about to be marked as taken, whether its bytes are in the database by then."""

    def __init__(self, database: Path) -> None:
        self._database, self._lock = database, threading.Lock()
        self.seen = self.too_early = 0

    def look(self, key: str) -> None:
        """Look for one mail. `key` is a pattern of SQL's LIKE: its address, a space and its key."""
        with closing(sqlite3.connect(f"file:{self._database}?mode=ro", uri=True)) as connection:
            query = "SELECT count(*) FROM raw_mail WHERE folder = 'inbox' AND address || ' ' || key LIKE ?"
            (found,) = connection.execute(query, (key,)).fetchone()
        with self._lock:
            self.seen, self.too_early = self.seen + 1, self.too_early + (found == 0)


@dataclass
class Wire:
    """How many requests and answers were checked, and how many of them were invalid."""

    requests: int = 0
    answers: int = 0
    invalid: int = 0

    def __str__(self) -> str:
        return f"{self.requests} requests and {self.answers} answers checked, {self.invalid} invalid"


@dataclass(frozen=True)
class MailRun:
    """What stands outside in the end, and what went over the wire until then."""

    outside: KillRun
    wire: Wire
    marked: int
    marked_too_early: int

    def __str__(self) -> str:
        out = self.outside
        counted = f"{out.enquiries} enquiries, {out.cases} cases, {out.forwards} forwards, {out.questions} questions"
        marks = f"{self.marked_too_early} of {self.marked} marks too early"
        return f"{counted} after {out.kills} kills; {marks}; {self.wire}; {out.seconds:.0f} s"

    def fine(self) -> bool:
        """Tell whether all was as it should be."""
        marked = self.marked >= self.outside.mails and self.marked_too_early == 0
        return self.outside.once_each() and marked and self.wire.requests > 0 and self.wire.invalid == 0


class Overheard:
    """What a robot and a mail server say to each other: no schema tells what is valid there, but the server says BAD."""

    def __init__(self, marks: Marks) -> None:
        self._marks, self._lock = marks, threading.Lock()
        self._rest: dict[tuple[int, str], bytes] = defaultdict(bytes)
        self._opened: dict[int, str] = {}
        self.wire = Wire()

    def __call__(self, connection: int, whose: str, said: bytes) -> None:
        lines = (self._rest[connection, whose] + said).split(b"\r\n")
        self._rest[connection, whose] = lines.pop()
        for line in lines:
            (self._asked if whose == "client" else self._told)(connection, line)

    def _asked(self, connection: int, line: bytes) -> None:
        if not (command := COMMAND.match(line)):
            return
        with self._lock:
            self.wire.requests += 1
        if opens := OPENS.match(command[1]):
            self._opened[connection] = opens[1].decode()
        elif marks := MARKS.match(command[1]):
            self._marks.look(f"{self._opened[connection]} %:{marks[1].decode()}")

    def _told(self, _connection: int, line: bytes) -> None:
        if completion := COMPLETION.match(line):
            with self._lock:
                self.wire.answers += 1
                self.wire.invalid += completion[1] == b"BAD"


def killed_on_a_mail_server(home: Path, estate: Estate, *, mails: int, kills: int, seed: int) -> MailRun:
    """As from folders, with all mailboxes on a real mail server: mails go in and letters go out, and who carries them is killed."""
    marks = Marks(home / "sluse.sqlite")
    overheard = Overheard(marks)
    with closing(DovecotMail(estate)) as people, CuttingProxy(estate.server.imap) as proxy:
        proxy.overhear = overheard
        joined = (people.variables | {"SLUSE_MAIL__PORT": str(proxy.port)}, people)
        outside = kill_run(home, mails=mails, kills=kills, seed=seed, joined=joined)
    return MailRun(outside, overheard.wire, marks.seen, marks.too_early)


def killed_in_exchange(home: Path, *, mails: int, kills: int, seed: int) -> MailRun:
    """The same in Exchange's stand-in."""
    marks = Marks(home / "house" / "sluse.sqlite")

    def watch(request: Element) -> None:
        for where in request.iterfind(f".//{{{T}}}ItemChange/{{{T}}}ItemId"):
            marks.look(f"% {where.get('Id')}")

    with exchange_on_premises() as (system, people):
        people.exchange.watch = watch
        outside = kill_run(home / "house", mails=mails, kills=kills, seed=seed, joined=(variables(system), people))
        return MailRun(outside, _wire_of(people), marks.seen, marks.too_early)


def killed_in_exchange_online(home: Path, *, mails: int, kills: int, seed: int) -> MailRun:
    """The same in Graph's stand-in."""
    marks = Marks(home / "house" / "sluse.sqlite")

    def watch(asked: Asked) -> None:
        if asked.method == "PATCH" and asked.json == {"isRead": True}:
            marks.look(f"{asked.parts[1]} {asked.parts[-1]}")

    with exchange_online(home) as (system, people):
        people.server.watch = watch
        outside = kill_run(home / "house", mails=mails, kills=kills, seed=seed, joined=(variables(system), people))
        return MailRun(outside, _wire_of(people), marks.seen, marks.too_early)


def _wire_of(people: ExchangeMail | OnlineMail) -> Wire:
    if isinstance(people, ExchangeMail):
        checks = people.exchange.checks
        return Wire(checks.requests, checks.answers, len(checks.faults))
    checked = people.server.checked
    return Wire(checked.requests, checked.answers, len(checked.wrong) + len(checked.wrong_requests))


@dataclass(frozen=True)
class Exported:
    """What became of mails that were put into a mailbox: handed out as they lay there, or not."""

    mails: int
    other: int
    wire: Wire
    seconds: float

    def __str__(self) -> str:
        speed = f"{self.mails / self.seconds:.0f} a second"
        return f"{self.mails - self.other} of {self.mails} as they lay there; {self.wire}; {speed}"

    def fine(self) -> bool:
        """Tell whether every mail came out, and all that went over the wire was valid."""
        return self.mails > 0 and self.wire.requests > 0 and self.other == self.wire.invalid == 0


@contextmanager
def in_exchange(_home: Path) -> Iterator[ExchangeMail]:
    """Yield the people of Exchange's stand-in."""
    with exchange_on_premises() as (_system, people):
        yield people


@contextmanager
def in_exchange_online(home: Path) -> Iterator[OnlineMail]:
    """Yield the people of Graph's stand-in."""
    with exchange_online(home) as (_system, people):
        yield people


def every_mail(home: Path, system: Callable[[Path], Any], every: int = 1) -> Exported:
    """Put public mails, each or every so many, into a mailbox of a stand-in, and compare what the gateway gives."""
    with system(home) as people:
        people.create_mailbox(MAILBOX)
        paths = list(unpacked(home / "mails"))[::every]
        given = {people.deliver(MAILBOX, raw): raw for raw in (path.read_bytes() for path in paths)}
        began, cursor, same = time.monotonic(), None, 0
        left = set(given)
        while (batch := people.new_messages(MAILBOX, cursor)).messages:
            cursor = batch.cursor
            for ref in batch.messages:
                same += ref.key in left and people.raw(MAILBOX, ref.key) == given[ref.key]
                left.discard(ref.key)
        return Exported(len(given), len(given) - same, _wire_of(people), time.monotonic() - began)
