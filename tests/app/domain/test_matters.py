"""Where a mail goes over to another matter."""

import pytest

from app.domain import matters, splitting

CARPORT = (
    "Hej\n\nKan I sætte flere stativer med poser op ved hundeskoven? En anden ting: skal jeg have byggetilladelse til en"
    " carport?\n\nMvh Prøve"
)


@pytest.mark.parametrize("text", [
    CARPORT,
    "Lygten er gået på Prøvevej. Noget helt andet: hvornår tømmes spanden?",
    "Lygten er gået på Prøvevej.\n\nSå har jeg også lige et spørgsmål om min parkeringslicens.",
    "Lygten er gået på Prøvevej.\nNu hvor jeg alligevel skriver: træet hælder.",
    "Lygten er gået på Prøvevej. og endnu en ting, hvem fejer fortovet?\n\nEndnu en ting: hvem fejer fortovet?",
    "The street light is broken. On another note, when is the bin emptied?",
    "The street light is broken. One more question: who sweeps the pavement?",
    "Die Laterne ist kaputt. Noch etwas: Wann wird die Tonne geleert?",
    "Gatlyktan är trasig. En annan sak: vem sopar trottoaren?",
])  # fmt: skip
def test_the_writer_says_that_there_is_another_thing(text: str) -> None:
    assert matters.several(text)


@pytest.mark.parametrize("text", [
    "",
    "Hej\n\nEn anden ting: hvem fejer fortovet?",
    "Kan I ikke gøre noget andet end at male stregerne op igen? Det hjælper ikke.",
    "Lygten er gået. Desuden er glasset knust.",
    "Jeg har spurgt en anden sagsbehandler om en anden ting uden at få svar.",
    "Lygten er gået på Prøvevej.\n> En anden ting: skriv til os igen.\n> Tak for din henvendelse.",
    "For det første er det farligt. For det andet er det grimt.",
])  # fmt: skip
def test_one_matter(text: str) -> None:
    assert not matters.several(text)


def proposed(subject: str, text: str) -> list[tuple[str, str]]:
    found = splitting.pieces(text)
    parts = matters.proposal(subject, found)
    return [(each.title, splitting.part(each.title, found, sorted(each.chosen), "").text) for each in parts]


def test_a_mail_is_divided_where_the_writer_goes_on_to_another_thing() -> None:
    assert proposed("Poser", CARPORT) == [
        ("Poser", "Hej\n\nKan I sætte flere stativer med poser op ved hundeskoven?"),
        ("Skal jeg have byggetilladelse til en carport?",
         "En anden ting: skal jeg have byggetilladelse til en carport?\n\nMvh Prøve"),
    ]  # fmt: skip


def test_items_of_a_list_are_matters() -> None:
    text = "Jeg har tre ting:\n1. Lygten er gået. Den blinker.\n2. Træet hælder ud over vejen\n3) Hvem fejer fortovet?"
    assert [title for title, _ in proposed("Flere ting", text)] == [
        "Flere ting", "Træet hælder ud over vejen", "Hvem fejer fortovet?",
    ]  # fmt: skip


def test_without_a_subject_the_first_matter_names_itself() -> None:
    assert [title for title, _ in proposed("", CARPORT)] == [
        "Kan I sætte flere stativer med poser op ved hundeskoven?", "Skal jeg have byggetilladelse til en carport?",
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["", "Hej. Lygten er gået på Prøvevej.", "1. Lygten er gået"])
def test_nothing_is_proposed_where_nothing_tells(text: str) -> None:
    assert proposed("Lys", text) == []


def test_titles_are_short_and_end_with_a_word() -> None:
    for title, _ in proposed("Lygte " * 40, CARPORT + " Noget andet: " + "fortovet " * 40):
        assert 0 < len(title) <= splitting.TITLE_LENGTH
        assert title.split()[-1].lower() in ("lygte", "fortovet", "carport?")


def test_as_many_parts_as_can_be_made_at_most() -> None:
    text = "Lygten er gået på Prøvevej.\n\n" + "\n\n".join(f"En anden ting: sag nummer {n} er ny." for n in range(9))
    assert len(proposed("Meget", text)) == splitting.MOST
