"""Keep which folders of a mailbox people have chosen for Sent, Drafts and Retur, and tell the mail systems of it.

The inbox is not chosen: a mail system delivers into it, and a letter of unknown fate is looked for in it.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Engine, delete, func, select
from sqlalchemy.orm import Session

from app import database
from app.domain.actor import Actor
from app.domain.events.inbound import MailboxFoldersChosen
from app.errors import NotFoundError, RefusedError
from app.mail_settings import ImapSystem, MailSystem
from app.models.unit import ChosenFolder, MailboxCursor
from app.services.organisation import mail_systems
from app.services.organisation.added_mail_systems import Unusable
from app.services.platform import events
from connectors.mail import addresses
from connectors.mail.message import Folder, FoundFolder

ROLES = (Folder.SENT, Folder.DRAFTS, Folder.RETURNS)
"""What a folder can be chosen for."""
LONGEST_NAME = 500


def lookup(engine: Engine) -> Callable[[str, str], Mapping[Folder, str]]:
    """Return what tells the chosen folders of a mailbox in a mail system, as the database has them at that moment."""

    def chosen(system: str, address: str) -> Mapping[Folder, str]:
        with database.read(engine) as session:
            return of(session, system, address)

    return chosen


def of(session: Session, system: str, address: str) -> dict[Folder, str]:
    """Return the keys of the folders that were chosen, by role."""
    return {Folder(row.role): row.key for row in _rows(session, system, address)}


def place(session: Session, address: str, role: Folder) -> frozenset[tuple[str, str]]:
    """Return what was chosen for a role, in whatever mail system. Where it changes, an old cursor is worth nothing."""
    if role not in ROLES:
        return frozenset()
    query = select(ChosenFolder.mail_system, ChosenFolder.key).where(
        ChosenFolder.address == addresses.key(address), ChosenFolder.role == role
    )
    return frozenset((system, key) for system, key in session.execute(query))


def confirmed(session: Session) -> set[str]:
    """Return the addresses, in lower case, of the mailboxes whose folders somebody has confirmed where they are now."""
    rows = session.execute(select(ChosenFolder.address, ChosenFolder.mail_system).distinct())
    return {address for address, system in rows if mail_systems.of(session, address) == system}


def fixed(system: MailSystem | Unusable, address: str) -> set[str]:
    """Return the roles whose folder a setting of this very mailbox says, so that no choice changes it."""
    if not isinstance(system, ImapSystem):
        return set()
    named = (names for mailbox, names in system.folder_names.items() if addresses.same(mailbox, address))
    return {str(role) for names in named for role, name in names.items() if name}


def choose(
    session: Session,
    address: str,
    listed: Sequence[FoundFolder],
    wanted: Mapping[str, str],
    *,
    by: Actor,
    now: datetime,
) -> None:
    """Use folders of a mailbox from now on. A role without one is left to what the mail system says.

    A folder that takes another's place is read from its beginning; what is known of it is not taken in twice.

    Args:
        session: the transaction.
        address: the mailbox.
        listed: the folders that lie in it.
        wanted: the key of a folder for each role.
        by: who chooses.
        now: when.

    Raises:
        NotFoundError: there is no such mailbox.
        RefusedError: a folder is not there, or is wanted twice.
    """
    if not any(session.scalar(select(kind.id).where(kind.address == address)) for kind in mail_systems.KINDS):
        raise NotFoundError
    names = {each.key: each.name[:LONGEST_NAME] for each in listed}
    keys = {role: wanted[role] for role in ROLES if wanted.get(role)}
    _check(keys, listed)
    system = mail_systems.of(session, address)
    before = {each.role: each.key for each in listed if each.role}
    chosen = {row.role: row.name for row in _rows(session, system, address)}
    moved = {role for role in ROLES if keys.get(role, before.get(role)) != before.get(role)}
    moved |= {role for role in ROLES if role in chosen and role not in keys}
    session.execute(
        delete(ChosenFolder).where(ChosenFolder.address == addresses.key(address), ChosenFolder.mail_system == system)
    )
    for role, key in keys.items():
        session.add(
            ChosenFolder(address=addresses.key(address), mail_system=system, role=role, key=key, name=names[key])
        )
    session.execute(
        delete(MailboxCursor).where(
            func.lower(MailboxCursor.address) == address.lower(), MailboxCursor.folder.in_(moved)
        )
    )
    after = {str(role): names[key] for role, key in keys.items()}
    events.record(session, MailboxFoldersChosen(mailbox=address, before=chosen, after=after), by=by, now=now)


def _check(keys: Mapping[Folder, str], listed: Sequence[FoundFolder]) -> None:
    there = {each.key for each in listed}
    inbox = next((each.key for each in listed if each.role is Folder.INBOX), None)
    if not set(keys.values()) <= there:
        raise RefusedError("no_such_folder")
    if len(set(keys.values()) | {inbox}) <= len(keys):
        raise RefusedError("folder_twice")


def _rows(session: Session, system: str, address: str) -> Sequence[ChosenFolder]:
    query = select(ChosenFolder).where(
        ChosenFolder.address == addresses.key(address), ChosenFolder.mail_system == system
    )
    return session.scalars(query).all()
