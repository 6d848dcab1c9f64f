"""A unit's answer that a person adds as a file counts as one found in Sent: once, journaled, and never for another matter."""

from datetime import timedelta
from email.utils import format_datetime

import pytest
from sqlalchemy import func, select

from app import database
from app.domain.access import Role
from app.domain.enquiry import State
from app.errors import NotFoundError, RefusedError
from app.models.case import CaseDocument, Reply
from app.models.enquiry import RawMail
from app.models.event import Event
from app.services.inbound import added_answers
from app.workflow.worker import Worker
from connectors.mail.reading import outlook
from tests.app.services.inbound.steps_of_answers import CITIZEN, OURS, looked, number_of, with_the_park, worker
from tests.connectors.outlook import Message
from tests.town import PARK, UNITS, Town, eventually, mail, now

__all__ = ["worker"]
A = "<a@borger.example.org>"
CASEWORKER = "Karla <karla@town.example.org>"


def answer(town: Town, enquiry: int, text: str = "Vi kommer i morgen.", *, hours: float = 0, **given: str) -> bytes:
    """What the caseworker's own Sent holds."""
    date = format_datetime(now() + timedelta(hours=hours))
    written = {"sender": CASEWORKER, "to": CITIZEN} | given
    subject = written.pop("subject", f"SV: Træ [{number_of(town, enquiry)}]")
    return mail(subject, text, headers={"Date": date}, **written)  # type: ignore[arg-type]


def add(town: Town, enquiry: int, content: bytes, role: Role = Role.CASEWORKER) -> None:
    c = town.container
    added_answers.add(c.engine, c.parser, c.robot, enquiry, content, by=town.people[role].actor, now=now())


def replies(town: Town) -> int:
    with database.read(town.container.engine) as session:
        return session.scalar(select(func.count()).select_from(Reply)) or 0


def test_it_is_journaled_closes_the_case_and_counts_once_wherever_it_is_found_again(town: Town, worker: Worker) -> None:
    enquiry = with_the_park(town, mail("Træ", "Træet er væltet", message_id=A))
    content = answer(town, enquiry)
    add(town, enquiry, content)
    eventually(lambda: "case_closed" in town.events(enquiry))
    eventually(lambda: town.enquiry(enquiry).state is State.CLOSED)
    with database.read(town.container.engine) as session:
        query = select(Event.by).where(Event.enquiry_id == enquiry, Event.kind == "answer_added")
        assert session.scalars(query).all() == [town.people[Role.CASEWORKER].email]
        titles = session.scalars(select(CaseDocument.title).where(CaseDocument.enquiry_id == enquiry)).all()
        assert titles.count("Svar til borgeren") == 1
        assert session.scalars(select(RawMail.content).join(Reply, Reply.raw_mail_id == RawMail.id)).all() == [content]
    with pytest.raises(RefusedError, match="answer_kept"):
        add(town, enquiry, content)
    elsewhere = content.replace(b"Subject:", b"X-Sent-By: Exchange\r\nSubject:", 1)
    with pytest.raises(RefusedError, match="answer_kept"):
        add(town, enquiry, elsewhere)
    later = with_the_park(town, mail("Træ", "Det ligger der endnu", in_reply_to=A, message_id="<b@borger.example.org>"))
    before = town.last_enquiry()
    for each in (content, elsewhere):
        town.gateway.add_sent(OURS, each)
        looked(town)
    assert (replies(town), town.last_enquiry(), town.enquiry(later).state) == (1, before, State.ROUTED)


def test_a_mail_that_outlook_has_saved_is_the_answer_as_well(town: Town, worker: Worker) -> None:
    enquiry = with_the_park(town, mail("Træ", "Træet er væltet", message_id=A))
    texts = {0x0037: f"SV: Træ [{number_of(town, enquiry)}]", 0x1000: "Vi kommer", 0x1035: "<msg@x.example.org>"}
    file = Message(texts=texts, sent=now().replace(microsecond=0), people=[(1, "Prøve", CITIZEN)]).written()
    add(town, enquiry, file)
    eventually(lambda: "case_closed" in town.events(enquiry))
    with pytest.raises(RefusedError, match="answer_kept"):
        add(town, enquiry, file)
    with database.read(town.container.engine) as session:
        kept = session.scalars(select(RawMail.content).join(Reply, Reply.raw_mail_id == RawMail.id)).one()
    assert b"Message-ID: <msg@x.example.org>" in kept


