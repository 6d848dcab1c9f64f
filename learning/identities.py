"""The places of identities in a text. CPR numbers, phones, mail addresses, IBANs.

Screens and learning hide the same spans. The shapes are looked for in the text's skeleton, where however they are
broken, spaced and spelt, there is one way to write them.

The shapes are wide on purpose: a number that only looks like a CPR number (no valid check digit, mistyped century) is
still hidden, since showing or learning a real one costs more than losing a number.
Every pattern has bounded repetition or a fixed start, so that the time is linear in the length of the text.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator

from learning.free_forms import RECENT, called_cpr, free_forms
from learning.skeleton import skeleton

Span = tuple[int, int, str]

_GAP = r"[ \n\t]?"
_RUN = re.compile(r"[+(\d][\d \n\t().\-/_\u2013:,=*~]{7,}")
"""Where a number with its separators may be long enough to be somebody's."""
NAMED = 40
"""So many characters before a number say what it is."""
_CUT_NUMBER = re.compile(r"[\d\W_]{1,60}$")

# Day 61-91 is what a person without a number gets in its place (erstatnings-CPR).
_DAY, _MONTH = r"(?:0\n?[1-9]|[12]\n?\d|3\n?[01]|6\n?[1-9]|[78]\n?\d|9\n?[01])", r"(?:0\n?[1-9]|1\n?[0-2])"
_BAR = rf"(?P<bar>{_GAP}[-\u2013/._:,=*~)]{{0,2}}{_GAP})"
_SERIAL = r"\d\n?\d[ \n]?\d\n?\d"
_CPR = re.compile(rf"(?<!\d){_DAY}\n?{_MONTH}\n?\d\n?\d{_BAR}{_SERIAL}(?!\d)")
_CPR_LETTER_BY_LETTER = re.compile(
    r"(?<!\d)(?<!\d )[0-36-9] \d [01] \d \d \d(?: [-\u2013/.]? ?|[-\u2013/.] )\d \d \d \d(?! ?\d)"
)
_POINT = r"(?:[ \n]?[-\u2013./][ \n]?|[ \n])"
_CPR_DATED = re.compile(
    rf"(?<![\d.,/-])(?:[0-2]?\d|3[01]|[6-8]\d|9[01]){_POINT}(?:0?[1-9]|1[0-2]){_POINT}"
    rf"(?:1[89]|20)?(?P<year>\d\d){_BAR}{_SERIAL}(?!\d|[-.,:/]\d)"
)
_CPR_CENTURY = re.compile(rf"(?<!\d){_DAY}{_MONTH}(?:1[89]|20)(?P<year>\d\d){_BAR}{_SERIAL}(?!\d)")
_CPR_BACKWARDS = re.compile(
    rf"(?<!\d)(?:1[89]|20)(?P<year>\d\d){_MONTH}(?:0[1-9]|[12]\d|3[01]|6[1-9]|[78]\d|9[01]){_BAR}{_SERIAL}(?!\d)"
)
KNOWN = 2
"""Digits that may stay of a freely written number of which the rest is hidden as something else."""

_IBAN = re.compile(
    r"[A-Za-z]{2}\d{2}(?<![A-Za-z0-9]....)(?:[ \n\t.\-\u2013]?[A-Z0-9]{4}){2,7}"
    r"(?:[ \n\t.\-\u2013]?[A-Z0-9]{1,3})?(?![A-Za-z0-9])"
)
_IBAN_DANISH = re.compile(r"(?<![A-Za-z0-9])(?:DK|FO|GL)[ \n\t]?\d[\n]?\d(?:[ \n\t.\-\u2013/]{0,2}\d){14}(?!\d)", re.I)

