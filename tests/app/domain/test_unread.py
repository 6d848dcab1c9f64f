"""A mail that says something nobody has read is told from one that says little."""

import pytest

from app.domain.unread import words_missing

PDF, PHOTO, P7S = "application/pdf", "image/jpeg", "application/pkcs7-signature"


@pytest.mark.parametrize(
    ("words", "closed", "files", "pictures", "missing"),
    [
        (0, (), (PDF,), False, "files"),
        (0, (), (PHOTO, P7S), False, "files"),
        (0, (), (), True, "files"),
        (0, ("locked",), (PDF,), False, "locked"),
        (0, ("encrypted",), (PDF,), False, "encrypted"),
        (3, ("encrypted",), (), False, "encrypted"),
        (0, ("damaged", "signature"), (), False, "damaged"),
        (11, ("damaged",), (PDF,), False, "damaged"),
        (0, (), (), False, None),
        (0, ("signature",), (P7S,), False, None),
        (0, (), ("text/vcard",), False, None),
        (1, (), (PDF,), False, None),
        (1, ("locked",), (PDF,), False, None),
        (12, ("encrypted",), (), False, None),
        (40, ("damaged",), (PDF,), True, None),
        (0, ("letters", "cut"), (), False, None),
    ],
)
def test_words_missing(
    words: int, closed: tuple[str, ...], files: tuple[str, ...], pictures: bool, missing: str | None
) -> None:
    assert words_missing(words, closed, files, pictures=pictures) == missing
