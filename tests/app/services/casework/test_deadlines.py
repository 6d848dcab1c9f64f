"""Two clocks on a real enquiry: counted from the receipt, changed by people and rules, stopped by letters to the citizen."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from app import database
from app.domain.access import Role
from app.domain.actor import Actor
from app.domain.deadlines import Terms, clocks, danish
from app.domain.enquiry import State
from app.errors import NotFoundError, RefusedError
from app.models.case import Case, InterimReply
from app.models.deadline import DeadlineType
from app.models.enquiry import Enquiry
from app.services.casework import enquiry_deadlines, reminders
from app.services.inbound import rules
from app.services.platform import circuits, settings
from app.services.triage import decisions, returns
from app.workflow.worker import Worker
from connectors.mail.message import Folder, Outgoing
from connectors.mail.reading.mime import parse
from tests.app.services.casework.steps_of_deadlines import entry
from tests.town import PARK, ROAD, UNITS, Town, eventually, mail, now

MONDAY = datetime(2026, 11, 2, 9, tzinfo=UTC)
BY = Actor("admin@town.example.org")


@pytest.fixture
def worker(town: Town) -> Iterator[Worker]:
    running = Worker(town.container)
    running.start()
    yield running
    running.stop()


def kind(town: Town, name: str) -> int:
    with database.read(town.container.engine) as session:
        return session.scalars(select(DeadlineType.id).where(DeadlineType.name == name)).one()


def dates(town: Town, enquiry_id: int) -> tuple[date, date | None, date | None]:
    found = town.enquiry(enquiry_id)
    return found.due_on, found.feedback_due_on, found.answer_due_on


def send_to_park(town: Town, enquiry_id: int) -> None:
    with database.write(town.container.engine) as session:
        version = town.enquiry(enquiry_id).version
        decisions.route(
            session,
            town.container.robot,
            enquiry_id,
            town.units[PARK],
            version=version,
            by=town.visitator.actor,
            now=now(),
        )


def test_both_clocks_begin_at_the_receipt(town: Town) -> None:
    (enquiry,) = town.receive(mail("Træ", "Et træ"), received_at=MONDAY)
    assert dates(town, enquiry) == (date(2026, 11, 16), date(2026, 11, 16), date(2026, 12, 14))


def test_a_rule_gives_an_access_request_its_seven_days(town: Town) -> None:
    with database.write(town.container.engine) as session:
        rules.install_defaults(session)
    (enquiry,) = town.receive(mail("Aktindsigt", "Jeg søger aktindsigt"), received_at=MONDAY)
    assert dates(town, enquiry) == (date(2026, 11, 11), None, date(2026, 11, 11))


def test_closing_days_count_for_new_mails_only(town: Town) -> None:
    (before,) = town.receive(mail("Træ", "Et træ", message_id="<1@x>"), received_at=MONDAY)
    with database.write(town.container.engine) as session:
        days = {"2026-11-04": "Flytning"}
        enquiry_deadlines.change_calendar(session, ["05-01"], days, 3, by=BY, now=now())
        with pytest.raises(RefusedError, match="no_date"):
            enquiry_deadlines.change_calendar(session, [], {"2026-02-30": ""}, 3, by=BY, now=now())
    (after,) = town.receive(mail("Hul", "Et hul", message_id="<2@x>"), received_at=MONDAY)
    assert dates(town, before)[0] == date(2026, 11, 16)
    assert dates(town, after)[0] == date(2026, 11, 17)
    with database.read(town.container.engine) as session:
        assert settings.get(session, settings.REMIND_DAYS) == 3
        assert (5, 1) in enquiry_deadlines.calendar(session).yearly


def test_types_are_written_and_retired(town: Town) -> None:
    def save(type_id: int | None, name: str, feedback: int | None, answer: int | None, *, retired: bool = False) -> int:
        with database.write(town.container.engine) as session:
            return enquiry_deadlines.save_type(
                session, type_id, name, feedback, answer, working=False, retired=retired, by=BY, now=now()
            ).id

    own = save(None, "Høring", None, 14)
    for feedback, answer, code in (
        (None, None, "no_days"),
        (0, 5, "no_days"),
        (20, 10, "no_days"),
        (1, 900, "no_days"),
    ):
        with pytest.raises(RefusedError, match=code):
            save(None, "Ny", feedback, answer)
    with pytest.raises(RefusedError, match="name_taken"):
        save(None, "Høring", None, 3)
    with pytest.raises(RefusedError, match="usual_type"):
        save(kind(town, "Almindelig henvendelse"), "Garanti", 10, 30, retired=True)
    (enquiry,) = town.receive(mail("Træ", "Et træ"), received_at=MONDAY)
    change(town, enquiry, own)
    assert dates(town, enquiry) == (date(2026, 11, 16), None, date(2026, 11, 16))
    save(own, "Høring", None, 14, retired=True)
    with pytest.raises(NotFoundError):
        change(town, enquiry, own)


def change(town: Town, enquiry_id: int, type_id: int) -> None:
    with database.write(town.container.engine) as session:
        enquiry = session.get_one(Enquiry, enquiry_id)
        enquiry_deadlines.change_type(session, town.container.robot, enquiry, type_id, by=BY, now=now())


def test_another_type_reaches_the_register_and_a_return_moves_nothing(town: Town, worker: Worker) -> None:
    town.gateway.deliver("tmf@town.example.org", mail("Træ", "Et træ"), received_at=MONDAY)
    eventually(lambda: town.last_enquiry() == 1 and town.enquiry(1).state is State.TRIAGE)
    send_to_park(town, 1)
    eventually(lambda: "forwarded" in town.events(1))
    assert (entry(town)["tilbagemelding"], entry(town)["frist"]) == ("2026-11-16", "2026-12-14")
    change(town, 1, kind(town, "Aktindsigt"))
    eventually(lambda: entry(town)["frist"] == "2026-11-11")
    assert (entry(town)["type"], entry(town)["tilbagemelding"]) == ("Aktindsigt", None)
    with database.write(town.container.engine) as session:
        link = returns.ReturnLink(1, town.enquiry(1).routing_no)
        returns.give_back(session, returns.returnable(session, link), by=Actor("park"), now=now())
    change(town, 1, kind(town, "Almindelig henvendelse"))
    before = dates(town, 1)
    send_to_park(town, 1)
    eventually(lambda: town.events(1).count("forwarded") == 2)
    assert dates(town, 1) == before
    assert entry(town)["frist"] == "2026-12-14"


def test_an_interim_reply_meets_the_first_deadline_only(town: Town, worker: Worker) -> None:
    due = clocks(now(), Terms(10, 30)).answer
    assert due is not None
    town.gateway.deliver("tmf@town.example.org", mail("Træ, se evil.example", "Et træ", message_id="<t@x.example.org>"))
    eventually(lambda: town.last_enquiry() == 1 and town.enquiry(1).state is State.TRIAGE)
    by, c = town.people[Role.CASEWORKER], town.container
    with database.read(c.engine) as session, pytest.raises(RefusedError, match="in_triage"):
        enquiry_deadlines.interim_text(session, session.get_one(Enquiry, 1), "Karla Sagsby", now=now())
    send_to_park(town, 1)
    eventually(lambda: "forwarded" in town.events(1))
    with database.write(c.engine) as session:
        enquiry = session.get_one(Enquiry, 1)
        text = enquiry_deadlines.interim_text(session, enquiry, "Karla Sagsby", now=now())
        assert f"senest den {danish(due)}" in text
        assert "Emne: din henvendelse" in text, "no stranger's link in it"
        with pytest.raises(RefusedError, match="nobody_named"):
            enquiry_deadlines.send_interim(
                session,
                c.robot,
                enquiry,
                "Vi ser på det",
                caseworker="Karla Sagsby",
                by=by.actor,
                secret="s",
                now=now(),
            )
        for unfinished, code in (
            (text + "[Skriv mere]", "letter_unfinished"),
            (text + "Svar senest den 1. maj 2020.", "day_is_over"),
        ):
            with pytest.raises(RefusedError, match=code):
                enquiry_deadlines.send_interim(
                    session, c.robot, enquiry, unfinished, caseworker="Karla Sagsby", by=by.actor, secret="s", now=now()
                )
        enquiry_deadlines.send_interim(
            session,
            c.robot,
            enquiry,
            text,
            why="Vi venter på  et svar.",
            caseworker="Karla Sagsby",
            by=by.actor,
            secret="s",
            now=now(),
        )
    eventually(lambda: entry(town)["tilbagemeldt"] is not None)
    (sent,) = town.gateway.new_messages(UNITS[PARK], None, folder=Folder.SENT).messages
    letter = parse(town.gateway.raw(UNITS[PARK], sent.key, folder=Folder.SENT))
    assert "Karla Sagsby" in letter.text
    assert f"Vi venter på et svar.\nVi forventer, at du får svar senest den {danish(due)}" in letter.text
    assert letter.in_reply_to == "<t@x.example.org>"
    assert {"x-sluse", "auto-submitted"}.isdisjoint(dict(letter.headers))
    found = town.enquiry(1)
    assert (found.state, found.due_on) == (State.ROUTED, due)
    assert found.feedback_at is not None
    assert town.events(1).count("interim_sent") == 1
    assert "document_filed" in town.events(1)[-2:] or "interim_sent" in town.events(1)
    assert entry(town)["afsluttet"] is None
    with database.read(c.engine) as session:
        with pytest.raises(RefusedError, match="told_already"):
            enquiry_deadlines.interim_text(session, session.get_one(Enquiry, 1), "Karla Sagsby", now=now())
        assert session.get_one(InterimReply, 1).sent_at is not None
    # The answer ends it; the interim reply in Sent did not.
    answer = mail("SV: Træ", "Fjernet", sender=UNITS[PARK], to=found.sender_address, in_reply_to="<t@x.example.org>")
    town.gateway.add_sent(UNITS[PARK], answer)
    eventually(lambda: town.enquiry(1).state is State.CLOSED)
    assert entry(town)["afsluttet"] is not None


def test_units_are_reminded_once_a_working_morning(town: Town, worker: Worker) -> None:
    town.gateway.deliver("tmf@town.example.org", mail("Træ", "Et træ, CPR 010190-0000"), received_at=MONDAY)
    eventually(lambda: town.last_enquiry() == 1 and town.enquiry(1).state is State.TRIAGE)
    send_to_park(town, 1)
    eventually(lambda: "forwarded" in town.events(1))
    worker.stop()
    with database.write(town.container.engine) as session:
        settings.put(session, settings.REMINDED_ON, None)

    def remind(at: datetime) -> int:
        c = town.container
        return reminders.send(c.engine, c.gateway, secret="s", base_url="http://sluse.example.org", now=at)

    assert remind(datetime(2026, 11, 11, 9, tzinfo=UTC)) == 0  # three working days left
    assert remind(datetime(2026, 11, 14, 9, tzinfo=UTC)) == 0  # a Saturday
    assert remind(datetime(2026, 11, 13, 5, tzinfo=UTC)) == 0  # before the day has begun
    assert remind(datetime(2026, 11, 13, 9, tzinfo=UTC)) == 1
    assert remind(datetime(2026, 11, 13, 10, tzinfo=UTC)) == 0
    with database.write(town.container.engine) as session:
        settings.put(session, settings.REMINDED_ON, None)
    assert (
        remind(datetime(2026, 11, 13, 10, tzinfo=UTC)) == 1
    )  # as after a crash: the same letter, which is there already
    letters = [
        parse(town.gateway.raw(UNITS[PARK], ref.key)) for ref in town.gateway.new_messages(UNITS[PARK], None).messages
    ]
    (reminder,) = [letter for letter in letters if "frist" in letter.subject]
    assert "tilbagemeldingsfrist 16. november 2026  (om 1 arbejdsdag)" in reminder.text
    assert "010190" not in reminder.text
    assert "x-sluse" in dict(reminder.headers)


def pressing(town: Town, *units: str) -> None:
    """Give each unit a case that nears its end."""
    mails = town.receive(
        *(mail(unit, f"Noget om {unit}", sender=f"{unit.lower()}@borger.example.org") for unit in units),
        received_at=MONDAY,
    )
    for enquiry, unit in zip(mails, units, strict=True):
        town.decide(enquiry, unit)
        with database.write(town.container.engine) as session:
            session.get_one(Enquiry, enquiry).case = Case(number=f"2026-{enquiry}", opened_at=MONDAY)


def reminders_sent(town: Town, unit: str) -> int:
    return len(town.gateway.new_messages(UNITS[unit], None).messages)


def trip(town: Town) -> None:
    """Let the mail system ask for a pause."""
    with database.write(town.container.engine) as session:
        circuits.failed(session, circuits.MAIL, "journal-1", reason="nede", wait=3600, attempts=1, now=now())


def recover(town: Town) -> None:
    """Let the mail system answer a job that asked once its pause was over."""
    with database.write(town.container.engine) as session:
        (circuit,) = circuits.opened(session)
        assert circuits.let_ask(session, circuits.MAIL, "journal-1", circuit.next_try_at)
        circuits.succeeded(session, circuits.MAIL, "journal-1")


class MailSystem:
    """The town's mail system, which fails behind the first letter, if at all."""

    def __init__(self, town: Town, *, trips: bool = False) -> None:
        self._town, self._trips, self.asked = town, trips, 0

    def send(self, letter: Outgoing) -> None:
        self.asked += 1
        self._town.gateway.send(letter)
        if self._trips and self.asked == 1:
            trip(self._town)


