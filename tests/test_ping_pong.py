"""Two robots that answer each other come to rest: after at most two letters of ours, whatever the other one does.

`make test` lets the other robot write some mails that nobody asked for, `make verify` a thousand.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from sqlalchemy import select, update

from app import database
from app.domain.enquiry import State
from app.models.enquiry import Enquiry
from app.models.unit import Mailbox
from app.workflow.worker import Worker
from connectors.mail.message import Folder
from tests.standins.smtp import Accepted, bounce
from tests.town import PARK, SHARED, UNITS, Town, eventually, jobs_under_way, mail

WHOLE = "SLUSE_TEST_PING_PONG"
ROUNDS = 1000
PERSISTENT = ROUNDS if os.environ.get(WHOLE) else 10
LONG = 3600.0
"""Seconds until a thousand mails count as never coming to their end."""
MOST = 2
"""So many letters of ours another robot may get in a day."""


@dataclass(frozen=True)
class Robot:
    """A robot that answers each letter, and how it does."""

    name: str
    headers: dict[str, str] = field(default_factory=dict)
    quotes: bool = False
    threads: bool = False
    keeps_subject: bool = False
    tags: bool = False
    """It writes from another address each time: robot+17@…"""
    bounces: bool = False
    """It is a mail server that gives each letter back."""

    @property
    def domain(self) -> str:
        return f"{self.name}.example.org"

    def write(self, n: int, letter: EmailMessage | None) -> bytes:
        """Write its n-th mail, in answer to a letter of ours where there is one."""
        if letter is not None and self.bounces:
            given_back = Accepted(SHARED, str(letter["To"]), letter.as_bytes(policy=policy.SMTP))
            return bounce(given_back)
        sender = f"robot+{n}@{self.domain}" if self.tags else f"robot@{self.domain}"
        subject, text, headers = (
            f"Sag nr. {n} hos os",
            f"Tak. Vi har registreret nr. {n} om bænken i parken.",
            dict(self.headers),
        )
        if letter is not None and self.quotes:
            text += "\n\n" + "\n".join(f"> {line}" for line in letter.get_content().splitlines())
        if letter is not None and self.keeps_subject:
            subject = f"SV: {letter['Subject']}"
        reply_to = str(letter["Message-ID"]) if letter is not None and self.threads else ""
        return mail(
            subject, text, sender=sender, message_id=f"<{n}@{self.domain}>", in_reply_to=reply_to, headers=headers
        )


ROBOTS = (
    Robot("plain"),
    Robot("tagging", tags=True),
    Robot("marked", headers={"Auto-Submitted": "auto-replied"}, threads=True),
    Robot("ours", headers={"X-Sluse": "1"}),
    Robot("quoting", quotes=True, tags=True),
    Robot("threading", threads=True, keeps_subject=True, tags=True),
    Robot("subject", keeps_subject=True, quotes=True),
    Robot("bouncing", bounces=True),
)


class Match:
    """The town, in which all is routed and acknowledged, and what it has written to the other side."""

    def __init__(self, town: Town) -> None:
        self.town = town

    def play(self, *mails: bytes, decides: bool = True) -> None:
        """Let mails come in, somebody decide what waits for a human, if anybody does, and everything be done."""
        before = self.town.last_enquiry()
        for raw in mails:
            self.town.gateway.deliver(SHARED, raw)
        eventually(lambda: self.town.last_enquiry() == before + len(mails), LONG)
        eventually(lambda: not self._in(before, State.RECEIVED), LONG)
        for enquiry in self._in(before, State.TRIAGE) if decides else ():
            self.town.decide(enquiry, PARK)
        eventually(lambda: not jobs_under_way(self.town.container), LONG)

    def _in(self, after: int, state: State) -> list[int]:
        with database.read(self.town.container.engine) as session:
            query = select(Enquiry.id).where(Enquiry.id > after, Enquiry.state == state)
            return list(session.scalars(query.order_by(Enquiry.id)))

    def letters_to(self, robot: Robot) -> list[EmailMessage]:
        """All that has left for a robot, under whichever address."""
        refs = self.town.gateway.new_messages(SHARED, None, folder=Folder.SENT, limit=5000).messages
        raws = (self.town.gateway.raw(SHARED, ref.key, folder=Folder.SENT) for ref in refs)
        found = (message_from_bytes(raw, policy=policy.default) for raw in raws)
        return [each for each in found if robot.domain in each["To"]]  # type: ignore[misc]


@pytest.fixture
def match(town: Town) -> Iterator[Match]:
    with database.write(town.container.engine) as session:
        session.execute(update(Mailbox).values(acknowledge=True))
    worker = Worker(town.container)
    worker.start()
    yield Match(town)
    worker.stop()


def test_whoever_answers_everything_gets_two_letters_and_no_more(match: Match) -> None:
    for robot in ROBOTS:
        answered, rounds = 0, 0
        match.play(robot.write(0, None))
        while len(letters := match.letters_to(robot)) > answered and rounds < ROUNDS:
            rounds += 1
            match.play(*(robot.write(100 * rounds + n, letter) for n, letter in enumerate(letters[answered:])))
            answered = len(letters)
        print(f"{robot.name}: {len(letters)} letters of ours, then it is quiet")
        assert len(letters) <= MOST, robot
        for letter in letters:
            assert (letter["X-Sluse"], letter["Auto-Submitted"]) == ("1", "auto-replied")


def test_whoever_goes_on_all_by_itself_gets_no_more_either(match: Match) -> None:
    robot = Robot("persistent", tags=True)
    match.play(*(robot.write(n, None) for n in range(PERSISTENT)))
    count = len(match.letters_to(robot))
    print(f"{robot.name}: {PERSISTENT} mails, {count} letters of ours")
    assert 1 <= count <= MOST


def test_a_units_mailbox_that_answers_everything_is_told_once(match: Match) -> None:
    """Its answers to us are no answers to the citizen: that is said once, and not in answer to what it says to that."""
    town = match.town
    match.play(mail("Bænk", "Bænken i parken mangler", message_id="<b@borger.example.org>"))
    seen: set[str] = set()
    for n in range(30):  # each of which takes a while
        new = [ref for ref in town.gateway.new_messages(UNITS[PARK], None).messages if ref.key not in seen]
        if not new:
            break
        seen |= {ref.key for ref in new}
        for ref in new:
            letter = message_from_bytes(town.gateway.raw(UNITS[PARK], ref.key), policy=policy.default)
            answer = mail(
                f"SV: {letter['Subject']}", f"Tak for mailen nr. {n}.", sender=UNITS[PARK],
                in_reply_to=str(letter["Message-ID"]), message_id=f"<{n}.{ref.key}@town.example.org>",
            )  # fmt: skip
            match.play(answer, decides=False)
    print(f"a unit's mailbox: {len(seen)} letters of ours, then it is quiet")
    assert len(seen) <= 2, "the mail itself, and one word about it"
