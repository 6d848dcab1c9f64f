"""Where the parts of a mail begin, when it does not say so rightly."""

import re

MARK = re.compile(
    r"^--([^\r\n]{1,200}?)[ \t]*\r?\n(?:[ \t]*\r?\n)?(?=content-(?:type|transfer-encoding|disposition|id|description)[ \t]*:)",
    re.IGNORECASE | re.MULTILINE,
)
PHRASE = re.compile(r"\bmime\b|multi-?part", re.IGNORECASE)
BLANKS = re.compile(r"\s+")
CLAIMED = re.compile(r"""boundary\s*=\s*(?:"([^"]*)"?|([^\s;]+))""", re.IGNORECASE)


def claimed(field: str) -> str | None:
    """The boundary that a Content-Type names, unfolded."""
    found = CLAIMED.search(field)
    name = (found[1] or found[2] or "") if found else ""
    return BLANKS.sub(" ", name).strip() or None


def guess(content: str, field: str) -> str | None:
    """The boundary that is really used in what calls itself a multipart; None where there is none.

    Args:
        content: the text of the part.
        field: its Content-Type.
    """
    name = claimed(field)
    if name is not None:
        for variant in (name, BLANKS.sub("", name)):
            if re.search(rf"^--{re.escape(variant)}(?:--)?[ \t]*\r?$", content, re.MULTILINE):
                return variant
    found = MARK.search(content)
    return found[1] if found else None


def untold(content: str) -> str | None:
    """The boundary of parts that stand in what claims to be one text; None where it is one.

    Only where nothing but a word about MIME stands before the first mark, and a last mark ends the parts: a text may
    well quote a mail.
    """
    found = MARK.search(content[:100_000])
    if found is None:
        return None
    before = content[: found.start()].strip()
    if before and (len(before) > 200 or not PHRASE.search(before)):
        return None
    return found[1] if re.search(rf"^--{re.escape(found[1])}--[ \t]*\r?$", content, re.MULTILINE) else None
