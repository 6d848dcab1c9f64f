"""Make connectors by the names that the settings call them: the one list of what Sluse can be joined to.

A new connector is one line here. The web and the services know protocols only.
"""

from collections.abc import Callable, Mapping
from functools import partial
from threading import Lock
from typing import Any, TypeVar, cast

from pydantic import SecretStr

from app.config import OBSERVED, Settings, SettingsError
from app.mail_settings import OWN_INBOX, ExchangeSystem, FolderSystem, GraphSystem, ImapSystem, MailSystem
from app.services.organisation.added_mail_systems import Unusable
from connectors.deadlines.embedded import EmbeddedRegister
from connectors.deadlines.register import DeadlineRegister
from connectors.errors import ConnectorError
from connectors.mail.folder.gateway import FolderGateway, FolderPost
from connectors.mail.gateway import MailGateway
from connectors.mail.lent import LentGateway
from connectors.mail.message import ChosenFolders, Folder, none_chosen
from connectors.mail.observed import ObservedMail
from connectors.mail.systems import MailSystems, UnusableSystem
from connectors.records.archive import ArchiveRecords
from connectors.records.system import RecordsSystem

Made = TypeVar("Made")
SystemOf = Callable[[str], str]
"""In which mail system a mailbox is, by its address."""
ChosenIn = Callable[[str, str], Mapping[Folder, str]]
"""Which folders people have chosen, by mail system and mailbox."""


def _folder(
    name: str, system: FolderSystem, settings: Settings, post: FolderPost, chosen: ChosenFolders
) -> MailGateway:
    root = system.root or (
        settings.mail_root.with_name(f"{settings.mail_root.name}-{name}") if name else settings.mail_root
    )
    return post.join(name, FolderGateway(root.absolute(), post=post, chosen=chosen))


def _imap(_name: str, system: ImapSystem, _settings: Settings, _post: FolderPost, chosen: ChosenFolders) -> MailGateway:
    """Make the way to a mail server. Its libraries are loaded where it is used only."""
    from connectors.mail.imap.gateway import ImapGateway
    from connectors.mail.imap.server import Endpoint, ImapServer, Login, Security
    from connectors.mail.imap.token import Client, ClientCredentials

    ports = {"tls": (993, 465), "starttls": (143, 587), "none": (143, 587)}
    smtp_security = system.smtp_security or system.security
    token = None
    if system.client_secret:
        secret = system.client_secret.get_secret_value()
        token = ClientCredentials(Client(system.token_url, system.client_id, secret, system.scope, system.ca_file))
    password = _secret(system.password)
    own = {"sent": system.sent, "drafts": system.drafts, "returns": system.returns}
    return ImapGateway(
        ImapServer(
            imap=Endpoint(
                system.server, system.port or ports[system.security][0], Security(system.security), system.ca_file
            ),
            smtp=Endpoint(
                system.smtp_server or system.server,
                system.smtp_port or ports[smtp_security][1],
                Security(smtp_security),
                system.ca_file,
            ),
            login=Login(system.user, password, token),
            prefix="" if system.shared == OWN_INBOX else system.shared,
            folders=_roles(own),
            folders_of={mailbox: _roles(named) for mailbox, named in system.folder_names.items()},
            connections=system.connections,
            sent_seconds=system.sent_seconds,
        ),
        chosen=chosen,
    )


def _exchange(
    _name: str, system: ExchangeSystem, _settings: Settings, _post: FolderPost, chosen: ChosenFolders
) -> MailGateway:
    """Its library is imported where such a system is used: it takes half a second and 24 MB."""
    from connectors.mail.exchange.gateway import ExchangeGateway
    from connectors.mail.exchange.server import ExchangeServer

    return ExchangeGateway(
        ExchangeServer(
            url=system.server,
            user=system.user,
            password=_secret(system.password),
            sign_in=system.sign_in,
            access=system.access,
            client_id=system.client_id,
            client_secret=_secret(system.client_secret),
            token_url=system.token_url or f"https://login.microsoftonline.com/{system.tenant}/oauth2/v2.0/token",
            scope=system.scope,
            ca=system.ca_file,
            version=system.version,
            returns=system.returns,
        ),
        chosen=chosen,
    )


