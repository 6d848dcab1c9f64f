"""`sluse model` and `sluse erase`: the model as it is, as it was, and without what must be forgotten."""

import sys
from datetime import UTC, datetime

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app import database
from app.config import Settings
from app.errors import RefusedError
from app.services import erasing, fold, settings
from app.services.fold import Fold


def model(config: Settings, *, as_of: datetime | None, verify: bool) -> int:
    """Print position, units and hash; with `verify`, of a fold from nothing, and whether the newest snapshot agrees."""
    with database.opened(config.database_url) as engine, database.read(engine) as session:
        if verify:
            return _verify(session)
        until = fold.end(session) if as_of is None else fold.position_at(session, as_of)
        made = fold.go_on(session, fold.restored(session, before=until + 1), until=until)
        rebuilding = settings.get(session, "rebuilding")
    print(_line(made))  # noqa: T201
    if rebuilding is not None:
        print(f"rebuilding: {rebuilding['done']} of {rebuilding['of']}, since {rebuilding['since']}")  # noqa: T201
    return 0


def _verify(session: Session) -> int:
    """Fold up to the newest snapshot that counts, from nothing; 1 where the two differ."""
    kept = fold.restored(session, before=fold.end(session) + 1)
    made = fold.go_on(session, Fold(), until=kept.position)
    same = made.model.state_hash() == kept.model.state_hash()
    print(_line(made))  # noqa: T201
    print("the snapshot says the same" if same else f"the snapshot DIFFERS: {kept.model.state_hash()}")  # noqa: T201
    return 0 if same else 1


def _line(made: Fold) -> str:
    return f"position {made.position}, {len(made.model.units)} units, {made.model.state_hash()}"


def erase(config: Settings, address: str) -> int:
    """Show what would be erased, ask for the address once more, and erase."""
    with database.opened(config.database_url) as engine:
        return _erase(engine, address)


def _erase(engine: Engine, address: str) -> int:
    with database.read(engine) as session:
        found = erasing.find(session, address)
    for each in found:
        print(f"{each.id}  {each.received_at:%Y-%m-%d}  {each.state}{'  journaled' if each.journaled else ''}")  # noqa: T201
    if not found:
        print("No mail from this address.", file=sys.stderr)  # noqa: T201
        return 2
    print("What is journaled stays in the records system, under its own law.")  # noqa: T201
    if input("Type the address to erase them for good: ").strip().lower() != address.strip().lower():
        print("Nothing was erased.", file=sys.stderr)  # noqa: T201
        return 2
    try:
        with database.write(engine) as session:
            count = erasing.erase(session, address, by="sluse", now=datetime.now(UTC))
    except RefusedError as error:
        print(f"Still to be answered: {error.details['enquiries']}. Nothing was erased.", file=sys.stderr)  # noqa: T201
        return 2
    print(f"{count} erased. The model unlearns them as soon as the worker runs.")  # noqa: T201
    return 0
