"""The list of other authorities as pages show it."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models.authority import Authority


def all_of_them(session: Session) -> list[Authority]:
    """By name; those that are not chosen any more come last."""
    return list(session.scalars(select(Authority).order_by(Authority.retired, Authority.name)))


def in_use(session: Session) -> list[Authority]:
    """Those that may be chosen, by name."""
    return list(session.scalars(select(Authority).where(~Authority.retired).order_by(Authority.name)))
