"""CPR numbers as freely as people write them. In a text's skeleton: `010190 (1234)`, `0101 90-1234`, `O10190-l234`.

Numbers that a form or a program writes are found by `identities`. People put any sign between the six digits and the
four, break the six where they like, slip on a key. Such shapes are wider, so they stay on one line, and ask for a day
and a month. Every pattern has bounded repetition, so that the time is linear in the length of the text.
"""

import re
from collections.abc import Iterator

Place = tuple[int, int]

BEFORE = 40
"""So many characters before a number say what it is."""
RECENT = range(20, 40)
"""Years in which a date with four digits after it is more often an appointment than somebody's birth."""
_NAME = re.compile(r"cpr|person|født|fødsel|\bf\.", re.IGNORECASE)
_BLANK = " \n\t_"

_ZERO, _ONE = r"0Oo\u039f\u03bf\u041e\u043e", r"1lI\u0406"
"""What is taken for a nought and for a one: a letter is as good to a reader."""
ALIKE = {ord(each): "0" for each in "Oo\u039f\u03bf\u041e\u043e"} | {ord(each): "1" for each in "lI\u0406"}
_DIGIT = rf"[\d{_ZERO}{_ONE}]"
_RUN = re.compile(rf"{_DIGIT}[\W\d_{_ZERO}{_ONE}]{{8,}}")
"""Where a number with its signs may be long enough."""

_SIGNS = r"(?P<bar>(?:[^\w\n]|_){0,8})"
_WHOLE = re.compile(
    rf"(?<!\d)(?P<six>\d{{6}}){_SIGNS}(?P<serial>\d{{4}}(?!\d)|\d{{1,3}}[ .\u2013-]\d{{1,3}}(?!\d|[.,/:-]\d))"
)
_BROKEN = re.compile(
    r"(?<!\d)(?=(?<!\d[.,/:-])(?P<all>(?P<six>(?P<head>\d{1,5})(?P<point> ?[^\w\n\t] ?|_)\d{1,5})"
    r"(?P<bar>(?:[^\w\n\t]|_){0,8})(?P<serial>\d{4}))(?!\d|[.,/:-]\d))"
)
_POINT = r"(?: ?[-\u2013./] ?| )"
_DATED = re.compile(
    rf"(?<![\d.,/-])(?P<day>\d{{1,2}}){_POINT}(?P<month>\d{{1,2}}){_POINT}(?:1[89]|20)?(?P<year>\d\d)"
    rf"(?! \+[01]\d[0-5]\d){_SIGNS}\d{{4}}(?!\d|[-.,:/]\d)"
)
"""A date with its time zone (`31.07.02 +0100`) is none."""
_YEAR_FIRST = re.compile(
    rf"(?<!\d)(?<!\d[.,/:-])(?:1[89]|20)(?P<year>\d\d){_POINT}(?P<month>\d\d){_POINT}(?P<day>\d\d)"
    rf"{_SIGNS}\d{{4}}(?!\d|[-.,:/]\d)"
)
_SLIPPED = re.compile(r"(?<![\d-])\d(?P<six>\d{6}) ?[-\u2013] ?\d{4}(?![\d-])")
"""One digit too many before it: a finger slipped, or the number of a list touches it."""
_ALIKE = re.compile(rf"(?<![^\W_])(?P<six>{_DIGIT}{{6}}){_SIGNS}(?P<serial>{_DIGIT}{{2}} ?{_DIGIT}{{2}})(?![^\W_])")
_READ = 5
"""So many of the ten are digits, where some are letters: fewer are a word."""
_ANY = re.compile(r"(?<!\d)(?<!\d\d\d\d-)\d?\d{6}(?:[^\w\n ,;]|_){1,3}\d{4}\d?(?!\d)")
"""Six digits and four, whatever day they name; what follows a year and a dash is the number of a case."""


def free_forms(text: str, *, strict: bool = False) -> Iterator[Place]:
    """Find CPR numbers that only people write.

    Args:
        text: a skeleton.
        strict: also what is more often something else. Where a text leaves the house, one number too few costs less.
    """
    for run in _RUN.finditer(text):
        # Two characters more, since what follows a number decides whether it is one.
        start, end = run.start(), min(len(text), run.end() + 2)
        yield from (m.span() for m in _WHOLE.finditer(text, start, end) if _whole(m))
        yield from (m.span("all") for m in _BROKEN.finditer(text, start, end) if _broken(m, strict))
        yield from (m.span() for m in _DATED.finditer(text, start, end) if _dated(m, strict))
        yield from (m.span() for m in _YEAR_FIRST.finditer(text, start, end) if _dated(m, strict))
        yield from (m.span() for m in _SLIPPED.finditer(text, start, end) if _dates(m["six"]))
        yield from (m.span() for m in _ALIKE.finditer(text, start, end) if _alike(m))
        if strict:
            yield from (m.span() for m in _ANY.finditer(text, start, end))


def called_cpr(match: re.Match[str]) -> bool:
    """Tell whether words before a number call it a person's."""
    return _NAME.search(match.string[max(0, match.start() - BEFORE) : match.start()]) is not None


def _dates(six: str) -> bool:
    """Tell whether six digits begin with a date.

    A day and a month; 61-91 is the day of a person who has no number yet.
    """
    return _is_day(six[:2]) and "01" <= six[2:4] <= "12"


def _is_day(day: str) -> bool:
    return 1 <= int(day) <= 31 or 61 <= int(day) <= 91


def _signed(match: re.Match[str]) -> bool:
    return bool(match["bar"].strip(_BLANK))


def _whole(match: re.Match[str]) -> bool:
    """Tell whether a match with a serial is whole.

    A serial in two pieces needs a sign before it: with blanks alone it is the next number.
    """
    serial = match["serial"]
    if not _dates(match["six"]) or sum(map(str.isdigit, serial)) != 4:
        return False
    return len(serial) == 4 or _signed(match)


def _broken(match: re.Match[str], strict: bool) -> bool:
    """Tell whether a broken match is a CPR number.

    Blanks alone part columns of numbers, three and three before four are a telephone, four and six may be a year's
    case.
    """
    six = "".join(filter(str.isdigit, match["six"]))
    if len(six) != 6 or not _dates(six):
        return False
    head, touching = len(match["head"]), not match["bar"]
    if called_cpr(match):
        return True
    if head == 4 and six[:2] in ("19", "20") and (touching or "01" <= six[4:] <= "12"):
        return False
    if strict:
        return head == 4 or not touching
    if head == 4:
        return not touching or match["point"].strip() not in ("/", ")")
    return head != 3 and not touching and _signed(match)


def _dated(match: re.Match[str], strict: bool) -> bool:
    """Tell whether a dated match is a CPR number.

    Not if it is a date with an hour, a year or a postal code after it, as far as the year and the signs tell.
    """
    if not _is_day(match["day"]) or not 1 <= int(match["month"]) <= 12:
        return False
    return called_cpr(match) or (_signed(match) and (strict or int(match["year"]) not in RECENT))


def _alike(match: re.Match[str]) -> bool:
    letters = match["six"] + match["serial"].replace(" ", "")
    return sum(map(str.isdigit, letters)) >= _READ and _dates(match["six"].translate(ALIKE))
