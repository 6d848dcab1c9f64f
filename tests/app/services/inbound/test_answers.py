"""What counts as an answer, and what becomes of one that did not arrive; with the robot at work."""

import re
from email import message_from_bytes, policy

import pytest
from sqlalchemy import select

from app import database
from app.domain.enquiry import State
from app.domain.events.casework import RecallSent
from app.domain.recognition import SetAside
from app.domain.routing import Reason
from app.models.case import Deadline, Forward, Reply, UnitNotice
from app.models.event import Event
from app.models.prediction import Decision
from app.services.inbound.unit_inboxes import UnitInboxes
from app.services.triage import undoing
from app.workflow.worker import Worker
from tests.app.services.inbound.steps_of_answers import (
    CITIZEN,
    OURS,
    labels,
    looked,
    number_of,
    park,
    report,
    take,
    with_the_park,
    worker,
)
from tests.cases import case
from tests.town import SHARED, UNITS, Town, eventually, look_into, mail, now

__all__ = ["park", "worker"]


def answered(town: Town, enquiry: int, raw: bytes) -> None:
    town.gateway.add_sent(OURS, raw)
    eventually(lambda: town.enquiry(enquiry).state is State.CLOSED)


def in_inbox(town: Town, address: str = OURS) -> list[str]:
    refs = town.gateway.new_messages(address, None).messages
    return [
        str(message_from_bytes(town.gateway.raw(address, ref.key), policy=policy.default)["Subject"]) for ref in refs
    ]


def test_a_units_own_absence_note_answers_nothing(town: Town, park: str, worker: Worker) -> None:
    first = with_the_park(town, case("15-direct"), park)
    before = labels(town, first)
    town.gateway.add_sent(park, case("15.sent"))
    looked(town)
    found = town.enquiry(first)
    assert (found.state, found.answered_at, labels(town, first)) == (State.ROUTED, None, before)


AUTOMATIC = {
    "receipt": ({"Auto-Submitted": "auto-replied"}, "SV: Bænk", "Tak, vi har fået din mail."),
    "absence": ({}, "Automatisk svar: Bænk", "Vi holder lukket."),
    "absence without a word in the subject": ({}, "SV: Bænk", "Vi holder ferielukket til den 4. januar."),
    "read receipt": (
        {"Content-Type": "multipart/report; report-type=disposition-notification; boundary=x"}, "Læst: Bænk", "Læst.",
    ),
    "invitation": ({"Content-Type": "text/calendar; method=REQUEST"}, "SV: Bænk", "BEGIN:VCALENDAR"),
    "rule": ({"X-MS-Exchange-Inbox-Rules-Loop": OURS}, "VS: Bænk", "Se nedenfor."),
}  # fmt: skip


@pytest.mark.parametrize("kind", AUTOMATIC)
def test_what_a_machine_sent_for_the_unit_answers_nothing(town: Town, worker: Worker, kind: str) -> None:
    first = with_the_park(town, mail("Bænk", "Bænken i parken mangler", message_id="<baenk@x.example.org>"))
    headers, subject, text = AUTOMATIC[kind]
    raw = mail(subject, text, sender=OURS, to=CITIZEN, in_reply_to="<baenk@x.example.org>")
    for name, value in headers.items():
        raw = b"%s: %s\r\n" % (name.encode(), value.encode()) + re.sub(rb"(?im)^%s:.*\r\n" % name.encode(), b"", raw)
    town.gateway.add_sent(OURS, raw)
    looked(town)
    assert (town.enquiry(first).state, "answered" in town.events(first)) == (State.ROUTED, False)


@pytest.mark.parametrize("to", ["kollega@town.example.org", UNITS["Vej"], "Bo <bo@andre.example.org>"])
def test_an_answer_to_somebody_else_is_none(town: Town, worker: Worker, to: str) -> None:
    first = with_the_park(town, mail("Bænk", "Bænken i parken mangler", message_id="<baenk@x.example.org>"))
    raw = mail(
        f"VS: Bænk [{number_of(town, first)}]", "Er det jer?", sender=OURS, to=to, in_reply_to="<baenk@x.example.org>"
    )
    town.gateway.add_sent(OURS, raw)
    looked(town)
    assert town.enquiry(first).state is State.ROUTED


COPIES = {
    "a question among colleagues": (UNITS["Vej"], "x@town.example.org", False),
    "to the citizen's lawyer": ("advokat@andre.example.org", "", True),
    "to the citizen and a colleague": (f"{CITIZEN.upper()}, {UNITS['Vej']}", "", True),
}


