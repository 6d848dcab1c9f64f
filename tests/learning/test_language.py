import pytest

from learning.language import language_of


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Kære kommune. Skraldet er ikke blevet hentet i vores gård i to uger, og det lugter.", "da"),
        ("Det er et stort hull i veien utenfor huset vårt, og kommunen må gjøre noe med det.", "da"),
        ("Hi, I would like to know when my trash is collected next week, thank you.", "en"),
        ("Guten Tag, ich habe ein Problem mit meinem Parkausweis und bitte um Hilfe.", "de"),
        ("Dzień dobry, chciałbym zapytać, kiedy będą odbierane śmieci z naszej ulicy.", "pl"),
        ("Hul", None),
        ("", None),
        ("12 34 56 78 - 2026-11-23 - #### ==== ----", None),
    ],
)
def test_language_of(text: str, language: str | None) -> None:
    assert language_of(text) == language
