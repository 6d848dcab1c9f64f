"""Templates, titles, keys: what goes out of the house."""

import pytest

from app.domain import journaling, templates
from app.domain.access import Role, may_see

VALUES = dict.fromkeys(templates.KNOWN, "x")


def test_both_texts_can_be_filled() -> None:
    for template in (templates.FORWARD, templates.REPLY_DRAFT):
        assert "{" not in templates.fill(template, VALUES)


@pytest.mark.parametrize("template", ["{ukendt}", "{sagsnummer} {frist2} {æøå}"])
def test_unknown_placeholder_is_refused(template: str) -> None:
    with pytest.raises(templates.TemplateError):
        templates.fill(template.replace("2", ""), {"sagsnummer": "1"})


def test_a_value_is_not_a_template() -> None:
    assert templates.fill("{emne}", {"emne": "{frist}{__class__}"}) == "{frist}{__class__}"


@pytest.mark.parametrize(
    ("subject", "prefix", "expected"),
    [
        ("Støj", "SV:", "SV: Støj [2026-000001]"),
        ("sv: Støj", "SV:", "sv: Støj [2026-000001]"),
        ("SV: Støj [2026-000001]", "SV:", "SV: Støj [2026-000001]"),
        ("", "VS:", "VS: (uden emne) [2026-000001]"),
    ],
)
def test_tagged_subject(subject: str, prefix: str, expected: str) -> None:
    assert journaling.tagged_subject(subject, "2026-000001", prefix) == expected


def test_message_id_is_stable_and_secret() -> None:
    assert journaling.message_id("forward:1:1", "a") == journaling.message_id("forward:1:1", "a")
    assert journaling.message_id("forward:1:1", "a") != journaling.message_id("forward:1:1", "b")
    assert journaling.message_id("forward:1:1", "a") != journaling.message_id("forward:1:2", "a")


def test_case_title_hides_and_is_short() -> None:
    assert journaling.case_title("CPR [cpr]") == "CPR [cpr]"
    assert len(journaling.case_title("x" * 999)) == journaling.TITLE_LENGTH
    assert journaling.case_title("") == "Henvendelse uden emne"


@pytest.mark.parametrize(
    ("role", "own", "unit", "sees"),
    [
        (Role.VISITATOR, None, 1, True),
        (Role.MANAGER, None, None, True),
        (Role.ADMINISTRATOR, None, 2, True),
        (Role.CASEWORKER, 1, 1, True),
        (Role.CASEWORKER, 1, 2, False),
        (Role.CASEWORKER, 1, None, False),
        (Role.CASEWORKER, None, None, False),
    ],
)
def test_may_see(role: Role, own: int | None, unit: int | None, sees: bool) -> None:
    assert may_see(role, own, unit) is sees
