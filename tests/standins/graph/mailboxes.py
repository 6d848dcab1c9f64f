"""Mailboxes as Exchange Online keeps them: ids that change and ids that do not, and a log of changes for each folder."""

import itertools
import secrets
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

WELL_KNOWN = {
    "msgfolderroot": "Øverste niveau i informationslageret", "inbox": "Indbakke", "drafts": "Kladder", "sentitems": "Sendt post",
    "deleteditems": "Slettet post", "outbox": "Udbakke", "junkemail": "Uønsket mail", "archive": "Arkiv",
}  # fmt: skip
"""The names people see are in the mailbox's language."""


def new_id(prefix: str = "AAMk") -> str:
    """An id as Graph's: long, with letters that an address must quote."""
    return f"{prefix}{secrets.token_urlsafe(30)}/+="


@dataclass
class File:
    """An attached file."""

    name: str
    content: bytes
    content_type: str = "application/octet-stream"
    id: str = field(default_factory=lambda: new_id("AAMkF"))


@dataclass
class MailFolder:
    """A folder; `changes` is all that ever happened in it, as (kind, item, the id it had)."""

    name: str
    id: str = field(default_factory=lambda: new_id("AQMk"))
    well_known: str = ""
    parent: "MailFolder | None" = None
    hidden: bool = False
    changes: list[tuple[str, "Item", str]] = field(default_factory=list)


@dataclass
class Item:
    """A mail. `raw` is its MIME, once it was received or sent; `usual_id` changes when it is moved."""

    folder: MailFolder
    fields: dict[str, Any]
    received: datetime
    raw: bytes | None = None
    is_draft: bool = False
    is_read: bool = False
    files: list[File] = field(default_factory=list)
    immutable_id: str = field(default_factory=lambda: new_id("AAkA"))
    usual_id: str = field(default_factory=new_id)
    change: int = 1
    modified: datetime = field(default_factory=lambda: datetime.now(UTC))
    corrupt: str = ""
    """The error code with which its export fails."""
    unreadable: bool = False
    """Nothing of it but its id can be read, and no list that asks for more can hold it."""


class Mailbox:
    """One mailbox."""

    def __init__(self, address: str) -> None:
        self.address = address
        root = MailFolder(WELL_KNOWN["msgfolderroot"], well_known="msgfolderroot")
        self.folders: list[MailFolder] = [root]
        self.folders += [
            MailFolder(name, well_known=key, parent=root) for key, name in WELL_KNOWN.items() if key != "msgfolderroot"
        ]
        self.items: list[Item] = []
        self.full = False

    @property
    def root(self) -> MailFolder:
        return self.folders[0]

    def folder(self, name: str) -> MailFolder | None:
        """A folder by well-known name or id."""
        return next((each for each in self.folders if name in (each.id, each.well_known) and name), None)

    def item(self, key: str, *, immutable: bool) -> Item | None:
        return next((each for each in self.items if key == (each.immutable_id if immutable else each.usual_id)), None)

    def within(self, folder: MailFolder) -> Iterator[Item]:
        return (each for each in self.items if each.folder is folder)

    def add(self, item: Item) -> Item:
        self.items.append(item)
        item.folder.changes.append(("added", item, item.usual_id))
        return item

    def changed(self, item: Item) -> None:
        item.change += 1
        item.modified = datetime.now(UTC)
        item.folder.changes.append(("changed", item, item.usual_id))

    def move(self, item: Item, target: MailFolder) -> None:
        if item.folder is target:
            return
        item.folder.changes.append(("removed", item, item.usual_id))
        item.folder, item.usual_id = target, new_id()
        item.change += 1
        target.changes.append(("added", item, item.usual_id))

    def destroy(self, item: Item) -> None:
        self.items.remove(item)
        item.folder.changes.append(("removed", item, item.usual_id))


def reported(folder: MailFolder, since: int, *, immutable: bool, kinds: str) -> list[tuple[str, Item]]:
    """What the feed tells of a folder's changes after a number of them: ("removed", its id then) or ("there", item).

    With immutable ids a mail that left and came back is told of as removed, and never as added again.
    """
    told: dict[str, tuple[str, Item]] = {}
    left = {id(item) for kind, item, _ in folder.changes[:since] if kind == "removed"} if immutable else set()
    for kind, item, usual in folder.changes[since:]:
        key = item.immutable_id if immutable else usual
        if kind == "removed":
            left |= {id(item)} if immutable else set()
            told[key] = (f"removed {key}", item)
        elif id(item) not in left and not (kinds == "created" and kind == "changed"):
            told.setdefault(key, ("there", item))
    return [each for each in told.values() if kinds != "created" or each[0] == "there"]


class Tokens:
    """What next and delta links stand for; a link may be followed more than once."""

    def __init__(self) -> None:
        self._numbers, self._kept = itertools.count(1), dict[str, Any]()
        self._lock = threading.Lock()

    def keep(self, value: Any) -> str:
        with self._lock:
            token = f"{next(self._numbers):x}-{secrets.token_urlsafe(200)}"
            self._kept[token] = (value, time.monotonic())
            return token

    def find(self, token: str) -> Any:
        return self._kept.get(token, (None, 0))[0]

    def expire(self) -> None:
        """All that was handed out is worth nothing any more."""
        with self._lock:
            self._kept.clear()
