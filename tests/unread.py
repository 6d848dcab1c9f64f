"""Write a mail that nobody can read."""

from email.message import EmailMessage
from email.policy import SMTP

from tests.connectors.enclosed import enveloped, forwarded, locked_zip, signed, winmail, wrapped
from tests.town import SHARED, mail

SUBJECT = "Træet i parken er væltet"


def only(content: bytes, kind: str, name: str, text: str = "") -> bytes:
    raw = wrapped(content, kind, name, text)
    return raw.replace(b"Subject: Klage", f"Subject: =?utf-8?q?{SUBJECT.replace(' ', '_')}?=".encode())


def picture(text: str) -> bytes:
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"], message["Subject"] = "p@borger.example.org", SHARED, SUBJECT
    message.set_content(text, subtype="html")
    return message.as_bytes()


UNREAD = {
    "encrypted": lambda: only(enveloped(), "application/pkcs7-mime", "smime.p7m"),
    "encrypted beside a greeting": lambda: only(enveloped(), "application/pkcs7-mime", "smime.p7m", "Hej, se her.\n\nMvh Bo"),
    "damaged": lambda: only(signed(b"x: y\r\n\r\nz")[:40], "application/pkcs7-mime", "smime.p7m"),
    "winmail": lambda: only(winmail(), "application/ms-tnef", "winmail.dat"),
    "pgp": lambda: mail(SUBJECT, "-----BEGIN PGP MESSAGE-----\n\nhQEMA\n-----END PGP MESSAGE-----"),
    "locked": lambda: only(locked_zip(), "application/zip", "klage.zip", "Se vedhæftede.\n\nVenlig hilsen\nBo"),
    "pdf": lambda: only(b"%PDF-1", "application/pdf", "klage.pdf", "Sendt fra min iPhone"),
    "photo": lambda: only(b"\x89PNG", "image/png", "billede.png"),
    "picture in a page": lambda: picture('<p><img src="https://town.example.org/brev.png"></p>'),
    "encrypted within a mail": lambda: forwarded(wrapped(enveloped(), "application/pkcs7-mime")),
}  # fmt: skip
