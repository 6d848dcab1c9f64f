"""Mailboxes, folders and items as an Exchange server keeps them; each folder has a log of what happened to its items."""

import base64
import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.headerregistry import Address
from email.message import EmailMessage

DISTINGUISHED = {
    "msgfolderroot": "Top of Information Store",
    "inbox": "Indbakke",
    "sentitems": "Sendt post",
    "drafts": "Kladder",
    "deleteditems": "Slettet post",
    "outbox": "Udbakke",
    "junkemail": "Uønsket mail",
    "calendar": "Kalender",
    "contacts": "Kontaktpersoner",
    "tasks": "Opgaver",
    "root": "Root",
}
"""Distinguished names and what a Danish Exchange calls these folders."""
MESSAGE = "IPM.Note"


class Refusal(Exception):
    """An operation is refused, with one of Exchange's response codes."""

    def __init__(self, code: str, text: str = "") -> None:
        super().__init__(code)
        self.code, self.text = code, text or f"The request was refused ({code})."


@dataclass
class Item:
    """One item. `mime` is None for a message that was made of fields, until it is exported."""

    id: str
    change_key: str
    folder: "Folder"
    received: datetime
    mime: bytes | None = None
    fields: dict[str, str] = field(default_factory=dict)
    """By FieldURI: subject, message id, in reply to, references."""
    people: dict[str, list[Address]] = field(default_factory=dict)
    """By FieldURI: from, sender, to, cc, bcc, reply to."""
    body: str = ""
    attachments: list[tuple[str, str, bytes]] = field(default_factory=list)
    properties: dict[str, str] = field(default_factory=dict)
    """Extended properties by their key; an Internet header is "header:NAME"."""
    is_read: bool = False
    is_draft: bool = False
    hidden_for: int = 0
    """So many looks do not find it yet."""

    @property
    def message_id(self) -> str:
        return self.fields.get("message:InternetMessageId", "")

    def export(self) -> bytes:
        """Return the message as the server exports it: what came by mail as it came, what was made of fields as it builds it."""
        if self.mime is None:
            self.mime = built(self)
        return self.mime


@dataclass
class Folder:
    """A folder. `log` holds (kind, item id) in the order in which it happened."""

    id: str
    mailbox: "Mailbox"
    name: str
    distinguished: str = ""
    parent: "Folder | None" = None
    kind: str = "IPF.Note"
    items: dict[str, Item] = field(default_factory=dict)
    log: list[tuple[str, str]] = field(default_factory=list)
    generation: int = 0
    stutters: int = 0
    """So often it answers with the same state and says that there is more."""


@dataclass
class Mailbox:
    """A mailbox with its folders, and who may do what in it."""

    address: str
    folders: list[Folder] = field(default_factory=list)
    full: bool = False
    closed_for_folders: bool = False
    """Nobody may make a folder in it."""

    def folder(self, distinguished: str) -> Folder:
        for each in self.folders:
            if each.distinguished == distinguished:
                return each
        raise Refusal("ErrorFolderNotFound")


