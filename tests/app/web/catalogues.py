"""Read the catalogue of translations."""

from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

ROOT = Path(__file__).parents[3]
ENGLISH = ROOT / "app" / "web" / "translations" / "en" / "LC_MESSAGES"


def catalogue() -> Catalog:
    with (ENGLISH / "messages.po").open("rb") as file:
        return read_po(file, locale="en")
