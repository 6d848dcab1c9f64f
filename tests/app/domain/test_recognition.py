import pytest

from app.domain.recognition import SetAside, case_number, set_aside, thread


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        ({}, None),
        ({"auto-submitted": "no"}, None),
        ({"auto-submitted": "auto-replied"}, SetAside.AUTOMATIC_REPLY),
        ({"auto-submitted": "auto-generated; type=x"}, SetAside.AUTOMATIC_REPLY),
        ({"precedence": "auto_reply"}, SetAside.AUTOMATIC_REPLY),
        ({"precedence": "bulk"}, None),
        ({"precedence": "list"}, None),
        ({"x-autoreply": "yes"}, SetAside.AUTOMATIC_REPLY),
        ({"content-type": "multipart/report; report-type=delivery-status"}, SetAside.BOUNCE),
        ({"content-type": "multipart/report; report-type=disposition-notification"}, None),
        ({"content-type": "multipart/report", "return-path": "<>"}, SetAside.BOUNCE),
        ({"return-path": "<>"}, None),
        ({"x-sluse": "1"}, SetAside.LOOP),
        ({"x-sluse": "1", "auto-submitted": "auto-generated"}, SetAside.LOOP),
    ],
)
def test_set_aside(headers: dict[str, str], reason: SetAside | None) -> None:
    assert set_aside(headers) == reason


@pytest.mark.parametrize(
    ("subject", "number"),
    [
        ("SV: Støj [2026-000123]", "2026-000123"),
        ("2026-000123", None),
        ("[2026-123]", None),
        ("[spam] Hej [2026-000001] og [2026-000002]", "2026-000001"),
    ],
)
def test_case_number(subject: str, number: str | None) -> None:
    assert case_number(subject) == number


def test_thread_is_nearest_first_and_short() -> None:
    references = tuple(f"<{n}@x>" for n in range(100))
    assert thread("<99@x>", references)[:2] == ("<99@x>", "<98@x>")
    assert len(thread(None, references)) == 20
