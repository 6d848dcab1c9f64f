"""Descriptions of faults without personal data. A database quotes in its errors the values it was given."""

import traceback
from pathlib import Path

from sqlalchemy.exc import DBAPIError

ROOT = Path(__file__).parents[3]
FRAMES = 6


def name(error: BaseException) -> str:
    """Return the kind of an error. A database's error adds the database's own code."""
    code = getattr(getattr(error, "orig", None), "sqlstate", None) or getattr(
        getattr(error, "orig", None), "sqlite_errorname", None
    )
    return f"{type(error).__name__} {code}" if code else type(error).__name__


def where(error: BaseException) -> str:
    """Return the places in our code an error passed. The innermost comes first."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if _ours(frame.filename)]
    places = [f"{Path(each.filename).relative_to(ROOT)}:{each.lineno}" for each in reversed(frames[-FRAMES:])]
    return " < ".join(places)


def message(error: BaseException) -> str:
    """Return an error's own words, unless they are the database's."""
    return name(error) if isinstance(error, DBAPIError) else str(error)


def _ours(filename: str) -> bool:
    return filename.startswith(f"{ROOT}/") and "/.venv/" not in filename
