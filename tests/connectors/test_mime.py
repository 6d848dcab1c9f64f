"""Hostile and broken mail: read as well as it can be, or refused with a reason; never an exception of another kind."""

import base64
import itertools
import tarfile
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.mail.compose import compose
from connectors.mail.html import sanitise, to_text
from connectors.mail.limits import Limits, MailUnreadable
from connectors.mail.message import Attachment, Outgoing, ParsedMail
from connectors.mail.mime import parse
from connectors.mail.parser import MailParser

SHARED = Path(__file__).parents[2].parent / "shared" / "data" / "mail"


def nested(depth: int, kind: str = "multipart/mixed") -> bytes:
    head = b"From: a@example.org\r\n"
    for n in range(depth):
        head += f'Content-Type: {kind}; boundary="b{n}"\r\n\r\n--b{n}\r\n'.encode()
    return head + b"Content-Type: text/plain\r\n\r\nbottom"


def many_parts(count: int) -> bytes:
    return b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\nx\r\n" * count + b"--b--"


REFUSED = {
    "depth 51": (nested(51), "too_deep"),
    "depth 300": (nested(300), "too_deep"),
    "depth 1000": (nested(1000), "too_deep"),
    "depth 10000": (nested(10_000), "too_deep"),
    "1001 parts": (many_parts(1001), "too_many_parts"),
    "100000 parts": (many_parts(100_000), "too_many_parts"),
    "headers": (b"X: " + b"a" * 300_000 + b"\r\n\r\nx", "headers_too_large"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused_soon_and_with_a_reason(name: str) -> None:
    raw, reason = REFUSED[name]
    started = time.perf_counter()
    with pytest.raises(MailUnreadable) as refusal:
        parse(raw)
    assert refusal.value.reason == reason
    assert time.perf_counter() - started < 3


@pytest.mark.parametrize(("raw", "subject", "text"), [
    (nested(49), "", "bottom"),
    (b"Subject: =?utf-8?q?a=0D=0ABcc:_evil?=\r\n\r\nx", "a Bcc: evil", "x"),
    (b"Subject: =?no-such?q?a=E6?=\r\n\r\nx", "aæ", "x"),
    (b"Subject: \xc3\xa6\xc3\xb8\xc3\xa5\r\n\r\nx", "æøå", "x"),
    (b"Subject: \xe6\xf8\xe5\r\n\r\nx", "æøå", "x"),
    (b"Subject: a\x00b\x1bc\xe2\x80\xaed\r\n\r\nx", "abcd", "x"),
    (b"Content-Type: text/plain; charset=nonsense\r\n\r\n\xe6\xf8\xe5", "", "æøå"),
    (b'Content-Type: text/plain; charset="utf\x00-8"\r\n\r\n\xc3\xa6', "", "æ"),
    (b"Content-Type: text/plain; charset=utf-7\r\n\r\n+ADw-script+AD4-", "", "+ADw-script+AD4-"),
    (b"Content-Type: text/plain; charset=utf-16\r\nContent-Transfer-Encoding: base64\r\n\r\n//4=", "", ""),
    (b"Content-Type: multipart/mixed\r\n\r\nno boundary", "", "no boundary"),
    (b"Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\nSGVq!!!", "", "Hej"),
    (b"", "", ""),
    (b"\x00" * 100, "", ""),
    (b"Subject: x\r\nFrom: " + b"(" * 5000 + b"\r\n\r\nx", "x", "x"),
    (b"Message-ID: <[[[[>\r\nIn-Reply-To: <\r\nReferences: <a@b> <c@d> rubbish\r\n\r\nx", "", "x"),
    (b"Date: 9999\r\nMIME-Version: banana\r\nContent-Type: ;;;\r\n\r\nx", "", "x"),
])  # fmt: skip
def test_read_as_well_as_can_be(raw: bytes, subject: str, text: str) -> None:
    mail = parse(raw)
    assert mail.subject == subject
    if text:
        assert text in mail.text


@pytest.mark.parametrize("flood", [
    b"Subject: " + b"=?utf-8?q?aaaaa?= " * 14_000,
    b"To: " + b"a@example.org, " * 17_000,
    b"From: " + b"((((" * 60_000,
    b"Content-Type: text/plain; " + b"; ".join(b"x*%d=y" % n for n in range(20_000)),
])  # fmt: skip
def test_floods_cost_little(flood: bytes) -> None:
    started = time.perf_counter()
    parse(flood[:262_000] + b"\r\n\r\nx")
    assert time.perf_counter() - started < 5


@pytest.mark.parametrize(("given_name", "safe"), [
    ('filename="../../etc/passwd"', "passwd"),
    ("filename*=utf-8''..%2F..%2Fetc%2Fpasswd%00.txt", "passwd.txt"),
    ('filename="a\\b\\c.pdf"', "c.pdf"),
    ("filename*=nonsense''%E6.txt", None),
    ('filename="' + "a" * 400 + '.pdf"', None),
    ('filename="=?utf-8?q?=E2=80=AEgnp.exe?="', "gnp.exe"),
])  # fmt: skip
def test_file_names(given_name: str, safe: str | None) -> None:
    (attachment,) = parse(f"Content-Disposition: attachment; {given_name}\r\n\r\nx".encode()).attachments
    assert "/" not in attachment.filename
    assert "\0" not in attachment.filename
    assert 0 < len(attachment.filename) <= 150
    assert safe is None or attachment.filename == safe


def test_parts_find_their_places() -> None:
    inner = b"Subject: inner\r\nMessage-ID: <inner@x>\r\n\r\ninside"
    raw = (
        b"Subject: outer\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
        b"--b\r\nContent-Type: text/html\r\n\r\n<p>Hej <b>du</b></p><div style='display:none'>skjult</div>\r\n"
        b"--b\r\nContent-Type: message/rfc822\r\n\r\n" + inner + b"\r\n"
        b"--b\r\nContent-Type: text/calendar\r\n\r\nBEGIN:VCALENDAR\r\n"
        b"--b\r\nContent-Type: text/plain; name=note.txt\r\n\r\nnote\r\n--b--"
    )
    mail = parse(raw)
    assert (mail.subject, mail.message_id) == ("outer", None)
    assert mail.text == "Hej du"
    assert [a.content_type for a in mail.attachments] == ["message/rfc822", "text/calendar", "text/plain"]
    assert b"inside" in mail.attachments[0].content
    assert mail.attachments[2].filename == "note.txt"


HOSTILE_HTML = [
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<a href='javascript:alert(1)'>x</a>",
    "<a href=' java\nscript:alert(1)'>x</a>", "<svg onload=alert(1)>", "<iframe src=//evil.example.org>",
    "<div style='background:url(//evil.example.org)'>x</div>", "<link rel=stylesheet href=//evil.example.org>",
    "<form action=//evil.example.org><input name=x></form>", "<base href=//evil.example.org>",
    "<meta http-equiv=refresh content='0;url=//evil.example.org'>", "<div hx-get=/log-ud hx-trigger=load>x</div>",
    "<div data-hx-post=/robot/kontakt>x</div>", "<button id=indhold name=cookie>x</button>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>", "<a href='data:text/html,x'>x</a>",
    "<img src='https://evil.example.org/pixel.gif'>", "<video><source onerror=alert(1)>", "<x:script>alert(1)</x:script>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
]  # fmt: skip


@pytest.mark.parametrize("source", HOSTILE_HTML)
def test_sanitised_html_can_do_nothing(source: str) -> None:
    clean = sanitise(source).lower().replace("&lt;img src=x onerror=alert(1)&gt;", "")
    acts = ("script:", "<script", "onerror=", "onload=", "hx-", "style=", "src=", "data:", "id=")
    loads = ("<img", "<svg", "<iframe", "<form", "<base", "<link", "<meta", "<video")
    for word in (*acts, *loads):
        assert word not in clean


BOMBS = ["<div>" * 100_000, "<b>" * 300_000, "<" * 500_000, "<!--" * 100_000, "&" * 500_000, "<p>x" * 1_000_000]


@pytest.mark.parametrize("source", BOMBS, ids=lambda bomb: bomb[:4])
def test_html_bombs_cost_little_text(source: str) -> None:
    started = time.perf_counter()
    to_text(source, Limits().html_bytes)
    assert time.perf_counter() - started < 8


def test_tables_and_letters_survive() -> None:
    assert to_text("<table><tr><td>Adresse</td><td>Ærøvej&nbsp;4</td></tr></table>", 9999).split() == [
        "Adresse",
        "Ærøvej",
        "4",
    ]


@given(st.binary(max_size=2000))
@settings(max_examples=150, deadline=None)
def test_any_bytes(raw: bytes) -> None:
    assert isinstance(parse(raw), ParsedMail)


PIECES = [
    b"Subject: ", b"From: ", b"To: ", b"Content-Type: multipart/mixed; boundary=b", b"Content-Type: text/html; charset=utf-8",
    b"Content-Transfer-Encoding: base64", b"=?utf-8?b?", b"?=", b"\r\n", b"\n\n", b"--b", b"--b--", b"<a@b>", b"\xff\xfe", b"\0",
    b"Content-Disposition: attachment; filename*0*=utf-8''%", b"((", b'"', b"message/rfc822", b"hej",
]  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=40))
@settings(max_examples=400, deadline=None)
def test_mail_like_bytes(pieces: list[bytes]) -> None:
    mail = parse(b"".join(pieces))
    for text in (mail.subject, mail.text, mail.sender_name, *(a.filename for a in mail.attachments)):
        assert "\0" not in text
        text.encode("utf-8")


