"""Read the inboxes of a mail system, and leave it as it is: whatever is written goes to folders on this machine."""

from collections.abc import Sequence
from typing import Protocol

from connectors.errors import ConnectorError
from connectors.mail import addresses
from connectors.mail.gateway import MailGateway
from connectors.mail.message import AnyFolder, Batch, Folder, FoundFolder, Handling, MessageRef, OtherFolder, Outgoing

PORTION = 1000
"""So many mails are listed at once while the newest are looked for."""


class Readable(Protocol):
    """All that is known here of the mail system that is observed: nothing by which it could be changed."""

    def folders(self, mailbox: str) -> Sequence[FoundFolder]: ...

    def new_messages(
        self, mailbox: str, cursor: str | None, *, folder: AnyFolder = Folder.INBOX, limit: int = 100
    ) -> Batch: ...

    def raw(self, mailbox: str, key: str, *, folder: AnyFolder = Folder.INBOX) -> bytes: ...

    def find(self, mailbox: str, message_id: str, *, folder: Folder) -> str | None: ...

    def handling(self, mailbox: str, key: str, *, folder: Folder = Folder.INBOX) -> Handling | None: ...

    def close(self) -> None: ...


class ObservedMail:
    """A MailGateway over a mail system of real people that nothing of ours may reach.

    Inboxes are the real ones. Sent, Drafts and Retur are folders of `local`, and so are the mailboxes that letters go to. `only`
    is the one mailbox that may be read; "" lets all be.
    """

    def __init__(self, real: Readable, local: MailGateway, *, only: str = "") -> None:
        self._real, self._local, self._only = real, local, only

    def create_mailbox(self, mailbox: str) -> None:
        """Make the folders on this machine that letters of this mailbox are kept in."""
        self._local.create_mailbox(mailbox)

    def folders(self, mailbox: str) -> Sequence[FoundFolder]:
        return self._where(mailbox, Folder.INBOX).folders(mailbox)

    def new_messages(
        self, mailbox: str, cursor: str | None, *, folder: AnyFolder = Folder.INBOX, limit: int = 100
    ) -> Batch:
        """List what is new. The first look gives the newest `limit` mails of an inbox, since years may lie there."""
        there = self._where(mailbox, folder)
        if cursor is not None or folder is not Folder.INBOX:
            return there.new_messages(mailbox, cursor, folder=folder, limit=limit)
        newest: tuple[MessageRef, ...] = ()
        while (batch := there.new_messages(mailbox, cursor, folder=folder, limit=PORTION)).messages:
            newest, cursor = (newest + batch.messages)[-limit:], batch.cursor
        return Batch(newest, batch.cursor)

    def raw(self, mailbox: str, key: str, *, folder: AnyFolder = Folder.INBOX) -> bytes:
        return self._where(mailbox, folder).raw(mailbox, key, folder=folder)

    def mark_taken(self, mailbox: str, key: str) -> None:
        """Do nothing: a mail that we have read stays unread for whoever owns it."""

    def send(self, message: Outgoing, *, again: bool = False) -> None:
        """Keep a letter on this machine, whoever it is to."""
        self._local.send(message, again=again)

    def save_draft(self, mailbox: str, message: Outgoing) -> None:
        self._local.save_draft(mailbox, message)

    def find(self, mailbox: str, message_id: str, *, folder: Folder) -> str | None:
        return self._where(mailbox, folder).find(mailbox, message_id, folder=folder)

    def handling(self, mailbox: str, key: str, *, folder: Folder = Folder.INBOX) -> Handling | None:
        return self._where(mailbox, folder).handling(mailbox, key, folder=folder)

    def move(self, mailbox: str, key: str, *, source: Folder, target: Folder) -> None:
        self._refuse_real(mailbox, source, target)
        self._local.move(mailbox, key, source=source, target=target)

    def remove(self, mailbox: str, key: str, *, folder: Folder) -> None:
        self._refuse_real(mailbox, folder)
        self._local.remove(mailbox, key, folder=folder)

    def close(self) -> None:
        self._real.close()
        self._local.close()

    def _where(self, mailbox: str, folder: AnyFolder) -> Readable:
        if isinstance(folder, OtherFolder):
            raise ConnectorError(f"{mailbox}: only its inbox is observed", retryable=False)
        if folder is not Folder.INBOX:
            return self._local
        if self._only and not addresses.same(mailbox, self._only):
            raise ConnectorError(f"{mailbox}: only {self._only} is observed there", retryable=False)
        return self._real

    @staticmethod
    def _refuse_real(mailbox: str, *folders: Folder) -> None:
        if Folder.INBOX in folders:
            raise ConnectorError(f"{mailbox} is only observed: nothing in it is changed", retryable=False)
