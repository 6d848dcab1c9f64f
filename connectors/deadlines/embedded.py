"""The embedded deadline register: one readable file a deadline."""

import hashlib
from datetime import date
from pathlib import Path
from typing import Any

from connectors import durable
from connectors.deadlines.register import NewDeadline
from connectors.errors import ConnectorError


class EmbeddedRegister:
    """A DeadlineRegister over `root`. The file's name comes from the key, so that a key has one deadline at most."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def register(self, deadline: NewDeadline) -> str:
        with durable.locked(self._root):
            path = self._path(deadline.key)
            known = durable.read_json(path)
            if known is not None:
                if known["enhed"] != deadline.unit:
                    durable.write_json(path, known | {"enhed": deadline.unit})
                return path.stem
            entry = {
                "nøgle": deadline.key,
                "sag": deadline.case_number,
                "enhed": deadline.unit,
                "tilbagemeldt": None,
                "afsluttet": None,
            }
            durable.write_json(path, entry | _days(deadline))
            return path.stem

    def amend(self, deadline: NewDeadline) -> None:
        with durable.locked(self._root):
            path, known = self._known(deadline.key)
            durable.write_json(path, known | _days(deadline))

    def feedback(self, key: str, on: date) -> None:
        with durable.locked(self._root):
            path, known = self._known(key)
            if known.get("tilbagemeldt") is None:
                durable.write_json(path, known | {"tilbagemeldt": on.isoformat()})

    def find(self, key: str) -> str | None:
        with durable.locked(self._root):
            path = self._path(key)
            return path.stem if path.exists() else None

    def complete(self, key: str, on: date) -> None:
        with durable.locked(self._root):
            path, known = self._known(key)
            if known["afsluttet"] is None:
                durable.write_json(path, known | {"afsluttet": on.isoformat()})

    def reopen(self, key: str) -> None:
        with durable.locked(self._root):
            path, known = self._known(key)
            if known["afsluttet"] is not None:
                durable.write_json(path, known | {"afsluttet": None})

    def _known(self, key: str) -> tuple[Path, dict[str, Any]]:
        path = self._path(key)
        known = durable.read_json(path)
        if known is None:
            raise ConnectorError(f"there is no deadline for {key}", retryable=False)
        return path, known

    def _path(self, key: str) -> Path:
        return self._root / f"{number_of(key)}.json"


def number_of(key: str) -> str:
    """Return the number that a key's deadline has, or will have."""
    return f"F-{hashlib.sha256(key.encode()).hexdigest()[:16]}"


def _days(deadline: NewDeadline) -> dict[str, Any]:
    feedback = deadline.feedback_due_on
    return {
        "type": deadline.kind,
        "tilbagemelding": feedback.isoformat() if feedback else None,
        "frist": deadline.due_on.isoformat(),
    }
