"""The part of a mail that belongs to an enquiry.

Usually this is the mail as it came; of a split mail, one made of the part.
"""

from collections.abc import Sequence
from email.utils import format_datetime

from app.domain import journaling, templates
from app.models.enquiry import Attachment, Enquiry
from connectors.mail.compose import compose
from connectors.mail.message import MailAttachment, Outgoing
from connectors.mail.reading.parser import MailParser


def load(enquiry: Enquiry) -> None:
    """Load what a mail of an enquiry is made of. Call it before the enquiry leaves its session."""
    _ = enquiry.raw.content, enquiry.raw.sha256, enquiry.attachments, enquiry.text if enquiry.part else ""


def mail_of(enquiry: Enquiry, parser: MailParser) -> bytes:
    """Return the mail that an enquiry's unit may read.

    Of a split mail it has the part's words and files, and nothing of the others.

    Raises:
        MailUnreadable: the files of a part cannot be read.
    """
    if not enquiry.part:
        return enquiry.raw.content
    message = Outgoing(
        message_id=journaling.message_id(f"part:{enquiry.id}", enquiry.raw.sha256),
        sender=enquiry.sender_address,
        recipient=enquiry.mailbox,
        subject=enquiry.subject,
        text=f"{templates.PART_OF_MAIL}{enquiry.text}\n",
        attachments=files_of(enquiry, parser),
        headers=(("Date", format_datetime(enquiry.received_at)),),
    )
    return compose(message, automatic=False)


def files_of(enquiry: Enquiry, parser: MailParser) -> tuple[MailAttachment, ...]:
    """Read an enquiry's files from the raw mail again. Files that the reader no longer finds are left out.

    Raises:
        MailUnreadable: the mail cannot be read.
    """
    if enquiry.part and not enquiry.attachments:
        return ()
    files = parser.parse(enquiry.raw.content).attachments
    if not enquiry.part:
        return files
    found = (same(files, stored) for stored in enquiry.attachments)
    return tuple(file for file in found if file is not None)


def same(files: Sequence[MailAttachment], stored: Attachment) -> MailAttachment | None:
    """Return the file stored under a name and a size.

    Its place, name or size may have changed since: the reader of mails learns to find files, and to decode them.
    """

    def likeness(n: int) -> tuple[int, bool]:
        return (files[n].filename == stored.filename) + (len(files[n].content) == stored.size), n == stored.position

    best = max(range(len(files)), key=likeness, default=None)
    return files[best] if best is not None and likeness(best)[0] else None
