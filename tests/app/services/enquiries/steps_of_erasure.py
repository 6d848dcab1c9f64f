"""Carry an erasure out, and look for what is left."""

from contextlib import suppress
from pathlib import Path

from app import database
from app.domain.actor import Actor
from app.models.erasure import Erasure
from app.services.enquiries import erasure
from app.services.enquiries.erasure import Choice
from app.services.enquiries.person import PersonSearch
from tests.town import Town, now

CANARY, NUMBER = "Kanariefuglesen", "010280-1234"
ADDRESS = "kanariefuglesen@borger.example.org"
EVERYWHERE = PersonSearch.typed(ADDRESS, NUMBER)


def carry_out(
    town: Town,
    person: PersonSearch = EVERYWHERE,
    *,
    choices: dict[int, Choice] | None = None,
    from_mailboxes: bool = False,
) -> Erasure:
    c = town.container
    number = erasure.carry_out(
        c.engine, c.gateway, c.parser, person, choices=choices or {}, from_mailboxes=from_mailboxes,
        secret=c.settings.secret_key, by=Actor("administrator@town.example.org"), now=now(),
    )  # fmt: skip
    with database.read(c.engine) as session:
        row = session.get_one(Erasure, number)
        session.expunge_all()
    return row


def files_with(folder: Path, *seeds: bytes) -> list[str]:
    """Every file under a folder, the database's working files among them, that has any of these bytes."""
    found = []
    for path in sorted(folder.rglob("*")):
        with suppress(FileNotFoundError, IsADirectoryError):
            content = path.read_bytes()
            found += [path.name for seed in seeds if seed in content]
    return found