@pytest.mark.skipif(not SHARED.exists(), reason="the public mail corpora are not beside this checkout")
def test_real_mails_and_parser_corpora() -> None:
    for archive in sorted(SHARED.glob("*.tar.gz")):
        with tarfile.open(archive) as files:
            members = (member for member in files if member.isfile())
            for member in itertools.islice(members, 120):
                extracted = files.extractfile(member)
                assert extracted is not None
                raw = extracted.read()
                try:
                    mail = parse(raw)
                except MailUnreadable as refusal:
                    assert refusal.reason != "broken", member.name  # noqa: PT017 - either outcome is one, this is none
                else:
                    mail.text.encode("utf-8")


def test_our_own_mails_survive_anything() -> None:
    hostile = bytes(range(256)) + b"\r\n.\r\nFrom "
    message = Outgoing(
        "<id@town.example.org>", "a@town.example.org", "b@town.example.org", "Æ\r\nBcc: evil@example.org\0",
        "Hej\nÆØÅ\ud800", (Attachment("a\r\nb.eml", "application/octet-stream", hostile),), "<x@y>",
    )  # fmt: skip
    raw = compose(message)
    assert raw == compose(message)
    mail = parse(raw)
    assert mail.subject == "Æ Bcc: evil@example.org"
    assert mail.recipients == ("b@town.example.org",)
    assert mail.attachments[0].content == hostile
    assert dict(mail.headers)["auto-submitted"] == "auto-generated"
    assert dict(mail.headers)["x-sluse"] == "1"
    assert "auto-submitted" not in dict(parse(compose(message, automatic=False)).headers)


