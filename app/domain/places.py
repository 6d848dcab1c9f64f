"""Find streets and districts that a mail names, by a register of names, and read that register.

A name that can hardly be anything else (Søndergade, Ole Rømers Vej) counts wherever it stands. One that a sentence may hold
anyway (Skolevej, Fiktionsbakken, a district) counts with a capital behind a preposition of place. One that is a common word or
somebody's name (Engen, Lund) needs a house number or a street word beside it. What a capital tells is nothing at the
beginning of a sentence.
"""

import csv
import io
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum, auto

from app.domain import spreadsheet
from app.domain.common_names import NAMES
from app.domain.spreadsheet import read_cell

COLUMNS = ("navn", "slags")
MOST_NAMES = 10_000
LONGEST = 100


class PlaceKind(StrEnum):
    STREET = "vej"
    DISTRICT = "bydel"


class Clarity(IntEnum):
    """How sure a name is a place by itself."""

    WORD = auto()
    LIKELY = auto()
    SURE = auto()


@dataclass(frozen=True, slots=True)
class Problem:
    """A line of a register that cannot be read; `code` is no_name, no_kind, too_long or too_many."""

    line: int
    code: str


_WAYS = ("vej", "gade", "alle", "stræde", "torv", "plads", "boulevard", "vænge", "promenade")
_FIELDS = (
    "bakken", "bakke", "stien", "sti", "parken", "park", "haven", "have", "engen", "toften", "vangen", "marken", "skrænten",
    "lunden", "krogen", "højen", "dalen", "svinget", "passagen", "pladsen", "torvet", "kajen", "broen", "bro", "havnen", "havn",
    "byen", "kvarteret",
)  # fmt: skip
_COMMON_WAYS_TEXT = """
adgangsvej ankomstvej asfaltvej brandvej byvej cykelgade cykelvej flugtvej gangvej grusvej gågade handelsgade hjemvej
hovedgade hovedvej indfaldsvej indkørselsvej jordvej kirkevej kystvej landevej legeplads markvej motorvej mødeplads
omfartsvej omvej parkeringsplads privatvej ringvej rasteplads sidegade sidevej skolevej skovvej stikvej strandvej
tilkørselsvej trafikvej udkørselsvej villavej byggeplads holdeplads idrætsplads genbrugsplads affaldsplads arbejdsplads
festplads sportsplads hjørneplads siddeplads svingplads vendeplads skolegade stamvej fællesvej
"""
_COMMON_WAYS = frozenset(_COMMON_WAYS_TEXT.split())
"""Words of the language that streets are called by, too."""
_BESIDE_TEXT = """
vejen vej gaden gade adressen adresse hjørnet krydset stien pladsen torvet fortovet cykelstien strækningen kvarteret bydelen
området landsbyen rundkørslen lyskrydset fodgængerovergangen
"""
_BESIDE = frozenset(_BESIDE_TEXT.split())
_AT = frozenset({"på", "i", "ved", "langs", "omkring", "nær", "gennem", "ad", "bag", "af"})
_SHORT = {"nr": "nørre", "gl": "gammel", "sdr": "sønder", "skt": "sankt", "st": "store", "ll": "lille", "ndr": "nordre"}
_TOKEN = re.compile(r"[^\W_]+")
_NUMBER = re.compile(
    r",?[ ](?:nr\.?[ ]?|nummer[ ])?\d{1,3}[ ]?[a-zA-Z]?(?![\w%])(?![.:]\d|\.?[ ]?(?:kr|kroner|år|dage|uger|meter|km|timer|stk|"
    r"minutter|gange|personer|børn|biler|januar|februar|marts|april|maj|juni|juli|august|september|oktober|november|december)\b)"
)
_NUMBER_BEFORE = re.compile(r"(?:\bnr\.?|\bnummer)[ ]?\d{1,3}[ ]?[a-zA-Z]?[ ](?:på|i|ved)[ ]$", re.IGNORECASE)
_BEGINS = re.compile(r"(?:^|[.!?:;\n])\W*$")
AROUND = 60


def plain(word: str) -> str:
    """Return a word as names are compared by: lower case, é as e, aa as å."""
    return unicodedata.normalize("NFC", word).lower().replace("é", "e").replace("aa", "å")


def tokens(name: str) -> tuple[str, ...]:
    """Return the parts of a name, abbreviations written out."""
    return tuple(_SHORT.get(each, each) for each in map(plain, _TOKEN.findall(name)))


def clarity(name: str, kind: PlaceKind) -> Clarity:
    """Tell how surely a name stands for the place."""
    parts = tokens(name)
    last = parts[-1]
    way = next((each for each in _WAYS if last.endswith(each)), "")
    if way and (len(parts) > 1 or len(last) > len(way) + (3 if way == "alle" else 0)):
        return Clarity.LIKELY if last in _COMMON_WAYS else Clarity.SURE
    compound = any(last.endswith(each) and len(last) >= len(each) + 4 for each in _FIELDS)
    named = len(parts) == 1 and (last in NAMES or len(last) < 5)
    if compound or (kind is PlaceKind.DISTRICT and not named):
        return Clarity.LIKELY
    return Clarity.WORD


