"""The practice mails: what the round promises to hold is in it, and every right decision can be taken."""

import pytest

from app.domain import practice
from app.domain.practice import PracticeAnswer, PracticeMail
from tests.town import UNITS

MAILS = practice.material().mails


def test_what_the_round_holds() -> None:
    assert len(MAILS) == 10
    assert {mail.kind for mail in MAILS} == {"plain", "blind", "returned", "foreign"}
    assert {mail.answer for mail in MAILS} >= set(practice.ACTIONS)


@pytest.mark.parametrize("mail", MAILS, ids=lambda mail: mail.subject)
def test_every_mail_is_whole(mail: PracticeMail) -> None:
    units = practice.material().units
    assert practice.allowed(mail.answer)
    assert all(mail.because[language] and not mail.because[language].endswith(".") for language in ("da", "en"))
    assert len({each.unit for each in mail.suggestions}) == 5
    assert {each.unit for each in mail.suggestions} <= set(units)
    assert sum(each.confidence for each in mail.suggestions) <= 1
    assert [each.confidence for each in mail.suggestions] == sorted(
        (s.confidence for s in mail.suggestions), reverse=True
    )
    words = {word for each in mail.suggestions for word in each.words}
    assert words <= set(
        f"{mail.subject} {mail.text}".lower().replace(",", " ").replace(".", " ").replace("!", " ").split()
    )
    assert mail.returned_by not in {each.unit for each in practice.shown(mail)}


def test_it_gets_harder() -> None:
    """At first the robot is right; later it is led astray, silent, or has not got the unit among its five."""
    first = [mail.suggestions[0].unit == mail.answer for mail in MAILS]
    assert first[:2] == [True, True]
    assert not any(first[2:])
    assert practice.shown(MAILS[6]) == ()


def test_the_units_are_nobodys() -> None:
    assert not set(practice.material().units) <= set(UNITS)


@pytest.mark.parametrize(
    ("answers", "right", "seconds"),
    [
        ([], 0, 0.0),
        ([PracticeAnswer(MAILS[0].answer, 4.0)], 1, 4.0),
        ([PracticeAnswer("Støj", 2.0), PracticeAnswer(MAILS[1].answer, 4.0), PracticeAnswer("x", 99999.0)], 1, 4.0),
        ([PracticeAnswer("Støj", 99999.0)], 0, practice.LONGEST),
    ],
)
def test_the_result(answers: list[PracticeAnswer], right: int, seconds: float) -> None:
    assert practice.result(answers) == practice.Result(right, seconds)
