"""A mail that was split, seen from any part."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.access import may_see
from app.domain.recognition import SetAside
from app.models.account import Account
from app.models.enquiry import Enquiry


@dataclass(frozen=True, slots=True)
class Division:
    """A split mail and its parts, in order."""

    whole: Enquiry
    parts: list[Enquiry]
    seen: frozenset[int]
    """Those of them that the reader may see: a unit is not told what the other parts are about."""

    def place(self, enquiry_id: int) -> int:
        """Return which part an enquiry is. Counted from 1; 0 for the whole mail."""
        return next((n for n, part in enumerate(self.parts, start=1) if part.id == enquiry_id), 0)


def division(session: Session, enquiry: Enquiry, account: Account) -> Division | None:
    """Return how a mail was split. As far as a person may know it; None for a mail that is one matter."""
    if not enquiry.part and enquiry.reason != SetAside.SPLIT:
        return None
    whole = enquiry if enquiry.reason == SetAside.SPLIT else session.get_one(Enquiry, enquiry.split_from_id)
    query = select(Enquiry).where(
        Enquiry.split_from_id == whole.id, Enquiry.reason.is_distinct_from(SetAside.SPLIT_UNDONE)
    )
    parts = list(session.scalars(query.order_by(Enquiry.part)))
    seen = frozenset(each.id for each in (whole, *parts) if may_see(account.role, account.unit_id, each.unit_id))
    return Division(whole, parts, seen)
