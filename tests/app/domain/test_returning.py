import pytest

from app.domain.returning import ReturnReason, reason_of
from app.web.platform.display_names import RETURN_REASONS


@pytest.mark.parametrize(
    ("code", "belongs", "reason"),
    [
        ("other_authority", None, ReturnReason.OTHER_AUTHORITY),
        ("several_matters", 7, ReturnReason.SEVERAL_MATTERS),
        ("", 7, ReturnReason.OTHER_UNIT),
        ("", None, None),
        ("made up", None, None),
    ],
)
def test_who_names_a_unit_has_said_why(code: str, belongs: int | None, reason: ReturnReason | None) -> None:
    assert reason_of(code, belongs) is reason


def test_every_reason_has_its_words() -> None:
    assert list(RETURN_REASONS) == list(ReturnReason)
