"""Only what surely answers an enquiry closes it; what may be an answer is kept, and a human is asked."""

from email.message import EmailMessage

import pytest
from sqlalchemy import select

from app import database
from app.domain.enquiry import State
from app.domain.recognition import SetAside
from app.domain.routing import Reason
from app.errors import RefusedError
from app.models.case import Forward, Reply
from app.models.enquiry import Enquiry, RawMail
from app.models.label import Label
from app.models.prediction import Decision
from app.models.unit import Mailbox
from app.services.inbound import intake
from app.services.inbound.return_folder import ReturnFolders
from app.services.platform import settings
from app.services.triage import decisions, merging
from app.workflow.worker import Worker
from connectors.mail.message import Folder
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
from tests.town import PARK, ROAD, UNITS, Town, eventually, look_for_answers, look_into, mail, now

__all__ = ["park", "worker"]
A, B = "<a@borger.example.org>", "<b@borger.example.org>"


def from_the_park(subject: str, text: str = "Vi har set på det.", *, to: str = CITIZEN, in_reply_to: str = "") -> bytes:
    return mail(subject, text, sender=OURS, to=to, in_reply_to=in_reply_to)


def forward_of(town: Town, enquiry: int) -> str:
    with database.read(town.container.engine) as session:
        query = select(Forward.message_id).where(Forward.enquiry_id == enquiry)
        return session.scalars(query.order_by(Forward.routing_no.desc())).first() or ""


def run(town: Town, *, running: bool) -> None:
    with database.write(town.container.engine) as session:
        settings.put(session, settings.ROBOT_RUNNING, running)


def sent(town: Town, raw: bytes) -> None:
    """The park sends a mail, and its Sent is looked through."""
    town.gateway.add_sent(OURS, raw)
    looked(town)


def asked(town: Town) -> Enquiry | None:
    """The unit's mail that a human is asked about, once it has been read."""
    with database.read(town.container.engine) as session:
        query = select(Enquiry.id).join(Enquiry.raw).where(RawMail.folder == Folder.SENT)
        found = session.scalars(query).one_or_none()
    if found is None:
        return None
    eventually(lambda: town.enquiry(found).state is not State.RECEIVED)
    return town.enquiry(found)


def test_an_answer_to_one_mail_answers_no_other_that_has_no_case_yet(town: Town, worker: Worker) -> None:
    first = with_the_park(town, mail("Bænk", "Bænken i parken mangler", message_id=A))
    run(town, running=False)
    second = take(town, mail("Hjælp", "Jeg er syg", message_id=B))
    town.decide(second)
    sent(town, from_the_park("Om din baenk", in_reply_to=forward_of(town, first)))
    assert (town.enquiry(first).state, town.enquiry(second).state) == (State.ANSWERED, State.ROUTED)
    run(town, running=True)
    eventually(lambda: "forwarded" in town.events(second))
    assert town.enquiry(second).state is State.ROUTED


UNGOT = {
    "another matter": ("Kvittering for din legepladsudlejning", ""),
    "its own subject": ("SV: Bænk", ""),
    "another thread": ("SV: Bænk", "<ukendt@borger.example.org>"),
}


@pytest.mark.parametrize("shape", UNGOT)
def test_what_a_unit_has_not_got_it_has_not_answered(town: Town, worker: Worker, shape: str) -> None:
    run(town, running=False)
    one = take(town, mail("Bænk", "Bænken i parken mangler", message_id=A))
    town.decide(one)
    subject, thread = UNGOT[shape]
    sent(town, from_the_park(subject, in_reply_to=thread))
    assert (town.enquiry(one).state, asked(town)) == (State.ROUTED, None)


def test_the_one_mail_a_citizen_waits_for_is_answered_under_its_subject(town: Town, worker: Worker) -> None:
    one = with_the_park(town, mail("Bænk", "Bænken i parken mangler", message_id=A))
    sent(town, from_the_park("SV: bænk"))
    assert (town.enquiry(one).state is not State.ROUTED, asked(town)) == (True, None)


@pytest.mark.parametrize("subject", ["Kvittering for legepladsen", "", "Bænken"])
def test_of_a_mail_that_may_be_the_answer_a_human_is_asked(town: Town, worker: Worker, subject: str) -> None:
    one = with_the_park(town, mail("Bænk", "Bænken i parken mangler", message_id=A))
    sent(town, from_the_park(subject))
    found = asked(town)
    assert found is not None
    assert (found.state, found.resembles_id, town.enquiry(one).state) == (State.TRIAGE, one, State.ROUTED)
    assert "answer_unsure" in town.events(one)
    with database.read(town.container.engine) as session:
        reason = session.scalars(select(Decision.reason).where(Decision.enquiry_id == found.id)).one()
    assert reason == Reason.MAYBE_ANSWER


