"""Let several mail systems look like one: each mailbox is in one of them, and may be moved to another.

Keys and cursors say of which system they are, so that whoever keeps them need not know that there are several. Those of the main
system are as they are; so a house that gets a second system goes on where it was.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import structlog

from connectors.errors import ConnectorError
from connectors.mail.gateway import MailGateway
from connectors.mail.message import AnyFolder, Batch, Folder, FoundFolder, Handling, MessageRef, Outgoing

log = structlog.get_logger()
MAIN = ""
"""The name of the system that needs none."""
OF_ANOTHER = re.compile(r"([a-z][a-z0-9_]*)::(.*)", re.DOTALL)
"""A key of another system than the main one."""
SEVERAL = "systems:"
"""How a cursor begins that tells how far each of several systems has been read."""


class MailSystems:
    """A MailGateway over several by name; `system_of` tells in which a mailbox is now.

    `systems` gives them as they are at the moment: one may be added or changed while Sluse runs.
    """

    def __init__(
        self,
        systems: Callable[[], Mapping[str, MailGateway]],
        system_of: Callable[[str], str],
        closed: Callable[[], None] = lambda: None,
    ) -> None:
        self._systems, self._system_of, self._closed = systems, system_of, closed

    def behind(self, guarded: Callable[[str, MailGateway], MailGateway]) -> "MailSystems":
        """Return the same systems, each as `guarded` makes it of its name and its gateway."""
        return MailSystems(
            lambda: {name: guarded(name, each) for name, each in self._systems().items()}, self._system_of
        )

    def create_mailbox(self, mailbox: str) -> None:
        self._of(mailbox).create_mailbox(mailbox)

    def folders(self, mailbox: str) -> Sequence[FoundFolder]:
        return self._of(mailbox).folders(mailbox)

    def new_messages(
        self, mailbox: str, cursor: str | None, *, folder: AnyFolder = Folder.INBOX, limit: int = 100
    ) -> Batch:
        """List what is new where the mailbox is, and before that what still came to where it was.

        A former system that cannot be read holds nothing up: it may have been switched off.
        """
        systems = self._systems()
        now = _known(systems, self._system_of(mailbox), mailbox)
        cursors = _cursors(cursor)
        messages: list[MessageRef] = []
        for name in [*(each for each in sorted(cursors) if each != now and each in systems), now]:
            if len(messages) >= limit:
                break
            try:
                batch = systems[name].new_messages(
                    mailbox, cursors.get(name), folder=folder, limit=limit - len(messages)
                )
            except ConnectorError as error:
                if name == now and not messages:
                    raise
                log.info("mail_system_not_read", mailbox=mailbox, system=name, error=str(error))
                continue
            cursors[name] = batch.cursor
            messages += [MessageRef(_key(name, ref.key), ref.received_at) for ref in batch.messages]
        return Batch(tuple(messages), _cursor(cursors))

    def raw(self, mailbox: str, key: str, *, folder: AnyFolder = Folder.INBOX) -> bytes:
        name, own = split(key)
        return self._at(name, mailbox).raw(mailbox, own, folder=folder)

    def mark_taken(self, mailbox: str, key: str) -> None:
        name, own = split(key)
        self._at(name, mailbox).mark_taken(mailbox, own)

    def send(self, message: Outgoing, *, again: bool = False) -> None:
        """Send from where the sender's mailbox is."""
        self._of(message.sender).send(message, again=again)

    def save_draft(self, mailbox: str, message: Outgoing) -> None:
        self._of(mailbox).save_draft(mailbox, message)

    def find(self, mailbox: str, message_id: str, *, folder: Folder) -> str | None:
        """Look where the mailbox is, then in the others: it may have left a copy where it was."""
        systems = self._systems()
        now = _known(systems, self._system_of(mailbox), mailbox)
        for name in [now, *(each for each in systems if each != now)]:
            try:
                found = systems[name].find(mailbox, message_id, folder=folder)
            except ConnectorError as error:
                if name == now or error.retryable:
                    raise
                continue  # it never was there
            if found is not None:
                return _key(name, found)
        return None

    def handling(self, mailbox: str, key: str, *, folder: Folder = Folder.INBOX) -> Handling | None:
        name, own = split(key)
        return self._at(name, mailbox).handling(mailbox, own, folder=folder)

    def move(self, mailbox: str, key: str, *, source: Folder, target: Folder) -> None:
        name, own = split(key)
        self._at(name, mailbox).move(mailbox, own, source=source, target=target)

    def remove(self, mailbox: str, key: str, *, folder: Folder) -> None:
        name, own = split(key)
        self._at(name, mailbox).remove(mailbox, own, folder=folder)

    def close(self) -> None:
        """Close all that were made."""
        self._closed()

    def _of(self, mailbox: str) -> MailGateway:
        return self._at(self._system_of(mailbox), mailbox)

    def _at(self, name: str, mailbox: str) -> MailGateway:
        systems = self._systems()
        return systems[_known(systems, name, mailbox)]


class UnusableSystem:
    """A mail system that cannot be joined to as it is described. Whatever is asked of it fails, and says why."""

    def __init__(self, reason: str) -> None:
        self._reason = reason

    def close(self) -> None:
        """Do nothing: nothing was opened."""

    def __getattr__(self, _method: str) -> Callable[..., Any]:
        def fail(*_arguments: Any, **_named: Any) -> Any:
            raise ConnectorError(self._reason, retryable=True)

        return fail


def _known(systems: Mapping[str, MailGateway], name: str, mailbox: str) -> str:
    if name not in systems:
        raise ConnectorError(f"{mailbox}: there is no mail system {name}", retryable=False)
    return name


def split(key: str) -> tuple[str, str]:
    """Return a key's system and what that system calls it."""
    found = OF_ANOTHER.fullmatch(key)
    return (found[1], found[2]) if found else (MAIN, key)


def _key(name: str, key: str) -> str:
    return key if name == MAIN else f"{name}::{key}"


def _cursors(cursor: str | None) -> dict[str, str]:
    """Return how far each system has been read; of a cursor that is none of ours, that it is the main one's."""
    if cursor is None:
        return {}
    if not cursor.startswith(SEVERAL):
        return {MAIN: cursor}
    try:
        return {str(name): str(each) for name, each in json.loads(cursor.removeprefix(SEVERAL)).items()}
    except (ValueError, AttributeError):
        return {}


def _cursor(cursors: Mapping[str, str]) -> str:
    if cursors.keys() == {MAIN}:
        return cursors[MAIN]
    return SEVERAL + json.dumps(dict(cursors), sort_keys=True)