@pytest.mark.parametrize("kind", COPIES)
def test_a_copy_of_what_colleagues_write_to_each_other_is_no_answer(town: Town, worker: Worker, kind: str) -> None:
    to, also, counts = COPIES[kind]
    first = with_the_park(town, mail("Bænk", "Bænken i parken mangler", message_id="<baenk@x.example.org>"))
    cc = ", ".join(each for each in (CITIZEN, also) if each)
    raw = mail("SV: Bænk", "Se her.", sender=OURS, to=to, in_reply_to="<baenk@x.example.org>", headers={"Cc": cc})
    town.gateway.add_sent(OURS, raw)
    looked(town)
    assert (town.enquiry(first).state is not State.ROUTED) is counts


def test_a_citizen_goes_on_from_the_units_answer(town: Town, park: str, worker: Worker) -> None:
    first = with_the_park(town, case("30-first"), park)
    answered(town, first, case("30.sent"))
    again = take(town, case("30b-reply-to-the-answer"), park)
    eventually(lambda: "forwarded" in town.events(again))
    assert town.enquiry(again).follow_up_of_id == first


def test_a_citizens_absence_note_opens_nothing_again(town: Town, park: str, worker: Worker) -> None:
    first = with_the_park(town, case("31-first"), park)
    answered(town, first, case("31.sent"))
    note = town.enquiry(take(town, case("31b-absence-by-subject"), park))
    assert (note.state, note.reason, note.follow_up_of_id) == (State.SET_ASIDE, SetAside.AUTOMATIC_REPLY, first)
    assert town.enquiry(first).state is State.CLOSED


def test_a_capital_letter_in_an_address_is_no_other_citizen(town: Town, worker: Worker) -> None:
    first = with_the_park(town, case("13-first"))
    again = town.enquiry(take(town, case("13-capital-letter", NUMBER=number_of(town, first))))
    assert (again.follow_up_of_id, again.state) == (first, State.ROUTED)


BOUNCES = {
    "by the returned message's id": lambda number: report(returned="Message-ID: <svar@town.example.org>"),
    "by the id it answers": lambda number: mail(
        "Undeliverable: SV: Bænk", "550 5.1.1 no such user", sender="postmaster@mx.example.net",
        in_reply_to="<svar@town.example.org>", headers={"Return-Path": "<>"},
    ),
    "by the id among its references": lambda number: mail(
        "Undeliverable: SV: Bænk", "550 5.1.1 no such user", sender="postmaster@mx.example.net",
        headers={"Return-Path": "<>", "References": "<baenk@x.example.org> <svar@town.example.org>"},
    ),
    "qmail's plain text": lambda number: mail(
        "failure notice",
        f"<{CITIZEN}>:\nNo such mailbox.\n\n--- Below this line is a copy.\n\nSubject: SV: Hul [{number}]\n"
        "Message-ID: <svar@town.example.org>",
        sender="MAILER-DAEMON@mx.example.net", headers={"Return-Path": "<>"},
    ),
    "Exchange in Danish": lambda number: mail(
        "Kan ikke leveres: SV: Bænk",
        f"Meddelelsen kunne ikke leveres til {CITIZEN}.\n\nOprindelige meddelelseshoveder:\n\n"
        "Message-ID: <svar@town.example.org>",
        sender="MicrosoftExchange0@town.example.org", headers={"Return-Path": "<>"},
    ),
    "of the citizen in capitals": lambda number: report(
        recipient=CITIZEN.upper(), returned="Message-ID: <svar@town.example.org>"
    ),
}  # fmt: skip
NAMED = {
    "our case number alone": lambda number: mail(
        "Undelivered Mail Returned to Sender", f"Could not be delivered: 550 5.1.1 user unknown. Subject: [{number}]",
        sender="mailer-daemon@evil.example.com",
    ),
    "our case number in a report": lambda number: report(returned=f"Subject: SV: =?utf-8?q?B=C3=A6nk?= [{number}]"),
    "the citizen alone": lambda number: report(recipient=CITIZEN),
    "the citizen and the subject": lambda number: mail(
        "Kan ikke leveres: SV: Bænk", f"Meddelelsen kunne ikke leveres til {CITIZEN}.",
        sender="MicrosoftExchange0@town.example.org", headers={"Return-Path": "<>"},
    ),
    "a header of Exim's": lambda number: mail(
        "Mail delivery failed: returning message to sender", "x", sender="Mailer-Daemon@mx.example.net",
        headers={"X-Failed-Recipients": CITIZEN, "Auto-Submitted": "auto-replied"},
    ),
    "an id that is none of ours": lambda number: report(
        returned=f"Message-ID: <svar@evil.example.com>\nSubject: SV: x [{number}]"
    ),
    "the citizen's own id": lambda number: report(returned="Message-ID: <baenk@x.example.org>"),
}  # fmt: skip


