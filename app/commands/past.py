"""`sluse model` and `sluse erase`. The model as it is, as it was, and without what must be forgotten."""

import sys
from datetime import UTC, datetime

from sqlalchemy.orm import Session

from app import database
from app.config import Settings
from app.container import Container
from app.domain.actor import Actor
from app.errors import RefusedError
from app.services.enquiries import erasure
from app.services.enquiries.person import PersonSearch
from app.services.learning import model_replay, snapshots
from app.services.learning.model_replay import ModelReplay
from app.services.platform import settings
from learning.salt import Salt

ERASER = Actor("sluse")


def model(config: Settings, *, as_of: datetime | None, verify: bool) -> int:
    """Print the model's position, units and hash.

    With `verify`, those of a replay from nothing, and whether the newest snapshot agrees.
    """
    with database.opened(config.database_url) as engine, database.read(engine) as session:
        salt = Salt.of(config.secret_key)
        if verify:
            return _verify(session, salt)
        until = model_replay.end(session) if as_of is None else model_replay.position_at(session, as_of)
        made = model_replay.advance(session, snapshots.load(session, before=until + 1, salt=salt), until=until)
        rebuilding = settings.get(session, settings.REBUILDING)
    print(_line(made))  # noqa: T201
    if rebuilding is not None:
        print(f"rebuilding: {rebuilding['done']} of {rebuilding['of']}, since {rebuilding['since']}")  # noqa: T201
    return 0


def _verify(session: Session, salt: Salt) -> int:
    """Replay to the newest snapshot and compare. The newest that counts, from nothing; 1 where the two differ."""
    kept = snapshots.load(session, before=model_replay.end(session) + 1, salt=salt)
    made = model_replay.advance(session, ModelReplay(salt=salt), until=kept.position)
    same = made.model.state_hash() == kept.model.state_hash()
    print(_line(made))  # noqa: T201
    print("the snapshot says the same" if same else f"the snapshot DIFFERS: {kept.model.state_hash()}")  # noqa: T201
    return 0 if same else 1


def _line(made: ModelReplay) -> str:
    return f"position {made.position}, {len(made.model.units)} units, {made.model.state_hash()}"


def erase(config: Settings, person: str) -> int:
    """Show what would be erased, confirm, and erase. The address or the CPR number is asked for once more."""
    made = Container.build(config)
    try:
        return _erase(made, person)
    finally:
        made.close()


def _erase(made: Container, typed: str) -> int:
    secret = made.settings.secret_key
    try:
        person = PersonSearch.typed(typed, "") if "@" in typed else PersonSearch.typed("", typed)
    except RefusedError:
        print("That is neither an address nor a CPR number.", file=sys.stderr)  # noqa: T201
        return 2
    look = erasure.look(made.engine, made.gateway, person, secret=secret)
    for each in look.own:
        print(f"{each.id}  {each.received_at:%Y-%m-%d}  {each.state}{'  journaled' if each.journaled else ''}")  # noqa: T201
    for other in look.mentioned:
        print(f"{other.mail.id}  names the person ({', '.join(other.places)}): taken out of it, the rest stays")  # noqa: T201
    if not look.found:
        print("No mail from this person, and none that names them.", file=sys.stderr)  # noqa: T201
        return 2
    print("What is journaled stays in the records system, under its own law.")  # noqa: T201
    print(f"{len(look.copies)} copies lie in mailboxes and stay there; the page for it takes them away, too.")  # noqa: T201
    if input("Type it once more to erase for good: ").strip().lower() != typed.strip().lower():
        print("Nothing was erased.", file=sys.stderr)  # noqa: T201
        return 2
    try:
        number = erasure.carry_out(
            made.engine,
            made.gateway,
            made.parser,
            person,
            choices={},
            from_mailboxes=False,
            secret=secret,
            by=ERASER,
            now=datetime.now(UTC),
        )
    except RefusedError as error:
        print(f"Still to be answered: {error.details['enquiries']}. Nothing was erased.", file=sys.stderr)  # noqa: T201
        return 2
    print(f"{len(look.own)} erased, certificate {number}. The model unlearns them as soon as the worker runs.")  # noqa: T201
    return 0
