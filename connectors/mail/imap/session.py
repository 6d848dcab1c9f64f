"""Speak with an IMAP server: one connection, signed in, with one folder open."""

import imaplib
import ssl
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeVar

from imap_tools import BaseMailBox, FolderInfo, ImapToolsError, MailBox, MailBoxStartTls, MailBoxUnencrypted
from imap_tools.utils import encode_folder

from connectors.errors import ConnectorError, SignInRefused
from connectors.mail.imap import answers
from connectors.mail.imap.answers import Answer, ConnectionLost, Fetched
from connectors.mail.imap.server import Endpoint, ImapServer, Security

Result = TypeVar("Result")
PAUSE_WHEN_REFUSED = 60.0
"""Seconds until a sign-in that was refused is tried again."""
FAREWELL_SECONDS = 2.0
"""How long a server may take to say goodbye."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A folder as it is open: its generation, and the number that its next mail gets (0: the server does not say)."""

    name: str
    writable: bool
    validity: int
    next_uid: int


class SignIns:
    """Remember who was refused: a password that is wrong for many mailboxes is tried once a while, or the account gets locked."""

    def __init__(self) -> None:
        self._refused: dict[str, tuple[float, ConnectorError]] = {}

    def connected(self, server: ImapServer, user: str) -> BaseMailBox:
        """Connect and sign in, unless this user has just been refused."""
        until, refusal = self._refused.get(user, (0.0, None))
        if refusal is not None and time.monotonic() < until:
            raise type(refusal)(str(refusal), retryable=False)
        try:
            mailbox = connect(server, user)
        except ConnectorError as error:
            if not error.retryable:
                self._refused[user] = (time.monotonic() + PAUSE_WHEN_REFUSED, error)
            raise
        self._refused.pop(user, None)
        return mailbox


class Session:
    """A connection for one user. Not for several threads at once.

    Nothing is tried again here but opening a folder on a connection that died while nobody used it.
    """

    def __init__(self, server: ImapServer, user: str, sign_ins: SignIns) -> None:
        self._server, self.user, self._sign_ins = server, user, sign_ins
        self._mailbox: BaseMailBox | None = None
        self.opened: Opened | None = None

    def __del__(self) -> None:
        self._drop()  # whoever made the gateway may forget it: a connection does not outlive it

    @property
    def alive(self) -> bool:
        """Tell whether the connection stands, as far as we know."""
        return self._mailbox is not None

    def close(self) -> None:
        """End the connection, with a farewell where it stands; a server that is silent is not waited for."""
        mailbox, self._mailbox, self.opened = self._mailbox, None, None
        if mailbox is not None:
            with suppress(ImapToolsError, imaplib.IMAP4.error, OSError):
                mailbox.client.sock.settimeout(FAREWELL_SECONDS)
                mailbox.logout()
            with suppress(OSError):
                mailbox.client.shutdown()

    def open(self, folder: str, *, writable: bool = False) -> Opened:
        """Open a folder anew, and learn what is in it.

        Raises:
            ConnectorError: it is not there, or may not be opened: not retryable.
        """
        idle = self.alive
        try:
            return self._open(folder, writable)
        except ConnectionLost:
            if not idle:
                raise
        return self._open(folder, writable)

    def keep_open(self, folder: str, *, writable: bool = False) -> Opened:
        """Open a folder unless it is open already."""
        opened = self.opened
        if opened and self.alive and opened.name == folder and (opened.writable or not writable):
            return opened
        return self.open(folder, writable=writable)

    def _open(self, folder: str, writable: bool) -> Opened:
        self.opened = None
        status, said = self._asked(lambda m: m.client.select(_encoded(folder), readonly=not writable), folder)
        if status != "OK":
            raise answers.refusal(folder, said)
        client = self._there().client
        validity, following = (client.response(each)[1][0] for each in ("UIDVALIDITY", "UIDNEXT"))
        self.opened = Opened(folder, writable, int(validity or 0), int(following or 0))
        return self.opened

    def search(self, *criteria: str) -> list[int]:
        """Return the UIDs that a search finds in the open folder, in order."""
        return answers.numbers(self._uid("SEARCH", *criteria))

    def fetch(self, uids: Iterable[int], parts: str) -> list[Fetched]:
        """Return what the server tells of messages, in order; it may leave some out."""
        found = answers.fetched(self._uid("FETCH", ",".join(map(str, uids)), parts))
        return sorted(found, key=lambda each: each.uid)

    def flags(self, uid: int) -> frozenset[str] | None:
        """Return the flags of a message in small letters; None where it is gone."""
        return answers.flags(self._uid("FETCH", str(uid), "(UID FLAGS)"), uid)

    def flag(self, uid: int, *flags: str) -> None:
        """Set flags; harmless where the message is gone."""
        self._uid("STORE", str(uid), "+FLAGS.SILENT", f"({' '.join(flags)})")

    def copy(self, uid: int, target: str) -> None:
        """Copy a message into another folder."""
        self._uid("COPY", str(uid), _encoded(target))

    def move(self, uid: int, target: str) -> None:
        """Move a message into another folder, in one go. Only where the server `can("MOVE")`."""
        self._uid("MOVE", str(uid), _encoded(target))

    def expunge(self, uid: int) -> None:
        """Delete one message for good, and none that somebody else has marked."""
        self.flag(uid, "\\Deleted")
        if self.can("UIDPLUS"):
            self._uid("EXPUNGE", str(uid))
        elif self.search("DELETED") == [uid]:
            self._checked(lambda m: m.client.expunge())

    def append(self, folder: str, content: bytes, *flags: str) -> None:
        """Put a mail into a folder. One whose answer is lost may lie there: look before doing it again."""
        said = f"({' '.join(flags)})"
        self._checked(lambda m: m.client.append(_encoded(folder), said, "", content), folder)

    def folders_below(self, below: str, pattern: str) -> list[FolderInfo]:
        """Return the folders below one that match."""
        return self._ask(lambda m: m.folder.list(below, pattern), below)

    def count(self, folder: str) -> int | None:
        """Return how many messages lie in a folder; None where the server does not say."""
        try:
            return self._ask(lambda m: m.folder.status(folder, ["MESSAGES"]), folder).get("MESSAGES")
        except ConnectorError as error:
            if error.retryable:
                raise
            return None

    def create(self, folder: str) -> bool:
        """Create a folder, and let mail clients show it; tell whether the server did."""
        status, _ = self._asked(lambda m: m.client.create(_encoded(folder)), folder)
        if status == "OK":
            self._asked(lambda m: m.client.subscribe(_encoded(folder)), folder)
        return status == "OK"

    def can(self, capability: str) -> bool:
        """Tell whether the server offers something, now that we have signed in."""
        return capability in self._there().client.capabilities

    def _uid(self, command: str, *arguments: str) -> Answer:
        return self._checked(lambda m: m.client.uid(command, *arguments))

    def _checked(self, command: Callable[[BaseMailBox], tuple[str, Answer]], where: str = "") -> Answer:
        status, said = self._asked(command, where)
        if status != "OK":
            raise answers.refusal(where or self.where, said)
        return said

    def _asked(self, command: Callable[[BaseMailBox], tuple[str, Answer]], where: str = "") -> tuple[str, Answer]:
        return self._ask(command, where)

    def _ask(self, command: Callable[[BaseMailBox], Result], where: str = "") -> Result:
        """Ask the server for something. After an error of the connection it is closed."""
        where = where or self.where
        mailbox = self._there()
        try:
            with answers.faults(where):
                return command(mailbox)
        except ImapToolsError as error:
            raise answers.refusal(where, error) from error
        except BaseException:
            self._drop()
            raise

    def _there(self) -> BaseMailBox:
        if self._mailbox is None:
            self._mailbox = self._sign_ins.connected(self._server, self.user)
        return self._mailbox

    @property
    def where(self) -> str:
        """Return the open folder, or else the server, for those who read of an error."""
        return self.opened.name if self.opened else self._server.imap.host

    def _drop(self) -> None:
        mailbox, self._mailbox, self.opened = self._mailbox, None, None
        if mailbox is not None:
            with suppress(OSError):
                mailbox.client.shutdown()


