"""Which mails a robot may answer at all."""

import pytest

from app.domain.acknowledging import may_acknowledge

CITIZEN = "proeve@borger.example.org"


@pytest.mark.parametrize(
    ("headers", "sender", "expected"),
    [
        ({}, CITIZEN, True),
        ({"content-type": "text/plain", "return-path": "<proeve@borger.example.org>"}, CITIZEN, True),
        ({"precedence": "normal", "auto-submitted": "no"}, CITIZEN, True),
        ({"x-auto-response-suppress": "DR, RN, NRN"}, CITIZEN, True),
        ({"x-auto-response-suppress": "DR, OOF, AutoReply"}, CITIZEN, False),
        ({"x-auto-response-suppress": "All"}, CITIZEN, False),
        ({"auto-submitted": "auto-generated"}, CITIZEN, False),
        ({"auto-submitted": "auto-replied; owner-email=x"}, CITIZEN, False),
        ({"precedence": "bulk"}, CITIZEN, False),
        ({"precedence": " List "}, CITIZEN, False),
        ({"precedence": "junk"}, CITIZEN, False),
        ({"list-id": "<x.example.org>"}, CITIZEN, False),
        ({"list-unsubscribe": "<mailto:x@example.org>"}, CITIZEN, False),
        ({"return-path": "<>"}, CITIZEN, False),
        ({"return-path": ""}, CITIZEN, False),
        ({"x-sluse": "1"}, CITIZEN, False),
        ({"content-type": "multipart/report; report-type=delivery-status"}, CITIZEN, False),
        ({}, "", False),
        ({}, "noreply@firma.example.org", False),
        ({}, "No-Reply@firma.example.org", False),
        ({}, "firma.noreply+17@firma.example.org", False),
        ({}, "do-not-reply@firma.example.org", False),
        ({}, "ikke-svar@firma.example.org", False),
        ({}, "MAILER-DAEMON@firma.example.org", False),
        ({}, "bounces+17@firma.example.org", False),
        ({}, "owner-nyt@firma.example.org", False),
        ({}, "nyt-request@firma.example.org", False),
        ({}, "knoreplydahl@borger.example.org", True),
        ({}, "rootsen@borger.example.org", True),
        ({}, "svar@borger.example.org", True),
    ],
)
def test_which_mails_a_robot_may_answer(headers: dict[str, str], sender: str, expected: bool) -> None:
    assert may_acknowledge(headers, sender) is expected
