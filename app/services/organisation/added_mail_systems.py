"""Keep the mail systems that are added in the browser, beside those of the settings.

What the settings say wins, and cannot be changed here. A secret that is typed goes into a file of the home that is Sluse's
alone; the database has its name only.
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pydantic import SecretStr, TypeAdapter, ValidationError
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from app import database, private
from app.config import NAME, OBSERVED, Settings
from app.domain.actor import Actor
from app.domain.events.organisation import MailSystemChanged, MailSystemRemoved
from app.errors import NotFoundError, RefusedError
from app.mail_settings import KINDS, OWN_INBOX, REFUSED, FolderSystem, ImapSystem, MailSystem, secrets
from app.models.mail_system import AddedMailSystem
from app.services.organisation import mail_systems
from app.services.organisation.mail_systems import MAIN
from app.services.platform import circuits, events

SYSTEM: TypeAdapter[MailSystem] = TypeAdapter(MailSystem)
SENT_TO = ("server", "smtp_server", "token_url", "tenant", "authority", "security", "smtp_security", "ca_file")
"""Options that say where a secret goes, and who could read it on the way."""
WITHOUT_SECRET = {"password_or_token", "client_missing", "oauth_missing", "password_missing", "secret_or_certificate"}
"""What is wrong where a secret is missing."""
OF_MAIN = "hoved"
"""How the files of the main system's secrets begin: it has no name."""


@dataclass(frozen=True, slots=True)
class Unusable:
    """A mail system that cannot be joined to as it is described, and why."""

    kind: str
    reason: str


class OptionsRefused(RefusedError):
    """The error of options that make no sense, by the option's name; "" where it is none alone."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__("mail_system_refused")
        self.problems = dict(problems)


def known(session: Session, settings: Settings) -> dict[str, MailSystem | Unusable]:
    """Return all mail systems by name: those of the settings, and those that were added."""
    added = {row.name: _usable(row) for row in session.scalars(select(AddedMailSystem).order_by(AddedMailSystem.name))}
    return {MAIN: FolderSystem(root=None)} | added | fixed(settings)


def lookup(engine: Engine, settings: Settings) -> Callable[[], dict[str, MailSystem | Unusable]]:
    """Return what tells all mail systems, as the database has them at that moment."""

    def systems() -> dict[str, MailSystem | Unusable]:
        with database.read(engine) as session:
            return known(session, settings)

    return systems


def fixed(settings: Settings) -> dict[str, MailSystem]:
    """Return the mail systems that the settings describe, which cannot be changed in the browser; the demo's main one too."""
    if isinstance(settings.mail, ImapSystem) and settings.demo_mailbox:
        observed: dict[str, MailSystem] = {MAIN: FolderSystem(root=None), OBSERVED: _of_its_own(settings.mail)}
        return observed | settings.mail_systems
    main = {MAIN: settings.mail} if settings.demo or "mail" in settings.model_fields_set else {}
    return main | settings.mail_systems


def _of_its_own(system: ImapSystem) -> ImapSystem:
    """Return the system as that of the user's own mailbox, where nothing else was said."""
    return system if "shared" in system.model_fields_set else system.model_copy(update={"shared": OWN_INBOX})


def find(session: Session, name: str) -> AddedMailSystem:
    """Return a mail system that was added.

    Raises:
        NotFoundError: there is none, or it is one of the settings.
    """
    row = session.get(AddedMailSystem, name)
    if row is None:
        raise NotFoundError
    return row


def added(session: Session, name: str) -> dict[str, str] | None:
    """Return the options of a mail system that was added; None where there is none."""
    row = session.get(AddedMailSystem, name)
    return None if row is None else {option: str(value) for option, value in row.options.items()}


def main_is_unsaid(session: Session, settings: Settings) -> bool:
    """Tell whether there are mail systems and nobody has said what the main one is: then hardly any mailbox is in it."""
    names = known(session, settings).keys() - {MAIN}
    return bool(names) and MAIN not in fixed(settings) and added(session, MAIN) is None


def changed_at(session: Session) -> datetime | None:
    """Return when a mail system was last added or changed; None where none was."""
    return session.scalar(select(func.max(AddedMailSystem.changed_at)))


def mailboxes(session: Session) -> dict[str, int]:
    """Return how many mailboxes, shared ones and those of units, each mail system has."""
    found: dict[str, set[str]] = {}
    for kind in mail_systems.KINDS:
        for name, address in session.execute(select(kind.mail_system, func.lower(kind.address))):
            found.setdefault(name, set()).add(address)
    return {name: len(addresses) for name, addresses in found.items()}


