"""The life of the invented municipality. Mails arrive, units answer from their own mailboxes or send back.

It stands outside Sluse: it sees mailboxes and web pages, as citizens and units do, and knows nothing of the database, nor in
what the mailboxes are.
"""

import hashlib
import random
import re
import urllib.error
import urllib.parse
import urllib.request
from bisect import bisect_left
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import Message
from email.utils import format_datetime
from http.cookiejar import CookieJar
from typing import Protocol

import structlog

from app.demo.mails import Mails
from app.demo.municipality import Municipality, UnitPlan
from connectors.errors import ConnectorError
from connectors.mail.compose import compose, header
from connectors.mail.gateway import MailGateway
from connectors.mail.message import Folder, MessageRef, Outgoing

log = structlog.get_logger()
BURST = 12
"""So many mails at once: those of the early morning."""
RHYTHM = ((40, 20.0), (90, 60.0), (100_000, 180.0))
"""Then, up to so many in all, one every so many seconds at speed 1: a busy morning, and an afternoon that one visitor
can follow."""
ANSWER_AFTER = (90.0, 1800.0)
SLOW_SHARE, SLOWER = 0.1, 20
PORTION = 100
"""So many mails of a folder are listed at once."""
RETURNS_SHARE = 0.5
"""So often a unit moves what is not its own to its Retur folder; else it follows the link."""
LINK = re.compile(r"^(https?://\S+/retur/\S+)\s*$", re.MULTILINE)
FIELD = re.compile(r'name="csrf_token" value="([^"]+)"')


class TownMail(MailGateway, Protocol):
    """The mail of a town, with the two doors of those who are not Sluse."""

    def deliver(self, mailbox: str, raw: bytes, *, received_at: datetime | None = None) -> str:
        """Deliver a mail into an inbox, as its server does; return its key."""
        ...

    def add_sent(self, mailbox: str, raw: bytes) -> str:
        """Add a mail to Sent, as a person's mail client does; return its key."""
        ...


