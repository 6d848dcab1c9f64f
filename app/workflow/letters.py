"""The letters the robot writes.

They are the forward to the unit and its recall, the draft of its answer, the acknowledgement to the citizen.

The same route gives the same letter.
"""

from datetime import date
from email.utils import format_datetime

from app.config import Settings
from app.domain import journaling, notices, templates
from app.domain.automatic_headers import OF_A_ROBOTS_ANSWER
from app.domain.citizen import CitizenSource
from app.domain.deadlines import local_day
from app.domain.notices import Notice
from app.models.authority import Authority, Referral
from app.models.case import Acknowledgement, InterimReply, Recall, UnitNotice
from app.models.enquiry import Enquiry
from app.models.unit import Unit
from app.services.casework import titles
from app.services.casework.reply_templates import deadline_lines, values, values_of_mail
from app.services.triage import returns
from connectors.mail.message import MailAttachment, Outgoing

SEAL = "X-Sluse-Seal"


def draft(
    enquiry: Enquiry, unit: Unit, case_number: str, routing_no: int, template: str, config: Settings, copy_to: str = ""
) -> Outgoing:
    """Make the draft of the unit's answer.

    In the citizen's thread, from the `template` that fits the mail; the unit may write on it. `copy_to` is our address for the
    answer, "" for none.
    """
    corrected = enquiry.citizen_key if enquiry.citizen_source is CitizenSource.HUMAN else ""
    return Outgoing(
        message_id=journaling.message_id(journaling.draft_key(enquiry.id, routing_no, corrected), config.secret_key),
        sender=unit.address,
        recipient=enquiry.citizen_address,
        subject=titles.letter(enquiry, case_number, "SV:"),
        text=templates.fill(template, values(enquiry, unit, case_number, leaves_on=_routed_on(enquiry))),
        in_reply_to=enquiry.message_id,
        headers=(*_date(enquiry), *((("Cc", copy_to),) if copy_to else ())),
    )


def forward(
    enquiry: Enquiry, unit: Unit, case_number: str, routing_no: int, mail: bytes, config: Settings, copy_to: str = ""
) -> Outgoing:
    """Make the forward of an enquiry to its unit.

    The `mail` is attached; it has the case number, deadline and the link for sending it back.

    A mail that came to the unit's own mailbox lies there already; the unit only hears what was done about it. Who replies writes
    to the citizen, and to `copy_to`, our address for the answer ("" for none).
    """
    in_place = enquiry.direct and enquiry.mailbox == unit.address
    link = returns.sign(returns.ReturnLink(enquiry.id, routing_no), config.secret_key)
    filled = values(enquiry, unit, case_number, leaves_on=_routed_on(enquiry)) | {
        "frister": deadline_lines(enquiry),
        "returlink": f"{config.base_url}/retur/{link}",
    }
    message_id = journaling.message_id(f"forward:{enquiry.id}:{routing_no}", config.secret_key)
    return Outgoing(
        message_id=message_id,
        sender=enquiry.mailbox,
        recipient=unit.address,
        subject=titles.letter(enquiry, case_number, "VS:"),
        text=_part(enquiry) + templates.fill(templates.DIRECT if in_place else templates.FORWARD, filled),
        attachments=() if in_place else (_attached(mail),),
        in_reply_to=enquiry.message_id if in_place else None,
        headers=(
            *_date(enquiry),
            *_answered_to(enquiry, copy_to),
            (SEAL, journaling.seal(message_id, config.secret_key)),
        ),
    )


def acknowledgement(letter: Acknowledgement, enquiry: Enquiry) -> Outgoing:
    """Make the acknowledgement as it was written down.

    It is marked as a robot's answer so that no robot answers it (RFC 3834).
    """
    return Outgoing(
        message_id=letter.message_id,
        sender=enquiry.mailbox,
        recipient=enquiry.citizen_address,
        subject=letter.subject,
        text=letter.text,
        in_reply_to=enquiry.message_id,
        headers=(("Date", format_datetime(letter.at)), *OF_A_ROBOTS_ANSWER),
        outward=True,
    )