_DATE = (
    r"(?:19|20)\d\d[-./]\d\d[-./]\d\d|\d\d[-./]\d\d[-./](?:19|20)\d\d|(?:19|20)\d\d-(?:19|20)\d\d"
    r"|(?<=_)(?:19|20)\d\d(?:0[1-9]|1[0-2])[0-3]\d|(?<=_)[0-3]\d(?:0[1-9]|1[0-2])(?:19|20)\d\d"
    r"|(?:19|20)\d\d(?:0[1-9]|1[0-2])[0-3]\d_"
)
_BEFORE, _AFTER = r"(?<![^\W_])(?<![+.,\u2013-])", r"(?![^\W_]|[-.,\u2013]\d)"
_ABROAD = r"[ \n\t().\-/\u2013]{0,2}"
_PHONE = re.compile(
    rf"(?<![^\W_])(?<!\+)(?:\+|00){_GAP}45(?:{_ABROAD}\d){{8}}(?!\d)"
    # Of what stands on the next line only as much as a number needs.
    rf"|(?<![^\W_])(?<!\+)(?:\+|00)[1-9](?:{_ABROAD}\d){{7,9}}(?:[ ().\-/\u2013]{{0,2}}\d){{0,5}}(?!\d)"
    # The Danish eight digits; dots and dashes only between all pairs, since 10.30-12.00 is a time.
    rf"|{_BEFORE}(?!{_DATE})(?:\(?45\)?[ ])?(?:\d\d(?:{_GAP}\d\d){{3}}"
    rf"|\d\d(?P<dot>[./\u2013-])\n?\d\d(?P=dot)\n?\d\d(?P=dot)\n?\d\d|\d{{4}}-\n?\d{{4}}|\d(?:\n?\d){{7}}){_AFTER}"
    rf"|{_BEFORE}\d\d[ \n]\d{{3}}[ \n]\d{{3}}{_AFTER}"
    rf"|{_BEFORE}\(?\d{{3}}\)?[ \-.]{{1,2}}\d{{3}}[ \-.]\d{{4}}(?!\d)"
)
_PHONE_NAMED = re.compile(r"tlf|telefon|mobil|\bring|sms|træffes|\btel\b|phone|\bcall\b|\bnummer|\bnr\b", re.IGNORECASE)
_PAIRS = re.compile(r"\d\d(?:[ \n\t]\d\d){3}")
_YEARS = re.compile(r"(?:19|20)\d\d\s(?:19|20)\d\d")

# Not the reader of addresses (connectors/mail/addresses.py), which takes what surely is one: here all that may be one is hidden,
# also where a line breaks it or people spell it, and learning depends on no connector.
# Blanks around an @ only on both sides; a domain may be broken once, before it has a dot behind it.
_DOMAIN = re.compile(
    r"(?:[ \n]@[ \n]|\n?@\n?)(?=\w)[\w-]{1,63}(?:\n[\w-]{1,63})?(?:\n?\.\n?)(?:[\w-]{1,63}\.){0,7}\w{2,63}"
)


def masks(text: str, *, strict: bool = False) -> list[Span]:
    """Return the spans that carry an identity. In order and without overlap.

    Args:
        text: of any length.
        strict: also what is more often no CPR number, for what leaves the house.

    Returns:
        (start, end, kind) with kind one of email, iban, cpr, phone; positions as in `text[start:end]`.
    """
    bones = skeleton(text)
    found = _apart([*_addresses(bones.text), *_accounts(bones.text), *_numbers(bones.text)])
    found = _apart([*found, *_freely(bones.text, found, strict)])
    return [(*bones.source(start, end), kind) for start, end, kind in found]


def masked(text: str) -> str:
    """Return the text with identities masked. Each is replaced by a token such as `_cpr_`."""
    parts, position = [], 0
    for start, end, kind in masks(text):
        parts += [text[position:start], f" _{kind}_ "]
        position = end
    return "".join([*parts, text[position:]])


def capped(text: str, cap: int) -> str:
    """Return the text's beginning, without a cut number.

    The end went through it: half of one tells, and is not known for one.
    """
    return text if len(text) <= cap else _CUT_NUMBER.sub("", text[:cap])


