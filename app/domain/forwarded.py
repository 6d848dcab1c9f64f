"""Read who wrote a mail passed on in text.

Somebody has sent it on within the text of their own: "Fra: … Sendt: … Til: … Emne: …".
"""

import re

from connectors.mail import addresses
from connectors.mail.addresses import Named

PREFIX = re.compile(r"^\s*(?:\[[^\]]{1,30}\]\s*)?(?:vs|fw|fwd|wg|vb|videresendt|vidarebefordrat)\s*:", re.IGNORECASE)
FIELD = re.compile(
    r"^[>\s*_]*(?P<name>fra|from|von|från|frå|sendt|sent|gesendet|skickat|dato|date|datum|til|to|an|till|cc|kopi|emne|subject|betreff"
    r"|ämne|emnet)\s{0,20}(?:\*\s{0,20})?:\s{0,20}(?:\*\s{0,20})?(?P<value>.*)$",
    re.IGNORECASE,
)
WRITER = frozenset({"fra", "from", "von", "från", "frå"})
FOLLOWING = 6
"""Lines below the writer's in which the other fields of the block stand."""
MOST = 5
READ, WIDTH = 100_000, 1_000
"""Characters of a text, and of each of its lines, that are looked through."""


def passed_on(subject: str, text: str) -> tuple[Named, ...]:
    """Return the authors of mails this one passes on. None where it was written, rather than sent on."""
    return writers(text) if PREFIX.match(subject) else ()


def writers(text: str) -> tuple[Named, ...]:
    """Return the authors of mails in a text. The outermost comes first; those without an address are left out."""
    fields = [FIELD.match(line[:WIDTH]) for line in text[:READ].splitlines()]
    found: list[Named] = []
    for number, field in enumerate(fields):
        if field is None or field["name"].lower() not in WRITER:
            continue
        below = {each["name"].lower() for each in fields[number + 1 : number + 1 + FOLLOWING] if each}
        named = addresses.listed(addresses.in_angles(field["value"])) if len(below - WRITER) >= 2 else ()
        found += [each for each in named if each.address][:1]
        if len(set(found)) == MOST:
            break
    return tuple(dict.fromkeys(found))[:MOST]
