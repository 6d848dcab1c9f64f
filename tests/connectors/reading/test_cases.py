"""The small mails after public bug reports, as far as reading them goes; each number is a kind of fault."""

import pytest

from connectors.mail.message import ParsedMail
from connectors.mail.reading.mime import parse
from tests.shared import CASES

WASTE = "Skraldespanden på Påfundsvej 3 er ikke tømt i tre uger, og rotterne har fundet den"
BOOM = "Bommen ved genbrugspladsen er påkørt og spærrer for indkørslen."


def case(name: str) -> ParsedMail:
    path = CASES / f"{name}.eml"
    if not path.exists():
        pytest.skip(f"{path.name} is not beside this checkout")
    return parse(path.read_bytes())


@pytest.mark.parametrize(("name", "text"), [
    ("05-encoding-blank", f"{WASTE}."),
    ("05b-encoding-semicolon", f"{WASTE}, så nu må I komme."),
    ("05c-encoding-attachment", "Her er skemaet."),
    ("07-meta-charset", "Добрий день! У підвалі нашого будинку стоїть вода вже третій день. Допоможіть, будь ласка."),
    ("08-blank-in-encoded-word", "Kom og se."),
    ("09-raw-file-name", "Se bilag."),
    ("10-named-body", BOOM),
    ("10b-named-html-body", BOOM),
    ("11-invitation-in-mixed", "Du er inviteret til: Beboermøde"),
    ("23-uuencode", "Hermed min klage over støj fra byggepladsen."),
])  # fmt: skip
def test_words(name: str, text: str) -> None:
    assert case(name).text == text


@pytest.mark.parametrize(("name", "files"), [
    ("05c-encoding-attachment", {"skema.pdf": b"%PDF-1.4 opdigtet"}),
    ("09-raw-file-name", {"Ansøgning på æblehave.pdf": b"%PDF-1.4 opdigtet", "Tilladelse på Ærø.pdf": b"%PDF-1.4 opdigtet to"}),
    ("10-named-body", {}),
    ("10b-named-html-body", {"bom.png": b"hej"}),
    ("23-uuencode", {"klage over støj.pdf": b"%PDF-1.4 opdigtet " * 12}),
])  # fmt: skip
def test_files(name: str, files: dict[str, bytes]) -> None:
    assert {each.filename: each.content for each in case(name).attachments} == files


def test_subject_and_sender_with_blanks_in_encoded_words() -> None:
    mail = case("08-blank-in-encoded-word")
    assert mail.subject == "Hul i vejen på Opdigtvej, meget farligt for børn"
    assert mail.sender_name == "Jørgen Fiktiv"


def test_the_page_is_read_where_the_plain_part_says_nothing() -> None:
    mail = case("14-stub-plain-part")
    assert mail.text.startswith("Fortovet på Prøvegade er knækket")
    assert "understøtter ikke HTML" not in mail.text


def test_the_kinds_of_an_invitation() -> None:
    assert [each.content_type for each in case("11-invitation-in-mixed").attachments] == [
        "text/calendar",
        "application/ics",
    ]
