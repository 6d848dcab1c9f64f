"""The one door to any mail system: folders, IMAP, Exchange and Graph all stand behind it."""

from typing import Protocol

from connectors.mail.message import Batch, Folder, Outgoing


class MailGateway(Protocol):
    """Mailboxes are named by their address. All methods raise ConnectorError, and nothing else, for the world's faults."""

    def create_mailbox(self, mailbox: str) -> None:
        """Make the mailbox's folders where this system lets us, and only those that are missing; else do nothing."""
        ...

    def new_messages(
        self, mailbox: str, cursor: str | None, *, folder: Folder = Folder.INBOX, limit: int = 100
    ) -> Batch:
        """Messages that came into `folder` after `cursor` (None: from the first), oldest first, at most `limit`.

        Does not look at the unread flag and changes nothing. A lost or strange cursor gives everything again.
        """
        ...

    def raw(self, mailbox: str, key: str, *, folder: Folder = Folder.INBOX) -> bytes:
        """The message's bytes exactly as they lie there."""
        ...

    def mark_taken(self, mailbox: str, key: str) -> None:
        """Mark an inbox message as seen. Called only after its bytes are committed; doing it twice is harmless."""
        ...

    def send(self, message: Outgoing) -> None:
        """Deliver `message` and leave a copy in the sender's Sent. Sending the same message_id again changes nothing.

        What goes `outward` bounces to nobody: its envelope has no sender where the mail system lets one choose.

        Raises:
            UnreachableAddress: the mail `needs_smtputf8`, and the server does not offer it: somebody must be told.
        """
        ...

    def save_draft(self, mailbox: str, message: Outgoing) -> None:
        """Put `message` into the mailbox's Drafts. The same message_id again changes nothing, also after it was sent from there."""
        ...

    def find(self, mailbox: str, message_id: str, *, folder: Folder) -> str | None:
        """The key of the message with that Message-ID in `folder`, or None."""
        ...

    def move(self, mailbox: str, key: str, *, source: Folder, target: Folder) -> None:
        """Move a message between two folders of one mailbox; harmless when it is already there."""
        ...

    def remove(self, mailbox: str, key: str, *, folder: Folder) -> None:
        """Delete a message for good, so that no folder has it any more; harmless when it is gone already."""
        ...
