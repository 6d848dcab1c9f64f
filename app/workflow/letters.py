"""What the robot writes: the forward to the unit, and the draft of its answer. The same route gives the same letter."""

from email.utils import format_datetime

from app.config import Settings
from app.domain import deadlines, journaling, templates
from app.models.enquiry import Enquiry
from app.models.unit import Unit
from app.services import returns
from connectors.mail.message import Attachment, Outgoing


def draft(enquiry: Enquiry, unit: Unit, case_number: str, hop: int, config: Settings) -> Outgoing:
    """The answer the unit may write on and send, in the citizen's thread."""
    return Outgoing(
        message_id=journaling.message_id(f"draft:{enquiry.id}:{hop}", config.secret_key),
        sender=unit.address,
        recipient=enquiry.sender_address,
        subject=journaling.tagged_subject(enquiry.subject, case_number, "SV:"),
        text=templates.fill(templates.REPLY_DRAFT, _values(enquiry, unit, case_number, hop, config)),
        in_reply_to=enquiry.message_id,
        headers=_date(enquiry),
    )


def forward(enquiry: Enquiry, unit: Unit, case_number: str, hop: int, config: Settings) -> Outgoing:
    """The mail as it came, attached, with case number, deadline and the link for sending it back.

    A mail that came to the unit's own mailbox lies there already; the unit only hears what was done about it.
    """
    in_place = enquiry.direct and enquiry.mailbox == unit.address
    original = Attachment("henvendelse.eml", "application/octet-stream", enquiry.raw.content)
    return Outgoing(
        message_id=journaling.message_id(f"forward:{enquiry.id}:{hop}", config.secret_key),
        sender=enquiry.mailbox,
        recipient=unit.address,
        subject=journaling.tagged_subject(enquiry.subject, case_number, "VS:"),
        text=templates.fill(
            templates.DIRECT if in_place else templates.FORWARD, _values(enquiry, unit, case_number, hop, config)
        ),
        attachments=() if in_place else (original,),
        in_reply_to=enquiry.message_id if in_place else None,
        headers=_date(enquiry),
    )


def _date(enquiry: Enquiry) -> tuple[tuple[str, str], ...]:
    """When it was routed: not the clock's time, so that a repeated letter is the same letter."""
    return (("Date", format_datetime(enquiry.routed_at)),) if enquiry.routed_at else ()


def _values(enquiry: Enquiry, unit: Unit, case_number: str, hop: int, config: Settings) -> dict[str, str]:
    """What the placeholders of a text stand for."""
    link = returns.sign(returns.ReturnLink(enquiry.id, hop), config.secret_key)
    return {
        "sagsnummer": case_number,
        "emne": enquiry.subject or "(uden emne)",
        "frist": deadlines.danish(enquiry.due_on),
        "modtaget": deadlines.danish(deadlines.local_day(enquiry.received_at)),
        "enhed": unit.name,
        "afsender": enquiry.sender_name or "borger",
        "returlink": f"{config.base_url}/retur/{link}",
    }
