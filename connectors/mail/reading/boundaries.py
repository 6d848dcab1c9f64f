"""Search for boundaries that a mail does not name rightly. A boundary tells where its parts begin."""

import re
from collections.abc import Iterator

MARK = re.compile(
    r"^--([^\r\n]{1,200}?)[ \t]*\r?\n(?:[ \t]*\r?\n)?(?=content-(?:type|transfer-encoding|disposition|id|description)[ \t]*:)",
    re.IGNORECASE | re.MULTILINE,
)
PHRASE = re.compile(r"\bmime\b|multi-?part", re.IGNORECASE)
BLANKS = re.compile(r"\s+")
CLAIMED = re.compile(r"""boundary\s*=\s*(?:"([^"]*)"?|([^\s;]+))""", re.IGNORECASE)
FOLD = re.compile(r"\r?\n")
LONG = 200
"""Letters before the first mark that nobody needs to read."""


def guess(content: str, field: str) -> str | None:
    """Return the boundary really used in a multipart. `content` calls itself one; None where there is none.

    Args:
        content: the text of the part.
        field: its Content-Type.
    """
    for name in _claimed(field):
        if _stands_in(content, name):
            return name
    found = MARK.search(content)
    return found[1] if found and _begins(content, found[1]) else None


def undeclared(content: str) -> str | None:
    """Return the boundary of parts within a text. `content` claims to be one text; None where it is one.

    A last mark must end them: a text may well quote a mail.
    """
    found = MARK.search(content[:100_000])
    if found is None or not _begins(content, found[1], at_once=True):
        return None
    return found[1] if re.search(rf"^--{re.escape(found[1])}--[ \t]*\r?$", content, re.MULTILINE) else None


def _claimed(field: str) -> Iterator[str]:
    """Yield what a folded boundary may have been. One that was folded in the mail, too, ends with its line."""
    found = CLAIMED.search(field)
    name = (found[1] or found[2] or "") if found else ""
    variants = (BLANKS.sub(" ", name), FOLD.sub("", name), BLANKS.sub("", name), FOLD.split(name)[0])
    yield from dict.fromkeys(variant.strip() for variant in variants if len(variant.strip()) > 1)


def _stands_in(content: str, name: str) -> bool:
    return re.search(rf"^--{re.escape(name)}(?:--)?[ \t]*\r?$", content, re.MULTILINE) is not None


def _begins(content: str, name: str, *, at_once: bool = False) -> bool:
    """Tell whether parts begin a content without a text.

    Nothing but a word about MIME may stand before the first mark, in its first line, since nothing there is read.
    """
    before = content[: content.find(f"--{name}")].strip()
    head = before.partition("\n")[0] if at_once else before
    return not before or (len(before) <= LONG and PHRASE.search(head) is not None)


def is_text(preamble: str | None) -> bool:
    """Tell whether a preamble is a text. More than a word about MIME stands before the multipart's first mark then."""
    before = (preamble or "").strip()
    return len(before) > LONG and PHRASE.search(before) is None


def after_the_end(epilogue: str | None, name: str) -> bool:
    """Tell whether parts follow behind the last mark.

    A mark inside was the same, so the one that should be the last is not.
    """
    return bool(epilogue) and any(found[1] == name for found in MARK.finditer(epilogue or ""))
