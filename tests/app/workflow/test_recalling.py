"""Undo after the mail has left: the unit is told once, the note is filed, and nothing counts as a return."""

import json
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest

from app import database
from app.domain.actor import Actor
from app.domain.enquiry import State
from app.domain.recognition import SetAside
from app.domain.undo import UndoPlan
from app.errors import RefusedError
from app.models.enquiry import Enquiry
from app.models.label import Label
from app.queries.casework import case_documents, caseload
from app.queries.triage import recent_decisions
from app.services.learning import labels
from app.services.platform import kill_switch
from app.services.triage import decisions, returns, undoing
from app.workflow.worker import Worker
from tests.connectors.flaky import Flaky
from tests.town import PARK, ROAD, UNITS, Town, eventually, mail, now


@pytest.fixture
def doors(town: Town) -> dict[str, Flaky]:
    c = town.container
    made = {"records": Flaky(c.records), "gateway": Flaky(c.gateway)}
    c.records, c.gateway = made["records"], made["gateway"]  # type: ignore[assignment]
    return made


@pytest.fixture
def worker(town: Town, doors: dict[str, Flaky]) -> Iterator[Worker]:
    running = Worker(town.container)
    running.start()
    yield running
    running.stop()


def decide(town: Town, enquiry: int, unit: str) -> None:
    with database.write(town.container.engine) as session:
        version = session.get_one(Enquiry, enquiry).version
        decisions.route(
            session, town.container.robot, enquiry, town.units[unit], version=version, by=town.visitator.actor, now=now()
        )  # fmt: skip


def forwarded(town: Town, subject: str, text: str) -> int:
    (enquiry,) = town.receive(mail(subject, text))
    decide(town, enquiry, PARK)
    eventually(lambda: "forwarded" in town.events(enquiry))
    idle(town)
    return enquiry


def undo(town: Town, event_id: int | None = None) -> int:
    with database.write(town.container.engine) as session:
        made = undoing.undo(session, town.container.robot, by=town.visitator.actor, now=now(), event_id=event_id)
        return made.id


def idle(town: Town) -> None:
    eventually(lambda: all(work.ended for work in town.container.robot.jobs()))


def notes(town: Town) -> list[EmailMessage]:
    """The recalls in the unit's mailbox."""
    refs = town.gateway.new_messages(UNITS[PARK], None).messages
    found = [message_from_bytes(town.gateway.raw(UNITS[PARK], ref.key), policy=policy.default) for ref in refs]
    return [each for each in found if "TRUKKET TILBAGE" in each["Subject"]]  # type: ignore[misc]


def filed(town: Town) -> list[str]:
    archive = town.container.settings.archive_root
    return [json.loads(path.read_text())["nøgle"] for path in archive.glob("2*/2*/[0-9]*.json")]


def drafts(town: Town, enquiry: int) -> list[bool]:
    """Of each reply draft on the case, whether it is shown as outdated."""
    with database.read(town.container.engine) as session:
        documents = case_documents.of_case(session, session.get_one(Enquiry, enquiry), town.visitator)
        outdated = caseload.outdated(session, documents)
        assert outdated <= {each.number for each in documents if each.title.startswith("Svarudkast")}
        return [each.number in outdated for each in documents if each.title.startswith("Svarudkast")]


