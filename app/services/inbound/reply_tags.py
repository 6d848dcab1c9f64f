"""The addresses by which an answer comes back wherever it is sent from: "post+TAG@…", where the mail system knows such.

A tag cannot be guessed. It stands in Reply-To of the forward and in Cc of the draft, so only the unit knows it until it has
answered; each route of an enquiry has its own. A tag that we have not written ourselves says nothing.
"""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.config import Settings
from app.domain import journaling
from app.models.answer_route import ReplyTag
from app.models.enquiry import Enquiry
from app.services.organisation import added_mail_systems, mail_systems
from connectors.mail import addresses
from connectors.mail.message import ParsedMail

DELIVERED = ("delivered-to", "x-original-to", "envelope-to")
"""Headers in which mail servers say for whom they took a mail."""
MOST = 50
"""So many addresses of a mail are looked at."""


def issue(session: Session, settings: Settings, enquiry: Enquiry, routing_no: int) -> str:
    """Return the address for the answer to a routed enquiry. "" where its mailbox's mail system knows none such.

    The same route has the same address.
    """
    systems = added_mail_systems.known(session, settings)
    system = systems.get(mail_systems.of(session, enquiry.mailbox))
    if getattr(system, "plus_addresses", "off") != "on" or not enquiry.citizen_address:
        return ""
    tag = journaling.reply_tag(enquiry.id, routing_no, settings.secret_key)
    address = addresses.tagged(enquiry.mailbox, tag)
    if address:
        session.merge(ReplyTag(tag=tag, enquiry_id=enquiry.id, routing_no=routing_no))
    return address


def of(session: Session, mail: ParsedMail) -> ReplyTag | None:
    """Return what a mail was addressed to, by the first tag of ours among its addresses."""
    headers = dict(mail.headers)
    delivered = (each.address for name in DELIVERED for each in addresses.listed(headers.get(name, "")))
    tags = list(dict.fromkeys(addresses.tag_of(each) for each in (*mail.recipients[:MOST], *delivered)))
    wanted = [each for each in tags if each]
    known = (
        {row.tag: row for row in session.scalars(select(ReplyTag).where(ReplyTag.tag.in_(wanted)))} if wanted else {}
    )
    return next((known[each] for each in wanted if each in known), None)
