"""Transfer encodings with strange names, and damaged base64, quoted-printable and uuencode."""

import base64
import binascii

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.mail.message import ParsedMail
from connectors.mail.reading import transfer
from connectors.mail.reading.mime import parse
from connectors.mail.reading.notes import Repair, Unread

TEXT = "Rotterne på Påfundsvej har fundet den, så nu må I komme og tømme den straks.\n"
CODED = base64.encodebytes(TEXT.encode() * 2)
FOOTER = "_______________\nListen om skrald\nhttps://example.org/liste"
QUOTED = binascii.b2a_qp(TEXT.encode())
PDF = b"%PDF-1.4 " + bytes(range(200))


def text_mail(encoding: str, body: bytes, *, kind: str = "text/plain; charset=utf-8") -> ParsedMail:
    return parse(f"Subject: x\r\nContent-Type: {kind}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n".encode() + body)


def file_mail(encoding: str, body: bytes) -> bytes:
    head = f"Content-Type: application/pdf; name=a.pdf\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n".encode()
    (attachment,) = parse(
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nx\r\n--b\r\n" + head + body + b"\r\n--b--\r\n"
    ).attachments
    return attachment.content


@pytest.mark.parametrize(
    "name",
    [
        "base64 ",
        " base64\t",
        "base64;",
        "BASE64 (RFC 2045)",
        "(encoded) base64",
        '"base64"',
        "x-base64",
        "base-64",
        "base64, 8bit",
        "base64\r\n ",
        "B64",
    ],
)
def test_base64_by_any_name(name: str) -> None:
    assert text_mail(name, CODED).text == (TEXT * 2).strip()
    assert file_mail(name, base64.encodebytes(PDF)) == PDF


@pytest.mark.parametrize(
    "name",
    [
        "quoted-printable ",
        "quoted-printable;",
        "Quoted-Printable (see RFC 2045)",
        "quoted_printable",
        "quoted printable",
        "quotedprintable",
        "'quoted-printable'",
        "x-quoted-printable",
        "quoted-printible",
        "qp",
    ],
)
def test_quoted_printable_by_any_name(name: str) -> None:
    mail = text_mail(name, QUOTED)
    assert mail.text == TEXT.strip()
    assert (Repair.ENCODING in mail.repairs) == (name.strip() != "quoted-printable")


@pytest.mark.parametrize(
    "name", ["7-bit", "8-bit", "8bits", "utf-8", "none", "plain", "=?utf-8?q?8bit?=", "8bit; charset=utf-8"]
)
def test_text_is_text_in_whatever_it_calls_itself(name: str) -> None:
    mail = text_mail(name, TEXT.encode())
    assert mail.text == TEXT.strip()
    assert Repair.ENCODING in mail.repairs
    assert mail.unread == ()


@pytest.mark.parametrize("name", ["", "7bit", "8bit", "binary", "x-unknown", "base-sixty-four"])
def test_base64_that_says_nothing_of_itself(name: str) -> None:
    mail = text_mail(name, CODED)
    assert mail.text == (TEXT * 2).strip()
    assert Repair.ENCODING in mail.repairs
    assert file_mail(name, base64.encodebytes(PDF)) == PDF


@pytest.mark.parametrize(
    "text",
    [
        "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
        "0123456789012345678901234567890123456789",
        "Fødselsdag",
        "abcdefghijklmnopqrstuvwxyzabcdefghijklmnop\nabcd efgh",
    ],
)
def test_words_that_look_like_base64_are_left_alone(text: str) -> None:
    assert text_mail("8bit", text.encode()).text == text


def test_an_encoding_that_nobody_knows_shows_no_letters_as_words() -> None:
    mail = text_mail("x-gzip64", base64.encodebytes(b"\x1f\x8b\x08" + bytes(range(256))))
    assert mail.text == ""
    assert mail.unread == (Unread.ENCODING,)
    assert len(mail.attachments) == 1


PIECES = base64.b64encode(TEXT.encode()[:31]) + b"\r\n" + base64.b64encode(TEXT.encode()[31:])


@pytest.mark.parametrize(
    ("body", "wanted", "unread"),
    [
        (PIECES, TEXT, ()),
        (PIECES.replace(b"\r\n", b""), TEXT, ()),
        (b"\r\n\r\n" + CODED.replace(b"\n", b"\r\n\r\n"), TEXT * 2, ()),
        (b" ".join(CODED[n : n + 5] for n in range(0, len(CODED), 5)), TEXT * 2, ()),
        (CODED.replace(b"d", b"d*!\x00", 4), TEXT * 2, ()),
        (CODED.replace(b"\n", b" \n"), TEXT * 2, ()),
        (CODED.rstrip(b"=\n"), TEXT * 2, ()),
        (CODED[:73], TEXT.encode()[:54].decode(), (Unread.CUT,)),
        (CODED + f"\n{FOOTER}\n".encode(), TEXT * 2 + FOOTER, ()),
        (base64.urlsafe_b64encode(("ø?>~" * 30).encode()), "ø?>~" * 30, ()),
        (CODED.rstrip() + b"\n==\n", TEXT * 2, ()),
        (b"=" + CODED, TEXT * 2, ()),
    ],
)
def test_damaged_base64(body: bytes, wanted: str, unread: tuple[Unread, ...]) -> None:
    mail = text_mail("base64", body)
    assert mail.text.split() == wanted.split()
    assert mail.unread == unread


