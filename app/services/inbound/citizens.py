"""The citizen of a mail. It is decided when the mail is read, and changed only by a human."""

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from app import database
from app.domain import citizen, form_sender, forwarded
from app.domain.actor import Actor
from app.domain.citizen import Citizen, CitizenSource
from app.domain.enquiry import State
from app.domain.events.inbound import CitizenChanged
from app.errors import RefusedError
from app.models.enquiry import Enquiry, RawMail
from app.models.form_sender import FormSender
from app.services.inbound import house
from app.services.organisation.authorities import ours
from app.services.platform import events, viewing
from app.services.platform.robot import Robot
from connectors.mail import addresses
from connectors.mail.addresses import Named
from connectors.mail.message import ParsedMail
from connectors.mail.reading.limits import MailUnreadable
from connectors.mail.reading.parser import MailParser

BATCH = 50


def decide(session: Session, enquiry: Enquiry, mail: ParsedMail, passed_on: Sequence[Named]) -> None:
    """Decide the citizen of a mail, and store the reason."""
    keep(enquiry, of_mail(session, mail, enquiry.mailbox, passed_on))


def of_mail(session: Session, mail: ParsedMail, mailbox: str, passed_on: Sequence[Named]) -> Citizen:
    """Return the citizen of a mail to this mailbox. `passed_on`: who wrote the mails that it sends on in its text."""
    return told_by(
        mail,
        mailbox,
        passed_on,
        forms=database.once(session, forms),
        is_ours=lambda each: ours(session, each),
        wrote=lambda each: house.wrote(session, each),
    )


def told_by(
    mail: ParsedMail,
    mailbox: str,
    passed_on: Sequence[Named],
    *,
    forms: Sequence[form_sender.FormRule],
    is_ours: Callable[[str], bool],
    wrote: Callable[[str], bool],
) -> Citizen:
    """Return the citizen whom a mail tells of; `is_ours` and `wrote` know our own addresses and colleagues."""
    named = mail.correspondents
    form = form_sender.fitting(forms, named.sole_author, mailbox)
    sent_on = bool(passed_on) and wrote(named.writer.address)
    headers = citizen.Headers(
        writer=named.writer,
        said_by=named.said_by,
        authors=named.authors,
        reply_to=named.reply_to,
        listed=any(name.startswith("list-") for name, _ in mail.headers),
    )
    return citizen.decide(
        headers,
        # Who sends a citizen's mail on is not the citizen: a human says whether it is who wrote what is inside.
        is_ours=lambda each: is_ours(each) or (sent_on and wrote(each)),
        form=form_sender.read(form, mail.text) if form else None,
        enclosed=(*mail.enclosed_writers, *(passed_on if sent_on else ())),
    )


def keep(enquiry: Enquiry, found: Citizen) -> None:
    """Store the citizen and the candidates for a human."""
    enquiry.citizen_name, enquiry.citizen_address = found.name, found.address
    enquiry.citizen_key, enquiry.citizen_source = found.key, found.source
    enquiry.citizen_candidates = [{"name": each.name, "address": each.address} for each in found.candidates]


def correct(
    session: Session, robot: Robot, enquiry_id: int, typed: str, name: str, *, by: Actor, now: datetime
) -> Enquiry:
    """Correct the citizen by what a person typed. A draft that lies ready is made once more, for the new address.

    The log keeps who said it and what told before; no address, since a log is not erased.

    Raises:
        NotFoundError: there is no such enquiry, or it is not theirs to see.
        RefusedError: what was typed is not one whole address, or one of our own; or the enquiry is history.
    """
    enquiry = viewing.find(session, enquiry_id, by=by)
    whole = addresses.typed(typed)
    if whole is None:
        raise RefusedError("no_citizen_address")
    if ours(session, whole):
        raise RefusedError("citizen_is_ours")
    if enquiry.imported:
        raise RefusedError("enquiry_is_history")
    before = enquiry.citizen_source
    changed = addresses.key(whole) != enquiry.citizen_key
    known = next((each.name for each in candidates(enquiry) if addresses.same(each.address, whole)), "")
    name = " ".join(name.split())[: addresses.NAME_LENGTH] or known
    keep(enquiry, Citizen(name, whole, CitizenSource.HUMAN))
    events.record(
        session, CitizenChanged(before=before, address_changed=changed), by=by, now=now, enquiry_id=enquiry.id
    )
    if changed and enquiry.state is State.ROUTED and enquiry.case_id is not None:
        session.flush()
        robot.enqueue(session, f"draft-{enquiry.version}", enquiry.id, enquiry.routing_no, workflow="draft")
    return enquiry


def forms(session: Session) -> list[form_sender.FormRule]:
    """Return the web forms that write to us."""
    return [plain(row) for row in session.scalars(select(FormSender).order_by(FormSender.id))]


def plain(row: FormSender) -> form_sender.FormRule:
    """Return a web form as the domain knows it."""
    return form_sender.FormRule(
        id=row.id,
        name=row.name,
        senders=tuple(row.senders.splitlines()),
        mailbox=row.mailbox,
        address_labels=tuple(row.address_labels.splitlines()),
        name_labels=tuple(row.name_labels.splitlines()),
        confirmed=row.confirmed,
    )


def candidates(enquiry: Enquiry) -> list[Named]:
    """Return the candidates a human may choose from."""
    return [Named(each["name"], each["address"]) for each in enquiry.citizen_candidates]


def offered(enquiry: Enquiry) -> Named | None:
    """Return the author of a mail a colleague sent on. None once somebody has said who the citizen is."""
    found = candidates(enquiry) if enquiry.citizen_source == CitizenSource.OURS else []
    return found[0] if found else None


def gets_receipts(enquiry: Enquiry) -> bool:
    """Tell whether a robot may write to the citizen. Somebody reads there, and the address is not merely typed."""
    return enquiry.citizen_source in citizen.RECEIVES_RECEIPTS and citizen.is_read(enquiry.citizen_address)


def decide_the_undecided(engine: Engine, parser: MailParser) -> int:
    """Decide the citizen of open mails that lack one.

    These mails came before citizens were decided, and are read again. Return how many.
    """
    query = select(Enquiry.id, RawMail.content).join(Enquiry.raw)
    waiting = query.where(Enquiry.citizen_source.is_(None), Enquiry.state.in_((State.TRIAGE, State.ROUTED)))
    with database.read(engine) as session:
        rows = [(number, content) for number, content in session.execute(waiting.order_by(Enquiry.id).limit(BATCH))]
    for number, content in rows:
        try:
            mail: ParsedMail | None = parser.parse(content)
        except MailUnreadable:
            mail = None
        passed_on = forwarded.passed_on(mail.subject, mail.text) if mail is not None else ()
        with database.write(engine) as session:
            enquiry = session.get_one(Enquiry, number)
            if mail is not None:
                decide(session, enquiry, mail, passed_on)
            elif enquiry.citizen_source is None:
                enquiry.citizen_source = CitizenSource.FROM
    return len(rows)
