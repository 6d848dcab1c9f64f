"""Marks in a mail's own text: whole words, as learning has them, and never inside an identity."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.excerpt import PAGE, Bound
from app.domain.search import wanted
from app.services.enquiries.searching import snippet
from app.services.platform.viewing import Marks, line, paragraphs, pieces
from tests.cost import PART, assert_linear

MARKS = Marks.of(("træ", "vej", "01-01-90-1234", "<mark>"), ("vej", "storskrald", "åen", "_cpr_", "cpr"))
ACCENT = "\N{COMBINING RING ABOVE}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Et TRÆ.", [("", "Et "), ("first", "TRÆ"), ("", ".")]),
        ("træer, vejtræ, træ2", [("", "træer, vejtræ, træ2")]),
        ("Vej/storskrald", [("both", "Vej"), ("", "/"), ("second", "storskrald")]),
        # Letters may come in two parts, and words with something invisible in them; learning reads both as one word.
        (f"a{ACCENT}en", [("second", f"a{ACCENT}en")]),
        ("stor\N{SOFT HYPHEN}skrald", [("second", "stor\N{SOFT HYPHEN}skrald")]),
        ("Skriv til vej@by.example.org", [("", "Skriv til "), ("email", "")]),
        ("Vej 010190-1234 vej", [("both", "Vej"), ("", " "), ("cpr", ""), ("", " "), ("both", "vej")]),
        ("_cpr_ og cpr", [("", "_cpr_ og "), ("second", "cpr")]),
        ("<mark>træ</mark>", [("", "<mark>"), ("first", "træ"), ("", "</mark>")]),
        ("", []),
    ],
)
def test_whole_words_are_marked(text: str, expected: list[tuple[str, str]]) -> None:
    assert [(s.kind, s.text) for s in line(text, MARKS)] == expected


def test_an_identity_that_is_shown_is_still_not_marked() -> None:
    found = line("vej: vej@by.example.org", MARKS, hide=False)
    assert [(s.kind, s.text) for s in found] == [("both", "vej"), ("", ": "), ("", "vej@by.example.org")]


def test_a_long_word_is_marked_by_what_learning_keeps_of_it() -> None:
    word = "Rottebekæmpelse" * 4
    assert [s.kind for s in line(word, Marks.of((word.lower()[:40],)))] == ["first"]


def test_no_mark_loses_or_moves_a_letter() -> None:
    text = "Træ og vej.\n\n  Åen\tstorskrald træ\n&amp; vej"
    found = [
        ["".join(s.text for s in paragraph) for paragraph in paragraphs(text, marks)] for marks in (MARKS, Marks())
    ]
    assert found[0] == found[1]


@pytest.mark.parametrize(
    "text",
    [
        "Mit cpr-nummer er\n\n010190\n\n1234\n\nHilsen Per",
        "Cpr\n010190\n \n1234",
        "Ring 12 34\n\n56 78 i dag",
        "010190-\n\n1234",
    ],
)
def test_an_identity_in_two_paragraphs_is_hidden_in_both(text: str) -> None:
    shown = "".join(segment.text for paragraph in paragraphs(text) for segment in paragraph)
    assert not any(letter.isdigit() for letter in shown)


def test_parts_of_a_text_come_out_whole() -> None:
    text = "Træ 010190\n\n1234. Vej. Vej. Åen"
    parts = ["Træ 010190", "1234.", "Vej.", "Vej.", "Åen"]
    shown = pieces(text, parts, MARKS, hide=False)
    assert ["".join(segment.text for segment in part) for part in shown] == parts
    assert [segment.kind for segment in pieces(text, parts, MARKS)[1]] == ["cpr", ""]


def test_a_snippet_hides_before_it_becomes_one_line() -> None:
    found = snippet("Skriv til per@\nborger.example.org, 010190 \n1234, om træet.", wanted("træet"))
    assert "".join(segment.text for segment in found) == "Skriv til , , om træet."


@given(
    st.lists(
        st.sampled_from(["ak", "010190-1234", "010190", "1234", "\n\n", "\n", " ", "per@by.example.org", "12 34 56 78"])
    )
)
def test_portions_hide_what_the_whole_hides(parts: list[str]) -> None:
    """A number that a cut goes through is hidden on both sides of it."""
    text, shown = "".join(parts), ""
    start: int | None = 0
    while start is not None:
        found = paragraphs(text, start=start, bound=Bound(characters=20, paragraphs=2))
        shown += "".join(s.text for paragraph in found for s in paragraph)
        assert found.rest is None or found.rest > start
        start = found.rest
    whole = [s.text for paragraph in paragraphs(text) for s in paragraph]
    assert "".join(shown.split()) == "".join("".join(whole).split())


def test_a_place_within_a_number_shows_none_of_it() -> None:
    text = "Mit nummer er 010190-1234 og intet andet."
    for start in range(len(text)):
        assert not set("".join(s.text for p in paragraphs(text, start=start) for s in p)) & set("0123456789")


def test_a_place_behind_the_end_shows_nothing() -> None:
    assert paragraphs("Træ", start=2**31) == []


@pytest.mark.parametrize(
    "text", ["ak\n\n" * 240_000, "a" * 1_000_000, "010190-1234 " * 83_000, "<https://example.org/a?b=c>\n" * 36_000]
)
@pytest.mark.parametrize("marks", [Marks(), MARKS])
def test_what_a_page_shows_of_a_mail_is_bounded(text: str, marks: Marks) -> None:
    found = paragraphs(text, marks)
    assert len(found) <= PAGE.paragraphs
    assert sum(len(segment.text) for paragraph in found for segment in paragraph) <= PAGE.characters
    assert found.rest is not None
    everything = Bound(len(text), len(text))
    assert_linear(lambda part: paragraphs(part, marks, bound=everything), text[: len(text) // PART], text)
