"""Mail in folders on this machine. Each mailbox is a Maildir++ with Inbox, Sent, Drafts and Retur."""

import errno
import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from connectors import durable
from connectors.errors import ConnectorError, UnreachableAddress
from connectors.mail import addresses
from connectors.mail.compose import compose
from connectors.mail.folder.maildir import KEY, MaildirFolder, unique_name
from connectors.mail.message import (
    AnyFolder,
    Batch,
    ChosenFolders,
    Folder,
    FoundFolder,
    Handling,
    MessageRef,
    OtherFolder,
    Outgoing,
    folder_order,
    none_chosen,
)

SUBFOLDERS = {Folder.INBOX: "", Folder.SENT: ".Sent", Folder.DRAFTS: ".Drafts", Folder.RETURNS: ".Retur"}
SUBFOLDER = re.compile(r"\.[^/\0]+")
BEGUN = "sluse-begun"
"""Beside the mail of a mailbox: one empty file for each effect that was begun and has not come to its end."""
LOOKS = 5
"""How often a message that a client renames under our hands is looked for again."""


class FolderGateway:
    """A MailGateway over `root`, one directory a mailbox. Without `smtputf8` it is like a server that does not offer it.

    `post` carries what is for a mailbox of another such system on this machine.
    """

    def __init__(
        self,
        root: Path,
        *,
        smtputf8: bool = True,
        post: "FolderPost | None" = None,
        chosen: ChosenFolders = none_chosen,
    ) -> None:
        self._root, self._smtputf8, self._post, self._chosen = root, smtputf8, post, chosen
        self._folders: dict[Path, MaildirFolder] = {}

    def create_mailbox(self, address: str) -> None:
        """Create a mailbox with its four folders. One that exists stays as it is."""
        with _faults(address):
            for role in SUBFOLDERS:
                path = self._path(address) / self._subfolder(address, role)
                MaildirFolder(path).create()
                if role is not Folder.INBOX:
                    (path / "maildirfolder").touch()

    def folders(self, mailbox: str) -> Sequence[FoundFolder]:
        """List the directories of a mailbox. A dot in their names stands between a folder and the one above it."""
        with _faults(mailbox):
            self._folder(mailbox, Folder.INBOX)
            roles = {self._subfolder(mailbox, role): role for role in SUBFOLDERS}
            there = [each.path.name if each.path != self._path(mailbox) else "" for each in self._all(mailbox)]
            found = [
                FoundFolder(
                    key,
                    key.removeprefix(".").replace(".", "/") or "INBOX",
                    roles.get(key),
                    sum(1 for _ in self._at(self._path(mailbox) / key).files()),
                )
                for key in there
            ]
        return sorted(found, key=folder_order)

    def deliver(self, mailbox: str, raw: bytes, *, received_at: datetime | None = None, name: str | None = None) -> str:
        """Deliver a mail into an inbox; return its key.

        As a mail server would. The same `name` again changes nothing.
        """
        return self._put(mailbox, Folder.INBOX, raw, name, _nanoseconds(received_at))

    def new_messages(
        self, mailbox: str, cursor: str | None, *, folder: AnyFolder = Folder.INBOX, limit: int = 100
    ) -> Batch:
        with _faults(mailbox):
            entries, following = self._folder(mailbox, folder).since(cursor, limit)
        refs = tuple(MessageRef(e.key, datetime.fromtimestamp(e.received_ns / 1e9, UTC)) for e in entries)
        return Batch(refs, following)

    def raw(self, mailbox: str, key: str, *, folder: AnyFolder = Folder.INBOX) -> bytes:
        with _faults(mailbox):
            for _ in range(LOOKS):
                with suppress(FileNotFoundError):  # a client renamed it after we had found it
                    return self._located(mailbox, key, folder).read_bytes()
            return self._located(mailbox, key, folder).read_bytes()

    def mark_taken(self, mailbox: str, key: str) -> None:
        with _faults(mailbox):
            inbox = self._folder(mailbox, Folder.INBOX)
            found = inbox.locate(key)
            if found is not None and found.parent.name == "new":
                found.rename(inbox.path / "cur" / f"{key}:2,S")

    def send(self, message: Outgoing, *, again: bool = False) -> None:
        """Deliver to the recipient, then copy to Sent. That copy shows that all is done.

        What was begun is marked here (`BEGUN`), so nobody need say that it is tried `again`.

        From this machine no way leads outside: mail to a citizen lies in Sent only.
        """
        key = _key(message.message_id)
        if message.needs_smtputf8 and not self._smtputf8:
            raise UnreachableAddress("the mail server does not carry addresses with letters beyond A to Z (SMTPUTF8)")
        there = self._post.holder(message.recipient, self) if self._post else self
        recipient = there._mailbox_of(message.recipient)
        outside = message.outward and there._is_outside(recipient)
        if not outside:
            there._check_recipient(recipient)
        sent = self._folder(message.sender, Folder.SENT)
        content = compose(message, automatic=not message.personal)
        with _faults(message.sender), self._begun(message.sender, key) as again:
            if sent.holds(key):
                return
            with _faults(recipient):
                if not outside and not there._has_arrived(recipient, key, message.message_id if again else None):
                    there._folder(recipient, Folder.INBOX).deliver(content, key=key)
            sent.deliver(content, key=key, part="cur")

    def save_draft(self, mailbox: str, message: Outgoing) -> None:
        key = _key(message.message_id)
        drafts, sent = self._folder(mailbox, Folder.DRAFTS), self._folder(mailbox, Folder.SENT)
        with _faults(mailbox), self._begun(mailbox, key):
            # Clients write a draft anew when they send or change it: then only its Message-ID tells.
            known = any(folder.with_message_id(message.message_id) for folder in (drafts, sent))
            if not known and not self._has_arrived(mailbox, key, None):
                drafts.deliver(compose(message, automatic=False), key=key, part="cur")

    def find(self, mailbox: str, message_id: str, *, folder: Folder) -> str | None:
        with _faults(mailbox):
            chosen, key = self._folder(mailbox, folder), _key(message_id)
            return key if chosen.holds(key) else chosen.with_message_id(message_id)

    def handling(self, mailbox: str, key: str, *, folder: Folder = Folder.INBOX) -> Handling | None:
        with _faults(mailbox):
            flags = self._folder(mailbox, folder).flags(key)
        if flags is None:
            return None
        return Handling(read="S" in flags, flagged="F" in flags, replied="R" in flags, forwarded="P" in flags)

    def move(self, mailbox: str, key: str, *, source: Folder, target: Folder) -> None:
        with _faults(mailbox):
            goal = self._folder(mailbox, target)
            if goal.holds(key):
                return
            path = self._located(mailbox, key, source)
            path.rename(goal.path / "cur" / (path.name if ":2," in path.name else f"{key}:2,"))
            durable.sync_directory(goal.path / "cur")

    def remove(self, mailbox: str, key: str, *, folder: Folder) -> None:
        """Delete a message. Where a client renames it under our hands it is looked for again."""
        with _faults(mailbox):
            chosen = self._folder(mailbox, folder)
            for _ in range(LOOKS):
                if (found := chosen.locate(key)) is None:
                    break
                found.unlink(missing_ok=True)
            durable.sync_directory(chosen.path / "cur")

    def close(self) -> None:
        """Do nothing: files are closed as they are read."""

    def add_sent(self, mailbox: str, raw: bytes, *, name: str | None = None, sent_at: datetime | None = None) -> str:
        """Add a mail to Sent. A person's mail client does so after sending. The same `name` again changes nothing."""
        return self._put(mailbox, Folder.SENT, raw, name, _nanoseconds(sent_at))

    def _put(self, mailbox: str, folder: Folder, raw: bytes, name: str | None, received_ns: int | None) -> str:
        if name is not None and not KEY.fullmatch(name):
            raise ConnectorError(f"{name!r} cannot be a message's name", retryable=False)
        key, part = name or unique_name(), "new" if folder is Folder.INBOX else "cur"
        with _faults(mailbox):
            chosen = self._folder(mailbox, folder)
            if name is None or not chosen.holds(key):
                chosen.deliver(raw, key=key, received_ns=received_ns, part=part)
        return key

    def _path(self, address: str) -> Path:
        name = addresses.key(address)
        if addresses.parse(address) is None or name.startswith(".") or "/" in name:
            raise ConnectorError(f"{address!r} is no mail address", retryable=False)
        return self._root / name

    def _subfolder(self, address: str, folder: AnyFolder) -> str:
        """Return a folder's directory, below the mailbox's own."""
        if isinstance(folder, OtherFolder):
            return folder.key
        if folder is Folder.INBOX:
            return SUBFOLDERS[folder]
        return self._chosen(address).get(folder, SUBFOLDERS[folder])

    def _folder(self, address: str, folder: AnyFolder) -> MaildirFolder:
        if not (self._path(address) / "new").is_dir():
            raise ConnectorError(f"there is no mailbox {address}; create it, or correct the address", retryable=False)
        name = self._subfolder(address, folder)
        if name not in SUBFOLDERS.values() and not (
            SUBFOLDER.fullmatch(name) and (self._path(address) / name / "cur").is_dir()
        ):
            raise ConnectorError(f"{address} has no folder {name}; choose another, or create it", retryable=False)
        return self._at(self._path(address) / name)

    def _all(self, address: str) -> list[MaildirFolder]:
        """Return all folders of a mailbox, also those that we know nothing of."""
        root = self._path(address)
        below = (path for path in sorted(root.iterdir()) if path.name.startswith(".") and (path / "cur").is_dir())
        return [self._at(path) for path in (root, *below)]

    def _at(self, path: Path) -> MaildirFolder:
        return self._folders.setdefault(path, MaildirFolder(path))

    def _is_outside(self, address: str) -> bool:
        """An address in whose domain there is no mailbox here."""
        ending = f"@{addresses.domain(address)}"
        return addresses.parse(address) is not None and not any(
            each.name.endswith(ending) for each in self._root.iterdir()
        )

    def _mailbox_of(self, address: str) -> str:
        """Return the mailbox that an address leads to: with a tag ("post+x@…"), where none is called so, the one without."""
        plain = "@".join(addresses.untagged(address))
        tagged = bool(addresses.tag_of(address)) and not (self._path(address) / "new").is_dir()
        return plain if tagged and (self._path(plain) / "new").is_dir() else address

    def _check_recipient(self, address: str) -> None:
        if not (self._path(address) / "new").is_dir():
            raise ConnectorError(
                f"there is no mailbox {address} here; create it, or correct the unit's address", retryable=False
            )

    def _located(self, address: str, key: str, folder: AnyFolder) -> Path:
        chosen = self._folder(address, folder)
        found = chosen.locate(key) or chosen.locate(key)  # a client may have renamed it between two of our looks
        if found is None:
            raise ConnectorError(f"no message {key} in {folder} of {address}", retryable=False)
        return found

    def _has_arrived(self, address: str, key: str, message_id: str | None) -> bool:
        """Tell whether any folder of a mailbox has a message. Folders that we know nothing of are among them.

        Some servers rename what is moved; then only the Message-ID tells, and all headers must be read.
        """
        folders = self._all(address)
        return any(folder.holds(key) for folder in folders) or (
            message_id is not None and any(folder.with_message_id(message_id) for folder in folders)
        )

    @contextmanager
    def _begun(self, address: str, key: str) -> Iterator[bool]:
        """Lock a mailbox for one effect.

        The value says whether this very effect was begun before and never came to its end.
        """
        directory = self._path(address) / BEGUN
        with durable.locked(directory, address):
            mark = directory / key
            again = mark.exists()
            if not again:
                mark.touch()
                durable.sync_directory(directory)
            yield again
            mark.unlink()