class Store:
    """All mailboxes. Mail for an address that has none leaves the house, or bounces where its domain is ours."""

    def __init__(self) -> None:
        self.mailboxes: dict[str, Mailbox] = {}
        self.left_house: list[tuple[str, bytes]] = []
        self.elsewhere: Callable[[str, bytes], bool] = lambda _address, _raw: False
        """Takes a mail whose address is on another of the house's servers; tells whether it is."""
        self.tagged = True
        """Mail to post+x@… comes to post@…: with it off, such an address is nobody."""
        self.late_copies = 0
        """How many looks into Sent do not find a copy yet."""
        self._number = 0
        self._at = datetime.min.replace(tzinfo=UTC)

    def create(self, address: str) -> Mailbox:
        """Make a mailbox with its distinguished folders."""
        mailbox = Mailbox(address)
        root = self._folder(mailbox, DISTINGUISHED["msgfolderroot"], "msgfolderroot", None)
        for distinguished, name in DISTINGUISHED.items():
            if distinguished != "msgfolderroot":
                self._folder(mailbox, name, distinguished, root)
        self.mailboxes[address.lower()] = mailbox
        return mailbox

    def mailbox(self, address: str) -> Mailbox:
        try:
            return self.mailboxes[address.lower()]
        except KeyError:
            raise Refusal("ErrorNonExistentMailbox", "The SMTP address has no mailbox associated with it.") from None

    def create_folder(self, parent: Folder, name: str) -> Folder:
        if parent.mailbox.closed_for_folders:
            raise Refusal("ErrorAccessDenied")
        if any(each.name.lower() == name.lower() and each.parent is parent for each in parent.mailbox.folders):
            raise Refusal("ErrorFolderExists")
        return self._folder(parent.mailbox, name, "", parent)

    def folder_by_id(self, folder_id: str) -> Folder:
        for mailbox in self.mailboxes.values():
            for each in mailbox.folders:
                if each.id == folder_id:
                    return each
        raise Refusal("ErrorItemNotFound" if folder_id.startswith("AAMk") else "ErrorInvalidIdMalformed")

    def item(self, item_id: str) -> Item:
        for mailbox in self.mailboxes.values():
            for each in mailbox.folders:
                if item_id in each.items:
                    return each.items[item_id]
        raise Refusal("ErrorItemNotFound" if item_id.startswith("AAMk") else "ErrorInvalidIdMalformed")

    def put(self, folder: Folder, raw: bytes | None, **more: object) -> Item:
        """Put a message into a folder, with its own new id."""
        if folder.mailbox.full:
            raise Refusal("ErrorQuotaExceeded")
        item = Item(self.new_id(), self.new_key(), folder, self.now(), raw)
        if raw is not None:
            _read_head(item, raw)
        for name, value in more.items():
            setattr(item, name, value)
        folder.items[item.id] = item
        folder.log.append(("create", item.id))
        return item

    def changed(self, item: Item, kind: str = "update") -> None:
        """Give the item a new change key and tell the folder's log."""
        item.change_key = self.new_key()
        item.folder.log.append((kind, item.id))

    def move(self, item: Item, target: Folder) -> Item:
        """Move an item: it gets another id."""
        self.delete(item)
        item.id, item.folder, item.change_key = self.new_id(), target, self.new_key()
        target.items[item.id] = item
        target.log.append(("create", item.id))
        return item

    def delete(self, item: Item) -> None:
        del item.folder.items[item.id]
        item.folder.log.append(("delete", item.id))

    def deliver(self, address: str, raw: bytes, *, sender: str = "") -> None:
        """Deliver a mail to one address, as the transport does."""
        known = self.mailboxes.get(address.lower())
        local, _, domain = address.lower().rpartition("@")
        if known is None and self.tagged:
            known = self.mailboxes.get(f"{local.partition('+')[0]}@{domain}")
        domains = {each.rpartition("@")[2] for each in self.mailboxes}
        if known is not None:
            self.put(known.folder("inbox"), raw)
        elif self.elsewhere(address, raw):
            return
        elif address.rpartition("@")[2].lower() in domains and sender:
            self.put(self.mailbox(sender).folder("inbox"), bounce(address))
        else:
            self.left_house.append((address, raw))

    def send(self, item: Item, saved: Folder | None) -> None:
        """Submit a draft: its copy goes to `saved`, the mail to everybody it names."""
        raw = without_headers(item.export(), "auto-submitted", "bcc")
        sender = item.folder.mailbox.address
        everybody = [
            each
            for uri in ("ToRecipients", "CcRecipients", "BccRecipients")
            for each in item.people.get(f"message:{uri}", [])
        ]
        if not everybody:
            raise Refusal("ErrorInvalidRecipients", "At least one recipient isn't valid.")
        self.delete(item)
        if saved is not None:
            self.put(saved, raw, is_read=True, hidden_for=self.late_copies)
        for each in everybody:
            self.deliver(each.addr_spec, raw, sender=sender)

    def lose_states(self) -> None:
        """Forget how far anybody has synchronised, and number all items anew, as after a restored database."""
        for mailbox in self.mailboxes.values():
            for folder in mailbox.folders:
                folder.generation += 1
                items, folder.items = list(folder.items.values()), {}
                for item in items:
                    item.id = self.new_id()
                    folder.items[item.id] = item
                folder.log = [("create", each) for each in folder.items]

    def changes(self, folder: Folder, state: str, limit: int) -> tuple[list[tuple[str, str]], str, bool]:
        """Return what happened after a state, the state to ask with next time, and whether that was all."""
        since = self._since(folder, state)
        if folder.stutters and state:
            folder.stutters -= 1
            return [], state, False
        found: dict[str, str] = {}
        position = since
        while position < len(folder.log) and len(found) < limit:
            kind, item_id = folder.log[position]
            position += 1
            if (net := _net(folder, kind, item_id, since)) and found.get(item_id) != "create":
                found[item_id] = net
        return (
            [(kind, each) for each, kind in found.items()],
            self._state(folder, position),
            position >= len(folder.log),
        )

    def now(self) -> datetime:
        """Return a later moment at each call."""
        self._at = max(datetime.now(UTC), self._at + timedelta(microseconds=1))
        return self._at

    def new_id(self) -> str:
        return self._opaque(111)

    def new_key(self) -> str:
        return self._opaque(30)

    def _opaque(self, size: int) -> str:
        """Return something as long as Exchange's own, and no two alike."""
        self._number += 1
        seed = hashlib.sha512(str(self._number).encode()).digest()
        return "AAMk" + base64.b64encode((seed * 2)[: size - 4]).decode()

    def _folder(self, mailbox: Mailbox, name: str, distinguished: str, parent: Folder | None) -> Folder:
        folder = Folder(self.new_id(), mailbox, name, distinguished, parent)
        mailbox.folders.append(folder)
        return folder

    def _state(self, folder: Folder, position: int) -> str:
        """Return a state; another one each time, as Exchange's are."""
        self._number += 1
        value = {"folder": folder.id, "generation": folder.generation, "position": position, "no": self._number}
        return base64.b64encode(json.dumps(value).encode()).decode()

    @staticmethod
    def _since(folder: Folder, state: str) -> int:
        if not state:
            return 0
        try:
            value = json.loads(base64.b64decode(state, validate=True))
            known = (value["folder"], value["generation"]) == (folder.id, folder.generation)
        except (ValueError, KeyError, TypeError):
            known = False
        if not known:
            raise Refusal("ErrorInvalidSyncStateData", "Synchronization state data is corrupt or otherwise invalid.")
        return int(value["position"])


