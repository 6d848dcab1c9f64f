"""Describe a mail server: where it is, how to sign in, and what its folders are called."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from connectors.mail import addresses
from connectors.mail.message import Folder
from connectors.transport import is_loopback

Token = Callable[[bool], str]
"""Returns an access token; a fresh one where it is told that the last was refused."""


class Security(StrEnum):
    """How a connection is protected."""

    TLS = "tls"
    STARTTLS = "starttls"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a server listens. `ca_file` holds the certificates it may be signed with, where the machine's own do not do.

    Raises:
        ValueError: a connection that leaves this machine must be encrypted.
    """

    host: str
    port: int
    security: Security = Security.TLS
    ca_file: Path | None = None
    timeout: float = 60.0
    """Seconds without an answer after which a connection counts as lost."""

    def __post_init__(self) -> None:
        if self.security is Security.NONE and not is_loopback(self.host):
            raise ValueError(f"{self.host}: a connection to another machine must be encrypted (tls or starttls)")


@dataclass(frozen=True, slots=True)
class Login:
    """Who signs in: by password, or by a token (XOAUTH2). `{mailbox}` in `user` stands for the mailbox's address."""

    user: str
    password: str = field(default="", repr=False)
    token: Token | None = field(default=None, repr=False)

    def user_of(self, mailbox: str) -> str:
        """Return who signs in for a mailbox."""
        return self.user.replace("{mailbox}", mailbox)


@dataclass(frozen=True, slots=True)
class ImapServer:
    """A mail system over IMAP and SMTP.

    `prefix` is what a mailbox's inbox is called where the robot sees it as a shared one, `shared/{mailbox}` for instance; ""
    where it signs in as the mailbox itself.
    """

    imap: Endpoint
    smtp: Endpoint
    login: Login
    smtp_login: Login | None = None
    """How to sign in for sending: None as for reading; a user "" not at all."""
    prefix: str = ""
    folders: Mapping[Folder, str] = field(default_factory=dict)
    """What folders are called in all mailboxes, below the prefix; what is not named is found by its special use."""
    folders_of: Mapping[str, Mapping[Folder, str]] = field(default_factory=dict)
    """What they are called in single mailboxes, by their address."""
    connections: int = 8
    """How many connections stand open at once."""
    sent_seconds: float = 3.0
    """How long the server is given to file a copy in Sent itself, before we do; 0 for one that never does."""
    arrival_seconds: float = 15.0
    """How long a letter may be under way to a mailbox of ours. Only after that it surely was not sent."""

    def inbox_of(self, mailbox: str) -> str:
        """Return what a mailbox's inbox is called."""
        return self.prefix.replace("{mailbox}", mailbox) if self.prefix else "INBOX"

    def named(self, mailbox: str, folder: Folder) -> str | None:
        """Return what a setting calls a folder; None where none does."""
        return self.named_there(mailbox, folder) or self.folders.get(folder)

    def named_there(self, mailbox: str, folder: Folder) -> str | None:
        """Return what a setting of this very mailbox calls a folder; None where none does."""
        own = next((each for address, each in self.folders_of.items() if addresses.same(address, mailbox)), {})
        return own.get(folder)
