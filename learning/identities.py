"""Where in a text an identity stands: CPR numbers, phones, mail addresses, IBANs.

Screens and learning hide the same spans.

The shapes are wide on purpose: a number that only looks like a CPR number (no valid check digit, mistyped century) is
still hidden, since showing or learning a real one costs more than losing a number.
Every pattern has bounded repetition or a fixed start, so that the time is linear in the length of the text.
"""

import re
from collections.abc import Iterator

Span = tuple[int, int, str]

_GAP = r"[ \xa0\u2009\u202f]?"
_DASH = r"[-\u2010-\u2015\u2212]?"

_DOMAIN = re.compile(r"@(?:[\w-]{1,63}\.){1,8}\w{2,63}")
_IBAN = re.compile(
    r"[A-Za-z]{2}\d{2}(?<![A-Za-z0-9]....)(?:[ \xa0-]?[A-Z0-9]{4}){2,7}(?:[ \xa0-]?[A-Z0-9]{1,3})?(?![A-Za-z0-9])"
)
_CPR = re.compile(
    # Day 61-91 is what a person without a number gets in its place (erstatnings-CPR).
    rf"(?<!\d)(?:0[1-9]|[12]\d|3[01]|6[1-9]|[78]\d|9[01])(?:0[1-9]|1[0-2])\d\d{_GAP}{_DASH}{_GAP}\d{{4}}(?!\d)"
)
_RUN = re.compile(r"[+(\d][\d \xa0\u2009\u202f().\-/\u2010-\u2015\u2212]{7,}")
_DATE = r"(?:19|20)\d\d[-./]\d\d[-./]\d\d|\d\d[-./]\d\d[-./](?:19|20)\d\d|(?:19|20)\d\d-(?:19|20)\d\d"
_BEFORE, _AFTER = r"(?<![\w+.,-])", r"(?!\w|[-.,]\d)"
_PHONE = re.compile(
    r"(?<![\w+])\+[1-9](?:[ \xa0().\-/]{0,2}\d){7,14}(?!\d)"
    r"|(?<![\w+])00[1-9](?:[ \xa0().\-/]{0,2}\d){7,13}(?!\d)"
    # The Danish eight digits; dots and dashes only between all pairs, since 10.30-12.00 is a time.
    rf"|{_BEFORE}(?!{_DATE})(?:\d\d(?:[ \xa0]?\d\d){{3}}|\d\d([.-])\d\d\1\d\d\1\d\d|\d{{4}}-\d{{4}}){_AFTER}"
    rf"|{_BEFORE}\d\d[ \xa0]\d{{3}}[ \xa0]\d{{3}}{_AFTER}"
    rf"|{_BEFORE}\(?\d{{3}}\)?[ \-.]{{1,2}}\d{{3}}[ \-.]\d{{4}}(?!\d)"
)


def masks(text: str) -> list[Span]:
    """Spans of the text that carry an identity, in order and without overlap.

    Returns:
        (start, end, kind) with kind one of email, iban, cpr, phone; positions as in `text[start:end]`.
    """
    return _apart([*_addresses(text), *_shapes(_IBAN, "iban", text), *_numbers(text)])


def masked(text: str) -> str:
    """The text with each identity replaced by a token such as `_cpr_`."""
    parts, position = [], 0
    for start, end, kind in masks(text):
        parts += [text[position:start], f" _{kind}_ "]
        position = end
    return "".join([*parts, text[position:]])


def _addresses(text: str) -> Iterator[Span]:
    """Mail addresses, found from their @, so that a long local part costs no more than its length."""
    last = 0
    for match in _DOMAIN.finditer(text):
        local = _local_start(text, last, match.start())
        if local < match.start():
            yield local, match.end(), "email"
        last = match.end()


def _local_start(text: str, last: int, at: int) -> int:
    """Where the local part of an address begins, looking back from its @ and never past the address before."""
    start = at
    while start > last and not text[start - 1].isspace() and text[start - 1] not in '@<>()[]\\,;:"|':
        start -= 1
    return start


def _numbers(text: str) -> Iterator[Span]:
    """CPR numbers and phones, looked for only where a run of digits and separators is long enough to be one."""
    for run in _RUN.finditer(text):
        # Two characters more, since what follows a number decides whether it is one.
        end = min(len(text), run.end() + 2)
        for pattern, kind in ((_CPR, "cpr"), (_PHONE, "phone")):
            yield from ((m.start(), m.end(), kind) for m in pattern.finditer(text, run.start(), end))


def _shapes(pattern: re.Pattern[str], kind: str, text: str) -> Iterator[Span]:
    return ((m.start(), m.end(), kind) for m in pattern.finditer(text))


def _apart(found: list[Span]) -> list[Span]:
    """Without overlaps: where two spans meet, both are one, named by the one that was found first."""
    merged: list[Span] = []
    for start, end, kind in sorted(found, key=lambda span: span[0]):
        if merged and start < merged[-1][1]:
            begin, until, first = merged[-1]
            merged[-1] = (begin, max(until, end), first)
        else:
            merged.append((start, end, kind))
    return merged
