"""`sluse backup FOLDER`: a copy of a running house. All that it needs to stand up elsewhere, copied while it serves."""

import os
import shutil
import sys
from pathlib import Path

from sqlalchemy import make_url, text

from app import database, private
from app.config import Settings

KEPT = ("arkiv", "frister", "postkasser", "haendelseslog.txt")
"""Beside the database: what the embedded connectors hold, and the heads of the audit log."""
TRIES = 5


def backup(settings: Settings, folder: Path) -> int:
    """Copy the database as of one moment, then the rest.

    In this order nothing is lost: mails that came into the rest meanwhile are found there again by work that goes on
    from the database, as after a power cut.

    Returns:
        2 where the database or the folder is none that this command can do.
    """
    url = make_url(settings.database_url)
    if url.get_backend_name() != "sqlite" or not url.database or not Path(url.database).exists():
        print("This copies a home with SQLite. On PostgreSQL: pg_dump, then the home's folders.", file=sys.stderr)  # noqa: T201
        return 2
    if folder.exists() and any(folder.iterdir()):
        print(f"{folder} is not empty; each backup has a folder of its own.", file=sys.stderr)  # noqa: T201
        return 2
    private.home(folder)
    target = folder / "sluse.sqlite"
    with database.opened(settings.database_url) as engine, engine.connect() as connection:
        connection.execute(text("VACUUM INTO :target"), {"target": str(target)})
    names = [*KEPT, *sorted(each.name for each in settings.home.glob(f"{settings.mail_root.name}-*"))]
    files = sum(_copied(settings.home / name, folder / name) for name in names)
    os.sync()
    print(f"{folder}: the database ({target.stat().st_size // 1024} KB) and {files} files.")  # noqa: T201
    return 0


def _copied(source: Path, target: Path) -> int:
    """Copy a file or a folder; returns how many files.

    A file that vanishes meanwhile was moved on, and is met there.
    """
    if source.is_symlink() or not source.exists():
        return 0
    if source.is_file():
        return _copied_file(source, target)
    target.mkdir(mode=0o700, exist_ok=True)
    return sum(_copied(each, target / each.name) for each in _in_order(source))


def _in_order(folder: Path) -> list[Path]:
    """List a folder in a safe order for copying.

    Mail moved while it is copied is met once at least: from `new` it goes to `cur`.
    """
    return sorted(folder.iterdir(), key=lambda each: (each.name != "new", each.name))


def _copied_file(source: Path, target: Path) -> int:
    try:
        shutil.copy2(source, target)
    except FileNotFoundError:
        return 0
    return 1
