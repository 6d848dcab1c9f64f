"""What wraps a mail is opened, and what stays closed is said: S/MIME, winmail.dat, PGP, mails within mails, passwords."""

import base64
import struct
import time
from pathlib import Path

import pytest
from asn1crypto import core

from connectors.mail.reading.mime import parse
from connectors.mail.reading.notes import Unread
from tests.connectors.enclosed import ENTITY, TEXT, enveloped, forwarded, locked_zip, signed, winmail, wrapped

CASES = Path(__file__).parents[2].parent / "shared" / "data" / "cases"
KEY = "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmQENBFx\n-----END PGP PUBLIC KEY BLOCK-----"
SECRET = "-----BEGIN PGP MESSAGE-----\nVersion: 1\n\nhQEMA\n-----END PGP MESSAGE-----"


def in_pieces(content: bytes) -> bytes:
    """The same with lengths left open and the text in pieces, as programs write that sign while they read."""
    pieces = b"".join(core.OctetString(content[n : n + 20]).dump() for n in range(0, len(content), 20))
    octets = b"\x24\x80" + pieces + b"\0\0"
    info = b"\x30\x80" + core.ObjectIdentifier("1.2.840.113549.1.7.1").dump() + b"\xa0\x80" + octets + b"\0\0\0\0"
    data = b"\x30\x80" + core.Integer(1).dump() + b"\x31\x00" + info + b"\x31\x00\0\0"
    return b"\x30\x80" + core.ObjectIdentifier("1.2.840.113549.1.7.2").dump() + b"\xa0\x80" + data + b"\0\0\0\0"


def thing(name: int, data: bytes, kind: int = 6, level: int = 1) -> bytes:
    return struct.pack("<BHHI", level, name, kind, len(data)) + data + struct.pack("<H", sum(data) & 0xFFFF)


BODY = thing(0x800C, (TEXT + "\0").encode("cp1252"), 2)
SUBJECT = thing(0x8004, b"Klage\0", 1)
FILE = (
    thing(0x9002, b"\0" * 14, level=2)
    + thing(0x8010, "tegning æ.pdf\0".encode(), 1, 2)
    + thing(0x800F, b"%PDF-1", level=2)
)


@pytest.mark.parametrize(
    ("content", "kind", "name"),
    [
        (signed(ENTITY), "application/pkcs7-mime", "smime.p7m"),
        (signed(ENTITY), "application/x-pkcs7-mime", ""),
        (signed(ENTITY), "application/octet-stream", "smime.p7m"),
        (in_pieces(ENTITY), "application/pkcs7-mime", "smime.p7m"),
        (signed(wrapped(signed(ENTITY), "application/pkcs7-mime")), "application/pkcs7-mime", "smime.p7m"),
        (b"-----BEGIN PKCS7-----\n" + base64.encodebytes(signed(ENTITY)) + b"-----END PKCS7-----\n",
         "application/pkcs7-mime", "smime.p7m"),
        (winmail(BODY), "application/ms-tnef", "winmail.dat"),
        (winmail(SUBJECT, BODY), "application/octet-stream", "winmail.dat"),
        (winmail(SUBJECT, BODY), "application/octet-stream", "ATT00001.dat"),
        (winmail(BODY, b"rubbish at the end"), "application/ms-tnef", ""),
        (winmail(BODY, b"\0" * 100_000), "application/ms-tnef", ""),
    ],
)  # fmt: skip
def test_what_is_only_wrapped_is_read(content: bytes, kind: str, name: str) -> None:
    mail = parse(wrapped(content, kind, name))
    assert (mail.text, mail.attachments) == (TEXT, ())
    assert mail.unread in ((), (Unread.SIGNATURE,))


def test_signed_parts_bring_their_own_files_and_say_that_nobody_checked() -> None:
    inner = wrapped(b"%PDF-1", "application/pdf", "tegning.pdf", TEXT)
    mail = parse(wrapped(signed(inner), "application/pkcs7-mime", "smime.p7m"))
    assert (mail.text, mail.subject) == (TEXT, "Klage")
    assert [(each.filename, each.content) for each in mail.attachments] == [("tegning.pdf", b"%PDF-1")]
    assert mail.unread == (Unread.SIGNATURE,)


