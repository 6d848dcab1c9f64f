"""The list of other authorities as pages show it."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.outside import authority_of
from app.models.authority import Authority
from app.models.prediction import Prediction

FAINTEST = 0.01
"""With less confidence nothing is proposed."""


def all_of_them(session: Session) -> list[Authority]:
    """Return all authorities by name, retired ones last."""
    return list(session.scalars(select(Authority).order_by(Authority.retired, Authority.name)))


def in_use(session: Session) -> list[Authority]:
    """Return the authorities that may be chosen, by name."""
    return list(session.scalars(select(Authority).where(~Authority.retired).order_by(Authority.name)))


def likeliest_first(session: Session, enquiry_id: int) -> list[Authority]:
    """Return the authorities that may be chosen, likeliest first.

    The model's proposals for a mail come first, the others by name.
    """
    places = {authority: n for n, authority in enumerate(proposed(session, enquiry_id))}
    return sorted(in_use(session), key=lambda each: places.get(each.id, len(places)))


def proposed(session: Session, enquiry_id: int) -> list[int]:
    """Return the authorities proposed for a mail, likeliest first."""
    rows = session.scalar(select(Prediction.outside).where(Prediction.enquiry_id == enquiry_id)) or []
    found = [authority_of(row["outside"]) for row in rows if row["confidence"] >= FAINTEST]
    return [authority for authority in found if authority is not None]
