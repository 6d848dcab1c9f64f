"""Know in which mail system each mailbox is, while a municipality has more than one."""

from collections.abc import Callable, Iterable

from sqlalchemy import Engine, func, select, update
from sqlalchemy.orm import Session

from app import database
from app.errors import RefusedError
from app.models.unit import Mailbox, Unit
from connectors.mail import systems

MAIN = systems.MAIN
"""The name of the system that needs none."""
KINDS: tuple[type[Mailbox] | type[Unit], ...] = (Mailbox, Unit)
"""What has a mailbox."""


def lookup(engine: Engine) -> Callable[[str], str]:
    """Return what tells a mailbox's system by its address, as the database has it at that moment."""

    def system_of(address: str) -> str:
        with database.read(engine) as session:
            return of(session, address)

    return system_of


def of(session: Session, address: str) -> str:
    """Return the system that a mailbox is in; an address that is none of ours is looked for in the main one."""
    for kind in KINDS:
        found = session.scalar(select(kind.mail_system).where(func.lower(kind.address) == address.lower()))
        if found is not None:
            return found
    return MAIN


def agree(session: Session, address: str, system: str) -> None:
    """Say the same of a unit's own mailbox where mails are also taken from it: it is one mailbox."""
    for kind in KINDS:
        there = update(kind).where(func.lower(kind.address) == address.lower(), kind.mail_system != system)
        session.execute(there.values(mail_system=system))


def without_settings(session: Session, known: Iterable[str]) -> list[str]:
    """Say of each mailbox whose system nobody has described what is missing."""
    found: dict[str, str] = {}
    for kind in KINDS:
        rows = session.execute(select(kind.address, kind.mail_system).where(kind.mail_system.not_in([MAIN, *known])))
        found.update((address, system) for address, system in rows)
    return [no_settings(address, system) for address, system in sorted(found.items())]


def no_settings(address: str, system: str) -> str:
    """Say what is missing where no setting describes a mailbox's system."""
    return (
        f"{address} is in the mail system {system!r}, which nobody has described: add it on the page of mail systems, "
        f"or set SLUSE_MAIL_SYSTEMS__{system.upper()}__KIND"
    )


def refuse_unknown(system: str, known: Iterable[str]) -> None:
    """Refuse a system that no setting describes.

    Raises:
        RefusedError: it is none of them.
    """
    if system not in {MAIN, *known}:
        raise RefusedError("no_mail_system")
