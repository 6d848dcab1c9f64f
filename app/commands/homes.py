"""Keep the demo's house and a real one apart.

Neither is served, or thrown away, as the other.
"""

from typing import Any

from sqlalchemy import ColumnElement, inspect, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from app import database
from app.config import Settings, SettingsError
from app.container import Container
from app.models.account import Account, Setting
from app.models.enquiry import Enquiry
from app.models.mail_system import AddedMailSystem
from app.models.unit import Unit
from app.services.organisation import added_mail_systems, mail_systems

MARK = "demo_seed"
"""The setting that a demo's database has, and no other."""


def refuse_demo(settings: Settings) -> None:
    """Refuse to serve as real what the demo made.

    Its accounts have a password that everybody knows.

    Raises:
        SettingsError: it is the demo's.
    """
    if _is_demo(settings):
        raise SettingsError(
            f"{settings.home} was made by `sluse demo`, with accounts whose password everybody knows.\n"
            "Serve it with `sluse demo`, or set SLUSE_HOME (and SLUSE_DATABASE_URL) to a place of your own."
        )


def refuse_real(settings: Settings, *, fresh: bool = False) -> None:
    """Refuse to run the demo on a real home. With `fresh` it is to be thrown away, so anything in it counts.

    Raises:
        SettingsError: it is somebody's own.
    """
    if _is_demo(settings):
        return
    if _is_used(settings) or (fresh and settings.home.exists() and any(settings.home.iterdir())):
        raise SettingsError(
            f"{settings.home} was not made by `sluse demo`, and the demo leaves it alone.\n"
            "Set SLUSE_HOME (and SLUSE_DATABASE_URL) to another place, or leave them out."
        )


def refuse_lost_mailboxes(container: Container) -> None:
    """Refuse to serve mailboxes of a mail system without settings. Their mails would wait unseen.

    Raises:
        SettingsError: there is one.
    """
    if not inspect(container.engine).has_table(AddedMailSystem.__tablename__):
        return  # a database of nothing yet has no mailbox
    with database.read(container.engine) as session:
        if lost := mail_systems.without_settings(session, added_mail_systems.known(session, container.settings)):
            raise SettingsError("\n".join(lost))


def mark_demo(session: Session, seed: int) -> None:
    """Mark the home as the demo's. Before anything else; the seed it was made with stays."""
    if session.get(Setting, MARK) is None:
        session.add(Setting(key=MARK, value=seed))
        session.flush()


def _is_demo(settings: Settings) -> bool:
    return _asks(settings, Setting.key, Setting.key == MARK)


def _is_used(settings: Settings) -> bool:
    return any(_asks(settings, column) for column in (Unit.id, Account.id, Enquiry.id))


def _asks(settings: Settings, column: InstrumentedAttribute[Any], *where: ColumnElement[bool]) -> bool:
    """Tell whether there is such a row; a database of nothing yet has none."""
    file = settings.home / "sluse.sqlite"
    if settings.database_url == f"sqlite:///{file}" and not file.exists():
        return False
    with database.opened(settings.database_url) as engine:
        if not inspect(engine).has_table(column.class_.__tablename__):
            return False
        with database.read(engine) as session:
            return session.scalar(select(column).where(*where).limit(1)) is not None
