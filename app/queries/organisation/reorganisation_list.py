"""Reorganisations that were carried out, as pages show them."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models.reorganisation import Reorganisation
from app.models.unit import Mailbox


def all_of_them(session: Session) -> list[Reorganisation]:
    """Return all reorganisations, newest first."""
    return list(session.scalars(select(Reorganisation).order_by(Reorganisation.id.desc())))


def one(session: Session, reorganisation_id: int) -> Reorganisation | None:
    return session.get(Reorganisation, reorganisation_id)


def shared_mailboxes(session: Session) -> list[Mailbox]:
    """Return the mailboxes whose mails are routed."""
    return list(
        session.scalars(select(Mailbox).where(Mailbox.unit_id.is_(None), ~Mailbox.journal).order_by(Mailbox.name))
    )
