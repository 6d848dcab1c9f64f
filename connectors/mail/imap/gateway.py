"""Mailboxes over IMAP, and letters over SMTP."""

import re
import threading
import time
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime

import structlog

from connectors.errors import AnswerLost, ConnectorError, FolderMissing, UnknownFate
from connectors.mail import addresses
from connectors.mail.compose import compose
from connectors.mail.imap import messages, roles
from connectors.mail.imap.ahead import Ahead
from connectors.mail.imap.answers import ConnectionLost, Refused
from connectors.mail.imap.messages import key_of, uid_in
from connectors.mail.imap.pool import Pool
from connectors.mail.imap.sending import Post
from connectors.mail.imap.server import ImapServer
from connectors.mail.imap.session import Opened, Session, SignIns
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

log = structlog.get_logger()
LOCKS = 64
REMEMBERED = 1000
COUNTED = 200
"""Of so many folders it is asked how many mails they hold, each by a call."""


class ImapGateway:
    """A MailGateway over one mail server.

    A key is UIDVALIDITY:UID, a cursor the same of the last mail: where a folder was made anew, all its mails are new ones.
    """

    def __init__(self, server: ImapServer, *, chosen: ChosenFolders = none_chosen) -> None:
        self.server, self._post, self._chosen = server, Post(server), chosen
        sign_ins = SignIns()
        self._pool = Pool(lambda user: Session(server, user, sign_ins), server.connections)
        self._names: dict[str, tuple[Mapping[Folder, str], dict[Folder, str]]] = {}
        """What folders are called, and what had been chosen then."""
        self._locks = [threading.Lock() for _ in range(LOCKS)]
        self._accepted: OrderedDict[str, None] = OrderedDict()
        """Letters that the server took, and whose copy in Sent is still missing."""
        self._ahead = Ahead()

    def close(self) -> None:
        """End the connections."""
        self._pool.close()

    def create_mailbox(self, mailbox: str) -> None:
        """Create the folders that are missing. Where the server refuses, they are left to whoever runs it."""
        with self._lent(mailbox, Folder.INBOX) as (session, _):
            names = roles.names(self.server, session, mailbox, self._chosen(mailbox))
            there = {each.name for each in roles.folders(self.server, session, mailbox)}
            for folder, name in names.items():
                if folder is not Folder.INBOX and name not in there and not session.create(name):
                    log.info("folder_not_created", mailbox=mailbox, folder=name)
            self._names.pop(mailbox, None)

    def folders(self, mailbox: str) -> Sequence[FoundFolder]:
        with self._lent(mailbox, Folder.INBOX) as (session, inbox):
            self._opened(session, mailbox, inbox)
            names = roles.names(self.server, session, mailbox, self._chosen(mailbox))
            by_name = {name: role for role, name in reversed(names.items())}
            there = roles.folders(self.server, session, mailbox)
            delimiters = {each.name: each.delim for each in there} | {inbox: ""}
            found = [
                FoundFolder(
                    name,
                    _shown(name, inbox if self.server.prefix else "", delimiter),
                    by_name.get(name),
                    session.count(name) if number < COUNTED else None,
                )
                for number, (name, delimiter) in enumerate(sorted(delimiters.items()))
            ]
        return sorted(found, key=folder_order)

    def new_messages(
        self, mailbox: str, cursor: str | None, *, folder: AnyFolder = Folder.INBOX, limit: int = 100
    ) -> Batch:
        with self._lent(mailbox, folder) as (session, name):
            opened = self._opened(session, mailbox, name)
            last = messages.after(opened, cursor)
            uids = messages.later(session, opened, last, limit)
            listed = [(key_of(opened, each.uid), each) for each in messages.about(session, uids)]
        self._ahead.expect(mailbox, folder, [(key, each.size) for key, each in listed])
        refs = tuple(MessageRef(key, each.received_at or datetime.now(UTC)) for key, each in listed)
        return Batch(refs, key_of(opened, uids[-1] if uids else last))

    def raw(self, mailbox: str, key: str, *, folder: AnyFolder = Folder.INBOX) -> bytes:
        fetched_ahead = self._ahead.taken(mailbox, folder, key)
        if fetched_ahead is not None:
            return fetched_ahead
        with self._lent(mailbox, folder) as (session, name):
            return self._with_next(session, mailbox, folder, name, key) or self._alone(session, mailbox, name, key)

    def _with_next(self, session: Session, mailbox: str, folder: AnyFolder, name: str, key: str) -> bytes | None:
        """Fetch a mail and those that will be asked for next, from the folder as it is open. None where that does not do."""
        try:
            opened = session.keep_open(name)
            if uid_in(opened, key) is None:
                return None
            found = session.fetch(map(messages.uid_of, self._ahead.next_to(mailbox, folder, key)), messages.WHOLE)
        except ConnectorError as error:
            if error.retryable and not isinstance(error, ConnectionLost):
                raise
            return None
        contents = {key_of(opened, each.uid): each.content for each in found if each.content is not None}
        wanted = contents.pop(key, None)
        self._ahead.keep(mailbox, folder, contents)
        return wanted

    def _alone(self, session: Session, mailbox: str, name: str, key: str) -> bytes:
        uid = uid_in(self._opened(session, mailbox, name), key)
        if uid is None or not messages.exists(session, uid):
            raise ConnectorError(f"no message {key} in {name} of {mailbox}", retryable=False)
        try:
            return messages.whole(session, mailbox, uid)
        except ConnectorError as error:
            if not error.retryable or isinstance(error, Refused) or isinstance(error.__cause__, TimeoutError):
                raise
        return messages.whole_in_spite(session, mailbox, name, uid)

    def mark_taken(self, mailbox: str, key: str) -> None:
        """Mark a message as seen. A connection that died meanwhile is made anew: to mark it twice is harmless."""
        with self._lent(mailbox, Folder.INBOX) as (session, name):
            try:
                _mark(session, session.keep_open(name, writable=True), key)
            except ConnectionLost:
                _mark(session, session.open(name, writable=True), key)

    def send(self, message: Outgoing, *, again: bool = False) -> None:
        """Hand a letter over by SMTP, then see to its copy in Sent, which shows that all is done."""
        for address in (message.sender, message.recipient):
            if addresses.parse(address) is None:
                raise ConnectorError(f"{address!r} is no mail address", retryable=False)
        with self._one_at_a_time(message.message_id):
            if self.find(message.sender, message.message_id, folder=Folder.SENT) is not None:
                return
            content = compose(message, automatic=not message.personal)
            if message.message_id not in self._accepted and not (again and self._has_left(message)):
                self._post.send(message, content)
            self._remember(message.message_id)
            try:
                self._file(message, content)
            except ConnectorError as error:
                raise AnswerLost(f"the letter was sent, but its copy in Sent is missing: {error}") from error
            self._accepted.pop(message.message_id, None)

    def save_draft(self, mailbox: str, message: Outgoing) -> None:
        with self._one_at_a_time(message.message_id):
            if any(self.find(mailbox, message.message_id, folder=each) for each in (Folder.DRAFTS, Folder.SENT)):
                return
            with self._lent(mailbox, Folder.DRAFTS) as (session, name):
                session.append(name, compose(message, automatic=False), "\\Draft", "\\Seen")

    def find(self, mailbox: str, message_id: str, *, folder: Folder) -> str | None:
        with self._lent(mailbox, folder) as (session, name):
            opened = self._opened(session, mailbox, name)
            uid = messages.with_message_id(session, message_id)
            return None if uid is None else key_of(opened, uid)

    def handling(self, mailbox: str, key: str, *, folder: Folder = Folder.INBOX) -> Handling | None:
        with self._lent(mailbox, folder) as (session, name):
            uid = uid_in(self._opened(session, mailbox, name), key)
            flags = None if uid is None else session.flags(uid)
        if flags is None:
            return None
        return Handling("\\seen" in flags, "\\flagged" in flags, "\\answered" in flags, "$forwarded" in flags)

    def move(self, mailbox: str, key: str, *, source: Folder, target: Folder) -> None:
        """Move a message. One that is gone from `source` counts as moved: it has another key where it is now."""
        goal = self._name(mailbox, target)
        with self._at(mailbox, source, key) as (session, uid):
            if uid is None or not messages.exists(session, uid):
                return
            if session.can("MOVE"):
                session.move(uid, goal)
            else:
                messages.move_by_copy(session, session.where, uid, goal)

    def remove(self, mailbox: str, key: str, *, folder: Folder) -> None:
        with self._at(mailbox, folder, key) as (session, uid):
            if uid is not None:
                session.expunge(uid)

    def _has_left(self, message: Outgoing) -> bool:
        """Tell whether an earlier try has sent a letter.

        Raises:
            UnknownFate: its recipient is not in a mailbox that we can look into.
        """
        until = time.monotonic() + self.server.arrival_seconds
        while True:
            if message.outward or not self._is_ours(message.recipient):
                raise UnknownFate("the letter may have been sent: it is not in Sent, and we cannot look where it went")
            if self._has_arrived(message.recipient, message.message_id):
                return True
            if time.monotonic() >= until:
                return False
            time.sleep(min(1.0, self.server.arrival_seconds / 4))

    def _is_ours(self, mailbox: str) -> bool:
        """Tell whether a mailbox is one that we can open."""
        try:
            with self._lent(mailbox, Folder.INBOX) as (session, name):
                session.open(name)
        except ConnectorError as error:
            if error.retryable:
                raise
            return False
        return True

    def _has_arrived(self, mailbox: str, message_id: str) -> bool:
        """Look for a message in all folders of a mailbox: somebody may have filed it away."""
        with self._lent(mailbox, Folder.INBOX) as (session, inbox):
            names = [inbox, *(each.name for each in roles.folders(self.server, session, mailbox))]
            for name in dict.fromkeys(names):
                session.open(name)
                if messages.with_message_id(session, message_id) is not None:
                    return True
        return False

    def _file(self, message: Outgoing, content: bytes) -> None:
        """See to the copy in Sent. Some servers file one themselves: they are given a moment."""
        until = time.monotonic() + self.server.sent_seconds
        while time.monotonic() < until:
            time.sleep(min(0.5, self.server.sent_seconds))
            if self.find(message.sender, message.message_id, folder=Folder.SENT) is not None:
                return
        with self._lent(message.sender, Folder.SENT) as (session, name):
            session.append(name, content, "\\Seen")

    def _remember(self, message_id: str) -> None:
        self._accepted[message_id] = None
        while len(self._accepted) > REMEMBERED:
            self._accepted.popitem(last=False)

    @contextmanager
    def _one_at_a_time(self, message_id: str) -> Iterator[None]:
        """Let nobody in this process do the same effect meanwhile: looking and doing are two steps."""
        with self._locks[hash(message_id) % LOCKS]:
            yield

    @contextmanager
    def _lent(self, mailbox: str, folder: AnyFolder) -> Iterator[tuple[Session, str]]:
        """Lend a connection for a mailbox, with the name of its folder."""
        address = addresses.key(mailbox)
        if addresses.parse(mailbox) is None or re.search(r"[/*%\"\\]", address):
            raise ConnectorError(f"{mailbox!r} is no mail address", retryable=False)
        wanted = self._known_name(address, folder)
        with self._pool.lend(self.server.login.user_of(address), wanted or self.server.inbox_of(address)) as session:
            if wanted is None and isinstance(folder, Folder):
                chosen = self._chosen(address)
                names = roles.names(self.server, session, address, chosen)
                self._names[address], wanted = (chosen, names), names[folder]
            yield session, wanted or ""

    def _known_name(self, address: str, folder: AnyFolder) -> str | None:
        """Return what a folder is called, as far as that is known; None where the server must be asked."""
        if isinstance(folder, OtherFolder):
            return folder.key
        if folder is Folder.INBOX:
            return self.server.inbox_of(address)
        chosen, names = self._names.get(address, (None, {}))
        return names[folder] if names and chosen == self._chosen(address) else None

    @contextmanager
    def _at(self, mailbox: str, folder: Folder, key: str) -> Iterator[tuple[Session, int | None]]:
        """Open a folder for writing; give the number of a message in it, None where no such message can be."""
        with self._lent(mailbox, folder) as (session, name):
            yield session, uid_in(session.open(name, writable=True), key)

    def _name(self, mailbox: str, folder: Folder) -> str:
        with self._lent(mailbox, folder) as (_, name):
            return name

    def _opened(self, session: Session, mailbox: str, name: str) -> Opened:
        """Open a folder; where it is not there, look up next time what it is called."""
        try:
            return session.open(name)
        except Refused as error:
            self._names.pop(addresses.key(mailbox), None)
            if error.retryable:
                raise
            raise FolderMissing(
                f"{mailbox}: the mail server has no folder {name} for the robot; create it, name another in the settings, "
                "correct the address, or give the robot the right to it"
            ) from error


def _shown(name: str, inbox: str, delimiter: str) -> str:
    """Return a folder's name for people: without the mailbox, slashes between it and those above it."""
    below = name.removeprefix(f"{inbox}{delimiter}") if inbox else name
    return "INBOX" if name == inbox else below.replace(delimiter, "/") if delimiter else below


def _mark(session: Session, opened: Opened, key: str) -> None:
    uid = uid_in(opened, key)
    if uid is not None:
        session.flag(uid, "\\Seen")
