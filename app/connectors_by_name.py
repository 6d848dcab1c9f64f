"""Make connectors by the names that the settings call them: the one list of what Sluse can be joined to.

A new connector is one line here. The web and the services know protocols only.
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from app.config import Settings, SettingsError
from app.mail_settings import FolderSystem
from connectors.deadlines.embedded import EmbeddedRegister
from connectors.deadlines.register import DeadlineRegister
from connectors.mail.folder.gateway import FolderGateway, FolderPost
from connectors.mail.gateway import MailGateway
from connectors.mail.systems import MAIN, MailSystems
from connectors.records.archive import ArchiveRecords
from connectors.records.system import RecordsSystem

Made = TypeVar("Made")
SystemOf = Callable[[str], str]
"""In which mail system a mailbox is, by its address."""


def _folder(name: str, system: FolderSystem, settings: Settings, post: FolderPost) -> MailGateway:
    root = system.root or (
        settings.mail_root.with_name(f"{settings.mail_root.name}-{name}") if name else settings.mail_root
    )
    return post.join(name, FolderGateway(root.absolute(), post=post))


MAIL: Mapping[str, Callable[[str, Any, Settings, FolderPost], MailGateway]] = {"folder": _folder}
RECORDS: Mapping[str, Callable[[Settings], RecordsSystem]] = {
    "archive": lambda settings: ArchiveRecords(settings.archive_root),
}
DEADLINES: Mapping[str, Callable[[Settings], DeadlineRegister]] = {
    "embedded": lambda settings: EmbeddedRegister(settings.deadlines_root),
}


def mail(settings: Settings, system_of: SystemOf) -> MailGateway:
    """Make the mail system, or all of them behind one gateway where there are several.

    Raises:
        SettingsError: no connector is called so.
    """
    wanted = {MAIN: settings.mail} | settings.mail_systems
    post = FolderPost(system_of)
    made = {}
    for name, system in wanted.items():
        variable = f"SLUSE_MAIL_SYSTEMS__{name.upper()}__KIND" if name else "SLUSE_MAIL"
        made[name] = _called(variable, system.kind, MAIL)(name, system, settings, post)
    return MailSystems(made, system_of) if settings.mail_systems else made[MAIN]


def records(settings: Settings) -> RecordsSystem:
    """Make the records system.

    Raises:
        SettingsError: no connector is called so.
    """
    return _called("SLUSE_RECORDS", settings.records, RECORDS)(settings)


def deadlines(settings: Settings) -> DeadlineRegister:
    """Make the register of deadlines.

    Raises:
        SettingsError: no connector is called so.
    """
    return _called("SLUSE_DEADLINES", settings.deadlines, DEADLINES)(settings)


def _called(variable: str, name: str, known: Mapping[str, Made]) -> Made:
    if name not in known:
        raise SettingsError(f"{variable} must be one of {', '.join(sorted(known))}, not {name!r}")
    return known[name]