def test_of_two_mails_under_one_subject_a_human_says_which_was_answered(town: Town, worker: Worker) -> None:
    first, second = (with_the_park(town, mail("Bænk", f"Bænk {n} mangler", message_id=each))
                     for n, each in enumerate((A, B)))  # fmt: skip
    sent(town, from_the_park("SV: Bænk"))
    found = asked(town)
    assert found is not None
    assert [town.enquiry(each).state for each in (first, second)] == [State.ROUTED, State.ROUTED]


def test_an_answer_in_a_thread_of_the_units_own_is_its_own_business(town: Town, worker: Worker) -> None:
    one = with_the_park(town, mail("Bænk", "Bænken i parken mangler", message_id=A))
    sent(town, from_the_park("SV: Leje af legeplads", in_reply_to="<leje@borger.example.org>"))
    assert (town.enquiry(one).state, asked(town)) == (State.ROUTED, None)


@pytest.mark.parametrize("by", ["number", "forward", "the citizen's mail"])
def test_an_answer_while_its_mail_is_before_a_human_again_is_shown_and_can_be_counted(
    town: Town, worker: Worker, by: str
) -> None:
    one = with_the_park(town, mail("Bænk", "Bænken i parken mangler", message_id=A))
    forward = forward_of(town, one)
    take(town, report(recipient=OURS, returned=f"Message-ID: {forward}"))
    assert town.enquiry(one).state is State.TRIAGE
    subject = f"SV: Bænk [{number_of(town, one)}]" if by == "number" else "SV: Bænk"
    sent(town, from_the_park(subject, in_reply_to={"forward": forward, "the citizen's mail": A}.get(by, "")))
    found = asked(town)
    assert found is not None
    assert (found.state, found.resembles_id, town.enquiry(one).state) == (State.TRIAGE, one, State.TRIAGE)
    c = town.container
    with database.write(c.engine) as session:
        merging.merge(session, c.robot, found.id, one, version=found.version, by=town.visitator.actor, now=now())
    eventually(lambda: town.enquiry(one).state is State.CLOSED)
    counted = town.enquiry(found.id)
    assert (counted.state, counted.reason, counted.follow_up_of_id) == (State.SET_ASIDE, SetAside.ANSWER, one)
    assert town.events(one).count("forwarded") == 1
    with database.read(c.engine) as session:
        assert session.scalars(select(Reply.raw_mail_id).where(Reply.enquiry_id == one)).one() == found.raw_mail_id


def test_a_units_mail_goes_to_no_unit_and_teaches_nothing(town: Town, worker: Worker) -> None:
    with_the_park(town, mail("Bænk", "Bænken i parken mangler", message_id=A))
    sent(town, from_the_park("Kvittering"))
    found = asked(town)
    assert found is not None
    with pytest.raises(RefusedError, match="unit_wrote_it"):
        town.decide(found.id)
    c = town.container
    with database.write(c.engine) as session:
        decisions.no_enquiry(session, c.robot, found.id, version=found.version, by=town.visitator.actor, now=now())
    with database.read(c.engine) as session:
        assert [each.taught for each in session.scalars(select(Label).where(Label.enquiry_id == found.id))] == [False]


@pytest.mark.parametrize("by", ["number", "forward", "the citizen's mail"])
def test_a_follow_up_that_the_unit_has_not_got_is_not_answered_with_the_first(
    town: Town, worker: Worker, by: str
) -> None:
    first = with_the_park(town, mail("Sti", "Om stien", message_id=A))
    run(town, running=False)
    again = take(town, mail("SV: Sti", "Nu er min mor faldet på stien", message_id=B, in_reply_to=A))
    assert town.enquiry(again).state is State.ROUTED
    subject = f"SV: Sti [{number_of(town, first)}]" if by == "number" else "SV: Sti"
    thread = {"forward": forward_of(town, first), "the citizen's mail": A}.get(by, "")
    sent(town, from_the_park(subject, in_reply_to=thread))
    assert (town.enquiry(first).state, town.enquiry(again).state) == (State.ANSWERED, State.ROUTED)
    # One more mail in the case is no answer to it either.
    sent(town, from_the_park(subject, "Og så er det fejet.", in_reply_to=thread))
    assert town.enquiry(again).state is State.ROUTED
    run(town, running=True)
    eventually(lambda: "forwarded" in town.events(again))
    assert town.enquiry(again).state is State.ROUTED


@pytest.mark.parametrize("stored", [False, True])
def test_an_answer_waits_until_what_lay_in_the_units_mailbox_is_read(town: Town, park: str, stored: bool) -> None:
    c = town.container
    town.gateway.deliver(park, mail("Lampe", "Min lampe er gået", to=park, message_id=A))
    town.gateway.add_sent(park, from_the_park("SV: Lampe", in_reply_to=A))
    if stored:
        look_into(c, intake.Inboxes(c.engine, c.settings.secret_key))
    assert look_for_answers(c) == 0
    town.take_in()
    assert look_for_answers(c) == 1
    assert town.enquiry(town.last_enquiry()).state is State.ANSWERED