def check(name: str, options: Mapping[str, str], before: Mapping[str, str], settings: Settings) -> MailSystem:
    """Return a mail system as somebody has described it. A secret that is left empty stays as it was.

    Args:
        name: a name of theirs; "" for the main one.
        options: what was written, `kind` among it.
        before: the options as they are stored, or nothing.
        settings: they come first: a system of theirs is not described twice.

    Raises:
        OptionsRefused: it makes no sense.
    """
    if name and not NAME.fullmatch(name):
        raise OptionsRefused({"name": "no_name"})
    if name == OF_MAIN:  # its secrets would lie in the main system's files
        raise OptionsRefused({"name": "name_taken"})
    if name in fixed(settings):
        raise OptionsRefused({"name": "in_settings"})
    kind = KINDS.get(options.get("kind", ""))
    allowed = {"kind", *(kind.options() if kind else ())}
    given = {key: value.strip() for key, value in options.items() if key in allowed and value.strip()}
    given |= _kept_secrets(given, before)
    try:
        return SYSTEM.validate_python(given)
    except ValidationError as error:
        problems = _problems(error)
        if any(name.endswith("_file") for name in before) and set(problems.values()) & WITHOUT_SECRET:
            problems = {"": "type_again"}
        raise OptionsRefused(problems) from None


def save(session: Session, name: str, system: MailSystem, home: Path, *, by: Actor, now: datetime) -> None:
    """Add a mail system that was checked, or change it. Its secrets are written into files of the home."""
    row = session.get(AddedMailSystem, name)
    before = _shown(row.options) if row else None
    options = system.model_dump(mode="json", exclude_none=True, exclude={*secrets(KINDS[system.kind])})
    for option in secrets(KINDS[system.kind]):
        secret: SecretStr | None = getattr(system, option)
        if secret is not None:
            options[f"{option}_file"] = str(_write_secret(home, name, option, secret.get_secret_value()))
    if row is None:
        row = AddedMailSystem(name=name)
        session.add(row)
    row.options, row.changed_at = options, now
    session.flush()
    events.record(session, MailSystemChanged(name=name, before=before, after=_shown(options)), by=by, now=now)


def remove(session: Session, name: str, *, by: Actor, now: datetime) -> None:
    """Remove a mail system that no mailbox is in.

    Raises:
        RefusedError: a mailbox is in it.
    """
    row = find(session, name)
    if mailboxes(session).get(name):
        raise RefusedError("mail_system_in_use")
    before = _shown(row.options)
    session.delete(row)
    circuits.forget(session, circuits.of_mail(name))
    events.record(session, MailSystemRemoved(name=name, before=before), by=by, now=now)


def _usable(row: AddedMailSystem) -> MailSystem | Unusable:
    try:
        return SYSTEM.validate_python(row.options)
    except ValidationError as error:
        return Unusable(row.options.get("kind", ""), next(iter(_problems(error).values())))


def _problems(error: ValidationError) -> dict[str, str]:
    """Return what is wrong, by option; a union's tag stands before the option."""
    found: dict[str, str] = {}
    for each in error.errors(include_input=False, include_url=False):
        option = str(each["loc"][-1]) if len(each["loc"]) > 1 else ""
        found[option] = each["type"].removeprefix(REFUSED)
    return found


def _kept_secrets(given: Mapping[str, str], before: Mapping[str, str]) -> dict[str, str]:
    """Return the files of secrets that stay, while what they are sent to stays: nobody may have them sent elsewhere."""
    kind = KINDS.get(given.get("kind", ""))
    if kind is None or any(
        given.get(option, "") != before.get(option, "") for option in SENT_TO if option in kind.options()
    ):
        return {}
    files = {option: f"{option}_file" for option in secrets(kind)}
    return {file: before[file] for option, file in files.items() if option not in given and file in before}


def _shown(options: Mapping[str, str]) -> dict[str, str]:
    """Return options as the log has them: of a secret nothing, not even its file."""
    return {name: str(value) for name, value in options.items() if not name.endswith("_file")}


def _write_secret(home: Path, name: str, option: str, secret: str) -> Path:
    """Write a secret into a file that nobody else can read. What is there already is replaced as a whole."""
    folder = home / "hemmeligheder"
    private.home(folder)
    file = folder / f"{name or OF_MAIN}.{option}"
    fresh = file.with_name(f"{file.name}.ny")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as out:
        out.write(secret)
    fresh.replace(file)
    return file
