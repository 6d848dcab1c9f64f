"""Have letters written about a mail: a notice to its unit, an interim reply, a recall, and sending on to a neighbour."""

from sqlalchemy import select

from app import database
from app.domain.actor import Actor
from app.domain.events.triage import SuggestionConfirmed, SuggestionCorrected
from app.domain.notices import Notice
from app.models.enquiry import Enquiry
from app.models.event import Event
from app.services.casework import enquiry_deadlines
from app.services.inbound import notices
from app.services.organisation import authorities
from app.services.organisation.authorities import AuthorityLine
from app.services.triage import referring, undoing
from tests.town import Town, now

DECIDED = (SuggestionConfirmed.kind, SuggestionCorrected.kind)


def neighbour(town: Town, address: str) -> int:
    """Add another authority that mails may be sent on to; return its id."""
    line = AuthorityLine("Nabo", address, "Nabo")
    with database.write(town.container.engine) as session:
        return authorities.save(session, None, line, by=Actor("adda"), now=now()).id


def notice_and_interim(town: Town, enquiry: int) -> None:
    """Tell the unit that an answer bounced, and the citizen that it takes longer."""
    c = town.container
    with database.write(c.engine) as session:
        found = session.get_one(Enquiry, enquiry)
        notices.order(session, c.robot, found, Notice.REPLY_BOUNCED, found, now=now())
        text = enquiry_deadlines.interim_text(session, found, "Karla Sagsby", now=now())
        enquiry_deadlines.send_interim(
            session, c.robot, found, text, caseworker="Karla Sagsby", by=town.visitator.actor, secret="s" * 16, now=now()
        )  # fmt: skip


def recall(town: Town, enquiry: int) -> None:
    """Take the decision about a mail back."""
    c = town.container
    with database.write(c.engine) as session:
        decided = session.scalars(select(Event).where(Event.enquiry_id == enquiry, Event.kind.in_(DECIDED))).one()
        undoing.undo(session, c.robot, by=town.visitator.actor, now=now(), event_id=decided.id)


def send_on(town: Town, enquiry: int, authority: int) -> None:
    """Send a mail on to another authority, and tell the citizen."""
    c, version = town.container, town.enquiry(enquiry).version
    with database.write(c.engine) as session:
        referring.refer(
            session, c.robot, enquiry, authority, "Sendt videre.", version=version, by=town.visitator.actor, now=now()
        )
