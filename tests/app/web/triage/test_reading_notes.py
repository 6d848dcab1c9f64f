"""What was mended while a mail was read, and what stayed unread, is said on its pages in small print."""

import pytest

from app import database
from app.domain.access import Role
from app.models.enquiry import Attachment
from app.web.platform import display_names
from connectors.mail.reading.notes import Repair, Unread
from tests.app.web.conftest import SignIn
from tests.town import Town, mail

MENDED = (
    b"From: Ib <ib@borger.example.org>\r\nSubject: Skraldet\r\nMessage-ID: <mended@borger.example.org>\r\n"
    b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: x-base64\r\n\r\n"
    b"U2tyYWxkZXNwYW5kZW4gcMOlIFDDpWZ1bmRzdmVqIDMgZXIgaWtrZSB0w7htdC4K\r\nU2tyYWxk4\r\n"
)


def test_both_pages_say_it(town: Town, sign_in: SignIn) -> None:
    (enquiry,) = town.receive(MENDED)
    row = town.enquiry(enquiry)
    assert (row.repairs, row.unread) == ([Repair.ENCODING, Repair.BASE64], [Unread.CUT])
    visitator = sign_in(Role.VISITATOR)
    for page in (f"/henvendelser/{enquiry}", f"/visitering/{enquiry}"):
        shown = " ".join(visitator.get(page).text.split())
        assert "Rettet, da mailen blev læst: kodningens navn var skrevet forkert; der var fejl i kodningen" in shown
        assert "Kunne ikke læses: slutningen af en tekst eller en fil, som er afbrudt undervejs." in shown


def test_the_units_page_says_it_too(town: Town, sign_in: SignIn) -> None:
    (enquiry,) = town.receive(MENDED)
    town.decide(enquiry)
    shown = " ".join(sign_in(Role.CASEWORKER).get(f"/enheden/{enquiry}").text.split())
    assert "Kunne ikke læses: slutningen af en tekst eller en fil, som er afbrudt undervejs." in shown


def test_a_mail_as_it_should_be_has_no_small_print(town: Town, sign_in: SignIn) -> None:
    (enquiry,) = town.receive(mail("Træ", "Træet er væltet"))
    assert (town.enquiry(enquiry).repairs, town.enquiry(enquiry).unread) == ([], [])
    assert "da mailen blev læst" not in sign_in(Role.VISITATOR).get(f"/henvendelser/{enquiry}").text


@pytest.mark.parametrize(("codes", "names"), [(Repair, display_names.REPAIRS), (Unread, display_names.UNREAD)])
def test_every_code_has_a_name(codes: type[Repair | Unread], names: dict[str, str]) -> None:
    assert set(codes) == set(names)


FILES = (
    b"From: Ib <ib@borger.example.org>\r\nSubject: Filer\r\nMessage-ID: <files@borger.example.org>\r\n"
    b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nSe bilag\r\n"
    b"--b\r\nContent-Type: text/x-a; name=a.txt\r\n\r\nen\r\n--b\r\nContent-Type: text/x-a; name=b.txt\r\n\r\ntoto\r\n--b--\r\n"
)


@pytest.mark.parametrize(("row", "status", "content"), [
    ({"position": 1}, 200, "toto"),
    ({"position": 0, "filename": "b.txt", "size": 4}, 200, "toto"),
    ({"position": 0, "filename": "b.txt", "size": 99}, 200, "toto"),
    ({"position": 0, "filename": "?.txt", "size": 4}, 200, "toto"),
    ({"position": 1, "filename": "besked.txt", "size": 99}, 404, ""),
])  # fmt: skip
def test_a_file_stored_by_an_older_reader_is_found(
    town: Town, sign_in: SignIn, row: dict[str, object], status: int, content: str
) -> None:
    (enquiry,) = town.receive(FILES)
    with database.write(town.container.engine) as session:
        stored = session.get_one(Attachment, (enquiry, row["position"]))
        for name, value in row.items():
            setattr(stored, name, value)
    answer = sign_in(Role.VISITATOR).get(f"/henvendelser/{enquiry}/bilag/{row['position']}")
    assert answer.status_code == status
    assert status != 200 or answer.text == content