def test_what_lies_unread_in_one_units_mailbox_holds_up_no_others_answer(town: Town, worker: Worker) -> None:
    one = with_the_park(town, mail("Bænk", "Bænken i parken mangler", message_id=A))
    worker.stop()
    with database.write(town.container.engine) as session:
        session.add(Mailbox(address=UNITS[ROAD], name=ROAD, unit_id=town.units[ROAD]))
    town.gateway.deliver(UNITS[ROAD], mail("Hul", "Et hul", to=UNITS[ROAD]))
    sent(town, from_the_park("SV: Bænk", in_reply_to=A))
    assert town.enquiry(one).state is not State.ROUTED


def deep(subject: str, *, to: str = CITIZEN) -> bytes:
    """A mail that goes deeper than is read."""
    levels = range(70)
    opening = "".join(f'Content-Type: multipart/mixed; boundary="x{n}"\r\n\r\n--x{n}\r\n' for n in levels)
    closing = "".join(f"--x{n}--\r\n" for n in reversed(levels))
    head = (
        f"From: {OURS}\r\nTo: {to}\r\nSubject: {subject}\r\nMessage-ID: <dyb@town.example.org>\r\nMIME-Version: 1.0\r\n"
    )
    return f"{head}{opening}Content-Type: text/plain\r\n\r\nHej\r\n{closing}".encode()


def crowded(subject: str, *, to: str = CITIZEN) -> bytes:
    """A mail with more parts than are read."""
    made = EmailMessage()
    made["From"], made["To"], made["Subject"], made["Message-ID"] = OURS, to, subject, "<mange@town.example.org>"
    made.set_content("Hej")
    for n in range(3):
        made.add_attachment(b"x", maintype="application", subtype="x", filename=f"{n}.bin")
    content = made.as_bytes()  # which chooses the boundary
    boundary = made.get_boundary() or ""
    return content.replace(b"\n", b"\r\n").replace(
        f"--{boundary}--".encode(), f"--{boundary}\r\n\r\nx\r\n".encode() * 2_100 + f"--{boundary}--".encode()
    )  # fmt: skip


@pytest.mark.parametrize("make", [deep, crowded])
def test_an_answer_that_cannot_be_read_is_kept_and_shown(town: Town, worker: Worker, make: object) -> None:
    assert callable(make)
    one = with_the_park(town, mail("Sti", "Om stien", message_id=A))
    sent(town, make("Frokost", to="kollega@town.example.org"))
    assert asked(town) is None
    raw = make(f"SV: Sti [{number_of(town, one)}]")
    sent(town, raw)
    found = asked(town)
    assert found is not None
    assert (found.state, found.quarantine is not None, found.resembles_id) == (State.TRIAGE, True, one)
    assert ("answer_unsure" in town.events(one), town.enquiry(one).state) == (True, State.ROUTED)
    with database.read(town.container.engine) as session:
        assert session.get_one(RawMail, found.raw_mail_id).content == raw


@pytest.mark.parametrize("subject", ["SV: Sti [{number}]", "Noget andet"])
def test_of_the_answer_to_a_mail_that_could_not_be_read_a_human_is_asked(
    town: Town, worker: Worker, subject: str
) -> None:
    """Nobody is its citizen; the unit answers the forward all the same."""
    raw = deep("Sti", to="tmf@town.example.org").replace(OURS.encode(), b"Rie <rie@borger.example.org>")
    one = with_the_park(town, raw)
    text = subject.format(number=number_of(town, one))
    sent(town, from_the_park(text, to="kollega@town.example.org", in_reply_to=forward_of(town, one)))
    assert asked(town) is None, "what colleagues write to each other is no answer"
    sent(town, from_the_park(text, "Svar", to="rie@borger.example.org", in_reply_to=forward_of(town, one)))
    found = asked(town)
    assert found is not None
    assert (found.resembles_id, "answer_unsure" in town.events(one)) == (one, True)


def test_another_units_forward_in_retur_returns_nothing_and_is_kept(town: Town, worker: Worker) -> None:
    one = with_the_park(town, mail("Hegn", "Om hegnet", message_id=A))
    worker.stop()
    before, road = labels(town, one), UNITS[ROAD]
    raws = (
        mail("Ny henvendelse", "Helt ny", sender="ole@borger.example.org", to=road, message_id=forward_of(town, one)),
        mail("En til", "Også ny", sender="ole@borger.example.org", to=road, message_id=forward_of(town, one)),
    )
    for raw in raws:
        key = town.gateway.deliver(road, raw)
        town.gateway.move(road, key, source=Folder.INBOX, target=Folder.RETURNS)
    assert look_into(town.container, ReturnFolders()) == len(raws)
    town.take_in()
    assert (town.enquiry(one).state, town.enquiry(one).unit_id) == (State.ROUTED, town.units[PARK])
    assert (labels(town, one), "returned" in town.events(one)) == (before, False)
    assert (town.enquiry(town.last_enquiry()).state, town.last_enquiry()) == (State.TRIAGE, one + len(raws))