def test_what_was_found_in_sent_is_there_already(town: Town, worker: Worker) -> None:
    enquiry = with_the_park(town, mail("Træ", "Træet er væltet", message_id=A))
    content = answer(town, enquiry, sender=OURS)
    town.gateway.add_sent(OURS, content)
    looked(town)
    eventually(lambda: "answered" in town.events(enquiry))
    with pytest.raises(RefusedError, match="answer_kept"):
        add(town, enquiry, content.replace(b"Subject:", b"X-Sent-By: Exchange\r\nSubject:", 1))
    with pytest.raises(RefusedError, match="answered_before"):
        add(town, enquiry, answer(town, enquiry, "Og en mail til"))
    assert replies(town) == 1


def test_what_cannot_be_the_answer_is_refused_and_changes_nothing(town: Town, worker: Worker) -> None:
    citizen = mail("Træ", "Træet er væltet", message_id=A)
    enquiry = with_the_park(town, citizen)
    other = with_the_park(town, mail("Bænk", "Den mangler", sender="anden@borger.example.org"))
    refused = {
        "not_a_mail": b"%PDF-1.7 \x00\x01 binary",
        "mail_too_large": answer(town, enquiry, "x") + b"y" * added_answers.LARGEST,
        "mail_of_citizen": citizen,
        "mail_by_machine": mail(
            "SV: Træ", "Vi kommer", sender=OURS, to=CITIZEN, headers={"Auto-Submitted": "auto-replied"}
        ),
        "answer_not_to_citizen": answer(town, enquiry, to="kollega@town.example.org"),
        "mail_before_enquiry": answer(town, enquiry, hours=-1),
    }
    of_others = (
        answer(town, other),
        answer(town, enquiry, sender=UNITS["Vej"]),
        answer(town, enquiry, subject="SV: Bænk", in_reply_to=str(town.enquiry(other).message_id)),
    )
    damaged = ("not_a_mail", outlook.MAGIC + b"x" * 900)
    for code, content in [damaged, *refused.items(), *(("answer_of_another", each) for each in of_others)]:
        with pytest.raises(RefusedError, match=f"^{code}$"):
            add(town, enquiry, content)
    assert (replies(town), town.enquiry(enquiry).state) == (0, State.ROUTED)


def test_who_may_and_when(town: Town, worker: Worker) -> None:
    enquiry = with_the_park(town, mail("Træ", "Træet er væltet", message_id=A))
    content = answer(town, enquiry)
    with pytest.raises(NotFoundError):
        add(town, enquiry, content, Role.AUDITOR)
    (waiting,) = [town.last_enquiry() + 1]
    town.gateway.deliver("tmf@town.example.org", mail("Hul", "Vejen har et hul", sender="c@borger.example.org"))
    eventually(lambda: town.last_enquiry() == waiting and town.enquiry(waiting).state is State.TRIAGE)
    with pytest.raises(NotFoundError):
        add(town, waiting, content)
    with pytest.raises(RefusedError, match="in_triage"):
        add(town, waiting, content, Role.MANAGER)
    add(town, enquiry, content, Role.VISITATOR)
    assert town.enquiry(enquiry).unit_id == town.units[PARK]


def test_an_answer_without_a_date_or_from_tomorrow_was_sent_now(town: Town, worker: Worker) -> None:
    for number, hours in enumerate((None, 48)):
        enquiry = with_the_park(town, mail("Træ", f"Træ {number}", message_id=f"<{number}@borger.example.org>"))
        content = answer(town, enquiry, f"Svar {number}", hours=hours or 0)
        add(town, enquiry, content if hours else content.replace(b"Date:", b"X-Date:", 1))
        answered = town.enquiry(enquiry).answered_at
        assert answered is not None
        assert town.enquiry(enquiry).received_at <= answered <= now()