def remind(town: Town, system: MailSystem) -> int:
    morning = datetime(2026, 11, 13, 9, tzinfo=UTC)
    return reminders.send(
        town.container.engine,
        system,  # type: ignore[arg-type]
        secret="s",
        base_url="http://sluse.example.org",
        now=morning,
    )


def test_reminders_are_put_off_while_the_mail_system_does_not_answer(town: Town) -> None:
    pressing(town, PARK, ROAD)
    trip(town)
    system = MailSystem(town)
    assert (remind(town, system), system.asked) == (0, 0)
    recover(town)
    assert remind(town, system) == 2
    assert remind(town, system) == 0, "once a day"
    assert [reminders_sent(town, unit) for unit in (PARK, ROAD)] == [1, 1]


def test_a_round_of_reminders_ends_when_the_mail_system_fails_and_is_taken_up_again(town: Town) -> None:
    pressing(town, PARK, ROAD)
    failing = MailSystem(town, trips=True)
    assert (remind(town, failing), failing.asked) == (1, 1)
    assert [reminders_sent(town, unit) for unit in (PARK, ROAD)] == [1, 0]
    recover(town)
    assert remind(town, MailSystem(town)) == 2
    assert [reminders_sent(town, unit) for unit in (PARK, ROAD)] == [1, 1]
