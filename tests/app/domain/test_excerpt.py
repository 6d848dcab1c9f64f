"""How much of a text is shown at once: cut where a reader would, with a bound on what it costs."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.excerpt import PAGE, PORTION, Bound, end
from tests.cost import PART, assert_linear

SMALL = Bound(characters=100, paragraphs=5)
WORST = {
    "short paragraphs": "ak\n\n" * 240_000,
    "one line": "a" * 1_000_000,
    "numbers": "010190-1234 " * 83_000,
    "links": "<https://example.org/a?b=c>\n" * 36_000,
    "blank lines": "\n" * 1_000_000,
    "blank lines with blanks": "\n \t" * 330_000,
    "one long blank": " " * 1_000_000 + "ak",
    "quotes": "> ak\nak\n" * 125_000,
}


@pytest.mark.parametrize("text", WORST.values(), ids=list(WORST))
def test_a_page_has_a_bound(text: str) -> None:
    assert end(text) <= PAGE.characters + PAGE.paragraphs
    assert sum(bool(block.strip()) for block in text[: end(text)].split("\n\n")) <= PAGE.paragraphs


@pytest.mark.parametrize("text", WORST.values(), ids=list(WORST))
def test_all_of_a_text_comes_in_few_portions(text: str) -> None:
    ends = [0]
    while ends[-1] < len(text):
        ends.append(end(text, ends[-1], PORTION))
    assert all(a < b for a, b in pairwise(ends))
    assert len(ends) < 300


def test_a_text_is_cut_between_paragraphs_lines_or_words() -> None:
    lines = "\n".join(["ord " * 5] * 20)
    assert lines[end(lines, bound=SMALL)] == "\n"
    words = "ord " * 60
    assert words[end(words, bound=SMALL)] == " "
    assert end("a" * 300, bound=SMALL) == 100
    assert end("a\n\nb\n\nc\n\nd\n\ne\n\nf", bound=SMALL) == len("a\n\nb\n\nc\n\nd\n\ne")


@pytest.mark.parametrize("text", ["", "ak", "a" * 100, "a\n\nb\n\nc\n\nd\n\ne", "a\n\nb\n\nc\n\nd\n\ne\n\n \n"])
def test_a_short_text_is_shown_whole(text: str) -> None:
    assert end(text, bound=SMALL) == len(text)


@given(st.text(alphabet="ab \n", max_size=1_000), st.integers(0, 1_200))
def test_every_portion_goes_on(text: str, start: int) -> None:
    found = end(text, start, SMALL)
    assert found == len(text) if start >= len(text) else start < found <= start + SMALL.characters or found == len(text)


@pytest.mark.parametrize("text", WORST.values(), ids=list(WORST))
def test_finding_all_portions_is_linear(text: str) -> None:
    def portions(part: str) -> None:
        position = 0
        while position < len(part):
            position = end(part, position, PORTION)

    assert_linear(portions, text[: len(text) // PART], text)