def _addresses(text: str) -> Iterator[Span]:
    """Yield mail addresses, found from their @. So a long local part costs no more than its length."""
    last = 0
    for match in _DOMAIN.finditer(text):
        local = _local_start(text, last, match.start())
        if local < match.start():
            yield local, match.end(), "email"
        last = match.end()


def _local_start(text: str, last: int, at: int) -> int:
    """Return where an address's local part begins. Looking back from its @, and never past the address before."""
    start = at
    while start > last and text[start - 1] not in '@<>()[]\\,;:"|':
        # A line that ends in a hyphen is gone on with on the next.
        broken = text[start - 1] == "\n" and text[max(last, start - 2) : start - 1] in ("-", "_", "+")
        if text[start - 1].isspace() and not broken:
            break
        start -= 1
    return start


def _accounts(text: str) -> Iterator[Span]:
    for pattern in (_IBAN, _IBAN_DANISH):
        yield from ((match.start(), match.end(), "iban") for match in pattern.finditer(text))


def _numbers(text: str) -> Iterator[Span]:
    """Yield CPR numbers and phones. Only where a run of digits and separators is long enough to be one."""
    for run in _RUN.finditer(text):
        # Two characters more, since what follows a number decides whether it is one.
        start, end = run.start(), min(len(text), run.end() + 2)
        for pattern in (_CPR, _CPR_LETTER_BY_LETTER, _CPR_DATED, _CPR_CENTURY, _CPR_BACKWARDS):
            yield from ((m.start(), m.end(), "cpr") for m in pattern.finditer(text, start, end) if _is_cpr(m))
        yield from ((m.start(), m.end(), "phone") for m in _PHONE.finditer(text, start, end) if _is_phone(m))


def _freely(text: str, found: list[Span], strict: bool) -> Iterator[Span]:
    """Yield freely written CPR numbers not yet hidden. A hidden span keeps its name, which learning knows it by."""
    ends = [end for _, end, _ in found]
    for start, end in free_forms(text, strict=strict):
        shown, position, n = "", start, bisect_right(ends, start)
        while n < len(found) and found[n][0] < end:
            shown, position, n = shown + text[position : found[n][0]], found[n][1], n + 1
        if sum(map(str.isdigit, shown + text[position:end])) > KNOWN:
            yield start, end, "cpr"


def _is_cpr(match: re.Match[str]) -> bool:
    """Tell whether a match is a CPR number.

    Not if it is a recent date that only happens to have four digits after it, such as an hour or a postal code.
    """
    year = match.groupdict().get("year")
    if year is None or int(year) not in RECENT:
        return True
    if match["bar"].strip(" \n\t_") and match.re is not _CPR_BACKWARDS:  # year first is how programs number things
        return True
    return called_cpr(match)


def _is_phone(match: re.Match[str]) -> bool:
    """Tell whether broken digits are one phone number.

    Broken: on two lines, or in two columns; their grouping or what they are called decides.
    """
    number = match[0]
    broken = number.count("\n") + number.count("\t")
    if not broken or number[0] in "+0(":
        return True
    if _YEARS.search(number):
        return False
    return _named(match, _PHONE_NAMED) or (broken == 1 and _PAIRS.fullmatch(number) is not None)


def _named(match: re.Match[str], names: re.Pattern[str]) -> bool:
    return names.search(_before(match)) is not None


def _before(match: re.Match[str]) -> str:
    return match.string[max(0, match.start() - NAMED) : match.start()]


def _apart(found: list[Span]) -> list[Span]:
    """Merge spans that overlap. Where two spans meet, both are one, named by the one that was found first."""
    merged: list[Span] = []
    for start, end, kind in sorted(found, key=lambda span: span[0]):
        if merged and start < merged[-1][1]:
            begin, until, first = merged[-1]
            merged[-1] = (begin, max(until, end), first)
        else:
            merged.append((start, end, kind))
    return merged