def test_a_winmail_that_was_cut_is_read_as_far_as_it_goes() -> None:
    mail = parse(wrapped(winmail(BODY)[:40], "application/ms-tnef", "winmail.dat"))
    assert TEXT.startswith(mail.text)
    assert mail.text
    assert mail.unread == (Unread.CUT,)


def test_files_of_a_winmail_are_the_mails() -> None:
    mail = parse(wrapped(winmail(SUBJECT, BODY, FILE), "application/ms-tnef", "winmail.dat"))
    assert mail.text == TEXT
    assert [(each.filename, each.content_type, each.content) for each in mail.attachments] == [
        ("tegning æ.pdf", "application/pdf", b"%PDF-1")
    ]


@pytest.mark.parametrize(
    ("content", "kind", "name", "code"),
    [
        (enveloped(), "application/pkcs7-mime", "smime.p7m", Unread.ENCRYPTED),
        (
            signed(wrapped(enveloped(), "application/pkcs7-mime")),
            "application/pkcs7-mime",
            "smime.p7m",
            Unread.ENCRYPTED,
        ),
        (signed(ENTITY)[:60], "application/pkcs7-mime", "smime.p7m", Unread.DAMAGED),
        (b"\x30\x80" * 50_000, "application/pkcs7-mime", "smime.p7m", Unread.DAMAGED),
        (b"", "application/pkcs7-mime", "smime.p7m", Unread.DAMAGED),
        (winmail(), "application/ms-tnef", "winmail.dat", Unread.DAMAGED),
        (winmail(BODY)[:12], "application/ms-tnef", "winmail.dat", Unread.DAMAGED),
        (b"not at all", "application/ms-tnef", "winmail.dat", Unread.DAMAGED),
    ],
)
def test_what_stays_closed_is_said_and_kept(content: bytes, kind: str, name: str, code: Unread) -> None:
    mail = parse(wrapped(content, kind, name))
    assert mail.text == ""
    assert code in mail.unread
    assert [each.content for each in mail.attachments][-1:] == [content] or code is Unread.ENCRYPTED


@pytest.mark.parametrize("content", [signed(None), signed(b"<invoice/>")])
def test_certificates_and_signed_files_are_files(content: bytes) -> None:
    mail = parse(wrapped(content, "application/pkcs7-mime", "faktura.xml.p7m", TEXT))
    assert mail.text == TEXT
    assert [each.filename for each in mail.attachments] == ["faktura.xml.p7m"]


@pytest.mark.parametrize(
    ("text", "read", "unread"),
    [
        (f"-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n{TEXT}\n- --\nBo\n-----BEGIN PGP SIGNATURE-----\n\niQEz\n"
         "-----END PGP SIGNATURE-----", f"{TEXT}\n--\nBo", (Unread.SIGNATURE,)),
        (f"{TEXT}\n\n{KEY}", TEXT, ()),
        (SECRET, "", (Unread.ENCRYPTED,)),
        (f"Hej\n\n{SECRET}\n\nMvh Bo", "Hej\n\n\nMvh Bo", (Unread.ENCRYPTED,)),
        (f"{TEXT}\n> {SECRET}", f"{TEXT}\n> -----BEGIN PGP MESSAGE-----\nVersion: 1\n\nhQEMA\n-----END PGP MESSAGE-----", ()),
        ("Begyndte I med -----BEGIN PGP eller hvad?", "Begyndte I med -----BEGIN PGP eller hvad?", ()),
        ("-----BEGIN PGP MESSAGE-----\nuden ende", "", (Unread.ENCRYPTED,)),
    ],
)  # fmt: skip
def test_armour_is_no_text(text: str, read: str, unread: tuple[Unread, ...]) -> None:
    mail = parse(f"From: a@example.org\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{text}".encode())
    assert (mail.text, mail.unread) == (read, unread)


