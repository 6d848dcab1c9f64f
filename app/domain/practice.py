"""The practice round: ten invented mails.

Each has its right decision, and why. Nothing of the real house is touched.
"""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from statistics import median
from typing import Any

ACTIONS = ("not_ours", "not_enquiry", "split")
"""What can be decided besides a unit."""
LONGEST = 3600.0
"""Seconds; who went for lunch has not thought for longer."""
_FILE = Path(__file__).with_suffix(".toml")


@dataclass(frozen=True, slots=True)
class PracticeSuggestion:
    unit: str
    confidence: float
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PracticeMail:
    """A mail of the practice round.

    `kind`: plain, blind, returned or foreign. `answer`: a unit's name or one of ACTIONS.
    """

    kind: str
    subject: str
    sender: str
    text: str
    language: str
    days: int
    suggestions: tuple[PracticeSuggestion, ...]
    answer: str
    because: dict[str, str]
    """Language → the clause after "because"."""
    returned_by: str
    returned_why: str


@dataclass(frozen=True, slots=True)
class Material:
    """The material of the practice round. `units`: name → language → what belongs there."""

    units: dict[str, dict[str, str]]
    mails: tuple[PracticeMail, ...]


@dataclass(frozen=True, slots=True)
class PracticeAnswer:
    choice: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Result:
    right: int
    seconds: float
    """The median of a decision; 0 before the first."""


@cache
def material() -> Material:
    """Read the mails from practice.toml."""
    with _FILE.open("rb") as file:
        read = tomllib.load(file)
    units = {row["name"]: {"da": row["da"], "en": row["en"]} for row in read["unit"]}
    return Material(units, tuple(_mail(row) for row in read["mail"]))


def _mail(row: dict[str, Any]) -> PracticeMail:
    return PracticeMail(
        kind=row.get("kind", "plain"),
        subject=row["subject"],
        sender=row["sender"],
        text=row["text"],
        language=row.get("language", "da"),
        days=row["days"],
        suggestions=tuple(PracticeSuggestion(unit, share, tuple(words)) for unit, share, words in row["suggest"]),
        answer=row["answer"],
        because={"da": row["da"], "en": row["en"]},
        returned_by=row.get("returned_by", ""),
        returned_why=row.get("returned_why", ""),
    )


def shown(mail: PracticeMail) -> tuple[PracticeSuggestion, ...]:
    """Return the suggestions that the robot shows.

    None in a blind check, and never the unit that sent the mail back.
    """
    if mail.kind == "blind":
        return ()
    return tuple(each for each in mail.suggestions if each.unit != mail.returned_by)


def allowed(choice: str) -> bool:
    return choice in ACTIONS or choice in material().units


def result(answers: Sequence[PracticeAnswer]) -> Result:
    """Return the result of the answers so far."""
    right = sum(answer.choice == mail.answer for answer, mail in zip(answers, material().mails, strict=False))
    return Result(right, median(min(each.seconds, LONGEST) for each in answers) if answers else 0.0)