def connect(server: ImapServer, user: str) -> BaseMailBox:
    """Connect and sign in. A token that is refused is asked for anew, once.

    Raises:
        ConnectorError: not retryable where the server knows neither password nor token.
    """
    try:
        return _signed_in(server, user, fresh=False)
    except ConnectorError as error:
        if error.retryable or server.login.token is None:
            raise
    return _signed_in(server, user, fresh=True)


def _signed_in(server: ImapServer, user: str, *, fresh: bool) -> BaseMailBox:
    token = server.login.token(fresh) if server.login.token else None
    with answers.faults(f"{server.imap.host}:{server.imap.port}"):
        mailbox = _connected(server.imap)
    try:
        with answers.faults(server.imap.host):
            _sign_in(mailbox, user, server.login.password, token)
            # A server offers more after the login than before it, and imaplib asks only before.
            _, said = mailbox.client.capability()
            mailbox.client.capabilities = tuple(str(said[-1], "ascii", "replace").upper().split())
    except BaseException:
        with suppress(OSError):
            mailbox.client.shutdown()
        raise
    return mailbox


def _sign_in(mailbox: BaseMailBox, user: str, password: str, token: str | None) -> None:
    try:
        if token is not None:
            mailbox.xoauth2(user, token, initial_folder=None)
        elif (user + password).isascii():
            mailbox.login(user, password, initial_folder=None)
        else:
            mailbox.login_utf8(user, password, initial_folder=None)
    except imaplib.IMAP4.abort:
        raise
    except (ImapToolsError, imaplib.IMAP4.error) as error:
        code = answers.code_of(error)
        if code in answers.PASSING:
            raise answers.refusal(user, error) from error
        raise SignInRefused(
            f"{user}: the mail server refuses the sign-in ({code or 'NO'}); mend user, password or token",
            retryable=False,
        ) from error


def _connected(endpoint: Endpoint) -> BaseMailBox:
    if endpoint.security is Security.NONE:
        return MailBoxUnencrypted(endpoint.host, endpoint.port, timeout=endpoint.timeout)
    context = ssl.create_default_context(cafile=str(endpoint.ca_file) if endpoint.ca_file else None)
    kind = MailBox if endpoint.security is Security.TLS else MailBoxStartTls
    return kind(endpoint.host, endpoint.port, timeout=endpoint.timeout, ssl_context=context)


def _encoded(folder: str) -> str:
    return encode_folder(folder).decode("ascii")
