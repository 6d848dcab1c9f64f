"""What was typed, read as terms: anything can be typed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.search import LONGEST, TERMS, Term, stem, wanted


@pytest.mark.parametrize(
    ("typed", "terms"),
    [
        ("storskr", [Term(("storskr",), prefix=True)]),
        ("Storskraldet hentet", [Term(("storskrald",), prefix=True), Term(("hent",), prefix=True)]),
        ("hul i vejen", [Term(("hul",)), Term(("vejen",), prefix=True)]),
        ('"hul i vejen" træ', [Term(("hul", "i", "vejen")), Term(("træ",), prefix=True)]),
        ('"uden ende', [Term(("uden", "ende"))]),
        ("eva@borger.example.org", [Term(("eva", "borger", "example", "org"), prefix=True)]),
        ("2026-000123", [Term(("2026", "000123"), prefix=True)]),
        ("NEAR(a b) -træ* OR", [Term(("near", "a")), Term(("b",)), Term(("træ",)), Term(("or",))]),
        ("og det er", []),
        ("Ø", [Term(("ø",))]),
        ("a\N{COMBINING RING ABOVE}en", [Term(("åen",), prefix=True)]),
        ("", []),
        ('""" -- * ^', []),
    ],
)
def test_terms(typed: str, terms: list[Term]) -> None:
    assert list(wanted(typed).terms) == terms


@pytest.mark.parametrize(
    ("typed", "number"), [("17", 17), ("# 17", 17), ("17 18", None), ("2026-000017", None), ("9" * 12, None)]
)
def test_the_number_of_an_enquiry(typed: str, number: int | None) -> None:
    assert wanted(typed).number == number


@given(st.text())
def test_anything_can_be_typed(typed: str) -> None:
    found = wanted(typed)
    assert len(found.text) <= LONGEST
    assert len(found.terms) <= TERMS
    for term in found.terms:
        assert all(
            word and not {'"', "'", "*", "&", "|", "!", "(", ")", ":", "\0", " "} & set(word) for word in term.words
        )


@pytest.mark.parametrize(
    ("word", "expected"),
    [("parkerne", "park"), ("hentet", "hent"), ("vejen", "vejen"), ("træer", "træer"), ("bus", "bus")],
)
def test_an_ending_is_left_out_where_enough_is_left(word: str, expected: str) -> None:
    assert stem(word) == expected
    assert word.startswith(stem(word))