@pytest.mark.parametrize("shape", BOUNCES)
def test_a_case_opens_again_when_its_answer_did_not_arrive(town: Town, worker: Worker, shape: str) -> None:
    first = with_the_park(town, mail("Bænk", "Bænken i parken mangler", message_id="<baenk@x.example.org>"))
    due = town.enquiry(first).due_on
    sent = mail(
        "SV: Bænk",
        "Den kommer.",
        sender=OURS,
        to=CITIZEN,
        in_reply_to="<baenk@x.example.org>",
        message_id="<svar@town.example.org>",
    )
    answered(town, first, sent)
    bounce = take(town, BOUNCES[shape](number_of(town, first)))
    eventually(lambda: "case_reopened" in town.events(first) and "unit_told" in town.events(first))
    found = town.enquiry(first)
    assert (town.enquiry(bounce).reason, town.enquiry(bounce).follow_up_of_id) == (SetAside.BOUNCE, first)
    assert (found.state, found.due_on, found.answered_at, found.feedback_at, found.closed_at) == (
        State.ROUTED,
        due,
        None,
        None,
        None,
    )
    assert found.case is not None
    assert found.case.closed_at is None
    with database.read(town.container.engine) as session:
        assert session.get_one(Deadline, first).met_on is None
    assert sum("nåede ikke frem" in subject for subject in in_inbox(town)) == 1


def test_another_answer_closes_the_case_again(town: Town, worker: Worker) -> None:
    first = with_the_park(town, mail("Bænk", "Bænken i parken mangler", message_id="<baenk@x.example.org>"))
    sent = mail(
        "SV: Bænk",
        "Den kommer.",
        sender=OURS,
        to=CITIZEN,
        in_reply_to="<baenk@x.example.org>",
        message_id="<svar@town.example.org>",
    )
    answered(town, first, sent)
    take(town, report(returned="Message-ID: <svar@town.example.org>"))
    eventually(lambda: "case_reopened" in town.events(first))
    take(town, report(returned="Message-ID: <svar@town.example.org>", id="b2"))
    assert town.events(first).count("bounced") == 1
    answered(
        town,
        first,
        mail(
            "SV: Bænk",
            "Den kommer i dag.",
            sender=OURS,
            to=CITIZEN,
            in_reply_to="<baenk@x.example.org>",
            message_id="<svar2@town.example.org>",
        ),
    )
    # What comes late of the first answer opens nothing: the second has arrived.
    take(town, report(returned="Message-ID: <svar@town.example.org>", id="b3"))
    with database.read(town.container.engine) as session:
        rows = session.scalars(select(Reply).where(Reply.enquiry_id == first).order_by(Reply.sent_at)).all()
        filed = [row.message_id for row in rows]
    assert filed == ["<svar@town.example.org>", "<svar2@town.example.org>"]
    assert town.events(first).count("document_filed") == 4


def reason_of(town: Town, enquiry: int) -> str:
    with database.read(town.container.engine) as session:
        return session.scalars(select(Decision.reason).where(Decision.enquiry_id == enquiry)).one()


@pytest.mark.parametrize("shape", NAMED)
def test_what_only_names_an_answer_opens_nothing_and_is_read_by_a_human(town: Town, worker: Worker, shape: str) -> None:
    """Case numbers count up, and who wrote what about is no secret: anybody can write such a mail."""
    first = with_the_park(town, mail("Bænk", "Bænken i parken mangler", message_id="<baenk@x.example.org>"))
    sent = mail(
        "SV: Bænk", "Den kommer.", sender=OURS, to=CITIZEN, in_reply_to="<baenk@x.example.org>",
        message_id="<svar@town.example.org>",
    )  # fmt: skip
    answered(town, first, sent)
    before = town.events(first)
    bounce = take(town, NAMED[shape](number_of(town, first)))
    found = town.enquiry(bounce)
    assert (found.state, found.relates_id, reason_of(town, bounce)) == (State.TRIAGE, first, Reason.BOUNCE)
    assert (town.enquiry(first).state, town.events(first)) == (State.CLOSED, before)