def test_pgp_mime_is_said_to_be_encrypted() -> None:
    raw = (
        b'From: a@example.org\r\nContent-Type: multipart/encrypted; protocol="application/pgp-encrypted"; boundary=b\r\n\r\n'
        b"--b\r\nContent-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n\r\n"
        b"--b\r\nContent-Type: application/octet-stream\r\n\r\n" + SECRET.encode() + b"\r\n--b--\r\n"
    )
    mail = parse(raw)
    assert (mail.text, mail.unread) == ("", (Unread.ENCRYPTED,))


@pytest.mark.parametrize(
    ("content", "locked"),
    [
        (locked_zip(), True),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 500 + "EncryptedPackage".encode("utf-16-le"), True),
        (b"%PDF-1.7\n" + b"x" * 9000 + b"\ntrailer\n<< /Encrypt 5 0 R /Root 1 0 R >>\n%%EOF", True),
        (b"%PDF-1.7\ntrailer\n<< /Root 1 0 R >>\n%%EOF", False),
        (b"PK\x03\x04", False),
        (b"", False),
    ],
)
def test_files_with_a_password_are_told(content: bytes, locked: bool) -> None:
    mail = parse(wrapped(content, "application/octet-stream", "klage.bin", TEXT))
    assert mail.unread == ((Unread.LOCKED,) if locked else ())
    assert [each.content for each in mail.attachments] == [content]


INNER = (
    b"From: Ask <ask@borger.example.org>\r\nSubject: Rotter\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
    + "Der er rotter på Opdigtvej.".encode()
)


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (forwarded(INNER), "Emne: Rotter\n\nDer er rotter på Opdigtvej."),
        (forwarded(INNER, text="Kan I tage den?"), "Kan I tage den?\n\nEmne: Rotter\n\nDer er rotter på Opdigtvej."),
        (forwarded(INNER, kind="application/octet-stream", name="Rotter.eml"), "Emne: Rotter\n\nDer er rotter på Opdigtvej."),
        (forwarded(forwarded(INNER)), "Emne: VS: til jer\n\nEmne: Rotter\n\nDer er rotter på Opdigtvej."),
        (b"From: k@town.example.org\r\nContent-Type: message/rfc822\r\n\r\n" + INNER,
         "Emne: Rotter\n\nDer er rotter på Opdigtvej."),
    ],
)  # fmt: skip
def test_words_of_a_mail_within_a_mail_count(raw: bytes, text: str) -> None:
    mail = parse(raw)
    assert mail.text == text
    innermost = mail.enclosed[0].enclosed[0] if mail.enclosed[0].enclosed else mail.enclosed[0]
    assert (innermost.sender_address, innermost.subject) == ("ask@borger.example.org", "Rotter")
    assert len(mail.attachments) == 1, "the mail stays a file, byte for byte"


def test_the_mail_in_a_report_is_not_its_matter() -> None:
    mail = parse(forwarded(INNER, text="Ikke leveret").replace(b"multipart/mixed", b"multipart/report"))
    assert (mail.text, mail.enclosed) == ("Ikke leveret", ())


def test_an_encrypted_mail_within_a_mail_is_said_to_be_unread() -> None:
    assert parse(forwarded(wrapped(enveloped(), "application/pkcs7-mime"))).unread == (Unread.ENCRYPTED,)


def test_mails_within_mails_are_opened_to_a_depth() -> None:
    raw = INNER
    for _ in range(40):
        raw = forwarded(raw)
    started = time.process_time()
    assert parse(raw).text.count("Emne:") == 3
    assert time.process_time() - started < 5


@pytest.mark.parametrize(
    ("case", "text"),
    [
        ("17-signed-opaque", "Jeg klager over afgørelsen om min byggetilladelse på Opdigtvej 9."),
        ("24-winmail-dat", "Vi vil gerne grave på Opdigtvej 5 i uge 50."),
        (
            "25-mail-in-mail",
            "Emne: Rotter i kloakken\n\nDer er rotter i kloakken på Opdigtvej 2, og naboen har små børn.",
        ),
    ],
)
def test_shared_cases_are_read(case: str, text: str) -> None:
    path = CASES / f"{case}.eml"
    if not path.exists():
        pytest.skip("the shared cases are not here")
    assert parse(path.read_bytes()).text == text
