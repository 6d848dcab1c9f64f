"""The life of the invented municipality. Mails arrive, units answer from their own mailboxes or send back.

It stands outside Sluse: it sees mailboxes and web pages, as citizens and units do, and knows nothing of the database.
"""

import random
import re
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from email.message import Message
from email.utils import format_datetime
from http.cookiejar import CookieJar

import structlog

from app.demo.mails import Mails
from app.demo.municipality import Municipality, UnitPlan
from connectors.errors import ConnectorError
from connectors.mail.compose import compose, header
from connectors.mail.folder.gateway import FolderGateway
from connectors.mail.message import Folder, MessageRef, Outgoing

log = structlog.get_logger()
BURST, EVERY = 25, 4.0
"""So many mails at once, then one every so many seconds, at speed 1."""
ANSWER_AFTER = (8.0, 45.0)
SLOW_SHARE = 0.1
RETURNS_SHARE = 0.5
"""So often a unit moves what is not its own to its Retur folder; else it follows the link."""
LINK = re.compile(r"^(https?://\S+/retur/\S+)\s*$", re.MULTILINE)
FIELD = re.compile(r'name="csrf_token" value="([^"]+)"')


class Life:
    """The life of the municipality, step by step.

    Call `step` about once a second. It goes on where an earlier process stopped: the mailboxes tell how far it came.
    """

    def __init__(
        self,
        municipality: Municipality,
        mails: Mails,
        gateway: FolderGateway,
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
        self._delivered = sum(1 for _ in self._arrived())
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

    def _arrived(self) -> Iterator[str]:
        for address, _ in self._municipality.mailboxes:
            batch = self._gateway.new_messages(address, None, limit=1_000_000)
            yield from (ref.key for ref in batch.messages if ref.key.startswith("demo-"))

    def _deliver(self, now: datetime) -> None:
        due = max(0, BURST - self._delivered)
        if self._next_at is None:
            self._next_at = now + timedelta(seconds=EVERY / self._speed)
        while now >= self._next_at:
            due += 1
            self._next_at += timedelta(seconds=EVERY / self._speed)
        for _ in range(min(due, self._most - self._delivered)):
            n = self._delivered
            # The first ones are some days old, so that deadlines press from the first minute on.
            sent = now - timedelta(days=16 - n) if n < 16 else now
            mail = self._mails.live(n, sent)
            # The twins first: what counts as delivered has then been delivered to all.
            for k, mailbox in enumerate(mail.twins):
                self._gateway.deliver(mailbox, mail.raw, received_at=sent, name=f"twin-{n:06d}-{k}")
            self._gateway.deliver(mail.mailbox, mail.raw, received_at=sent, name=f"demo-{n:06d}")
            self._delivered += 1

    def _look(self, unit: UnitPlan, now: datetime) -> None:
        """Plan when each forward is dealt with.

        The forwards are in the unit's inbox; somebody deals with each at that moment.
        """
        batch = self._gateway.new_messages(unit.address, self._cursors.get(unit.address), limit=1000)
        self._cursors[unit.address] = batch.cursor
        for ref in batch.messages:
            chance = random.Random(ref.key)  # noqa: S311 - an invented world
            wait = chance.uniform(*ANSWER_AFTER) * (200 if chance.random() < SLOW_SHARE else 1)
            self._todo.append((now + timedelta(seconds=wait / self._speed), unit, ref))

    def _handle(self, unit: UnitPlan, ref: MessageRef, now: datetime) -> None:
        forward = message_from_bytes(self._gateway.raw(unit.address, ref.key), policy=policy.default)
        text, original = forward.get_body(("plain",)), next(forward.iter_attachments(), None)
        if original is None:
            return  # word about a mail that was withdrawn or did not arrive: there is nothing to answer
        citizen = _attached_mail(original)
        truth = self._mails.truth(header(str(citizen["Message-ID"])))
        answered = self._gateway.new_messages(unit.address, None, folder=Folder.SENT, limit=1_000_000)
        if f"demo-{ref.key}" in {sent.key for sent in answered.messages}:
            return
        if truth in (unit.name, "follow_up"):
            self._answer(unit, ref, str(forward["Subject"]), citizen, now)
        elif random.Random(f"{ref.key}/back").random() < self._by_folder:  # noqa: S311 - an invented world
            self._gateway.move(unit.address, ref.key, source=Folder.INBOX, target=Folder.RETURNS)
        elif link := LINK.search(str(text.get_content()) if text else ""):
            give_back(link.group(1))

    def _answer(self, unit: UnitPlan, ref: MessageRef, subject: str, citizen: Message, now: datetime) -> None:
        """Write the answer from the draft. Put it into Sent, and throw the draft away."""
        thread = header(str(citizen["Message-ID"]))
        answer = Outgoing(
            message_id=f"<svar-{ref.key}@slusekoebing.example.org>",
            sender=unit.address,
            recipient=header(str(citizen["From"])),
            subject=re.sub(r"^VS:", "SV:", header(subject)),
            text=f"Tak for din henvendelse. Vi har set på sagen og ordner det.\n\nVenlig hilsen\n{unit.name}",
            in_reply_to=thread,
            headers=(("Date", format_datetime(now)),),
        )
        self._gateway.add_sent(unit.address, compose(answer, automatic=False), name=f"demo-{ref.key}")
        drafts = self._gateway.new_messages(unit.address, None, folder=Folder.DRAFTS, limit=1_000_000)
        for draft in drafts.messages:
            if thread.encode() in self._gateway.raw(unit.address, draft.key, folder=Folder.DRAFTS):
                self._gateway.remove(unit.address, draft.key, folder=Folder.DRAFTS)


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
