"""Search terms: words, phrases, a number. Anything can be typed; nothing of it is an error."""

import re
import unicodedata
from dataclasses import dataclass

from connectors.mail import addresses
from learning.everyday_words import NOT_SEARCHED

LONGEST = 200
TERMS = 12
ENTIRE = 4
"""A word is looked for by its beginning from so many letters on; a shorter one must stand there as it is."""
TYPING = 3
"""The same for the last word, which may still be on its way."""
_CHUNK = re.compile(r'"([^"]*)"?|([^\s"]+)')
_WORD = re.compile(r"[^\W_]+")
_NUMBER = re.compile(r"#?\s*(\d{1,9})")
_ENDINGS = ("ernes", "erne", "enes", "ens", "ets", "ene", "ers", "er", "en", "et", "es", "s", "e")


@dataclass(frozen=True, slots=True)
class Term:
    """A search term: words standing side by side. With `prefix`, the last of them may go on."""

    words: tuple[str, ...]
    prefix: bool = False

    @property
    def phrase(self) -> bool:
        return len(self.words) > 1

    def fits(self, word: str) -> bool:
        """Tell whether a word fits the term. The word is composed, in lower case."""
        return word in self.words or (self.prefix and word.startswith(self.words[-1]))


@dataclass(frozen=True, slots=True)
class Wanted:
    """The terms of a search. All must be found, in any order. `text` is what was typed, cut to a bearable length."""

    text: str = ""
    terms: tuple[Term, ...] = ()

    @property
    def number(self) -> int | None:
        """Return the number of an enquiry. None where anything else was typed."""
        found = _NUMBER.fullmatch(self.text)
        return int(found[1]) if found else None

    def __bool__(self) -> bool:
        return bool(self.text)


def wanted(typed: str) -> Wanted:
    """Read what was typed.

    Words are joined by "and", "quoted words" stand side by side, the last word may be unfinished.

    Any sign but letters and digits separates words, so that an address or a case number is a phrase.
    """
    text = " ".join(map(_shown, unicodedata.normalize("NFC", typed.replace("\0", " "))[:LONGEST].split()))
    chunks = [(match[1] is not None, _words(match[1] or match[2] or "")) for match in _CHUNK.finditer(text)]
    chunks = [(quoted, words) for quoted, words in chunks if any(word not in NOT_SEARCHED for word in words)][:TERMS]
    last = len(chunks) - 1
    return Wanted(text, tuple(_term(words, quoted, n == last) for n, (quoted, words) in enumerate(chunks)))


def _shown(chunk: str) -> str:
    """Return an address as it stands in the index. Somebody has typed its domain as the wire has it."""
    return (addresses.parse(chunk) or chunk) if "@" in chunk and "xn--" in chunk.lower() else chunk


def _term(words: tuple[str, ...], quoted: bool, last: bool) -> Term:
    if quoted:
        return Term(words)
    if len(words) > 1:
        return Term(words, last and len(words[-1]) >= TYPING)
    word = stem(words[0])
    return Term((word,), len(word) >= (TYPING if last else ENTIRE))


def _words(text: str) -> tuple[str, ...]:
    return tuple(_WORD.findall(text.lower()))


def stem(word: str) -> str:
    """Return the stem of a Danish word.

    The word without the ending of its inflection, where four letters or more are left: a beginning of the word.
    """
    endings = (ending for ending in _ENDINGS if word.endswith(ending) and len(word) - len(ending) >= ENTIRE)
    ending = next(endings, "")
    return word[: len(word) - len(ending)]


def unit_mark(unit_id: int) -> str:
    """Return the index's word for a unit. A unit's new name then changes no row of the index."""
    return f"sluseunit{unit_id}"
