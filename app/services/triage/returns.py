"""The return of a mail by its unit ("Ikke vores").

The link is signed, works once, and never sends a mail round in circles.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain import deadlines
from app.domain.actor import LINK_HOLDER, Actor
from app.domain.enquiry import State, follow
from app.domain.events.triage import EnquiryReturned
from app.domain.returning import ReturnReason
from app.errors import NotFoundError, RefusedError
from app.models.account import Account
from app.models.case import Forward
from app.models.enquiry import Enquiry
from app.models.unit import Unit
from app.services.learning import breaker, labels
from app.services.platform import events, settings, viewing
from app.services.triage import queue_shares

TO_OWNER = 2
"""The return after which a named person decides, for good."""
LINK_LASTS = timedelta(days=90)
"""From the routing on; longer than any deadline the municipality has. Later on a unit returns by its page in Sluse."""


@dataclass(frozen=True, slots=True)
class ReturnLink:
    enquiry_id: int
    routing_no: int


def wait_again(enquiry: Enquiry, by: Actor) -> None:
    """Let a mail whose decision is taken back wait in triage; one that only a named person decides waits for who took it back."""
    enquiry.state, enquiry.reason = follow(enquiry.state, State.TRIAGE), None
    enquiry.owner_id = by.account_id if enquiry.returns >= TO_OWNER else None


def sign(link: ReturnLink, secret: str) -> str:
    return str(URLSafeSerializer(secret, salt="return").dumps([link.enquiry_id, link.routing_no]))


def read_link(token: str, secret: str) -> ReturnLink:
    """Check a link's signature.

    Raises:
        NotFoundError: it is not one of ours.
    """
    try:
        enquiry_id, routing_no = URLSafeSerializer(secret, salt="return").loads(token)
    except (BadSignature, ValueError, TypeError) as error:
        raise NotFoundError from error
    return ReturnLink(int(enquiry_id), int(routing_no))


def returnable(session: Session, link: ReturnLink) -> Enquiry:
    """Return an enquiry that a link may send back.

    Raises:
        NotFoundError: there is none.
        RefusedError: it has moved on, or its owner has decided.
    """
    enquiry = session.get(Enquiry, link.enquiry_id)
    if enquiry is None:
        raise NotFoundError
    if enquiry.routing_no != link.routing_no or enquiry.state is not State.ROUTED:
        raise RefusedError("moved_on")
    if enquiry.returns >= TO_OWNER:
        raise RefusedError("owner_decided")
    return enquiry


def returnable_by_link(session: Session, link: ReturnLink, *, now: datetime) -> Enquiry:
    """Return an enquiry that a mail's link may send back. The link ends with its routing, or after `LINK_LASTS`.

    Raises:
        NotFoundError: there is none.
        RefusedError: it has moved on, also to another unit by a reorganisation; its owner has decided; or it is too old.
    """
    enquiry = returnable(session, link)
    whose = select(Forward.unit_id).where(Forward.enquiry_id == link.enquiry_id, Forward.routing_no == link.routing_no)
    if session.scalar(whose) not in (None, enquiry.unit_id):
        raise RefusedError("moved_on")
    if enquiry.routed_at is not None and now - enquiry.routed_at > LINK_LASTS:
        raise RefusedError("link_too_old")
    return enquiry


def give_back(
    session: Session,
    enquiry: Enquiry,
    *,
    by: Actor,
    now: datetime,
    why: str = "",
    reason: ReturnReason | None = None,
    belongs_id: int | None = None,
) -> None:
    """Put an enquiry back in triage with its deadline. The label that sent it to the wrong unit is revoked.

    Not by whom nobody knows (`LINK_HOLDER`): what a person taught stands until another person has looked, and the next
    decision about the mail takes it back. `belongs_id` is the unit that the sender thinks it belongs to: a hint to
    whoever decides, and no label.

    Raises:
        NotFoundError: there is no such unit, or it is closed.
    """
    # The log is not erased: what people typed goes there without an identity.
    returned = EnquiryReturned(
        unit_id=enquiry.unit_id,
        why=viewing.hidden(why.strip()[:500]),
        reason=reason,
        belongs_id=_other_unit(session, enquiry, belongs_id),
    )
    events.record(session, returned, by=by, now=now, enquiry_id=enquiry.id)
    enquiry.state = follow(enquiry.state, State.TRIAGE)
    enquiry.returns += 1
    if enquiry.returns >= TO_OWNER:
        enquiry.owner_id = _owner(session, enquiry.unit, deadlines.local_day(now))
    enquiry.unit = None
    enquiry.automatic = enquiry.direct = False
    if by != LINK_HOLDER:
        labels.revoke(session, enquiry.id, by=by, now=now)
    session.flush()
    breaker.check(session, now=now)


def _other_unit(session: Session, enquiry: Enquiry, unit_id: int | None) -> int | None:
    """The unit that was named, unless it is the one that sends back."""
    if unit_id is None or unit_id == enquiry.unit_id:
        return None
    unit = session.get(Unit, unit_id)
    if unit is None or unit.closed:
        raise NotFoundError
    return unit.id


def _owner(session: Session, unit: Unit | None, today: date) -> int | None:
    """Return the account that decides a return for good.

    This is the unit's owner, else the one for the whole authority; nobody who is away.
    """
    for account_id in (unit.owner_id if unit else None, settings.get(session, settings.RETURN_OWNER)):
        owner = session.get(Account, account_id) if account_id else None
        if owner is not None and owner.active and not queue_shares.is_away(session, owner.id, today):
            return owner.id
    return None