FORGED = {
    "the unit's address": lambda number: f"<{OURS}>: 550 5.1.1 user unknown. Subject: [{number}]",
    "the number alone": lambda number: f"Could not be delivered: 550 5.1.1 user unknown. [{number}]",
    "an id like ours": lambda number: (
        f"<{OURS}>: 550 5.1.1 user unknown.\nMessage-ID: <x@sluse.example.org> [{number}]"
    ),
}


@pytest.mark.parametrize("shape", FORGED)
def test_what_only_names_a_forward_takes_nothing_from_its_unit(town: Town, worker: Worker, shape: str) -> None:
    first = with_the_park(town, mail("Bænk", "Bænken i parken mangler", message_id="<baenk@x.example.org>"))
    text = FORGED[shape](number_of(town, first))
    raw = mail("Undelivered Mail Returned to Sender", text, sender="mailer-daemon@evil.example.com")
    bounce = take(town, raw)
    found = town.enquiry(bounce)
    # Nothing has gone to the citizen that could have bounced, where the mail names no unit.
    tied = first if OURS in text else None
    assert (found.resembles_id, town.enquiry(first).state) == (tied, State.ROUTED)
    assert "bounced" not in town.events(first)
    assert (found.state is State.TRIAGE) is (tied is not None)


def test_what_is_written_to_a_unit_and_bounces_is_on_its_case(town: Town, worker: Worker) -> None:
    """A note that a mail is taken back: whoever asks sees that the unit never heard of it."""
    first = with_the_park(town, mail("Bænk", "Bænken i parken mangler"))
    with database.write(town.container.engine) as session:
        undoing.undo(session, town.container.robot, by=town.visitator.actor, now=now())
    eventually(lambda: "recall_sent" in town.events(first))
    with database.read(town.container.engine) as session:
        row = session.scalars(select(Event).where(Event.enquiry_id == first, Event.kind == RecallSent.kind)).one()
        recall = RecallSent.read(row.data).message_id
    bounce = take(town, report(recipient=OURS, returned=f"Message-ID: {recall}"))
    assert (town.enquiry(bounce).reason, town.enquiry(bounce).follow_up_of_id) == (SetAside.BOUNCE, first)
    assert town.events(first).count("bounced") == 1
    assert town.enquiry(first).state is State.TRIAGE


def test_a_forward_of_before_that_bounces_late_takes_nothing_from_the_next_unit(town: Town, worker: Worker) -> None:
    first = with_the_park(town, mail("Bænk", "Bænken i parken mangler", message_id="<baenk@x.example.org>"))
    with database.read(town.container.engine) as session:
        forward = session.scalars(select(Forward.message_id).where(Forward.enquiry_id == first)).one()
    take(town, report(recipient=OURS, returned=f"Message-ID: {forward}"))
    town.decide(first, "Vej")
    eventually(lambda: town.events(first).count("forwarded") == 2)
    take(town, report(recipient=OURS, returned=f"Message-ID: {forward}", id="b2"))
    assert town.enquiry(first).unit_id == town.units["Vej"]


@pytest.mark.parametrize("action", ["delayed", "delivered"])
def test_a_warning_opens_nothing(town: Town, worker: Worker, action: str) -> None:
    first = with_the_park(town, mail("Bænk", "Bænken i parken mangler", message_id="<baenk@x.example.org>"))
    sent = mail(
        "SV: Bænk",
        "Den kommer.",
        sender=OURS,
        to=CITIZEN,
        in_reply_to="<baenk@x.example.org>",
        message_id="<svar@town.example.org>",
    )
    answered(town, first, sent)
    warning = town.enquiry(take(town, report(returned="Message-ID: <svar@town.example.org>", action=action)))
    assert (warning.state, warning.reason) == (State.SET_ASIDE, SetAside.DELIVERY_NOTICE)
    assert town.enquiry(first).state is State.CLOSED


def test_a_copy_that_did_not_arrive_is_no_lost_answer(town: Town, worker: Worker) -> None:
    first = with_the_park(town, mail("Bænk", "Bænken i parken mangler", message_id="<baenk@x.example.org>"))
    sent = mail(
        "SV: Bænk",
        "Den kommer.",
        sender=OURS,
        to=f"{CITIZEN}, eva@andre.example.org",
        in_reply_to="<baenk@x.example.org>",
        message_id="<svar@town.example.org>",
    )
    answered(town, first, sent)
    take(town, report(recipient="eva@andre.example.org", returned="Message-ID: <svar@town.example.org>"))
    eventually(lambda: "unit_told" in town.events(first))
    assert town.enquiry(first).state is State.CLOSED


