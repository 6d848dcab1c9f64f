"""What a stranger writes is walked through by patterns: twice as much may cost about twice the time, never its square."""

import time
from collections.abc import Callable

import pytest

from app.domain import bounces, forwarded, matters, recognition
from app.domain.absence_notes import REPLY, absence_note
from tests.app.domain.parts import Part

STEPS = 4
"""So many times as long a mail: a linear pattern takes about four times as long, a quadratic one sixteen times."""
MOST = 8
Read = Callable[[str], object]


def returned(text: str) -> object:
    return bounces.read({}, "", "", [Part("text/rfc822-headers", text.encode())])


def status(text: str) -> object:
    return bounces.read({}, "", "", [Part("message/delivery-status", text.encode())])


def own_words(text: str) -> object:
    return bounces.delivery({"return-path": "<>"}, "x", "mailer-daemon@x.example.org", text)


def claimed(text: str) -> object:
    return recognition.claimed_message_id(text.encode())


HOSTILE: dict[str, tuple[Read, str, str, int]] = {
    "a returned mail's id, blanks behind it": (returned, "message-id:", "\n", 4_000),
    "a returned mail's id, spaces behind a bracket": (returned, "message-id: <", " ", 4_000),
    "many ids": (returned, "", "message-id:", 400),
    "an id without an end": (returned, "message-id:", "a", 4_000),
    "a recipient of blanks": (status, "Final-Recipient:", " ", 4_000),
    "a recipient and blanks": (status, "Final-Recipient: rfc822; a", " ", 4_000),
    "a recipient of letters and blanks": (status, "Final-Recipient: a", " a", 2_000),
    "an action of blanks": (status, "Action:", " ", 4_000),
    "own words of dashes": (own_words, "", "-", 4_000),
    "own words of dashes and blanks": (own_words, "", "- ", 2_000),
    "own words of addresses": (own_words, "", "a@", 2_000),
    "own words that nearly fail": (own_words, "", "was not successfully ", 200),
    "the id of a mail not read yet, blanks": (claimed, "Message-ID:", " ", 12_000),
    "the id of a mail not read yet, tabs": (claimed, "Message-ID:", "\t", 12_000),
    "the id of a mail not read yet, a bracket": (claimed, "Message-ID: <", " ", 12_000),
    "a mail sent on, blanks behind a name": (forwarded.writers, "Fra", " ", 20_000),
    "a mail sent on, stars behind a name": (forwarded.writers, "Fra", "* ", 10_000),
    "a mail sent on, an address without end": (forwarded.writers, "Sendt: x\nTil: y\nFra: [", "a@", 10_000),
    "a mail sent on, brackets": (forwarded.writers, "Fra: [", "[", 20_000),
    "a subject of blanks": (recognition.bare_subject, "SV", " ", 2_000),
    "a subject of marks": (recognition.bare_subject, "", "SV ", 700),
    "an answer's subject": (REPLY.match, "SV", " ", 2_000),
    "a subject of numbers": (recognition.case_numbers, "", "2026-", 2_000),
    "an absence of blanks": (lambda text: absence_note("", text, answers=True), "ferie. ", " ", 4_000),
    "an absence of lines": (lambda text: absence_note("", text, answers=True), "", "skrev: ", 1_000),
    "items of a list": (lambda text: matters._ITEM.sub("", text, count=1), "x", " ", 4_000),
}


def seconds(read: Read, text: str) -> float:
    """The processor's own time, the least of several: what else the machine does is not in it."""
    taken = []
    for _ in range(5):
        begun = time.process_time()
        read(text)
        taken.append(time.process_time() - begun)
    return min(taken)


@pytest.mark.parametrize("what", HOSTILE)
def test_a_longer_mail_costs_no_more_than_its_length(what: str) -> None:
    read, start, again, times = HOSTILE[what]
    short, long = (seconds(read, start + again * n + "!") for n in (times, STEPS * times))
    # Below a millisecond the clock's own steps are what is measured, and nothing has grown.
    assert long < 0.001 or long <= MOST * short


MANY = {
    "returned mails": ("text/rfc822-headers", b"message-id: <a@b.example.org>\n" * 600),
    "reports": ("message/delivery-status", b"Final-Recipient: rfc822; a@b.example.org\n" * 400),
}


@pytest.mark.parametrize("kind", MANY)
def test_of_many_parts_no_more_is_read_than_of_some(kind: str) -> None:
    content_type, content = MANY[kind]
    some, many = ([Part(content_type, content)] * n for n in (bounces.PARTS, 1_000))
    assert bounces.read({}, "", "", many) == bounces.read({}, "", "", some)
