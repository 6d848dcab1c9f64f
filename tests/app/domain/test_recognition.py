from datetime import UTC, datetime, timedelta

import pytest

from app.domain.recognition import (
    SetAside,
    case_number,
    claimed_message_id,
    closed_for_good,
    fingerprint,
    resemblance,
    set_aside,
    thread,
)


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
        ({"content-type": "multipart/report; report-type=disposition-notification"}, SetAside.READ_RECEIPT),
        ({"content-type": 'text/calendar; method=REQUEST; charset="utf-8"'}, SetAside.CALENDAR),
        ({"x-spam-flag": "YES"}, SetAside.SPAM),
        ({"x-spam-flag": "NO", "x-spam-status": "Yes"}, None),
        ({"x-spam-status": "Yes, hits=12.1"}, SetAside.SPAM),
        ({"x-ms-exchange-organization-scl": "5"}, SetAside.SPAM),
        ({"x-ms-exchange-organization-scl": "4"}, None),
        ({"x-ms-exchange-organization-scl": "many"}, None),
        ({"list-id": "<naboer.example.org>"}, None),
        ({"content-type": "multipart/digest"}, SetAside.DIGEST),
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


@pytest.mark.parametrize(
    ("headers", "subject", "kinds", "reason"),
    [
        ({"list-id": "<x>"}, "Ugens overblik: naboforeningen", (), SetAside.DIGEST),
        ({"precedence": "Bulk"}, "Nyhedsbrev nr. 4", (), SetAside.DIGEST),
        ({}, "Nyhedsbrev nr. 4 kom aldrig frem", (), None),
        ({"list-id": "<x>"}, "Hul i vejen", (), None),
        ({"content-type": "multipart/alternative; boundary=x"}, "Møde", ("text/calendar",), SetAside.CALENDAR),
        ({"content-type": "multipart/mixed; boundary=x"}, "Vores kalender", ("text/calendar",), None),
    ],
)
def test_set_aside_by_more_than_headers(
    headers: dict[str, str], subject: str, kinds: tuple[str, ...], reason: SetAside | None
) -> None:
    assert set_aside(headers, subject, kinds) == reason


def test_a_fingerprint_sees_through_line_breaks_but_not_through_words() -> None:
    one = fingerprint("A@x.example.org", "Hul", "Der er et\r\n hul.")
    assert one == fingerprint("a@x.example.org", " Hul", "Der er et hul.")
    assert one != fingerprint("a@x.example.org", "Hul", "Der er to huller.")
    assert one != fingerprint("b@x.example.org", "Hul", "Der er et hul.")


@pytest.mark.parametrize(
    ("one", "other", "least", "most"),
    [
        ("Der er et stort hul i vejen ud for nr. 4", "Der er et stort hul i vejen ud for nr. 4!", 1.0, 1.0),
        ("Der er et stort hul i vejen ud for nr. 4", "Hej igen. Der er et stort hul i vejen ud for nr. 4", 0.6, 0.99),
        ("Der er et stort hul i vejen", "Skraldet er ikke hentet i denne uge", 0.0, 0.0),
        ("", "", 0.0, 0.0),
        ("hul", "hul", 1.0, 1.0),
    ],
)
def test_resemblance(one: str, other: str, least: float, most: float) -> None:
    assert least <= resemblance(one, other) <= most


def test_a_case_is_opened_again_for_thirty_days() -> None:
    closed = datetime(2026, 10, 1, 12, tzinfo=UTC)
    assert not closed_for_good(closed, closed + timedelta(days=30))
    assert closed_for_good(closed, closed + timedelta(days=30, seconds=1))
    assert not closed_for_good(None, closed)


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        (b"Subject: x\r\nMessage-Id: <a@b>\r\n\r\nMessage-ID: <c@d>", "<a@b>"),
        (b"Subject: x\n\nMessage-ID: <c@d>", None),
        (b"", None),
    ],
)
def test_the_message_id_of_an_unread_mail(raw: bytes, found: str | None) -> None:
    assert claimed_message_id(raw) == found
