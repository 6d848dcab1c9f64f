import pytest

from app.domain import hints
from app.web.platform.help import HINTS

FIRST, SECOND, *_ = hints.PAGES["triage"]


@pytest.mark.parametrize(
    ("closed", "shown"),
    [
        ((), FIRST),
        ((FIRST,), SECOND),
        ((SECOND,), FIRST),
        (hints.PAGES["triage"], None),
        (hints.PAGES["caseload"], FIRST),
    ],
)
def test_one_at_a_time_in_order(closed: tuple[str, ...], shown: str | None) -> None:
    assert hints.next_hint("triage", closed) == shown


def test_every_hint_has_its_words_and_one_page() -> None:
    codes = [code for page in hints.PAGES.values() for code in page]
    assert sorted(codes) == sorted(HINTS) == sorted(hints.ALL)
