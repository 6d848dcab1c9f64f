"""Mail in folders: each mailbox a Maildir++ with Inbox, Sent, Drafts and Retur, on this machine."""

import errno
import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from connectors.durable import sync_directory
from connectors.errors import ConnectorError
from connectors.mail.compose import compose
from connectors.mail.maildir import MaildirFolder, unique_name
from connectors.mail.message import Batch, Folder, MessageRef, Outgoing

ADDRESS = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,63}@[A-Za-z0-9][A-Za-z0-9.-]{0,190}")
MESSAGE_ID = re.compile(rb"^message-id:\s*(<[^>\r\n]+>)", re.IGNORECASE | re.MULTILINE)
SUBFOLDERS = {Folder.INBOX: "", Folder.SENT: ".Sent", Folder.DRAFTS: ".Drafts", Folder.RETURNS: ".Retur"}
HEADERS = 65_536
PASSING = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EAGAIN, errno.EMFILE, errno.ENFILE, errno.ESTALE})
"""Faults of the machine that somebody will mend; the same call may succeed later."""


class FolderGateway:
    """A MailGateway over `root`, one directory a mailbox."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._folders: dict[tuple[str, Folder], MaildirFolder] = {}

    def create_mailbox(self, address: str) -> None:
        """Make a mailbox with its four folders; one that exists stays as it is."""
        with _faults(address):
            for subfolder in SUBFOLDERS.values():
                folder = MaildirFolder(self._path(address) / subfolder)
                folder.create()
                if subfolder:
                    (folder.path / "maildirfolder").touch()

    def deliver(self, mailbox: str, raw: bytes, *, received_at: datetime | None = None, name: str | None = None) -> str:
        """Put a mail into an inbox, as a mail server would; returns its key."""
        key = name or unique_name()
        received_ns = int(received_at.timestamp() * 1e9) if received_at else None
        with _faults(mailbox):
            self._folder(mailbox, Folder.INBOX).deliver(raw, key=key, received_ns=received_ns)
        return key

    def new_messages(
        self, mailbox: str, cursor: str | None, *, folder: Folder = Folder.INBOX, limit: int = 100
    ) -> Batch:
        with _faults(mailbox):
            entries, following = self._folder(mailbox, folder).since(cursor, limit)
        refs = tuple(MessageRef(e.key, datetime.fromtimestamp(e.received_ns / 1e9, UTC)) for e in entries)
        return Batch(refs, following)

    def raw(self, mailbox: str, key: str, *, folder: Folder = Folder.INBOX) -> bytes:
        with _faults(mailbox):
            return self._located(mailbox, key, folder).read_bytes()

    def mark_taken(self, mailbox: str, key: str) -> None:
        with _faults(mailbox):
            path = self._folder(mailbox, Folder.INBOX).path
            unread = path / "new" / key
            if unread.exists():
                unread.rename(path / "cur" / f"{key}:2,S")

    def send(self, message: Outgoing) -> None:
        key = _key(message.message_id)
        if not self._known(message.recipient):
            raise ConnectorError(
                f"there is no mailbox {message.recipient} here; create it, or correct the unit's address",
                retryable=False,
            )
        content = compose(message)
        with _faults(message.recipient):
            # Looked for in all of the mailbox: the unit may have read, flagged or moved the first copy.
            if not self._holds(message.recipient, key):
                self._folder(message.recipient, Folder.INBOX).deliver(content, key=key)
        with _faults(message.sender):
            sent = self._folder(message.sender, Folder.SENT)
            if not sent.holds(key):
                sent.deliver(content, key=key, part="cur")

    def save_draft(self, mailbox: str, message: Outgoing) -> None:
        key = _key(message.message_id)
        with _faults(mailbox):
            if not self._holds(mailbox, key) and self.find(mailbox, message.message_id, folder=Folder.SENT) is None:
                self._folder(mailbox, Folder.DRAFTS).deliver(compose(message, automatic=False), key=key, part="cur")

    def find(self, mailbox: str, message_id: str, *, folder: Folder) -> str | None:
        with _faults(mailbox):
            chosen, key = self._folder(mailbox, folder), _key(message_id)
            if chosen.holds(key):
                return key
            for entry in chosen.files():
                with Path(entry.path).open("rb") as file:
                    found = MESSAGE_ID.search(file.read(HEADERS).partition(b"\r\n\r\n")[0].partition(b"\n\n")[0])
                if found and found.group(1) == message_id.encode(errors="replace"):
                    return entry.name.partition(":2,")[0]
        return None

    def move(self, mailbox: str, key: str, *, source: Folder, target: Folder) -> None:
        with _faults(mailbox):
            goal = self._folder(mailbox, target)
            if goal.holds(key):
                return
            path = self._located(mailbox, key, source)
            path.rename(goal.path / "cur" / (path.name if ":2," in path.name else f"{key}:2,"))
            sync_directory(goal.path / "cur")

    def remove(self, mailbox: str, key: str, *, folder: Folder) -> None:
        """Delete a message, as a person does with a draft that has been sent."""
        with _faults(mailbox):
            self._located(mailbox, key, folder).unlink(missing_ok=True)

    def add_sent(self, mailbox: str, raw: bytes, *, name: str | None = None) -> str:
        """Put a mail into Sent, as a person's mail client does after sending."""
        key = name or unique_name()
        with _faults(mailbox):
            self._folder(mailbox, Folder.SENT).deliver(raw, key=key, part="cur")
        return key

    def _path(self, address: str) -> Path:
        if not ADDRESS.fullmatch(address):
            raise ConnectorError(f"{address!r} is no mail address", retryable=False)
        return self._root / address.lower()

    def _known(self, address: str) -> bool:
        return (self._path(address) / "new").is_dir()

    def _folder(self, address: str, folder: Folder) -> MaildirFolder:
        place = (address, folder)
        if place not in self._folders:
            if not self._known(address):
                raise ConnectorError(f"there is no mailbox {address}", retryable=False)
            self._folders[place] = MaildirFolder(self._path(address) / SUBFOLDERS[folder])
        return self._folders[place]

    def _located(self, address: str, key: str, folder: Folder) -> Path:
        found = self._folder(address, folder).locate(key)
        if found is None:
            raise ConnectorError(f"no message {key} in {folder} of {address}", retryable=False)
        return found

    def _holds(self, address: str, key: str) -> bool:
        """Whether any folder of the mailbox, also one we know nothing of, has the message."""
        root = self._path(address)
        folders = [root, *(path for path in root.iterdir() if path.name.startswith(".") and (path / "cur").is_dir())]
        return any(MaildirFolder(path).holds(key) for path in folders)


def _key(message_id: str) -> str:
    """The file name of a mail of ours: the same for the same mail, so that a second one cannot stand beside it."""
    return f"sluse-{hashlib.sha256(message_id.encode(errors='replace')).hexdigest()[:40]}"


@contextmanager
def _faults(mailbox: str) -> Iterator[None]:
    """The file system's errors in the one form the rest of Sluse understands."""
    try:
        yield
    except FileNotFoundError as error:
        # A client moved or flagged it between our look and our touch.
        raise ConnectorError(f"{mailbox}: a message moved away under our hands", retryable=True) from error
    except OSError as error:
        raise ConnectorError(f"{mailbox}: {error.strerror}", retryable=error.errno in PASSING) from error
