"""Parts of a mail, as rules."""

import pytest

from app.domain import splitting
from app.domain.splitting import MailPart

MAIL = "Hej\n\nHul i vejen\nved nr. 3\n \nOg lygten er gået\n\n\n"


def test_paragraphs_stand_as_they_were_written() -> None:
    assert splitting.paragraphs(MAIL) == ["Hej", "Hul i vejen\nved nr. 3", "Og lygten er gået"]
    assert splitting.paragraphs(" \n\n ") == []


def test_a_mail_is_divided_by_its_sentences_unless_it_has_many() -> None:
    mail = "Hej. Der er et hul på Vej 3. Lygten er gået, f.eks. i går!\n\nOg hvad med skraldet? Hilsen Prøve"
    pieces = splitting.pieces(mail)
    assert [piece.text for piece in pieces] == [
        "Hej.", "Der er et hul på Vej 3.", "Lygten er gået, f.eks. i går!", "Og hvad med skraldet?", "Hilsen Prøve",
    ]  # fmt: skip
    assert splitting.part("Lys", pieces, [0, 2, 4], "").text == "Hej. Lygten er gået, f.eks. i går!\n\nHilsen Prøve"
    many = splitting.pieces("\n\n".join(["Et. To."] * 13))
    assert [piece.text for piece in many] == ["Et. To."] * 13


@pytest.mark.parametrize(
    ("chosen", "own", "text"),
    [
        ([2, 0], "", "Hej\n\nOg lygten er gået"),
        ([], " Lygten\r\ner gået ", "Lygten\ner gået"),
        ([1, 9], "Se billede", "Hul i vejen\nved nr. 3\n\nSe billede"),
    ],
)
def test_a_part_is_what_was_chosen_in_the_mails_order(chosen: list[int], own: str, text: str) -> None:
    assert splitting.part("  En  titel ", splitting.pieces(MAIL), chosen, own) == MailPart("En titel", text)


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ([MailPart("a", "x")], "split_count"),
        ([MailPart("a", str(n)) for n in range(7)], "split_count"),
        ([MailPart("a", "x"), MailPart("", "y")], "split_part_empty"),
        ([MailPart("a", "x"), MailPart("b", "")], "split_part_empty"),
        ([MailPart("a", "x"), MailPart("b", "x")], "split_parts_alike"),
        ([MailPart("a" * 80, "x"), MailPart("b", "y")], ""),
        ([MailPart("a" * 81, "x"), MailPart("b", "y")], "split_title_long"),
        ([MailPart("a", "x"), MailPart("b", "y")], ""),
    ],
)
def test_what_is_no_division(parts: list[MailPart], code: str) -> None:
    assert splitting.problem(parts) == code


def test_what_is_quoted_is_one_piece() -> None:
    text = "Hej. Lygten er gået.\n> Tak for din henvendelse. Vi vender tilbage.\n> > Hilsen Byen. Ved Prøve\nHvornår sker det?"
    pieces = splitting.pieces(text)
    assert [(piece.text, piece.quoted) for piece in pieces] == [
        ("Hej.", False), ("Lygten er gået.", False),
        ("> Tak for din henvendelse. Vi vender tilbage.\n> > Hilsen Byen. Ved Prøve", True), ("Hvornår sker det?", False),
    ]  # fmt: skip
    part = splitting.part("Lys", pieces, [1, 2, 3], "").text
    assert (
        part
        == "Lygten er gået.\n\n> Tak for din henvendelse. Vi vender tilbage.\n> > Hilsen Byen. Ved Prøve\n\nHvornår sker det?"
    )


def test_an_item_of_a_list_is_one_piece() -> None:
    pieces = splitting.pieces("Vi mangler:\n- Lys. Det er mørkt.\n- Et skilt\n10. Ro")
    assert [piece.text for piece in pieces] == ["Vi mangler:", "- Lys. Det er mørkt.", "- Et skilt", "10. Ro"]
