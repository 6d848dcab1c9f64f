"""Mail systems say in many ways that a mail did not arrive; people and shops say it of other things."""

import pytest

from app.domain.bounces import Delivery, delivery, read, suspect
from tests.app.domain.parts import Part

NOBODY = {"return-path": "<>"}
REPORT = {"content-type": "multipart/report; report-type=delivery-status; boundary=x"}
DAEMON = "MAILER-DAEMON@mx.example.net"


def status(action: str, recipient: str = "bo@borger.example.org") -> list[Part]:
    lines = f"Reporting-MTA: dns;mx\n\nFinal-Recipient: RFC822; {recipient}\nAction: {action}\nStatus: 5.1.1\n"
    return [Part("message/delivery-status", lines.encode())]


@pytest.mark.parametrize(
    ("headers", "subject", "sender", "text"),
    [
        (
            NOBODY,
            "failure notice",
            DAEMON,
            "Hi. This is the mail program.\n<bo@borger.example.org>:\nNo such mailbox here.\n",
        ),
        (
            NOBODY | {"x-failed-recipients": "bo@borger.example.org"},
            "Mail delivery failed: returning message to sender",
            DAEMON,
            "",
        ),
        (
            {"x-failed-recipients": "bo@borger.example.org"},
            "Delivery Status Notification (Failure)",
            "x@mail.example.com",
            "",
        ),
        (
            NOBODY,
            "Undelivered Mail Returned to Sender",
            "MAILER-DAEMON@town.example.org",
            "I'm sorry to have to inform you",
        ),
        (NOBODY, "Kan ikke leveres: SV: Hul i vejen", "MicrosoftExchange329e71ec@town.example.org", ""),
        (NOBODY, "Undeliverable: Re: hole", "postmaster@town.example.org", ""),
        (NOBODY, "Unzustellbar: AW: Loch", "postmaster@stadt.example.org", ""),
        (NOBODY, "Kunde inte levereras: SV: Hål", "postmaster@stad.example.org", ""),
        (NOBODY, "Ikke levert: SV: Hull", "postmaster@by.example.org", ""),
        ({}, "Mail System Error - Returned Mail", "Postmaster@mx.example.net", ""),
        (
            {},
            "Mail delivery failed",
            "",
            "There was an error delivering your mail to <bo@x>.\n550-5.7.26 Unauthenticated",
        ),
        (NOBODY, "Din mail", "gateway@firma.example.org", "Meddelelsen kunne ikke leveres.\n550 5.1.1 User unknown"),
        (REPORT, "Returned mail", "x@mx.example.net", "User unknown"),
        (NOBODY, "Your message", "mail-delivery-subsystem@example.net", "The mailbox is full."),
    ],
)
def test_a_bounce_of_any_shape(headers: dict[str, str], subject: str, sender: str, text: str) -> None:
    assert delivery(headers, subject, sender, text) is Delivery.FAILED


@pytest.mark.parametrize(
    ("headers", "subject", "sender", "text"),
    [
        ({}, "Skraldespanden blev ikke leveret", "bo@borger.example.org", "Den kunne ikke leveres, sagde chaufføren."),
        (
            NOBODY,
            "Ny indberetning: container ikke leveret",
            "praj@formular.example.org",
            "Fra bo@borger.example.org: den er ikke leveret.",
        ),
        ({}, "VS: Kan ikke leveres: Ansøgning", "bo@borger.example.org", "Jeg kan ikke sende til jer. Hvad gør jeg?"),
        ({}, "Undeliverable", "bo@borger.example.org", "My letters to you are undeliverable."),
        (NOBODY, "Tak for din bestilling", "butik@shop.example.org", "Din pakke er leveret."),
        ({"content-type": "multipart/report; report-type=feedback-report"}, "complaint", "staff@mail.example.com", ""),
    ],
)
def test_what_people_and_forms_say_of_things_not_delivered_is_read(
    headers: dict[str, str], subject: str, sender: str, text: str
) -> None:
    assert delivery(headers, subject, sender, text) is None


@pytest.mark.parametrize("action", ["delayed", "delivered", "relayed", "expanded"])
def test_what_may_still_arrive_or_has_arrived_is_no_bounce(action: str) -> None:
    assert delivery(REPORT, "Undelivered", DAEMON, "", status(action)) is Delivery.NOTICE


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("Warning: could not send message for past 4 hours", ""),
        ("Delivery Status Notification (Delay)", "will keep trying"),
        ("Levering forsinket: SV: Hul i vejen", "Meddelelsen er endnu ikke leveret."),
        ("Your mail", "It has not yet been delivered. It is still being retried."),
    ],
)
def test_a_warning_is_no_bounce(subject: str, text: str) -> None:
    assert delivery(NOBODY, subject, DAEMON, text) is Delivery.NOTICE


def test_a_failure_among_successes_is_a_failure() -> None:
    parts = status("delivered", "a@x.example.org") + status("failed")
    assert delivery(REPORT, "Delivery report", DAEMON, "", parts) is Delivery.FAILED


def test_what_did_not_arrive_stands_in_the_report() -> None:
    returned = Part(
        "message/rfc822", b"Message-ID: <svar@town.example.org>\r\nSubject: SV: Hul [2026-000001]\r\n\r\nHej"
    )
    found = read({}, "Undeliverable", "", [*status("failed", "BO@borger.example.org"), returned], ["<other@x>"])
    assert found.recipients == ("bo@borger.example.org",)
    assert found.message_ids == ("<svar@town.example.org>", "<other@x>")
    assert "2026-000001" in found.words


@pytest.mark.parametrize(
    ("headers", "text", "recipients"),
    [
        (
            {},
            "<bo@borger.example.org>:\nNo such mailbox.\n\n--- Below this line is a copy of the message.\n\nFrom: x@y.z",
            1,
        ),
        ({"x-failed-recipients": "bo@borger.example.org, eva@borger.example.org"}, "x@y.example.org", 2),
        ({}, "Meddelelsen kunne ikke leveres til bo@borger.example.org.", 1),
        ({}, "Levering til disse modtagere mislykkedes:\n\n  Bo@Borger.example.org (Bo@Borger.example.org)", 1),
    ],
)
def test_whom_it_did_not_reach_stands_in_its_own_words(headers: dict[str, str], text: str, recipients: int) -> None:
    found = read(headers, "", text, [])
    assert found.recipients[0] == "bo@borger.example.org"
    assert len(found.recipients) == recipients


def test_message_ids_are_found_in_plain_text() -> None:
    text = "--- Below this line is a copy of the message.\n\nMessage-Id: svar@town.example.org\nFrom: x"
    assert read({}, "", text, []).message_ids == ("<svar@town.example.org>",)


@pytest.mark.parametrize(
    ("head", "looks"),
    [
        (b"From: MAILER-DAEMON@x\r\n", True),
        (b"Return-Path: <>\r\nFrom: a@b\r\n", True),
        (b"From: a@b\r\nContent-Type: multipart/report;\r\n", True),
        (b"From: Microsoft Outlook <MicrosoftExchange0@x>\r\n", True),
        (b"From: Bo <bo@x>\r\nContent-Type: text/plain\r\n\r\nfailure notice", False),
    ],
)
def test_only_what_looks_like_one_is_opened(head: bytes, looks: bool) -> None:
    assert suspect(head) is looks