class Life:
    """The life of the municipality, step by step.

    Call `step` about once a second. It goes on where an earlier process stopped: the mailboxes tell how far it came.
    """

    def __init__(
        self,
        municipality: Municipality,
        mails: Mails,
        gateway: TownMail,
        *,
        speed: float = 1.0,
        by_folder: float = RETURNS_SHARE,
        most: int = 100_000,
    ) -> None:
        """Set the pace of mails and answers.

        `speed`: 10 lets mails arrive and answers come ten times as fast. `most`: so many mails, then no more.
        """
        self._municipality, self._mails, self._gateway = municipality, mails, gateway
        self._speed, self._by_folder, self._most = speed, by_folder, most
        self._delivered = self._arrived()
        self._next_at: datetime | None = None
        self._cursors: dict[str, str] = {}
        self._todo: list[tuple[datetime, UnitPlan, MessageRef]] = []

    @property
    def delivered(self) -> int:
        """Return how many live mails have arrived so far."""
        return self._delivered

    def step(self, now: datetime) -> None:
        """Do what is due. Trouble with one mail is logged and does not hold up the rest."""
        self._deliver(now)
        for unit in self._municipality.units:
            self._look(unit, now)
        due, self._todo = [t for t in self._todo if t[0] <= now], [t for t in self._todo if t[0] > now]
        for _, unit, ref in due:
            try:
                self._handle(unit, ref, now)
            except (ConnectorError, OSError, ValueError, LookupError) as error:
                log.warning("demo_unit_stumbled", unit=unit.name, error=str(error))

    def _arrived(self) -> int:
        """Return how many live mails lie in the mailboxes. They came in order, so by halving the first missing is found."""
        end = 1
        while end <= self._most and self._lies(end - 1):
            end *= 2
        return bisect_left(range(min(end, self._most)), True, key=lambda n: not self._lies(n))

    def _lies(self, n: int) -> bool:
        mail = self._mails.live(n, datetime.now(UTC))
        return self._gateway.find(mail.mailbox, mail.message_id, folder=Folder.INBOX) is not None

    def _listed(self, mailbox: str, folder: Folder) -> Iterator[MessageRef]:
        cursor = None
        while (batch := self._gateway.new_messages(mailbox, cursor, folder=folder, limit=PORTION)).messages:
            yield from batch.messages
            cursor = batch.cursor

    def _deliver(self, now: datetime) -> None:
        due = max(0, BURST - self._delivered)
        if self._next_at is None:
            self._next_at = now + self._pause(self._delivered + due)
        while now >= self._next_at:
            due += 1
            self._next_at += self._pause(self._delivered + due)
        for _ in range(min(due, self._most - self._delivered)):
            n = self._delivered
            sent = now
            mail = self._mails.live(n, sent)
            # The twins first: what counts as delivered has then been delivered to all.
            for mailbox in (*mail.twins, mail.mailbox):
                self._gateway.deliver(mailbox, mail.raw, received_at=sent)
            self._delivered += 1

    def _pause(self, delivered: int) -> timedelta:
        """Return how long the next mail lets wait for itself."""
        seconds = next(seconds for until, seconds in RHYTHM if delivered < until)
        return timedelta(seconds=seconds / self._speed)

    def _look(self, unit: UnitPlan, now: datetime) -> None:
        """Plan when each forward is dealt with.

        The forwards are in the unit's inbox; somebody deals with each at that moment.
        """
        batch = self._gateway.new_messages(unit.address, self._cursors.get(unit.address), limit=PORTION)
        self._cursors[unit.address] = batch.cursor
        for ref in batch.messages:
            chance = random.Random(ref.key)  # noqa: S311 - an invented world
            wait = chance.uniform(*ANSWER_AFTER) * (SLOWER if chance.random() < SLOW_SHARE else 1)
            self._todo.append((now + timedelta(seconds=wait / self._speed), unit, ref))

    def _handle(self, unit: UnitPlan, ref: MessageRef, now: datetime) -> None:
        forward = message_from_bytes(self._gateway.raw(unit.address, ref.key), policy=policy.default)
        text, original = forward.get_body(("plain",)), next(forward.iter_attachments(), None)
        if original is None:
            return  # word about a mail that was withdrawn or did not arrive: there is nothing to answer
        citizen = _attached_mail(original)
        truth = self._mails.truth(header(str(citizen["Message-ID"])))
        if truth is None:
            return  # somebody else's mail: nobody in the invented town knows whose it is
        answer_id = _answer_id(forward)
        if self._gateway.find(unit.address, answer_id, folder=Folder.SENT) is not None:
            return
        if truth in (unit.name, "follow_up"):
            self._answer(unit, answer_id, str(forward["Subject"]), citizen, now)
        elif random.Random(f"{ref.key}/back").random() < self._by_folder:  # noqa: S311 - an invented world
            self._gateway.move(unit.address, ref.key, source=Folder.INBOX, target=Folder.RETURNS)
        elif link := LINK.search(str(text.get_content()) if text else ""):
            give_back(link.group(1))

    def _answer(self, unit: UnitPlan, answer_id: str, subject: str, citizen: Message, now: datetime) -> None:
        """Write the answer from the draft. Put it into Sent, and throw the draft away."""
        thread = header(str(citizen["Message-ID"]))
        answer = Outgoing(
            message_id=answer_id,
            sender=unit.address,
            recipient=header(str(citizen["From"])),
            subject=re.sub(r"^VS:", "SV:", header(subject)),
            text=f"Tak for din henvendelse. Vi har set på sagen og ordner det.\n\nVenlig hilsen\n{unit.name}",
            in_reply_to=thread,
            headers=(("Date", format_datetime(now)),),
        )
        self._gateway.add_sent(unit.address, compose(answer, automatic=False))
        for draft in list(self._listed(unit.address, Folder.DRAFTS)):
            if thread.encode() in self._gateway.raw(unit.address, draft.key, folder=Folder.DRAFTS):
                self._gateway.remove(unit.address, draft.key, folder=Folder.DRAFTS)


def _answer_id(forward: Message) -> str:
    """Return the Message-ID of the answer to a forward: by it a unit that looks again sees that it has answered."""
    known = hashlib.sha256(header(str(forward["Message-ID"])).encode()).hexdigest()[:20]
    return f"<svar-{known}@slusekoebing.example.org>"


def _attached_mail(part: Message) -> Message:
    """Return the citizen's mail. Attached as a mail, or as a file where it could not travel as one."""
    if part.get_content_type() == "message/rfc822":
        return part.get_payload(0)  # type: ignore[return-value]
    return message_from_bytes(bytes(part.get_payload(decode=True)))


def give_back(link: str) -> bool:
    """Follow a return link and press its button.

    A caseworker does so; here only on this machine. Return whether it worked.
    """
    if urllib.parse.urlsplit(link).hostname not in ("127.0.0.1", "localhost"):
        return False
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
    try:
        with browser.open(link, timeout=5) as page:
            token = FIELD.findall(page.read().decode())
        form = urllib.parse.urlencode({"csrf_token": token[-1], "why": "Hører ikke til hos os."}).encode()
        request = urllib.request.Request(link, form, {"Referer": link})  # noqa: S310 - loopback, checked above
        with browser.open(request, timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, TimeoutError, IndexError) as error:
        log.info("demo_return_refused", error=str(error))
        return False
