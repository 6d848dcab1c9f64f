"""Contacts: the people who run Sluse here."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.access import Role
from app.models.account import Account

SHOWN = 5


@dataclass(frozen=True, slots=True)
class Contact:
    name: str
    email: str


def contacts(session: Session, role: Role) -> list[Contact]:
    """Return some people of a role, by name."""
    query = select(Account.name, Account.email).where(Account.role == role, Account.active)
    return [Contact(name, email) for name, email in session.execute(query.order_by(Account.name).limit(SHOWN))]