def _graph(
    _name: str, system: GraphSystem, _settings: Settings, _post: FolderPost, chosen: ChosenFolders
) -> MailGateway:
    """Make the way to Exchange Online. Its libraries are loaded where it is used only: they take 16 MB."""
    from connectors.mail.graph.gateway import GraphGateway
    from connectors.mail.graph.tokens import GraphTenant

    return GraphGateway(
        GraphTenant(
            system.tenant,
            system.client_id,
            secret=_secret(system.client_secret),
            certificate=_secret(system.certificate),
            authority=system.authority.rstrip("/"),
            server=system.server.rstrip("/"),
            authorities_file=system.ca_file,
            returns=system.returns,
        ),
        chosen=chosen,
    )


def _roles(named: Mapping[Any, str]) -> dict[Folder, str]:
    return {Folder(role): name for role, name in named.items() if name}


def _secret(value: SecretStr | None) -> str:
    return value.get_secret_value() if value else ""


MAIL: Mapping[str, Callable[[str, Any, Settings, FolderPost, ChosenFolders], MailGateway]] = {
    "folder": _folder,
    "imap": _imap,
    "exchange": _exchange,
    "graph": _graph,
}
RECORDS: Mapping[str, Callable[[Settings], RecordsSystem]] = {
    "archive": lambda settings: ArchiveRecords(settings.archive_root),
}
DEADLINES: Mapping[str, Callable[[Settings], DeadlineRegister]] = {
    "embedded": lambda settings: EmbeddedRegister(settings.deadlines_root),
}


class MadeSystems:
    """The gateways of all mail systems, each made once and anew when its options have changed."""

    def __init__(
        self,
        settings: Settings,
        described: Callable[[], Mapping[str, MailSystem | Unusable]],
        post: FolderPost,
        chosen: ChosenIn,
    ) -> None:
        self._settings, self._described, self._post, self._chosen = settings, described, post, chosen
        self._lock = Lock()
        self._made: dict[str, tuple[MailSystem | Unusable, LentGateway]] = {}

    def __call__(self) -> Mapping[str, MailGateway]:
        described = self._described()
        with self._lock:
            changed = [name for name, (system, _gateway) in self._made.items() if described.get(name) != system]
            replaced = [self._made.pop(name)[1] for name in changed]
            for name in described.keys() - self._made.keys():
                self._made[name] = (described[name], LentGateway(self._make(name, described[name])))
            there = {name: cast(MailGateway, self._made[name][1]) for name in described}
        for each in replaced:
            each.retire()
        return there

    def close(self) -> None:
        """Close all gateways, each with the last call that is under way on it."""
        with self._lock:
            made, self._made = self._made, {}
        for _system, gateway in made.values():
            gateway.retire()

    def _make(self, name: str, system: MailSystem | Unusable) -> MailGateway:
        if isinstance(system, Unusable):
            return _unusable(name, system.reason)
        try:
            made = MAIL[system.kind](name, system, self._settings, self._post, partial(self._chosen, name))
            return self._observed(name, made) if self._settings.demo and system.kind != "folder" else made
        except (ConnectorError, ValueError, OSError) as error:  # the others go on without it
            return _unusable(name, str(error))

    def _observed(self, name: str, real: MailGateway) -> MailGateway:
        """Let the demo only look into a mail system that real people may be behind."""
        local = _folder(name, FolderSystem(root=None), self._settings, self._post, none_chosen)
        return ObservedMail(real, local, only=self._settings.demo_mailbox if name == OBSERVED else "")


def _unusable(name: str, reason: str) -> MailGateway:
    return cast(MailGateway, UnusableSystem(f"the mail system {name or 'in use'} cannot be joined to: {reason}"))


def mail(
    settings: Settings,
    described: Callable[[], Mapping[str, MailSystem | Unusable]],
    system_of: SystemOf,
    chosen: ChosenIn,
) -> MailGateway:
    """Make all mail systems behind one gateway. `described` tells which there are, whenever one is asked for."""
    made = MadeSystems(settings, described, FolderPost(system_of), chosen)
    return MailSystems(made, system_of, made.close)


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