class FolderPost:
    """Carry mail between several systems in folders, as mail servers do; `system_of` tells in which a mailbox is."""

    def __init__(self, system_of: Callable[[str], str]) -> None:
        self._system_of = system_of
        self._systems: dict[str, FolderGateway] = {}

    def join(self, name: str, gateway: FolderGateway) -> FolderGateway:
        """Let a system take part."""
        self._systems[name] = gateway
        return gateway

    def holder(self, address: str, sender: FolderGateway) -> FolderGateway:
        """Return the system that an address's mailbox is in; the sender's own where that is none in folders."""
        if len(self._systems) == 1:
            return sender
        for each in (address, "@".join(addresses.untagged(address))):
            there = self._systems.get(self._system_of(each), sender)
            if (there._path(each) / "new").is_dir():
                return there
        return self._systems.get(self._system_of(address), sender)


def _key(message_id: str) -> str:
    """Return the file name of a mail of ours.

    The same for the same mail, so that a second one cannot stand beside it.
    """
    return f"sluse-{hashlib.sha256(message_id.encode(errors='replace')).hexdigest()[:40]}"


@contextmanager
def _faults(mailbox: str) -> Iterator[None]:
    """The file system's errors in the one form the rest of Sluse understands."""
    try:
        yield
    except OSError as error:
        where = f"{mailbox}: a message moved away under our hands" if error.errno == errno.ENOENT else mailbox
        raise durable.fault(error, where) from error


def _nanoseconds(at: datetime | None) -> int | None:
    return int(at.timestamp() * 1_000_000) * 1_000 if at else None
