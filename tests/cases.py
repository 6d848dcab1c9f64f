"""Small mails of the kinds that other systems stumbled over, where they lie beside this repository."""

from pathlib import Path

import pytest

CASES = Path(__file__).parents[2] / "shared" / "data" / "cases"


def case(name: str, **marks: str) -> bytes:
    """A mail by its number and name; `marks` stand for what is only known at run time, e.g. NUMBER for %NUMBER%."""
    path = CASES / f"{name}.eml"
    if not path.exists():
        pytest.skip(f"{path.name} is not here")
    raw = path.read_bytes()
    for mark, value in marks.items():
        raw = raw.replace(f"%{mark}%".encode(), value.encode())
    return raw
