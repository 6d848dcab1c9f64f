"""Our own mails: the headers we mean and no others, the bytes we were given."""

from email import message_from_bytes, policy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.mail.compose import compose, embeddable, header
from connectors.mail.message import MailAttachment, Outgoing
from connectors.mail.reading.mime import parse

BREAKS = [*map(chr, (*range(0x20), *range(0x7F, 0xA0))), "\u2028", "\u2029", "\r\n", "\r\n\t"]
OURS = {"from", "to", "subject", "message-id", "mime-version", "in-reply-to", "references", "auto-submitted", "x-sluse"}


def outgoing(
    subject: str = "x", filename: str = "a.eml", text: str = "x", in_reply_to: str | None = "<x@y>"
) -> Outgoing:
    files = (MailAttachment(filename, "message/rfc822", b"content"),)
    return Outgoing(
        "<id@town.example.org>", "a@town.example.org", "b@town.example.org", subject, text, files, in_reply_to
    )


def test_our_own_mails_survive_anything() -> None:
    hostile = bytes(range(256)) + b"\r\n.\r\nFrom "
    message = Outgoing(
        "<id@town.example.org>", "a@town.example.org", "b@town.example.org", "Æ\r\nBcc: evil@example.org\0",
        "Hej\nÆØÅ\ud800", (MailAttachment("a\r\nb.eml", "application/octet-stream", hostile),), "<x@y>",
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


@pytest.mark.parametrize("sign", BREAKS, ids=ascii)
def test_a_header_is_one_line(sign: str) -> None:
    """Also where it is used as it is: as a name, an address, or the name of a file."""
    assert header(f"a{sign}b") == "a b"
    assert header(f"{sign}Bcc: evil@example.org{sign}") == "Bcc: evil@example.org"


@pytest.mark.parametrize("subject", [
    "a\r\nBcc: evil@example.org", "a\nBcc: x", "a\rBcc: x", "a\u2028Bcc: x", "a\x85Bcc: x", "a\0Bcc: x",
    "=?utf-8?q?a=0D=0ABcc:_evil=40example.org?=", "VS: =?utf-8?q?a=0D=0A=0D=0Abody?= æ", "=?utf-8?b?DQpCY2M6IHg=?=",
    "æ" * 900, "a" * 900, "=?" * 300, "", " ", "?=", "Æ b Ø",
])  # fmt: skip
def test_no_subject_breaks_out(subject: str) -> None:
    raw = compose(outgoing(subject))
    for reading in (policy.compat32, policy.default):
        mail = message_from_bytes(raw, policy=reading)
        assert {name.lower() for name in mail} == OURS | {"content-type"}
        assert len(mail.get_payload()) == 2
    assert all(len(line) < 998 for line in raw.split(b"\r\n"))
    assert not set(raw.replace(b"\r\n", b"")) & {10, 13}


@given(st.text(max_size=300), st.text(max_size=80), st.text(max_size=300))
@settings(max_examples=200, deadline=None)
def test_any_words(subject: str, filename: str, text: str) -> None:
    raw = compose(outgoing(subject, filename, text))
    mail = message_from_bytes(raw)
    assert {name.lower() for name in mail} == OURS | {"content-type"}
    body, file = mail.get_payload()  # type: ignore[misc]
    assert file.get_payload(decode=True) == b"content"
    assert set(file.keys()) == {"Content-Type", "Content-Transfer-Encoding", "Content-Disposition"}
    assert set(body.keys()) == {"Content-Type", "Content-Transfer-Encoding"}


@given(st.text(st.characters(min_codepoint=32, max_codepoint=0x2FF, exclude_categories=["Cc", "Cs"]), max_size=200))
@settings(max_examples=200, deadline=None)
def test_words_arrive_as_they_were_written(words: str) -> None:
    mail = message_from_bytes(compose(outgoing(words, text=words)), policy=policy.default)
    if "=?" not in words:
        assert mail["Subject"].split() == words.split()
    body = mail.get_payload(0).get_content()  # type: ignore[union-attr]
    assert body.split() == words.split()


@given(st.binary(max_size=3000))
@settings(max_examples=100, deadline=None)
def test_an_attached_original_keeps_its_bytes(content: bytes) -> None:
    raw = compose(with_original(content))
    assert parse(raw).attachments[0].content == (embeddable(content) or content)


def with_original(content: bytes) -> Outgoing:
    files = (MailAttachment("henvendelse.eml", "message/rfc822", content),)
    return Outgoing("<id@x>", "a@x.example.org", "b@x.example.org", "s", "t", files)


@pytest.mark.parametrize(("content", "encoding"), [
    (b"Subject: Inde\r\n\r\nHej\r\n", "7bit"),
    (b"Subject: Inde\n\nHej med linjer fra et Maildir\n", "7bit"),
    ("Subject: Inde\r\n\r\nGrødskål på 8 bit\r\n".encode(), "8bit"),
    ("Subject: Inde\r\n\r\nGrødskål".encode("latin-1"), "8bit"),
    (b'Subject: Inde\r\nContent-Type: multipart/mixed; boundary="=_x"\r\n\r\n--=_x\r\n\r\nuden ende', "7bit"),
    (b"Subject: Inde\r\n\r\n--=_\r\n--\r\n.\r\nFrom her\r\n", "7bit"),
    (b"Subject: Inde\r\n\r\n" + b"x" * 998, "7bit"),
])  # fmt: skip
def test_a_forwarded_mail_is_a_mail_that_opens_in_place(content: bytes, encoding: str) -> None:
    raw = compose(with_original(content))
    mail = message_from_bytes(raw)
    _, original = mail.get_payload()  # type: ignore[misc]
    assert original.get_content_type() == "message/rfc822"
    assert original.get_content_disposition() == "inline"
    assert original.get_filename() == "henvendelse.eml"
    assert original["Content-Transfer-Encoding"] == encoding
    assert mail["Content-Transfer-Encoding"] == (None if encoding == "7bit" else "8bit")
    assert original.get_payload(0)["Subject"] == "Inde"
    assert content.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n") in raw
    assert not set(raw.replace(b"\r\n", b"")) & {10, 13}


@pytest.mark.parametrize("content", [
    b"", b"no head at all", b"Subject: x\r\n\r\nnul \0", b"Subject: x\r\n\r\nbare \r return",
    b"Subject: x\r\n\r\n" + b"x" * 999, b"\xff\xfeSubject: x\r\n\r\n", b"\r\nSubject: after a blank line\r\n",
])  # fmt: skip
def test_a_mail_that_would_not_survive_as_it_is_goes_along_as_a_file(content: bytes) -> None:
    _, original = message_from_bytes(compose(with_original(content))).get_payload()  # type: ignore[misc]
    assert original.get_content_type() == "application/octet-stream"
    assert original["Content-Transfer-Encoding"] == "base64"
    assert original.get_payload(decode=True) == content


def test_no_attached_mail_can_end_ours() -> None:
    """Whoever gets our forward knows its boundary, and may send it to us."""
    first = compose(with_original(b"Subject: a\r\n\r\na"))
    again = message_from_bytes(compose(with_original(b"Subject: b\r\n\r\n" + first)))
    assert [part.get_content_type() for part in again.get_payload()] == ["text/plain", "message/rfc822"]  # type: ignore[union-attr]


@pytest.mark.parametrize("message_id", ["<[[[[>", "<" + "x" * 800 + "@y>", "<((((>"])
def test_a_strange_mail_can_be_answered(message_id: str) -> None:
    mail = parse(compose(outgoing(in_reply_to=message_id)))
    assert mail.in_reply_to == message_id
    assert mail.references == (message_id,)


def test_what_the_caller_says_comes_first_and_once() -> None:
    said = (("Auto-Submitted", "auto-replied"), ("Date", "Mon, 23 Nov 2026 12:00:00 +0100"), ("Subject", "another"))
    message = Outgoing("<id@x>", "a@x.example.org", "b@x.example.org", "s", "t", headers=said)
    mail = message_from_bytes(compose(message))
    assert mail.get_all("Auto-Submitted") == ["auto-replied"]
    assert mail.get_all("Subject") == ["s"]
    assert mail["Date"] == "Mon, 23 Nov 2026 12:00:00 +0100"