def sent_on(
    row: Referral, authority: Authority, enquiry: Enquiry, case_number: str, sender: str, mail: bytes, secret: str
) -> Outgoing:
    """Make the letter that sends a mail on.

    The `mail` goes to the authority whose it is; `sender` is the name of the mailbox it came to.
    """
    filled = values_of_mail(enquiry) | {"sagsnummer": case_number, "myndighed": authority.name, "postkasse": sender}
    text = templates.fill(templates.SENT_ON_PART if enquiry.part else templates.SENT_ON, filled)
    if enquiry.part:
        text += (
            f"Fra: {enquiry.citizen_name} <{enquiry.citizen_address}>\n\n{titles.subject(enquiry)}\n\n{enquiry.text}\n"
        )
    return Outgoing(
        message_id=journaling.message_id(f"referral:{row.id}", secret),
        sender=enquiry.mailbox,
        recipient=row.address,
        subject=titles.letter(enquiry, case_number, "VS:"),
        text=text,
        attachments=(_attached(mail),) if enquiry.attachments or not enquiry.part else (),
        headers=(("Date", format_datetime(row.at)),),
        outward=True,
    )


def not_ours(row: Referral, enquiry: Enquiry, case_number: str, secret: str) -> Outgoing:
    """Make the letter that tells the citizen.

    A person has read it; it is still marked so that no robot answers it (RFC 3834).
    """
    return Outgoing(
        message_id=journaling.message_id(f"referral:{row.id}:citizen", secret),
        sender=enquiry.mailbox,
        recipient=enquiry.citizen_address,
        subject=titles.robot_letter(enquiry, case_number, "SV:"),
        text=row.text,
        in_reply_to=enquiry.message_id,
        headers=(("Date", format_datetime(row.at)), *OF_A_ROBOTS_ANSWER),
        outward=True,
    )


def interim(row: InterimReply, enquiry: Enquiry, unit: Unit, case_number: str) -> Outgoing:
    """Make the interim reply as a person's letter. Nothing in it says that a robot wrote, since none did."""
    return Outgoing(
        message_id=row.message_id,
        sender=unit.address,
        recipient=enquiry.citizen_address,
        subject=titles.robot_letter(enquiry, case_number, "SV:"),
        text=row.text,
        in_reply_to=enquiry.message_id,
        headers=(("Date", format_datetime(row.at)),),
        outward=True,
        personal=True,
    )


def recall(row: Recall, enquiry: Enquiry, unit: Unit, case_number: str, config: Settings) -> Outgoing:
    """Make the recall of a forward to a unit. It stands below that mail in the unit's mailbox."""
    return Outgoing(
        message_id=journaling.message_id(f"recall:{row.enquiry_id}:{row.routing_no}", config.secret_key),
        sender=enquiry.mailbox,
        recipient=unit.address,
        subject=titles.letter(enquiry, case_number, "TRUKKET TILBAGE:"),
        text=templates.fill(templates.RECALL, values(enquiry, unit, case_number, leaves_on=local_day(row.at))),
        in_reply_to=journaling.message_id(f"forward:{row.enquiry_id}:{row.routing_no}", config.secret_key),
        headers=(("Date", format_datetime(row.at)),),
    )


def notice(row: UnitNotice, enquiry: Enquiry, unit: Unit, case_number: str, config: Settings) -> Outgoing:
    """Make a notice to a unit. About a letter that did not arrive, or an answer that came to us."""
    kind = Notice(row.kind)
    text = templates.fill(notices.TEXTS[kind], values(enquiry, unit, case_number, leaves_on=date.min))
    return Outgoing(
        message_id=journaling.message_id(f"notice:{row.id}", config.secret_key),
        sender=enquiry.mailbox,
        recipient=unit.address,
        subject=f"{notices.SUBJECTS[kind]} [{case_number}]",
        text=f"{text}\n{config.base_url}/henvendelser/{enquiry.id}\n",
        headers=(("Date", format_datetime(row.at)),),
    )


def _answered_to(enquiry: Enquiry, copy_to: str) -> tuple[tuple[str, str], ...]:
    """Return the header that directs replies to the citizen.

    A unit that presses Reply on a robot's letter does not write to us alone.
    """
    answered = ", ".join(filter(None, (enquiry.citizen_address, copy_to)))
    return (("Reply-To", answered),) if enquiry.citizen_address else ()


def _attached(mail: bytes) -> MailAttachment:
    return MailAttachment("henvendelse.eml", "message/rfc822", mail)


def _part(enquiry: Enquiry) -> str:
    """Return the text naming the part that is meant. "" for a mail that is one matter."""
    return f"{templates.PART}{titles.subject(enquiry)}\n\n{enquiry.text}\n\n" if enquiry.part else ""


def _routed_on(enquiry: Enquiry) -> date:
    return local_day(enquiry.routed_at or enquiry.received_at)


def _date(enquiry: Enquiry) -> tuple[tuple[str, str], ...]:
    """Return the Date header: when it was routed.

    Never the clock's time, so that a repeated letter is the same letter.
    """
    return (("Date", format_datetime(enquiry.routed_at)),) if enquiry.routed_at else ()
