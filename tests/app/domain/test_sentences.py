"""What is left of a letter when one of its days is over: whole sentences, and nothing of the one that named it."""

import pytest

from app.domain import sentences, templates
from app.domain.deadlines import promised
from app.domain.templates import TemplateKind

OVER = ("frist", "svarfrist")


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Hej.\n\nDu hører fra os senest den {frist}. Vil du tilføje noget?\n", "Hej.\n\nVil du tilføje noget?\n"),
        ("Vi svarer senest den {frist}.\n", ""),
        ("Hej\n\nVi svarer senest den {frist}.\n\nVenlig hilsen\n", "Hej\n\nVenlig hilsen\n"),
        ("Vi forventer, at du får svar\nsenest den {frist}. Behold nummeret.", "Behold nummeret."),  # wrapped
        ("Sag: {sagsnummer}\nSvarfrist: {svarfrist}\nKom: {modtaget}", "Sag: {sagsnummer}\nKom: {modtaget}"),
        ("Sag nr. {sagsnummer} besvares inden den {frist}. Tak.", "Tak."),  # a full stop that ends nothing
        ("Får du ikke svar den {frist}, så ring!\nVi har åbent.", "Vi har åbent."),
        ("Tak. Svar {frist}? Ring. Eller {svarfrist}! Slut.", "Tak. Ring. Slut."),
        ("Kære {afsender}\n\nIntet om dage.\n", "Kære {afsender}\n\nIntet om dage.\n"),
        ("Kære {afsender}\n{frist}\nVenlig hilsen", "Kære {afsender}\nVenlig hilsen"),
    ],
)  # fmt: skip
def test_the_sentence_goes_and_the_rest_stays(text: str, left: str) -> None:
    assert sentences.without(text, OVER) == left


@pytest.mark.parametrize("kind", TemplateKind)
def test_no_built_in_letter_names_a_day_that_is_over(kind: TemplateKind) -> None:
    values: dict[str, str | None] = dict.fromkeys(templates.ALLOWED[kind], "x")
    filled = templates.fill(templates.BUILT_IN[kind], values | dict.fromkeys(templates.DATES & values.keys()))
    assert "senest" not in filled
    assert "\n\n\n" not in filled
    assert filled.startswith("Kære x\n\n")


def test_a_letter_without_its_day_reads_well() -> None:
    values: dict[str, str | None] = dict.fromkeys(templates.KNOWN, "x")
    filled = templates.fill(templates.ACKNOWLEDGEMENT, values | {"frist": None})
    assert "\n\nEnten får du et svar, eller også skriver vi," in filled


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Sag {sagsnummer}. Mere.", "Sag {sagsnummer}. Nyt. Mere."),
        ("Sag {sagsnummer}\n\nMere", "Sag {sagsnummer} Nyt.\n\nMere"),
        ("Sag {sagsnummer}.", "Sag {sagsnummer}. Nyt."),
        ("{sagsnummer} er nr. 2 i rækken. Nu {sagsnummer}.", "{sagsnummer} er nr. 2 i rækken. Nyt. Nu {sagsnummer}."),
        ("Ingen sag.", "Ingen sag."),
    ],
)  # fmt: skip
def test_a_sentence_is_put_behind_another(text: str, shown: str) -> None:
    assert sentences.after(text, "sagsnummer", "Nyt.") == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Hej\nSvar den 4. maj.\nHilsen", "Hej\nFordi.\nSvar den 4. maj.\nHilsen"),
        ("Svar den 4. maj.", "Fordi.\nSvar den 4. maj."),
        (
            "Hej\n\nVi svarer snart.\n\nVenlig hilsen\nKarla",
            "Hej\n\nVi svarer snart.\n\nFordi.\n\nVenlig hilsen\nKarla",
        ),
    ],
)
def test_the_reason_stands_above_the_day(text: str, shown: str) -> None:
    assert sentences.line_before(text, "4. maj", "Fordi.") == shown


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("Du får svar senest den 7. december 2026.", ["2026-12-07"]),
        ("inden 1. Januar 2027, og SENEST d. 29. februar 2028", ["2027-01-01", "2028-02-29"]),
        ("Tak for din henvendelse, som vi modtog den 1. januar 2020.", []),  # said, not promised
        ("senest den 31. februar 2026", []),
        ("før den 3. maj 2026 og senest i morgen", ["2026-05-03"]),
    ],
)
def test_the_days_a_letter_promises(text: str, days: list[str]) -> None:
    assert [str(day) for day in promised(text)] == days
