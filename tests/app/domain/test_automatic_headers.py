"""Headers say that a machine wrote; which of those mails a robot may answer is another question."""

import inspect
import re

import pytest

from app.domain import automatic_headers
from app.domain.automatic_headers import by_machine, may_answer, replies_by_itself
from app.domain.citizen import is_read
from connectors.mail.reading.headers import KEPT

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
    assert (is_read(sender) and may_answer(headers)) is expected


def test_what_a_machine_sends_is_not_always_an_answer() -> None:
    form = {"auto-submitted": "auto-generated"}
    assert by_machine(form)
    assert not replies_by_itself(form)
    assert replies_by_itself({"auto-submitted": "Auto-Replied; owner-email=x"})
    assert by_machine({"x-ms-exchange-inbox-rules-loop": "park@town.example.org"})
    assert not by_machine({"auto-submitted": "no", "precedence": "list"})


def test_every_header_that_is_asked_for_is_kept_by_the_reader() -> None:
    asked = set(re.findall(r'"([a-z]+(?:-[a-z]+)+)"', inspect.getsource(automatic_headers))) - {"report-type"}
    shown = {"auto-reply", "auto-replied"}
    assert len(asked - shown) > 12
    assert asked - shown <= set(KEPT)