def test_a_bounce_in_the_units_own_inbox_is_found_and_nothing_else_there(town: Town, worker: Worker) -> None:
    first = with_the_park(town, mail("Bænk", "Bænken i parken mangler", message_id="<baenk@x.example.org>"))
    sent = mail(
        "SV: Bænk",
        "Den kommer.",
        sender=OURS,
        to=CITIZEN,
        in_reply_to="<baenk@x.example.org>",
        message_id="<svar@town.example.org>",
    )
    answered(town, first, sent)
    last = town.last_enquiry()
    town.gateway.deliver(OURS, mail("Frokost?", "Klokken 12", to=OURS))
    town.gateway.deliver(OURS, report(to=OURS, recipient="andre@firma.example.org"))
    town.gateway.deliver(OURS, report(to=OURS, returned="Message-ID: <svar@town.example.org>", id="b2"))
    eventually(lambda: "case_reopened" in town.events(first))
    c = town.container
    assert look_into(c, UnitInboxes(c.parser)) == 0
    assert town.last_enquiry() == last + 1


def test_a_forward_that_did_not_arrive_is_before_a_human_again(town: Town, worker: Worker) -> None:
    first = with_the_park(town, mail("Bænk", "Bænken i parken mangler", message_id="<baenk@x.example.org>"))
    with database.read(town.container.engine) as session:
        forward = session.scalars(select(Forward.message_id).where(Forward.enquiry_id == first)).one()
    take(town, report(recipient=OURS, returned=f"Message-ID: {forward}"))
    found = town.enquiry(first)
    assert (found.state, found.unit_id) == (State.TRIAGE, None)


@pytest.mark.parametrize("named", ["Sag [cpr]", "Sag 010190-1234"])
def test_of_two_letters_to_a_citizen_the_one_whose_subject_came_back(town: Town, worker: Worker, named: str) -> None:
    """Identities are hidden in the subjects we send, and were not in those of before."""
    subjects = ("Sag 010190-1234", "Træ")
    first, second = (with_the_park(town, mail(each, f"{each} i parken", message_id=f"<{n}@x.example.org>"))
                     for n, each in enumerate(subjects))  # fmt: skip
    for n, each in enumerate((first, second)):
        sent = mail(
            "SV",
            "Den kommer.",
            sender=OURS,
            to=CITIZEN,
            in_reply_to=f"<{n}@x.example.org>",
            message_id=f"<s{n}@t.example.org>",
        )
        answered(town, each, sent)
    bounce = town.enquiry(take(town, report(returned=f"Subject: SV: {named}")))
    assert (bounce.state, bounce.relates_id, town.enquiry(first).state) == (State.TRIAGE, first, State.CLOSED)


def test_a_bounce_of_nothing_of_ours_is_only_set_aside(town: Town, worker: Worker) -> None:
    found = town.enquiry(take(town, report(recipient="spam@andre.example.org", returned="Message-ID: <x@y>")))
    assert (found.state, found.reason, found.follow_up_of_id) == (State.SET_ASIDE, SetAside.BOUNCE, None)


def test_a_units_answer_that_came_to_us_is_told_to_the_unit_at_once(town: Town, worker: Worker) -> None:
    first = with_the_park(town, case("13-first"))
    with database.read(town.container.engine) as session:
        forward = session.scalars(select(Forward.message_id).where(Forward.enquiry_id == first)).one()
    astray = take(town, case("21-unit-replies-to-forward", NUMBER=number_of(town, first), FORWARD=forward))
    eventually(lambda: "unit_told" in town.events(first))
    found = town.enquiry(astray)
    assert (found.state, found.reason, found.follow_up_of_id, found.routing_no) == (
        State.SET_ASIDE,
        SetAside.HOUSE_REPLY,
        first,
        0,
    )
    assert town.enquiry(first).state is State.ROUTED
    assert any(subject.startswith("Borgeren har ikke fået jeres svar") for subject in in_inbox(town))


