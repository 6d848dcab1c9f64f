"""Read who wrote a mail that somebody has sent on within the text of their own: "Fra: … Sendt: … Til: … Emne: …"."""

import re

from connectors.mail import address
from connectors.mail.address import Named

PREFIX = re.compile(r"^\s*(?:\[[^\]]{1,30}\]\s*)?(?:vs|fw|fwd|wg|vb|videresendt|vidarebefordrat)\s*:", re.IGNORECASE)
FIELD = re.compile(
    r"^[>\s*_]*(?P<name>fra|from|von|från|frå|sendt|sent|gesendet|skickat|dato|date|datum|til|to|an|till|cc|kopi|emne|subject|betreff"
    r"|ämne|emnet)\s*\*?\s*:\s*\*?\s*(?P<value>.*)$",
    re.IGNORECASE,
)
WRITER = frozenset({"fra", "from", "von", "från", "frå"})
FOLLOWING = 6
"""Lines below the writer's in which the other fields of the block stand."""
MOST = 5


def sends_on(subject: str, text: str) -> bool:
    """Whether a mail is one sent on, rather than written."""
    return bool(PREFIX.match(subject)) and bool(writers(text))


def writers(text: str) -> tuple[Named, ...]:
    """Who wrote the mails that stand in a text, the outermost first; those without an address are left out."""
    lines = text.splitlines()
    fields = [FIELD.match(line) for line in lines]
    found: list[Named] = []
    for number, field in enumerate(fields):
        if field is None or field["name"].lower() not in WRITER:
            continue
        below = {each["name"].lower() for each in fields[number + 1 : number + 1 + FOLLOWING] if each}
        named = address.listed(_plain(field["value"])) if len(below - WRITER) >= 2 else ()
        found += [each for each in named if each.address][:1]
    return tuple(dict.fromkeys(found))[:MOST]


def _plain(value: str) -> str:
    """Outlook writes "Navn [mailto:navn@example.org]" where others use angle brackets."""
    return re.sub(r"\[(?:mailto:)?([^\]\s]+@[^\]\s]+)\]|<mailto:([^>\s]+)>", r"<\1\2>", value)
