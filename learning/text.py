"""Mail text → what is worth learning from. The sender's own words, identities masked."""

import re
import unicodedata
from itertools import chain

from learning.identities import capped, masked
from learning.quotes import is_disclaimer, own_words

TEXT_CAP = 20_000
"""Characters of a mail that are learned from. What a mail is about is said before that; this bounds time and memory."""
SUBJECT_CAP = 500
WORD_CAP = 40
"""Characters of a word that count; longer ones are encoded data."""
TINY = 12
"""A mail with fewer words of its own (`see below`, `+1`) is about what it quotes: the quotation is then kept."""

_PREFIX = re.compile(
    r"\s*(?:(?:re|sv|vs|fwd?|aw|antw?|wg|vb|tr|svar|videresend\w*)\s*(?:\[\d+\])?\s*:\s*)+", re.IGNORECASE
)
_FORWARDED = re.compile(r"\s*(?:(?:re|sv|aw|antw?)\s*:\s*)*(?:vs|fwd?|wg|vb|tr|videresend\w*)\s*:", re.IGNORECASE)
_ANSWER = re.compile(r"\s*(?:re|sv|aw|antw?|svar)\s*(?:\[\d+\]|\(\d+\))?\s*:", re.IGNORECASE)
_CASE_NUMBER = re.compile(r"\[[^\[\]\d]{0,16}\d{4}-\d{3,10}\s?\]")
_INVISIBLE = re.compile("[\xad\u200b-\u200f\u2060\ufeff]")
_WORD = re.compile(r"\w+")
_GREETING = re.compile(
    r"^[ \t]{0,8}(?P<greeting>kære|hej|hejsa|halløj|goddag|god (?:dag|morgen|aften)|hi|hello|dear|att\.?:?|til)"
    r"[ \t]+(?P<rest>.{1,120})",
    re.IGNORECASE | re.MULTILINE,
)
_LETTERS = re.compile(r"[^\W\d_]{2,}")
_FILE = (
    r"(?: (?:fil(?:en|er)?|brev(?:et)?|dokument(?:er|et)?|skrivelse|bilag|billed(?:e|er)|pdf|file|letter|document)s?)?"
)
_SAYS_NOTHING = re.compile(
    r"\s*(?:(?:kære|hej|hejsa|goddag|god (?:dag|morgen|aften)|hi|hello|dear|hallo|guten tag|til|att\.?:?)"
    r"(?:(?: (?-i:[A-ZÆØÅ])[\w.-]{0,40}| og| i| hos| på){0,6}| \w{1,40})\s{0,3}[,.!]?"
    rf"|(?:venligst )?(?:se|jf\.?|læs) (?:venligst )?(?:den |det |de )?(?:vedhæft\w*|vedlagt\w*|bilag\w*){_FILE}\s?[.!]?"
    rf"|(?:please )?(?:see|find) (?:the )?attach\w*{_FILE}\s?[.!]?|(?:vedhæft\w*|vedlagt|hermed|attached){_FILE}\s?[.!]?"
    r"|emne:.*|\[?cid:\S+\]?|image\d*\.\w+|\W*)",
    re.IGNORECASE,
)
"""Lines of a mail whose matter lies in its files."""
_CAPITALISED = re.compile(r"\b[A-ZÆØÅÄÖÜÉ]\w*")
_NAME = re.compile(r"[^\W\d_][\w'’.-]*")
# Who is greeted is often an office, and that is worth knowing.
_OFFICE = re.compile(
    r"\w*(?:kommun|center|centr|afdeling|forvaltning|service|skole|børnehave|vuggestue|sekretariat|udvalg|borgmester|byråd"
    r"|rådhus|kontor|myndighed|styrelse|enhed)\w*"
    r"|(?:team|alle|allesammen|igen|og|hos|på|i|department|office|support|list|all|everyone|folks|sir|madam|and|in|at)\b",
    re.IGNORECASE,
)