@dataclass(slots=True)
class Register:
    """The names that are looked for, by their first part."""

    _by_first: dict[str, list[tuple[tuple[str, ...], int, Clarity]]] = field(default_factory=lambda: defaultdict(list))

    @classmethod
    def of(cls, places: Mapping[int, tuple[str, PlaceKind]]) -> "Register":
        """Make a register of number → (name, kind)."""
        register = cls()
        for number, (name, kind) in places.items():
            if parts := tokens(name):
                register._by_first[parts[0]].append((parts, number, clarity(name, kind)))
        for found in register._by_first.values():
            found.sort(key=lambda each: -len(each[0]))
        return register

    def find(self, text: str) -> set[int]:
        """Return the places that a text names. Of two that begin alike the longer one is meant."""
        if not self._by_first:
            return set()
        matches = list(_TOKEN.finditer(text))
        words = [_SHORT.get(each, each) for each in (plain(match[0]) for match in matches)]
        found, n = set[int](), 0
        while n < len(words):
            number, length = self._at(text, matches, words, n)
            found.update([number] if length else ())
            n += max(1, length)
        return found

    def _at(self, text: str, matches: list[re.Match[str]], words: list[str], n: int) -> tuple[int, int]:
        """Return the place that is named from a word on, and in how many words; (0, 0) where none is."""
        for first in dict.fromkeys((words[n], words[n].removesuffix("s"))):
            for parts, number, clear in self._by_first.get(first, ()):
                end = n + len(parts)
                if _same(words[n:end], parts) and _means(text, matches, words, n, end, clear):
                    return number, len(parts)
        return 0, 0


def _same(words: list[str], parts: tuple[str, ...]) -> bool:
    return tuple(words) == parts or (tuple(words[:-1]) == parts[:-1] and words[-1:] == [f"{parts[-1]}s"])


def _means(text: str, matches: list[re.Match[str]], words: list[str], n: int, end: int, clear: Clarity) -> bool:
    if clear is Clarity.SURE:
        return True
    begin, after = matches[n].start(), matches[end - 1].end()
    before = text[max(0, begin - AROUND) : begin]
    if _NUMBER.match(text, after) or _NUMBER_BEFORE.search(before):
        return True
    near = words[max(0, n - 2) : n]
    if near[-1:] and (near[-1] in _BESIDE or (near[-1] in _AT and near[0] in _BESIDE)):
        return True
    return clear is Clarity.LIKELY and near[-1:] != [] and near[-1] in _AT and _capital(text, matches, n, end, before)


def _capital(text: str, matches: list[re.Match[str]], n: int, end: int, before: str) -> bool:
    """Tell whether a name has a capital that means something, and no other name goes on behind it."""
    if not matches[n][0][:1].isupper() or _BEGINS.search(before):
        return False
    following = matches[end] if end < len(matches) else None
    gap = text[matches[end - 1].end() : following.start()] if following else ""
    return following is None or gap != " " or not following[0][:1].isupper()


def read(text: str) -> tuple[list[tuple[str, PlaceKind]], list[Problem]]:
    """Read a register: a line a name, `navn;slags`, where slags is vej or bydel, and vej if it is not there."""
    found: dict[tuple[str, ...], tuple[str, PlaceKind]] = {}
    problems: list[Problem] = []
    for line, cells in _lines(text):
        name, kind = cells[0], (cells[1].lower() if len(cells) > 1 else "") or PlaceKind.STREET
        if code := _problem(name, kind, len(found)):
            problems.append(Problem(line, code))
        else:
            found.setdefault(tokens(name), (name, PlaceKind(kind)))
    if not found and not problems:
        problems.append(Problem(1, "no_name"))
    return sorted(found.values()), problems


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the lines that say something, by number, without the line of titles."""
    delimiter = ";" if ";" in text or "," not in text else ","
    for line, row in enumerate(
        csv.reader(io.StringIO(text.removeprefix(spreadsheet.BYTE_ORDER_MARK)), delimiter=delimiter), 1
    ):
        cells = [" ".join(read_cell(each).split()) for each in row]
        if any(cells) and not (line == 1 and cells[0].lower() == COLUMNS[0]):
            yield line, cells


def _problem(name: str, kind: str, count: int) -> str:
    if not tokens(name):
        return "no_name"
    if kind not in set(PlaceKind):
        return "no_kind"
    if len(name) > LONGEST:
        return "too_long"
    return "too_many" if count >= MOST_NAMES else ""


def written(places: Iterable[tuple[str, PlaceKind]]) -> str:
    """Return a register as a file that `read` reads."""
    return spreadsheet.write(COLUMNS, places)
