"""Write the next migration from what the models say more, or less, than the migrations before it."""

import re
import sys
import tempfile
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import Script, ScriptDirectory

from app import database

NAME = re.compile(r"[a-z]+(_[a-z0-9]+)+")


def write(name: str, folder: Path = database.ROOT / "migrations") -> Path:
    """Write `versions/NNNN_name.py` in `folder`, and return it.

    It is compared with a database that was made and migrated for this alone: no database of anybody's is touched.

    Raises:
        ValueError: the name is not a verb and a noun.
    """
    if not NAME.fullmatch(name):
        raise ValueError(f"A migration is named by a verb and a noun, as add_colour or create_note, not {name!r}.")
    with tempfile.TemporaryDirectory() as scratch:
        config = database.alembic_config(f"sqlite:///{scratch}/scratch.sqlite")
        config.set_main_option("script_location", str(folder))
        command.upgrade(config, "head")
        message = name.replace("_", " ").capitalize()
        made = command.revision(config, message, autogenerate=True, rev_id=_next(config))
    assert isinstance(made, Script)
    return Path(made.path)


def _next(config: Config) -> str:
    head = ScriptDirectory.from_config(config).get_current_head()
    return f"{int(head or 0) + 1:04}"


def main() -> int:
    try:
        written = write(sys.argv[1] if len(sys.argv) > 1 else "")
    except ValueError as error:
        sys.stderr.write(f"{error}\n  make migration NAME=add_colour\n")
        return 2
    sys.stdout.write(f"{written.relative_to(database.ROOT)}: read it, and see to the data that is there.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