def _net(folder: Folder, kind: str, item_id: str, since: int) -> str:
    """Return what an entry of the log means to somebody who knows all before `since`; "" where it means nothing."""
    there = item_id in folder.items
    fresh = ("create", item_id) in folder.log[since:]
    if kind == "delete":
        return "" if fresh else "delete"
    if not there:
        return ""
    return "create" if kind == "create" or fresh else kind


def _read_head(item: Item, raw: bytes) -> None:
    """Take from a message's header what Exchange keeps as properties."""
    message = message_from_bytes(
        raw.partition(b"\r\n\r\n")[0].partition(b"\n\n")[0] + b"\r\n\r\n", policy=policy.default
    )
    for uri, name in TEXTS.items():
        if value := _header(message, name):
            item.fields[uri] = value
    for uri, name in PEOPLE.items():
        if addresses := _addresses(message, name):
            item.people[uri] = addresses
    item.attachments = [(MIME_ATTACHMENT, "", b"")] if b"multipart/mixed" in raw[:20000].lower() else []


TEXTS = {
    "item:Subject": "Subject",
    "message:InternetMessageId": "Message-ID",
    "item:InReplyTo": "In-Reply-To",
    "message:References": "References",
}
PEOPLE = {
    "message:From": "From",
    "message:Sender": "Sender",
    "message:ToRecipients": "To",
    "message:CcRecipients": "Cc",
    "message:BccRecipients": "Bcc",
    "message:ReplyTo": "Reply-To",
}
MIME_ATTACHMENT = "(in the message)"


def _header(message: EmailMessage, name: str) -> str:
    try:
        return "".join(c for c in str(message.get(name, "")) if c.isprintable())
    except Exception:  # noqa: BLE001 - the library fails on headers that a server shrugs at
        return ""


def _addresses(message: EmailMessage, name: str) -> list[Address]:
    try:
        return [each for each in message[name].addresses if each.domain] if message[name] else []
    except Exception:  # noqa: BLE001 - the library fails on headers that a server shrugs at
        return []


def built(item: Item) -> bytes:
    """Return a message made of an item's fields, as Exchange writes it: its own line breaks, its own order."""
    message = EmailMessage(policy=policy.SMTP.clone(max_line_length=78))
    for uri, name in PEOPLE.items():
        if people := item.people.get(uri):
            message[name] = people
    for uri, name in TEXTS.items():
        if value := item.fields.get(uri):
            message[name] = value
    message["Date"] = item.received
    for key, value in item.properties.items():
        if key.startswith("header:"):
            message[key.removeprefix("header:")] = value
    message.set_content(item.body or "\n", cte="quoted-printable")
    for name, kind, content in item.attachments:
        maintype, _, subtype = (
            kind if "/" in kind and not kind.startswith("message/") else "application/octet-stream"
        ).partition("/")
        message.add_attachment(content, maintype=maintype, subtype=subtype, filename=name)
    return message.as_bytes()


def without_headers(raw: bytes, *names: str) -> bytes:
    """Return a message without some headers: Exchange drops Auto-Submitted on its way out, and Bcc."""
    head, separator, body = raw.partition(b"\r\n\r\n")
    return b"\r\n".join(_other_fields(head, names)) + separator + body


def _other_fields(head: bytes, names: tuple[str, ...]) -> Iterator[bytes]:
    keep = True
    for line in head.split(b"\r\n"):
        if not line[:1].isspace():
            keep = line.partition(b":")[0].strip().lower().decode(errors="replace") not in names
        if keep:
            yield line


def bounce(address: str) -> bytes:
    """Return the mail with which Exchange tells that it knows no such address."""
    return (
        b"From: Microsoft Outlook <postmaster@town.example.org>\r\nSubject: Kan ikke leveres\r\n"
        b"Auto-Submitted: auto-replied\r\nContent-Type: text/plain\r\n\r\n" + address.encode() + b"\r\n"
    )
