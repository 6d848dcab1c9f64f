"""Write mails as a web form sends them."""

from tests.town import SHARED

FORM = "Hjemmesiden <ingen-svar@formular.example.org>"
BO = "Bo Påfund <bo@borger.example.org>"
FIELDS = {
    "name": "Hjemmesiden", "senders": "formular.example.org", "mailbox": "", "address_labels": "E-mail*\nMailadresse",
    "name_labels": "Navn", "confirmed": False,
}  # fmt: skip


def raw(head: str, text: str = "Træet er ved at vælte.", subject: str = "Træet") -> bytes:
    """A mail with its own headers, byte for byte."""
    return (
        f"{head}\r\nTo: {SHARED}\r\nSubject: {subject}\r\nMIME-Version: 1.0\r\n"
        f"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{text}\r\n"
    ).encode()
