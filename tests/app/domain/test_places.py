"""Streets and districts are found where they are meant, and not where a word only looks like one."""

import pytest

from app.domain.places import PlaceKind, Register, read, written

STREET, DISTRICT = PlaceKind.STREET, PlaceKind.DISTRICT
NAMES = {
    1: ("Søndergade", STREET), 2: ("Skolevej", STREET), 3: ("Engen", STREET), 4: ("Lund", STREET), 5: ("Ole Rømers Vej", STREET),
    6: ("Nørre Voldgade", STREET), 7: ("Fiktionsbakken", STREET), 8: ("Nordhavn", DISTRICT), 9: ("Mønsterallé", STREET),
    10: ("Mette", STREET), 11: ("Vestergade", STREET), 12: ("Store Vestergade", STREET), 13: ("Ågade", STREET),
}  # fmt: skip
REGISTER = Register.of(NAMES)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Der er hul i vejen på Søndergade.", {1}),
        ("lygten i søndergade er gået", {1}),
        ("Søndergades fortov er glat", {1}),
        ("Min datters skolevej er farlig.", set()),
        ("Skolevej er et ord.", set()),
        ("Vi bor på Skolevej og er trætte af larm.", {2}),
        ("på skolevej 12 ligger skrald", {2}),
        ("Der er mudder på engen.", set()),
        ("Engen er våd.", set()),
        ("Vi bor Engen 4, 2. tv.", {3}),
        ("Vi bor på Engen og er glade.", set()),
        ("adressen Engen er forkert", {3}),
        ("Jeg har talt med Peter Lund i går.", set()),
        ("Lund 3 har ringet", {4}),
        ("Lund 3 gange", set()),
        ("Ole Rømers Vej er spærret", {5}),
        ("ole rømers vej", {5}),
        ("Ole Rømer var astronom", set()),
        ("Nr. Voldgade er lukket", {6}),
        ("Lygten på Fiktionsbakken er slukket", {7}),
        ("Fiktionsbakken er stejl", set()),
        ("uden for nummer 12 på Fiktionsbakken", {7}),
        ("Der er støj i Nordhavn om natten", {8}),
        ("Jeg hedder Nordhavn til efternavn", set()),
        ("vi skriver fra Mønsteralle", {9}),
        ("Tak til Mette 5 gange", set()),
        ("Mette 5 år er faldet", set()),
        ("I Store Vestergade er der mørkt", {12}),
        ("I Vestergade er der mørkt", {11}),
        ("Aagade er oversvømmet", {13}),
        ("", set()),
    ],
)
def test_a_place_counts_where_it_is_meant(text: str, found: set[int]) -> None:
    assert REGISTER.find(text) == found


def test_a_register_is_read_as_it_is_written() -> None:
    places = sorted(NAMES.values())
    assert read(written(places)) == (places, [])


def test_lines_that_cannot_be_read_are_named() -> None:
    found, problems = read("navn;slags\nSøndergade;vej\n;vej\nNordhavn;by\n\n" + "x" * 101)
    assert found == [("Søndergade", STREET)]
    assert [(each.line, each.code) for each in problems] == [(3, "no_name"), (4, "no_kind"), (6, "too_long")]
    assert [each.code for each in read("")[1]] == ["no_name"]


def test_a_hostile_mail_takes_no_longer_than_its_length() -> None:
    assert REGISTER.find("Søndergade " * 2_000 + "nr " * 5_000) == {1}
