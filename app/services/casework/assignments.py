"""The caseworker of an enquiry within its unit. One takes it, gives it to a colleague, or puts it back."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.domain.actor import Actor
from app.domain.enquiry import State
from app.domain.events.casework import CaseworkerAssigned
from app.errors import ConflictError, RefusedError
from app.models.account import Account
from app.models.assignment import Assignment
from app.models.enquiry import Enquiry
from app.queries.casework import caseload
from app.services.platform import events


def assign(
    session: Session, enquiry: Enquiry, account_id: int | None, *, known: int | None, by: Actor, now: datetime
) -> Account | None:
    """Assign an enquiry to a colleague, or nobody (None). `known` is who had it when the page was shown.

    Raises:
        RefusedError: the enquiry does not wait at a unit, or that person does not work there.
        ConflictError: somebody has taken it, or given it away, in the meantime.
    """
    if enquiry.state is not State.ROUTED or enquiry.unit_id is None:
        raise RefusedError("moved_on")
    holder = caseload.holder(session, enquiry)
    if (holder.id if holder else None) != known:
        raise ConflictError
    chosen = session.get(Account, account_id) if account_id is not None else None
    if account_id is not None and (chosen is None or not chosen.active or chosen.unit_id != enquiry.unit_id):
        raise RefusedError("not_of_unit")
    if chosen is None:
        if (row := session.get(Assignment, enquiry.id)) is not None:
            session.delete(row)
    else:
        session.merge(Assignment(enquiry_id=enquiry.id, account_id=chosen.id, at=now))
    events.record(
        session,
        CaseworkerAssigned(
            unit_id=enquiry.unit_id, to=chosen.email if chosen else None, name=chosen.name if chosen else ""
        ),
        by=by,
        now=now,
        enquiry_id=enquiry.id,
    )
    return chosen


def named(session: Session, enquiry: Enquiry, name: str, *, by: Actor, now: datetime) -> None:
    """Assign an enquiry to the colleague a letter names. Nothing happens where somebody has it already.

    Of several with one name it is the writer, or else nobody, since the right one cannot be known.
    """
    if caseload.holder(session, enquiry) is not None:
        return
    meant = [number for number, each in caseload.colleagues(session, enquiry.unit_id) if each == name]
    meant = [number for number in meant if number == by.account_id] or meant
    if len(meant) == 1:
        assign(session, enquiry, meant[0], known=None, by=by, now=now)