def clean(subject: str, text: str) -> tuple[str, str]:
    """Clean a mail's subject and body for learning. The result is (subject, body).

    Out go quoted history, signatures, disclaimers, banners, reply prefixes and case numbers; identities become tokens
    such as `_cpr_` and `_name_`. Where nothing would be left of a body, all of it stays but capitalised words, which
    may be names. Never raises.
    """
    forwarded = _FORWARDED.match(subject[:SUBJECT_CAP]) is not None
    head = _head(subject)
    whole = _plain(text, TEXT_CAP)
    own = own_words(whole, forwarded=forwarded)
    if len(_WORD.findall(own)) < TINY:
        own = own_words(whole, forwarded=True)
    if not own.strip():
        own = _CAPITALISED.sub("_name_", whole)
    return masked(head).strip(), masked(_GREETING.sub(_unnamed, own)).strip()


def written(subject: str, text: str, *, signature: bool = False) -> str:
    """Return what the sender wrote for this mail. Nothing that it quotes is in it, wherever it stands.

    A mail that is passed on is its sender's matter, and stays.
    """
    forwarded = _FORWARDED.match(subject[:SUBJECT_CAP]) is not None and not is_answer(subject)
    return own_words(_plain(text, TEXT_CAP), forwarded=forwarded, answered=False, signature=signature)


def clean_written(subject: str, text: str) -> tuple[str, str]:
    """Clean a mail's own words only.

    As `clean`, of what is the sender's own alone: an answer has its subject from the mail that it answers.
    """
    head = "" if is_answer(subject) else _head(subject)
    return masked(head).strip(), masked(_GREETING.sub(_unnamed, written(subject, text))).strip()


def is_answer(subject: str) -> bool:
    """Tell whether a subject marks an answer (`SV: …`)."""
    return _ANSWER.match(subject[:SUBJECT_CAP]) is not None


def _head(subject: str) -> str:
    return _CASE_NUMBER.sub(" ", _PREFIX.sub("", _plain(subject, SUBJECT_CAP)))


def own_word_count(text: str) -> int:
    """Count a mail's words that say something. No greeting, courtesy, device, disclaimer or `see attached` counts."""
    blocks = own_words(_plain(text, TEXT_CAP), forwarded=True).split("\n\n")
    lines = chain.from_iterable(block.split("\n") for block in blocks if not is_disclaimer(block))
    return sum(len(_LETTERS.findall(line)) for line in lines if not _SAYS_NOTHING.fullmatch(line))


def _plain(text: str, cap: int) -> str:
    """Normalise a text's characters and line ends.

    Composed letters, no invisible characters, no lone surrogates (they cannot be hashed), one kind of line end.
    """
    text = _INVISIBLE.sub("", capped(text, cap)).encode("utf-8", "replace").decode("utf-8")
    return unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n")


def _unnamed(match: re.Match[str]) -> str:
    """A greeting with the names in it masked; the rest of its line stays."""
    rest = match["rest"]
    end = min((i for i in (rest.find(c) for c in ",!:;") if i >= 0), default=len(rest))
    # Ended by a comma, or two small words on a line of their own: all of it is who is greeted.
    most = 4 if end < len(rest) else 1 if rest[:1].isupper() else 2
    whole = end <= 40 and len(rest[:end].split()) <= most
    named, after = (rest[:end], rest[end:]) if whole else _leading_capitals(rest)
    return f"{match['greeting']} {_NAME.sub(_name_or_office, named)}{after}"


def _leading_capitals(rest: str) -> tuple[str, str]:
    """`Mette Hansen jeg vil gerne …` → the name, the rest. At most four words are a name."""
    words = rest.split(" ")
    count = 0
    while count < min(4, len(words)) and words[count][:1].isupper():
        count += 1
    length = len(" ".join(words[:count]))
    return rest[:length], rest[length:]


def _name_or_office(match: re.Match[str]) -> str:
    return match[0] if _OFFICE.fullmatch(match[0]) else "_name_"
