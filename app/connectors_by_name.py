"""Make connectors by the names that the settings call them: the one list of what Sluse can be joined to.

A new connector is one line here. The web and the services know protocols only.
"""

from collections.abc import Callable, Mapping
from threading import Lock
from typing import Any, TypeVar, cast

from app.config import Settings, SettingsError
from app.mail_settings import FolderSystem, GraphSystem, MailSystem
from app.services.organisation.added_mail_systems import Unusable
from connectors.deadlines.embedded import EmbeddedRegister
from connectors.deadlines.register import DeadlineRegister
from connectors.mail.folder.gateway import FolderGateway, FolderPost
from connectors.mail.gateway import MailGateway
from connectors.mail.systems import MailSystems, UnusableSystem
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


def _graph(_name: str, system: GraphSystem, _settings: Settings, _post: FolderPost) -> MailGateway:
    """Make the way to Exchange Online. Its libraries are loaded where it is used only: they take 16 MB."""
    from connectors.mail.graph.gateway import GraphGateway
    from connectors.mail.graph.tokens import GraphTenant

    return GraphGateway(
        GraphTenant(
            system.tenant,
            system.client_id,
            secret=system.client_secret.get_secret_value() if system.client_secret else "",
            certificate=system.certificate.get_secret_value() if system.certificate else "",
            authority=system.authority.rstrip("/"),
            server=system.server.rstrip("/"),
            authorities_file=system.ca_file,
            returns=system.returns,
        )
    )


MAIL: Mapping[str, Callable[[str, Any, Settings, FolderPost], MailGateway]] = {"folder": _folder, "graph": _graph}
RECORDS: Mapping[str, Callable[[Settings], RecordsSystem]] = {
    "archive": lambda settings: ArchiveRecords(settings.archive_root),
}
DEADLINES: Mapping[str, Callable[[Settings], DeadlineRegister]] = {
    "embedded": lambda settings: EmbeddedRegister(settings.deadlines_root),
}


class MadeSystems:
    """The gateways of all mail systems, each made once and anew when its options have changed."""

    def __init__(
        self, settings: Settings, described: Callable[[], Mapping[str, MailSystem | Unusable]], post: FolderPost
    ) -> None:
        self._settings, self._described, self._post = settings, described, post
        self._lock = Lock()
        self._made: dict[str, tuple[MailSystem | Unusable, MailGateway]] = {}

    def __call__(self) -> Mapping[str, MailGateway]:
        described = self._described()
        with self._lock:
            for name in self._made.keys() - described.keys():
                del self._made[name]
            for name, system in described.items():
                if name not in self._made or self._made[name][0] != system:
                    self._made[name] = (system, self._make(name, system))
            return {name: gateway for name, (_system, gateway) in self._made.items()}

    def _make(self, name: str, system: MailSystem | Unusable) -> MailGateway:
        if isinstance(system, Unusable):
            return cast(
                MailGateway, UnusableSystem(f"the mail system {name or 'in use'} cannot be joined to: {system.reason}")
            )
        return MAIL[system.kind](name, system, self._settings, self._post)


def mail(
    settings: Settings, described: Callable[[], Mapping[str, MailSystem | Unusable]], system_of: SystemOf
) -> MailGateway:
    """Make all mail systems behind one gateway. `described` tells which there are, whenever one is asked for."""
    return MailSystems(MadeSystems(settings, described, FolderPost(system_of)), system_of)


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
