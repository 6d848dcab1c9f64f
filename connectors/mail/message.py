"""Plain values that cross the border to a mail system."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from connectors.mail import addresses
from connectors.mail.addresses import Named
from connectors.mail.reading.notes import Repair, Unread

NOBODY = Named("", "")


class Folder(StrEnum):
    """The folders of a mailbox that Sluse knows."""

    INBOX = "inbox"
    SENT = "sent"
    DRAFTS = "drafts"
    RETURNS = "returns"


@dataclass(frozen=True, slots=True)
class OtherFolder:
    """A folder by the key that `MailGateway.folders` has for it, whatever Sluse uses it for."""

    key: str


AnyFolder = Folder | OtherFolder


@dataclass(frozen=True, slots=True)
class FoundFolder:
    """A folder that lies in a mailbox. `name` is as people see it, with those above it; a key is the mail system's own.

    `role` is what Sluse uses it for, None where it does not; `mails` is None where the mail system does not count them.
    """

    key: str
    name: str
    role: Folder | None = None
    mails: int | None = None


def folder_order(folder: FoundFolder) -> tuple[int, str]:
    """Return what folders are sorted by for people: those that Sluse uses first, the others by name."""
    roles = list(Folder)
    return (roles.index(folder.role) if folder.role else len(roles), folder.name.casefold())


ChosenFolders = Callable[[str], Mapping[Folder, str]]
"""Which folders people have chosen for a mailbox, by its address: a key for each role that was. The inbox never is: it is where
mail comes in, and where a letter of unknown fate is looked for."""


def none_chosen(_mailbox: str) -> Mapping[Folder, str]:
    """Leave each folder to what the mail system and the settings say."""
    return {}


@dataclass(frozen=True, slots=True)
class MessageRef:
    """A message where it lies. `key` is stable while it stays in its folder; `received_at` is the server's time, aware UTC."""

    key: str
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Batch:
    """New messages in order of arrival, with a cursor. The cursor is to ask with next time."""

    messages: tuple[MessageRef, ...]
    cursor: str


@dataclass(frozen=True, slots=True)
class Handling:
    """What people have done with a message where it lies, as their mail programs note it on it."""

    read: bool = False
    flagged: bool = False
    replied: bool = False
    forwarded: bool = False


@dataclass(frozen=True, slots=True)
class MailAttachment:
    """One attached file of a mail. Out of a mail that came, or for one that goes."""

    filename: str
    content_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A mail of ours. `message_id` (with angle brackets) is fixed by the caller: it is the idempotency key."""

    message_id: str
    sender: str
    recipient: str
    subject: str
    text: str
    attachments: tuple[MailAttachment, ...] = ()
    in_reply_to: str | None = None
    headers: tuple[tuple[str, str], ...] = ()
    outward: bool = False
    """A robot's letter to somebody outside the house."""
    personal: bool = False
    """A person's letter that the robot only carries: it is not marked as automatic."""

    @property
    def needs_smtputf8(self) -> bool:
        """Tell whether only SMTPUTF8 (RFC 6531) can carry it. A server without it cannot."""
        return addresses.needs_smtputf8(self.sender) or addresses.needs_smtputf8(self.recipient)


@dataclass(frozen=True, slots=True)
class Correspondents:
    """The correspondents of a mail, by header.

    From, Sender, Reply-To and Return-Path; an address that is not surely one is "".
    """

    authors: tuple[Named, ...] = ()
    sender: Named = NOBODY
    reply_to: tuple[Named, ...] = ()
    return_path: Named = NOBODY

    @property
    def sole_author(self) -> str:
        """Return the address in From of a sole author. "" where From names several, or none surely."""
        return self.authors[0].address if len(self.authors) == 1 and not self.authors[0].lifted else ""

    @property
    def writer(self) -> Named:
        """Return who wrote it, as far as it says."""
        return self._writer_and_header[0]

    @property
    def said_by(self) -> str:
        """Return the header that names the writer. One of from, sender, reply_to or return_path; "" where none does."""
        return self._writer_and_header[1]

    @property
    def _writer_and_header(self) -> tuple[Named, str]:
        """Return the writer and the header naming them.

        The author; of several the one who sent it; where there is none, the next best.
        """
        authors = {addresses.key(each.address): each for each in self.authors if each.address}
        if len(authors) > 1:
            chosen = authors.get(addresses.key(self.sender.address))
            return (chosen, "from") if chosen else (Named(_names(self.authors), ""), "")
        answered = {addresses.key(each.address): each for each in self.reply_to if each.address}
        known = (
            *((each, "from") for each in authors.values()),
            (self.sender, "sender"),
            *((each, "reply_to") for each in answered.values() if len(answered) == 1),
            (self.return_path, "return_path"),
        )
        found, header = next(((each, header) for each, header in known if each.address), (NOBODY, ""))
        return replace(found, name=found.name or _names(self.authors)), header


def _names(named: tuple[Named, ...]) -> str:
    return ", ".join(each.name for each in named if each.name)[:200]


@dataclass(frozen=True, slots=True)
class ParsedMail:
    """A mail as `mime.parse` makes it of raw bytes.

    All text is valid Unicode without control characters but tab and newline.
    """

    subject: str
    sender_name: str
    sender_address: str
    recipients: tuple[str, ...]
    message_id: str | None
    in_reply_to: str | None
    references: tuple[str, ...]
    text: str
    """The whole plain text (from HTML where there is no text part), quotes and signature included."""
    html: str | None
    """The unsanitised HTML part; never shown, only handed to `mime.sanitise`."""
    attachments: tuple[MailAttachment, ...]
    headers: tuple[tuple[str, str], ...]
    """The few headers that recognition needs, names in lower case: auto-submitted, precedence, return-path, content-type …"""
    repairs: tuple[Repair, ...] = ()
    """What was mended while it was read; the page says so in small print."""
    unread: tuple[Unread, ...] = ()
    """What of it could not be read."""
    copied: tuple[str, ...] = ()
    """Of the recipients those who only get a copy."""
    correspondents: Correspondents = Correspondents()
    enclosed: tuple["ParsedMail", ...] = ()
    """Mails that lie in it whole, in their order, without their files. Their words stand in `text`, too."""

    @property
    def enclosed_writers(self) -> tuple[Named, ...]:
        """Return who wrote the mails within this one. The outermost comes first."""
        within = (writer for each in self.enclosed for writer in (each.correspondents.writer, *each.enclosed_writers))
        return tuple(writer for writer in within if writer.address)
