"""The places where a mail turns to another matter. Its writer says so.

"En anden ting: …" is a writer's own word for it, in the languages that our mails are written in. A weaker sign
("desuden", a numbered list, a PS) is enough to propose a division, not enough to keep the robot away.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

from app.domain import excerpt
from app.domain.splitting import LEAST, MOST, TITLE_LENGTH, Piece, pieces

_SAYS = (
    # Danish, Norwegian, Swedish
    r"(?:og |så |men )*(?:lige )?(?:en|et|ett) (?:helt )?(?:anden|andet|annen|annan|annet|annat)"
    r" (?:ting|sag|sak|spørgsmål|spørsmål|emne|problem|forhold|fråga|ärende)",
    r"(?:og |så |men )*(?:lige )?noget (?:helt )?andet(?= ?[:,.-]| er)",
    r"(?:og |så |men )*(?:lige )?(?:endnu )?(?:en|et) (?:ting|sag|spørgsmål) (?:mere|til)\b",
    r"(?:og |så |men )*(?:lige )?endnu (?:en|et) (?:ting|sag|spørgsmål)",
    r"(?:og )?(?:så )?(?:jeg har|har jeg|vi har|har vi) (?:også|samtidig|desuden) (?:lige )?(?:en|et) (?:anden |andet )?"
    r"(?:ting|sag|spørgsmål|spørsmål|klage|anmeldelse)",
    r"(?:nu|når) (?:hvor )?(?:jeg|vi) (?:nu )?(?:alligevel |nu )?(?:skriver|er i gang|har fat i jer)",
    r"ved samme lejlighed",
    r"i (?:en )?(?:helt )?anden (?:forbindelse|anledning)",
    r"en (?:sak till|ting til)\b",
    r"jag har (?:också|även) en (?:annan )?fråga",
    # English, German
    r"(?:and |but )?(?:just )?(?:another|one more|a different|a second) (?:thing|question|matter|issue|point|topic)",
    r"on (?:another|a different|a separate) (?:note|matter|subject|topic)",
    r"while i(?:'m| am) (?:at it|writing)",
    r"(?:und )?noch (?:etwas|eine (?:andere )?(?:sache|frage))",
    r"(?:und )?eine (?:ganz )?(?:andere|weitere) (?:sache|frage)",
)
_MAY_SAY = (
    r"(?:desuden|derudover|i øvrigt|endvidere|for det andet|for det andre|för det andra|dessutom|dessuten)\b",
    r"(?:secondly|also,|in addition|besides,|by the way|zweitens|außerdem|übrigens)",
    r"p\.? ?s\.?\s?[:.]",
)
_OPENING = re.compile(
    r"(?:hej|hejsa|kære|goddag|god dag|til rette vedkommende|dear|hello|hi|hallo|guten tag|sehr geehrte)\b", re.I
)
_SAYS_ANOTHER = re.compile(rf"(?:{'|'.join(_SAYS)})", re.I)
_MAY_BEGIN = re.compile(rf"(?:{'|'.join((*_SAYS, *_MAY_SAY))})", re.I)
_ITEM = re.compile(r"\A\s*(?:\d{1,2}[.)]|[-*•–])\s+")
_AFTER = re.compile(r"^[\s:;,.–-]+")
_SHORTEST = 12
"""Letters that a sentence needs to be about something: "Hej." is about nothing."""


class Proposed(NamedTuple):
    """A proposed part of a mail: title and pieces."""

    title: str
    chosen: frozenset[int]


def several(text: str) -> bool:
    """Tell whether the writer names several matters."""
    found = pieces(text[: excerpt.end(text, bound=excerpt.PORTION)])
    begins = [n for n, piece in enumerate(found) if _SAYS_ANOTHER.match(piece.text.strip())]
    return any(_tells(found[:n]) for n in begins)


def proposal(subject: str, found: Sequence[Piece]) -> list[Proposed]:
    """Propose how a mail divides into matters. The list is empty where nothing tells."""
    starts = _starts(found)[: MOST - 1]
    if not starts:
        return []
    first, *others = [range(a, b) for a, b in zip([0, *starts], [*starts, len(found)], strict=True)]
    titles = [_title(subject) or _title(_matter(found, first)), *(_title(_matter(found, part)) for part in others)]
    return [Proposed(title, frozenset(part)) for title, part in zip(titles, (first, *others), strict=True)]


def _starts(found: Sequence[Piece]) -> list[int]:
    """Return the pieces at which another matter begins.

    The writer says so, or, where there is no such word, they are items of a list.
    """
    said = [n for n, piece in enumerate(found) if _MAY_BEGIN.match(piece.text.strip()) and _tells(found[:n])]
    items = [n for n, piece in enumerate(found) if _ITEM.match(piece.text)]
    return said or (items[1:] if len(items) >= LEAST else [])


def _tells(before: Sequence[Piece]) -> bool:
    """Tell whether something has been told before. Else the other matter is the only one."""
    return any(
        not piece.quoted and len(piece.text.strip()) >= _SHORTEST and not _OPENING.match(piece.text.strip())
        for piece in before
    )


def _matter(found: Sequence[Piece], part: range) -> str:
    """Return the first telling sentence of a part.

    One that says what the part is about, without the words that only lead to it.
    """
    for n in part:
        text = found[n].text.strip()
        rest = _AFTER.sub(
            "", _ITEM.sub("", _MAY_BEGIN.sub("", text, count=1) if _MAY_BEGIN.match(text) else text, count=1)
        )
        if len(rest) >= _SHORTEST and not found[n].quoted and not _OPENING.match(rest):
            return rest
    return ""


def _title(text: str) -> str:
    """As much of a text as a title holds, cut between words."""
    words = " ".join(text.split())
    if len(words) > TITLE_LENGTH:
        words = words[:TITLE_LENGTH].rsplit(" ", 1)[0]
    return words[:1].upper() + words[1:].rstrip(" ,;:.")
