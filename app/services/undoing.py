"""Undo: for each kind of decision the function that takes it back."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy.orm import Session

from app.errors import RefusedError
from app.models.account import Account
from app.models.enquiry import Enquiry
from app.services import merging, referring, splitting, triage, waves

TAKES_BACK: dict[str, Callable[..., Enquiry]] = {
    "referred": referring.undo,
    "split": splitting.undo,
    "wave_decided": waves.undo,
    "merged": merging.undo,
}
"""Kind of event → (session, event, by=, now=) → the enquiry that waits again. Any other kind is a plain decision."""


def undo(session: Session, *, by: Account, now: datetime) -> Enquiry:
    """Take back this person's latest decision.

    Raises:
        RefusedError: there is nothing to undo, or it has left the house.
    """
    decision = triage.latest_decision(session, by)
    if decision is None:
        raise RefusedError("nothing_to_undo")
    take_back = TAKES_BACK.get(decision.kind, triage.take_back)
    return take_back(session, decision, by=by, now=now)
