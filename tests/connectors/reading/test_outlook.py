"""A mail in Outlook's own form becomes an ordinary one; a hostile file costs nothing but itself."""

import email
import random
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from typing import Any, cast

import pytest

from connectors.mail.reading import outlook
from connectors.mail.reading.limits import MailUnreadable
from connectors.mail.reading.mime import parse
from connectors.mail.reading.parser import MailParser
from tests.connectors.outlook import FREE, Message, compound

SENT = datetime(2026, 11, 30, 9, 15, tzinfo=UTC)
TEXTS = {
    0x0037: "SV: Træ [2026-000123]",
    0x1000: "Kære borger\r\n\r\nVi kommer på torsdag.",
    0x0042: "Parkafdelingen, Ærø",
    0x5D02: "park@town.example.org",
    0x1035: "<outlook-1@town.example.org>",
    0x1042: "<a@borger.example.org>",
}
PEOPLE = [
    (1, "Bo Borger", "bo@borger.example.org"),
    (2, "Post", "tmf@town.example.org"),
    (3, "Chef", "chef@town.example.org"),
]


def read(message: Message) -> EmailMessage:
    raw = outlook.mail_of(message.written())
    return cast(EmailMessage, email.message_from_bytes(raw, policy=policy.default))


def answer(**more: Any) -> Message:
    return Message(texts=TEXTS, sent=SENT, people=PEOPLE, **more)


def test_what_outlook_knows_stands_in_the_mail() -> None:
    raw = outlook.mail_of(answer(files=[("tegning æ.png", b"\x89PNG" * 2000), ("note.txt", b"x")]).written())
    mail = parse(raw)
    assert (mail.subject, mail.sender_name, mail.sender_address) == (TEXTS[0x0037], TEXTS[0x0042], TEXTS[0x5D02])
    assert (mail.recipients, mail.copied) == (
        ("bo@borger.example.org", "tmf@town.example.org"),
        ("tmf@town.example.org",),
    )
    assert (mail.message_id, mail.in_reply_to) == (TEXTS[0x1035], TEXTS[0x1042])
    assert "Vi kommer på torsdag." in mail.text
    assert [(each.filename, len(each.content)) for each in mail.attachments] == [
        ("tegning æ.png", 8000),
        ("note.txt", 1),
    ]
    assert email.message_from_bytes(raw)["Date"] == "Mon, 30 Nov 2026 09:15:00 +0000"
    assert b"chef@" not in raw, "who got a blind copy stays unsaid"
    assert all(len(line) <= 998 for line in raw.split(b"\r\n"))


def test_the_headers_that_it_came_with_go_before() -> None:
    came = (
        "Received: from a by b\r\n\twith c\r\nFrom: Anna <anna@town.example.org>\r\nAuto-Submitted: auto-replied\r\n"
        "Content-Type: text/html; boundary=x\r\nMIME-Version: 1.0\r\nTo: bo@borger.example.org\r\n\r\nBcc: body@x.example"
    )
    found = read(Message(texts=TEXTS | {0x007D: came}, sent=SENT, people=PEOPLE))
    assert found["From"] == "Anna <anna@town.example.org>"
    assert (found["Auto-Submitted"], found["To"]) == ("auto-replied", "bo@borger.example.org")
    assert found.get_content_type() == "multipart/mixed"
    assert found["Subject"] == TEXTS[0x0037], "what they lack is taken from elsewhere"
    assert found["Bcc"] is None


def test_no_text_of_it_becomes_a_header() -> None:
    broken = {
        0x0037: "Hej\r\nBcc: x@evil.example",
        0x0042: "A\r\nReply-To: x@evil.example",
        0x1035: "<a@b>\r\nX-Sluse: 1",
    }
    found = read(Message(texts=TEXTS | broken, people=PEOPLE, sent=SENT))
    assert (found["Bcc"], found["Reply-To"], found["X-Sluse"]) == (None, None, None)


def test_a_page_rich_text_and_a_mail_within() -> None:
    page = "<p>Kære <b>borger</b></p>".encode("cp1252")
    rich = b"\x2d\0\0\0\x1b\0\0\0MELA\0\0\0\0{\\rtf1 Hej med dig}"
    inner = Message(texts={0x0037: "Indeni", 0x1000: "Den første mail"}, sent=SENT)
    mail = parse(outlook.mail_of(answer(binaries={0x1013: page}, files=[("Indeni.msg", inner)]).written()))
    assert "borger" in (mail.html or "")
    assert [each.subject for each in mail.enclosed] == ["Indeni"]
    texts = {number: text for number, text in TEXTS.items() if number != 0x1000}
    bare = parse(outlook.mail_of(Message(texts=texts, binaries={0x1009: rich}, people=PEOPLE).written()))
    assert "Hej med dig" in bare.text
    assert [each.filename for each in bare.attachments] == ["tekst.rtf"]


def nested(depth: int) -> Message:
    return Message(texts={0x0037: str(depth)}, files=[("x.msg", nested(depth - 1))] if depth else ())


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (compound({"WordDocument": b"x" * 5000}), "not_a_message"),
        (nested(outlook.DEEPEST + 1).written(), "too_deep"),
        (answer(files=[("x", b"")] * (outlook.MOST_FILES + 1)).written(), "too_many_parts"),
        (answer().written()[:700], "damaged"),
        (outlook.MAGIC, "damaged"),
    ],
)
def test_what_is_none_or_too_much_is_refused(content: bytes, reason: str) -> None:
    with pytest.raises(MailUnreadable) as raised:
        outlook.mail_of(content)
    assert raised.value.reason == reason


def test_streams_that_lie_over_each_other_are_no_way_to_fill_the_memory() -> None:
    message = answer(files=[(f"{number}.bin", b"x" * 30_000) for number in range(4)])
    with pytest.raises(MailUnreadable, match="too_large"), outlook.olefile.OleFileIO(message.written()) as ole:
        outlook._File(ole, left=100_000).mail(())


def test_cycles_and_noise_come_to_an_end(parser: MailParser) -> None:
    """Entries that are their own neighbours, chains that lead back, and bytes turned over at random."""
    whole = answer(files=[("x.bin", b"x" * 9000)]).written()
    chance = random.Random(14)
    cases = [bytearray(whole) for _ in range(60)]
    for number, case in enumerate(cases):
        for _ in range(1 + number % 7):
            place = chance.randrange(48, len(case))
            case[place] = chance.choice((0, 1, 2, 255, chance.randrange(256)))
    directory = whole.index("Root Entry".encode("utf-16-le"))
    for pointer in (68, 72, 76):
        looped = bytearray(whole)
        looped[directory + 128 + pointer : directory + 128 + pointer + 4] = (1).to_bytes(4, "little")
        cases.append(looped)
    table = bytearray(whole)
    table[-512:] = b"".join((number % 3).to_bytes(4, "little") for number in range(128))
    cases += [table, bytearray(whole.replace(FREE.to_bytes(4, "little"), bytes(4)))]
    reasons = set()
    for case in cases:
        try:
            parser.mail_of_outlook(bytes(case))
        except MailUnreadable as refusal:
            reasons.add(refusal.reason)
    assert reasons <= {"damaged", "not_a_message", "too_large", "timeout", "memory"}