def test_a_hostile_mail_costs_its_child_only() -> None:
    html = b"Content-Type: text/html\r\n\r\n" + b"<div>" * 100_000
    with MailParser(workers=2, seconds=5) as parser:
        results = parser.parse_many([b"Subject: 1\r\n\r\nx", nested(1000), html, b"Subject: 2\r\n\r\nx"])
        assert [getattr(r, "subject", None) for r in (results[0], results[3])] == ["1", "2"]
        assert isinstance(results[1], MailUnreadable)
        assert parser.sanitise("<div>" * 300_000).startswith("<pre>&lt;div&gt;")
        assert parser.parse(b"Subject: 3\r\n\r\nx").subject == "3"


def test_time_and_memory_are_bounded() -> None:
    with MailParser(workers=1, seconds=0.001) as parser:
        raw = b"Content-Type: text/html\r\n\r\n" + b"<p>x" * 200_000
        with pytest.raises(MailUnreadable, match="timeout"):
            parser.parse(raw)
    big = b"Content-Transfer-Encoding: base64\r\nContent-Type: a/b\r\n\r\n" + base64.b64encode(bytes(60_000_000))
    with MailParser(workers=1, memory=40_000_000) as parser:
        with pytest.raises(MailUnreadable) as refusal:
            parser.parse(big)
        assert refusal.value.reason in ("memory", "crashed")
        assert parser.parse(b"Subject: next\r\n\r\nx").subject == "next"
