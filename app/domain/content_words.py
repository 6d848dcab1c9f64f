"""Take from a mail the words that tell what it is about, and a sentence that names nobody.

A name is known by its capital inside a sentence, by being the sender's own, or by the list of common names; text without any
capital, or in nothing else, tells no names apart. Numbers, identities, greetings and words of every mail are no words here.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from enum import Enum, auto

from app.domain.common_names import NAMES
from app.domain.search import stem
from learning.everyday_words import IN_EVERY_MAIL, NO_REASON

SHORTEST, LONGEST = 3, 40
MOST = 300
"""Different words of one mail that are counted."""
LEFT_OUT = NO_REASON | IN_EVERY_MAIL | NAMES
ABBREVIATION = 5
"""Letters up to which a word in capitals is an abbreviation (SU, BBR), and not somebody's name in a loud line."""
SENTENCE = (20, 240)
"""Characters of a sentence that can be shown."""
HIDDEN = "…"
BEFORE = 40
"""Characters before a word that tell whether a sentence begins with it."""
_TOKEN = re.compile(r"\w+")
_ENDS = re.compile(r"[.!?:;\n•\"”“»«]\W*$")
_GOES_ON = re.compile(
    r"\b(?:hr|fr|dr|nr|kl|ca|evt|bl|inkl|ekskl|vedr|mht|pga|ift|jf|tlf|gl|sdr|skt|st)\.\W*$", re.IGNORECASE
)
"""A point behind an abbreviation ends no sentence."""
_SENTENCE = re.compile(r"[^.!?\n]+[.!?]?")
_LINK = re.compile(
    r"https?:\S*|www\.\S*|\b\w[\w-]{0,60}(?:\.[\w-]{1,60}){0,4}\.(?:dk|com|org|net|eu)\b\S*", re.IGNORECASE
)
_UNSHOWN = re.compile(_LINK.pattern + r"|_\w+_|\w*\d[\w./:-]*", re.IGNORECASE)
"""Links, masked identities and whatever has a digit: house numbers, dates, plates, numbers of cases."""
_ABOUT_SOMEBODY = re.compile(r"\b(?:hedder|navn(?:et)?|født|cpr|kaldet|undertegnede)\b", re.IGNORECASE)


class Case(Enum):
    """What the writing of a word tells."""

    WORD = auto()
    NAME = auto()
    UNKNOWN = auto()
    """At the beginning of a sentence, or in a text that has no capitals or nothing else."""


@dataclass(frozen=True, slots=True)
class ContentWord:
    """A word as it was written, in lower case, and what its writing tells."""

    form: str
    case: Case


def words_of(subject: str, body: str, people: Iterable[str] = ()) -> dict[str, ContentWord]:
    """Return a mail's telling words by their stem, at most `MOST`, and what their writing tells.

    Args:
        subject, body: cleaned, identities masked (learning/text.py: clean_written).
        people: names and addresses of who wrote it.
    """
    own = parts_of_names(people)
    found: dict[str, ContentWord] = {}
    for word in cased(_LINK.sub(" ", f"{subject}\n{body}")):
        if not _tells(word.form) or word.form in own:
            continue
        key = stem(word.form)
        before = found.get(key)
        if key in LEFT_OUT or (before is None and len(found) >= MOST):
            continue
        if before is None or (before.case is not Case.WORD and word.case is Case.WORD):
            found[key] = word
        elif before.case is Case.UNKNOWN and word.case is Case.NAME:
            found[key] = ContentWord(before.form, Case.NAME)
    return found


def cased(text: str) -> Iterator[ContentWord]:
    """Yield the words of a text with what their writing tells, in order."""
    mixed = not text.islower() and not text.isupper()
    for line in text.split("\n"):
        loud = line.isupper()
        for match in _TOKEN.finditer(line):
            begins = _begins(line[max(0, match.start() - BEFORE) : match.start()])
            yield ContentWord(match[0].lower(), _case(match[0], known=mixed and not loud and not begins))


def _begins(before: str) -> bool:
    """Tell whether a sentence begins behind these characters."""
    return not before.strip(" -*>(") or (_ENDS.search(before) is not None and _GOES_ON.search(before) is None)


def _case(word: str, *, known: bool) -> Case:
    if not known:
        return Case.UNKNOWN
    inside = word[1:].lower() != word[1:]
    if not word[:1].isupper() or (inside and (not word.isupper() or len(word) <= ABBREVIATION)):
        return Case.WORD
    return Case.NAME


def _tells(form: str) -> bool:
    return SHORTEST <= len(form) <= LONGEST and form.isalpha() and form not in LEFT_OUT


def parts_of_names(people: Iterable[str]) -> frozenset[str]:
    """Return the parts of names and addresses, in lower case."""
    return frozenset(part for each in people for part in re.findall(r"[^\W\d_]{2,}", each.lower()))


def sentences(body: str, keys: Collection[str], people: Iterable[str], common: frozenset[str]) -> list[tuple[int, str]]:
    """Return the sentences with one of some words, persons and numbers hidden: (how much is hidden, sentence), the clearest first.

    A text without capitals, or in nothing else, tells no names apart and has none; nor has one that somebody introduces
    themselves in.

    Args:
        keys: stems of the words.
        people: names and addresses of who wrote the mail.
        common: words that other mails have in lower case: at a sentence's beginning only these are shown.
    """
    if body.islower() or body.isupper():
        return []
    own = parts_of_names(people)
    found = []
    for match in _SENTENCE.finditer(_UNSHOWN.sub(HIDDEN, body)):
        sentence = " ".join(match[0].split())
        fitting = SENTENCE[0] <= len(sentence) <= SENTENCE[1] and not sentence.isupper()
        if (
            fitting
            and not _ABOUT_SOMEBODY.search(sentence)
            and any(stem(each) in keys for each in _TOKEN.findall(sentence.lower()))
        ):
            found.append(_without_people(sentence, own, common))
    return sorted(found)


def _without_people(sentence: str, own: frozenset[str], common: frozenset[str]) -> tuple[int, str]:
    count = sentence.count(HIDDEN)
    parts, position = [], 0
    for match in _TOKEN.finditer(sentence):
        begins = _begins(sentence[: match.start()])
        if _shown(match[0], own, common, begins=begins):
            continue
        parts += [sentence[position : match.start()], HIDDEN]
        position, count = match.end(), count + 1
    text = "".join([*parts, sentence[position:]])
    return count, re.sub(rf"{HIDDEN}(?:[\s-]*{HIDDEN})+", HIDDEN, text).strip()


def _shown(word: str, own: frozenset[str], common: frozenset[str], *, begins: bool) -> bool:
    form = word.lower()
    everyday = form in NO_REASON or form in IN_EVERY_MAIL
    if everyday:
        return True
    if form in NAMES or form in own or form.removesuffix("s") in NAMES | own:
        return False
    return not word[:1].isupper() or (begins and form in common)