@given(st.binary(max_size=300), st.integers(0, 7), st.sampled_from([b"", b"\n", b" ", b"*", b"\x00", b"~\r\n"]))
def test_base64_of_any_length_gives_every_whole_byte(content: bytes, cut: int, junk: bytes) -> None:
    coded = base64.b64encode(content).rstrip(b"=")
    kept = coded[: max(0, len(coded) - cut)]
    whole = content[: len(kept) * 6 // 8]
    spoilt = junk.join(kept[n : n + 7] for n in range(0, len(kept), 7))
    assert transfer.from_base64(spoilt) == whole


@given(st.lists(st.binary(min_size=1, max_size=40), max_size=5))
def test_base64_in_pieces_is_all_of_them(pieces: list[bytes]) -> None:
    assert transfer.from_base64(b"".join(map(base64.b64encode, pieces))) == b"".join(pieces)


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"100 % = alt, p=C3=A5 =ZZ og =", "100 % = alt, på =ZZ og"),
        (b"lang linje= \r\n forts=C3=A6ttes", "lang linje fortsættes"),
        (b"lille =c3=a6 og =C3=A6", "lille æ og æ"),
        (b"=========\r\nunder stregen", "=========\r\nunder stregen".replace("\r", "")),
        (b"a=3D=\r\nb =3", "a=b =3"),
        ("rå ø og =C3=B8".encode(), "rå ø og ø"),
    ],
)
def test_bad_quoted_printable(body: bytes, text: str) -> None:
    assert text_mail("quoted-printable", body).text == text


def uu(name: str, content: bytes, *, end: bool = True, charset: str = "utf-8") -> bytes:
    lines = b"".join(binascii.b2a_uu(content[n : n + 45]) for n in range(0, len(content), 45))
    return f"begin 644 {name}\n".encode(charset) + lines + (b"`\nend\n" if end else b"")


def uu_mail(body: bytes, head: bytes = b"") -> ParsedMail:
    return parse(b"Subject: x\n" + head + b"\n" + body)


@pytest.mark.parametrize("name", ["klage over støj.pdf", "a.gif", "uden endelse", "b æ ø å .doc"])
@pytest.mark.parametrize("charset", ["utf-8", "cp1252"])
def test_a_file_in_the_text_is_a_file(name: str, charset: str) -> None:
    mail = uu_mail("Før støj\n\n".encode(charset) + uu(name, PDF, charset=charset) + "\nefter støj\n".encode(charset))
    assert mail.text.split() == ["Før", "støj", "efter", "støj"]
    assert [(each.filename, each.content) for each in mail.attachments] == [(name, PDF)]
    assert Repair.UUENCODE in mail.repairs


@pytest.mark.parametrize(
    ("body", "files", "text", "unread"),
    [
        (b"a\n" + uu("1.bin", PDF) + b"b\n" + uu("2.bin", PDF[:44]) + b"c", [PDF, PDF[:44]], "a\nb\nc", ()),
        (b"a\n" + uu("1.bin", PDF, end=False), [PDF], "a", (Unread.CUT,)),
        (b"a\n" + uu("1.bin", PDF)[:100], [PDF[:45]], None, (Unread.CUT,)),
        (uu("1.bin", PDF).replace(b"\n", b"\r\n"), [PDF], "", ()),
        (uu("1.bin", PDF).replace(b"`", b" ").replace(b" \n", b"\n"), [PDF], "", ()),
        (b"begin-base64 644 1.bin\n" + base64.encodebytes(PDF) + b"====\n", [PDF], "", ()),
        (uu("", PDF).replace(b"begin 644 ", b"begin 644"), [PDF], "", ()),
        (uu("tom.bin", b""), [], None, ()),
    ],
)
def test_several_files_cut_ones_and_other_frames(
    body: bytes, files: list[bytes], text: str | None, unread: tuple[Unread, ...]
) -> None:
    mail = uu_mail(body)
    assert [each.content for each in mail.attachments] == files
    assert text is None or mail.text == text
    assert mail.unread == unread


@pytest.mark.parametrize(
    "text", ["begin 644 ord og ikke en fil\nSå er der intet", "begin 10 minutter før\nslut", "Vi begin 644 a.b\nM"]
)
def test_words_are_no_file(text: str) -> None:
    mail = uu_mail(text.encode())
    assert (mail.text, mail.attachments) == (text, ())


@pytest.mark.parametrize("name", ["x-uuencode", "uuencode", "x-uue", "X-UUE ", "uuencode (old)"])
def test_uuencode_as_transfer_encoding(name: str) -> None:
    assert file_mail(name, uu("a.pdf", PDF)) == PDF
    assert file_mail(name, uu("a.pdf", PDF).split(b"\n", 1)[1].rpartition(b"end")[0]) == PDF
