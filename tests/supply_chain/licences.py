"""Which licences the product's dependencies may have, and the single ones that are let in beside them."""

import json
import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).parents[2]
OURS = "MPL-2.0"

ALLOWED = frozenset(
    {
        "MIT", "MIT-0", "MIT License", "BSD-2-Clause", "BSD-3-Clause", "BSD License", "0BSD", "Apache-2.0",
        "Apache-2.0 WITH LLVM-exception", "Apache Software License", "PSF-2.0",
        "Python Software Foundation License", "Zlib", "CC0-1.0", "ISC",
        "ISC License (ISCL", "Zope Public License",
    }
)  # fmt: skip
"""They ask for their notice to be kept, and for nothing of ours."""

LGPL = "used as published and by its public interface; whoever runs Sluse can put another version in its place"
NAMED = {
    "pebble": ("GNU Library or Lesser General Public License (LGPL)", LGPL),
    "psycopg": ("LGPL-3.0-only", LGPL),
    "psycopg-binary": ("LGPL-3.0-only", LGPL + "; bundles libpq (PostgreSQL) and OpenSSL (Apache-2.0)"),
    "tnefparse": ("GNU Lesser General Public License v3 (LGPLv3)", LGPL),
    "certifi": ("Mozilla Public License 2.0 (MPL 2.0)", "a list of certificates, shipped unchanged"),
}
"""Name → the licence it is let in with, and why. One of them under another licence is refused like any other."""

STRONG = re.compile(r"(?<!Lesser )(?<!L)\bA?GPL|Affero|(?<!Lesser )General Public License", re.IGNORECASE)
"""Licences that would ask for the whole product, and cannot be let in by name either."""


def found(python: Path = Path(sys.executable)) -> dict[str, str]:
    """Return what an environment's distributions say of their licences, by name."""
    command = [sys.executable, "-m", "piplicenses", f"--python={python}", "--from=all", "--format=json"]
    found = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    return {canonical(each["Name"]): _licence(each) for each in found}


def _licence(found: dict[str, str]) -> str:
    """Take the expression, else the classifiers, else what was written freely, unless it is a whole text."""
    for value in (found["License-Expression"], found["License-Classifier"], found["License-Metadata"]):
        if value not in ("", "UNKNOWN") and "\n" not in value:
            return value
    return "UNKNOWN"


def shipped() -> set[str]:
    """Return what requirements.txt installs."""
    return {
        canonical(name) for name in re.findall(r"^([\w.-]+)==", (ROOT / "requirements.txt").read_text("utf-8"), re.M)
    }


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def refused(licences: dict[str, str], names: Iterable[str]) -> dict[str, str]:
    """Return those of the names whose licence is not let in, with what was found."""
    found = {name: licences.get(name, "NOT INSTALLED") for name in names}
    return {name: licence for name, licence in found.items() if not _let_in(name, licence)}


def _let_in(name: str, licence: str) -> bool:
    if STRONG.search(licence):
        return False
    return _allowed(licence) or NAMED.get(name, ("", ""))[0] == licence


def _allowed(licence: str) -> bool:
    """Of `A OR B` one must do; of `A AND B` and of several classifiers each."""
    parts = re.split(r" OR ", licence.strip("()"))
    if len(parts) > 1:
        return any(_allowed(part) for part in parts)
    return all(part.strip("() ") in ALLOWED for part in re.split(r" AND |; ", licence))
