"""The interface of any mail system. Folders, IMAP, Exchange and Graph all stand behind it."""

from collections.abc import Sequence
from typing import Protocol

from connectors.mail.message import AnyFolder, Batch, Folder, FoundFolder, Handling, Outgoing


class MailGateway(Protocol):
    """A gateway to mailboxes.

    They are named by their address. All methods raise ConnectorError, and nothing else, for the world's faults.
    """

    def create_mailbox(self, mailbox: str) -> None:
        """Make the mailbox's folders where this system lets us, and only those that are missing; else do nothing."""
        ...

    def folders(self, mailbox: str) -> Sequence[FoundFolder]:
        """Return the folders for mail that lie in a mailbox: those that Sluse uses first, the others by name.

        Of each role at most one has it; a role that none has, has no folder there. Changes nothing.
        """
        ...

    def new_messages(
        self, mailbox: str, cursor: str | None, *, folder: AnyFolder = Folder.INBOX, limit: int = 100
    ) -> Batch:
        """Return the messages after a cursor, oldest first.

        From `folder`, after `cursor` (None: from the first); at most `limit`.

        Does not look at the unread flag and changes nothing. A lost or strange cursor gives everything again.
        """
        ...

    def raw(self, mailbox: str, key: str, *, folder: AnyFolder = Folder.INBOX) -> bytes:
        """Return the message's bytes exactly as they lie there.

        Raises:
            MailNotExported: it lies there, and its server cannot hand it out, now or later.
        """
        ...

    def mark_taken(self, mailbox: str, key: str) -> None:
        """Mark an inbox message as seen. Called only after its bytes are committed; doing it twice is harmless."""
        ...

    def send(self, message: Outgoing, *, again: bool = False) -> None:
        """Deliver `message` and leave a copy in the sender's Sent. Sending the same message_id again changes nothing.

        `again`: an earlier try may have had its effect, though its answer was lost. Then it is looked for, before anything is
        sent: in Sent and, where the recipient is a mailbox of ours, there.

        What does not arrive bounces to the sender's mailbox.

        Raises:
            AnswerLost: it may have been sent; the next try must be `again`. After any other error nothing was sent.
            UnknownFate: it is `again`, and no look tells what became of the earlier try; nothing was sent now.
            UnreachableAddress: the mail `needs_smtputf8`, and the server does not offer it: somebody must be told.
        """
        ...

    def save_draft(self, mailbox: str, message: Outgoing) -> None:
        """Put `message` into the mailbox's Drafts. The same message_id again changes nothing, also after it was sent from there."""
        ...

    def find(self, mailbox: str, message_id: str, *, folder: Folder) -> str | None:
        """Return the key of a message by Message-ID. Only in `folder`; None where there is none."""
        ...

    def handling(self, mailbox: str, key: str, *, folder: Folder = Folder.INBOX) -> Handling | None:
        """Return what people have done with a message. None where it is gone. Changes nothing."""
        ...

    def move(self, mailbox: str, key: str, *, source: Folder, target: Folder) -> None:
        """Move a message between folders of one mailbox. Harmless when the message is already there."""
        ...

    def remove(self, mailbox: str, key: str, *, folder: Folder) -> None:
        """Delete a message for good. No folder has it any more; harmless when it is gone already."""
        ...

    def close(self) -> None:
        """End the connections. Called once, when no other call is under way."""
        ...
