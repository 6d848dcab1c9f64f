"""Public mails and labelled sets that lie beside the checkout; none of them is part of it."""

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared"
MAILS = SHARED / "data" / "mail"
SETS = SHARED / "data" / "routing"
CASES = SHARED / "data" / "cases"


def needs(*files: Path) -> pytest.MarkDecorator:
    """Return a mark that skips a test, and says why, where one of the files it reads is absent."""
    absent = [file.name for file in files if not file.exists()]
    return pytest.mark.skipif(bool(absent), reason=f"not beside this checkout: {', '.join(absent)}")
