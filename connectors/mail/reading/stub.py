"""Recognition of plain parts that say nothing. They stand beside a page that says it all."""

import re

SHORT = 1_500
"""Letters; a longer text was written to be read."""
PHRASE = re.compile(
    r"\bhtml\b|\bbrowser|\bweb-?(?:l[æe]ser|version|udgave|sida|side)|\bonline-?(?:version|ausgabe|udgave)"
    r"|web version|view (?:it|this|the) (?:e-?mail|message|newsletter|online)|in ihrem browser|im browser"
    r"|(?:mail|e-?post|post|e-?mail)[ -]?(?:program|klient|client|läsare|leser)",
    re.IGNORECASE,
)
LINK = re.compile(r"https?://\S+|www\.\S+|\[(?:image|cid|billede):[^\]\n]{0,200}\]|<[^<>\n]{1,500}>", re.IGNORECASE)
WORD = re.compile(r"\w+")
FEW = 80


def says_nothing(plain: str, page: str) -> bool:
    """Tell whether a plain part is a mere placeholder.

    It may also be a mere beginning; the page beside it is what was written.

    Args:
        plain: the text of the plain part.
        page: the words of the page that stands for it.
    """
    if len(plain) > SHORT:
        return False
    said, shown = ({*WORD.findall(LINK.sub(" ", text.lower()))} for text in (plain, page))
    if len(shown - said) < 3:
        return False
    if not said:
        return True
    if len(said) <= FEW and PHRASE.search(plain):
        return True
    return len(said) * 3 <= len(shown) and len(said & shown) >= 0.8 * len(said)