def test_the_unit_is_told_once_and_the_mail_waits_with_its_deadline(
    town: Town, doors: dict[str, Flaky], worker: Worker
) -> None:
    enquiry = forwarded(town, "Bænk", "Bænken er væk")
    before = town.enquiry(enquiry)
    with database.read(town.container.engine) as session:
        (made,) = recent_decisions.undoable(session, town.visitator.email)
    assert (made.way, made.unit) == (UndoPlan.RECALL, PARK)
    assert made.sent_at is not None
    doors["gateway"].fail("send", "after")
    doors["records"].fail("add_document", "after")
    assert undo(town) == enquiry
    eventually(lambda: f"enquiry:{enquiry}:recall:1" in filed(town))
    idle(town)
    (note,) = notes(town)
    forward = town.gateway.new_messages(UNITS[PARK], None).messages[0]
    original = message_from_bytes(town.gateway.raw(UNITS[PARK], forward.key), policy=policy.default)
    assert note["In-Reply-To"] == original["Message-ID"]
    assert "Visiteringen har trukket den tilbage" in note.get_content()
    after = town.enquiry(enquiry)
    assert (after.state, after.due_on, after.returns, after.case_id) == (
        State.TRIAGE, before.due_on, 0, before.case_id,
    )  # fmt: skip
    assert "returned" not in town.events(enquiry)
    assert town.events(enquiry).count("recall_sent") == 1
    assert filed(town).count(f"enquiry:{enquiry}:recall:1") == 1
    assert drafts(town, enquiry) == [True]
    with database.read(town.container.engine) as session:
        assert labels.standing(session, enquiry) is None
        assert session.query(Label).filter_by(enquiry_id=enquiry).count() == 2
    with pytest.raises(returns.RefusedError, match="moved_on"), database.read(town.container.engine) as session:
        returns.returnable(session, returns.ReturnLink(enquiry, 1))
    decide(town, enquiry, ROAD)
    eventually(lambda: town.events(enquiry).count("forwarded") == 2)
    assert drafts(town, enquiry) == [True, False]


def test_a_stopped_robot_tells_nobody_until_it_runs(town: Town, worker: Worker) -> None:
    enquiry = forwarded(town, "Bænk", "Bænken er væk")
    for running in (False, True):
        with database.write(town.container.engine) as session:
            kill_switch.switch(session, running=running, by=Actor("admin"), now=now(), reason="Prøve")
        if not running:
            undo(town)
            idle(town)
            assert notes(town) == []
    eventually(lambda: "recall_sent" in town.events(enquiry))
    assert len(notes(town)) == 1


def test_a_dismissed_mails_case_is_opened_again_and_closed_again(town: Town, worker: Worker) -> None:
    enquiry = forwarded(town, "Bænk", "Bænken er væk")
    undo(town)
    for times in (1, 2):
        with database.write(town.container.engine) as session:
            version = session.get_one(Enquiry, enquiry).version
            decisions.dismiss(
                session, town.container.robot, enquiry, SetAside.NOT_AN_ENQUIRY,
                version=version, by=town.visitator.actor, now=now(),
            )  # fmt: skip
        eventually(lambda times=times: town.events(enquiry).count("case_closed") == times)
        idle(town)
        if times == 1:
            undo(town)
            eventually(lambda: "case_reopened" in town.events(enquiry))
            idle(town)
            assert town.enquiry(enquiry).state is State.TRIAGE
            (path,) = town.container.settings.deadlines_root.glob("F-*.json")
            assert json.loads(path.read_text())["afsluttet"] is None


def test_each_of_the_latest_by_itself_and_an_answered_one_never(town: Town, worker: Worker) -> None:
    first, second = forwarded(town, "Et", "Bænken er væk"), forwarded(town, "To", "Hul i vejen")
    with database.read(town.container.engine) as session:
        made = {each.enquiry_id: each.event.id for each in recent_decisions.undoable(session, town.visitator.email)}
    citizen = town.enquiry(second)
    answer = mail(
        f"SV: To [{citizen.case.number}]", "Det er lavet.", sender=UNITS[PARK], to=citizen.sender_address,
        in_reply_to=citizen.message_id or "",
    )  # fmt: skip
    town.gateway.add_sent(UNITS[PARK], answer)
    eventually(lambda: town.enquiry(second).state is State.CLOSED)
    with pytest.raises(RefusedError, match="answered_already"):
        undo(town, made[second])
    assert undo(town, made[first]) == first
    with pytest.raises(RefusedError, match="nothing_to_undo"):
        undo(town, made[first])
