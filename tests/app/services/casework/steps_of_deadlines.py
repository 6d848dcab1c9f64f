"""Read what the register holds."""

import json

from tests.town import Town


def entry(town: Town) -> dict[str, str | None]:
    """The only deadline in the register."""
    (path,) = town.container.settings.deadlines_root.glob("F-*.json")
    found: dict[str, str | None] = json.loads(path.read_text())
    return found