def test_a_mailbox_that_answers_everything_comes_to_rest(town: Town, worker: Worker) -> None:
    first = with_the_park(town, case("13-first"))
    with database.read(town.container.engine) as session:
        forward = session.scalars(select(Forward.message_id).where(Forward.enquiry_id == first)).one()
    for n in range(5):
        name = f"<r{n}@town.example.org>"
        take(town, mail("SV: Larm", f"Modtaget {n}", sender=OURS, message_id=name, in_reply_to=forward))
    with database.read(town.container.engine) as session:
        assert len(session.scalars(select(UnitNotice.id)).all()) == 1, "once a case and day"


@pytest.mark.parametrize("closed", [False, True])
@pytest.mark.parametrize("head", [
    "From: {unit}", "From: Park <{unit}>\r\nIn-Reply-To: <13@borger.example.org>",
    "From: x@evil.example.com <=?utf-8?q?{hidden}?=>", "From: =?utf-8?q?{hidden}?=\r\nSender: {unit}",
    "From: {unit}\r\nIn-Reply-To: <raadhus@evil.example.com>",
])  # fmt: skip
def test_who_only_knows_a_case_number_tells_no_unit_anything(
    town: Town, worker: Worker, head: str, closed: bool
) -> None:
    """Numbers can be counted, and a unit's address be written by anybody: a human reads it, beside the case it names."""
    first = with_the_park(town, case("13-first"))
    if closed:
        sent = mail(
            "SV: Larm", "Svar.", sender=OURS, to="dorte@borger.example.org", in_reply_to="<13@borger.example.org>"
        )
        answered(town, first, sent)
    written = head.format(unit=OURS, hidden=OURS.replace("@", "=40"))
    raw = f"{written}\r\nTo: {SHARED}\r\nSubject: SV: Larm [{number_of(town, first)}]\r\n\r\nModtaget.\r\n"
    found = town.enquiry(take(town, raw.encode()))
    assert found.state is State.TRIAGE
    assert not {"went_astray", "unit_told"} & set(town.events(first))


@pytest.mark.parametrize("answer", ["late", "in time"])
def test_an_answer_to_the_forward_of_a_closed_case_is_read_by_a_human(town: Town, worker: Worker, answer: str) -> None:
    first = with_the_park(town, case("13-first"))
    with database.read(town.container.engine) as session:
        forward = session.scalars(select(Forward.message_id).where(Forward.enquiry_id == first)).one()
    if answer == "late":
        sent = mail(
            "SV: Larm", "Svar.", sender=OURS, to="dorte@borger.example.org", in_reply_to="<13@borger.example.org>"
        )
        answered(town, first, sent)
    found = town.enquiry(take(town, mail("SV: Larm", "Mere.", sender=OURS, in_reply_to=forward)))
    assert (found.state, "went_astray" in town.events(first)) == (
        (State.TRIAGE, False) if answer == "late" else (State.SET_ASIDE, True)
    )


def test_a_copy_of_a_units_answer_says_nothing(town: Town, worker: Worker) -> None:
    first = with_the_park(town, case("13-first"))
    raw = mail(
        f"SV: Larm fra havnen [{number_of(town, first)}]", "Vi ser på det.", sender=OURS,
        to=f"dorte@borger.example.org, {SHARED}", in_reply_to="<13@borger.example.org>",
    )  # fmt: skip
    copy = town.enquiry(take(town, raw))
    assert (copy.reason, copy.follow_up_of_id, "went_astray" in town.events(first)) == (
        SetAside.HOUSE_REPLY,
        first,
        False,
    )


@pytest.mark.parametrize("subject", ["VS: Larm fra havnen", "Til jer", "Fwd: Larm"])
def test_what_a_unit_writes_of_its_own_is_for_a_human(town: Town, worker: Worker, subject: str) -> None:
    town.automatic()
    found = town.enquiry(take(town, mail(subject, "Træet i parken er væltet", sender=f"Park <{OURS.upper()}>")))
    assert found.state is State.TRIAGE
    with database.read(town.container.engine) as session:
        assert (
            session.scalars(select(Decision.reason).where(Decision.enquiry_id == found.id)).one() == Reason.FROM_HOUSE
        )


def test_reply_on_the_forward_goes_to_the_citizen(town: Town, worker: Worker) -> None:
    with_the_park(town, case("13-first"))
    (ref,) = town.gateway.new_messages(OURS, None).messages
    forward = message_from_bytes(town.gateway.raw(OURS, ref.key), policy=policy.default)
    assert forward["Reply-To"] == "dorte@borger.example.org"
