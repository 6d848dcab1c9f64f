"""The robot on a bad day: doors that fail before and after each effect, the stop switch, resuming what stopped."""

import json
import threading
from collections.abc import Iterator

import pytest
from sqlalchemy import func, select

from app import database
from app.domain.actor import Actor
from app.domain.enquiry import State
from app.domain.recognition import SetAside
from app.errors import NotFoundError
from app.models.enquiry_facts import EnquiryFactsRow
from app.models.unit import Unit
from app.services.platform import kill_switch, settings
from app.services.platform.priority import Priority
from app.services.triage import decisions, returns, undoing
from app.web.platform.factory import create_app
from app.workflow.worker import Worker
from connectors.errors import ConnectorError
from connectors.mail.message import Folder
from tests.app.web.conftest import csrf_token
from tests.connectors.flaky import Flaky
from tests.town import PARK, UNITS, Town, eventually, mail, now


@pytest.fixture
def doors(town: Town) -> dict[str, Flaky]:
    """Every door to the outside, ready to fail."""
    c = town.container
    made = {"records": Flaky(c.records), "deadlines": Flaky(c.deadlines), "gateway": Flaky(c.gateway)}
    for name, door in made.items():
        setattr(c, name, door)
    return made


@pytest.fixture
def worker(town: Town, doors: dict[str, Flaky]) -> Iterator[Worker]:
    running = Worker(town.container)
    running.start()
    yield running
    running.stop()


def routed(town: Town, text: str = "Træet er væltet") -> int:
    town.gateway.deliver("tmf@town.example.org", mail("Træ", text, attachment=b"x"))
    before = town.last_enquiry()
    eventually(lambda: town.last_enquiry() > before and town.enquiry(town.last_enquiry()).state is State.TRIAGE)
    enquiry = town.last_enquiry()
    with database.write(town.container.engine) as session:
        version = town.enquiry(enquiry).version
        decisions.route(
            session,
            town.container.robot,
            enquiry,
            town.units[PARK],
            version=version,
            by=town.visitator.actor,
            now=now(),
        )
    return enquiry


@pytest.mark.parametrize("follow_ups", [0, 2])
def test_what_the_robot_does_makes_no_page_of_a_person_stale(town: Town, worker: Worker, follow_ups: int) -> None:
    """Who takes a decision back while the robot opens the case decides anew at once; nobody was quicker."""
    enquiry = routed(town)
    decided = town.enquiry(enquiry).version
    for n in range(follow_ups):
        town.gateway.deliver(
            "tmf@town.example.org",
            mail("SV: Træ", f"Mere, {n}", in_reply_to=town.enquiry(enquiry).message_id or ""),
        )
    eventually(lambda: town.events(enquiry).count("forwarded") == 1 and town.last_enquiry() == enquiry + follow_ups)
    eventually(lambda: all(town.enquiry(enquiry + n).case_id is not None for n in range(follow_ups + 1)))
    assert town.enquiry(enquiry).version == decided


EFFECTS = [
    ("records", "open_case"),
    ("records", "add_document"),
    ("deadlines", "register"),
    ("gateway", "save_draft"),
    ("gateway", "send"),
]


@pytest.mark.parametrize("moment", ["before", "after"])
def test_each_effect_fails_once_and_happens_once(
    town: Town, doors: dict[str, Flaky], worker: Worker, moment: str
) -> None:
    for door, effect in EFFECTS:
        doors[door].fail(effect, moment)
    enquiry = routed(town)
    eventually(lambda: "forwarded" in town.events(enquiry))
    archive = town.container.settings.archive_root
    (case,) = [path.parent for path in archive.glob("2*/2*/sag.json")]
    keys = [json.loads(path.read_text())["nøgle"] for path in sorted(case.glob("[0-9]*.json"))]
    assert keys == [f"enquiry:{enquiry}:{what}" for what in ("mail", "attachment:0", "draft:1")]
    assert len(list(town.container.settings.deadlines_root.glob("F-*.json"))) == 1
    for folder in (Folder.INBOX, Folder.DRAFTS):
        assert len(town.gateway.new_messages(UNITS[PARK], None, folder=folder).messages) == 1
    assert town.container.robot.jobs(failed=True) == []


def test_what_stops_says_why_and_goes_on_from_there(town: Town, doors: dict[str, Flaky], worker: Worker) -> None:
    def refuse(*_: object) -> str:
        raise ConnectorError("KOMLIS kender ikke enheden", retryable=False)

    register = doors["deadlines"]._inner.register
    doors["deadlines"]._inner.register = refuse
    enquiry = routed(town)
    eventually(lambda: town.container.robot.jobs(failed=True))
    (work,) = town.container.robot.jobs(failed=True)
    assert [each.id for each in town.container.robot.failed(work.enquiry_id)] == [work.id]
    assert town.container.robot.failed(work.enquiry_id + 1) == []
    assert work.enquiry_id == enquiry
    assert "KOMLIS kender ikke enheden" in (work.error or "")
    steps = town.container.robot.steps(work.id)
    assert [step.name for step in steps] == ["open_case", "file_mail", "register_deadline"]
    assert [step.error is not None for step in steps] == [False, False, True]

    doors["deadlines"]._inner.register = register
    before = doors["records"].calls.count("open_case")
    client = create_app(town.container).test_client()
    form = {"email": "administrator@town.example.org", "password": "secret-enough"}
    client.post("/log-ind", data=form | {"csrf_token": csrf_token(client, "/log-ind")})
    assert "KOMLIS kender ikke enheden" in client.get("/robot/").text
    assert "Registrér frister" in client.get(f"/robot/arbejde/{work.id}").text
    assert client.post("/robot/genoptag-alle", data={"csrf_token": csrf_token(client, "/robot/")}).status_code == 303
    eventually(lambda: "forwarded" in town.events(enquiry))
    assert doors["records"].calls.count("open_case") == before
    assert town.container.robot.jobs(failed=True) == []


def test_only_what_has_ended_can_be_resumed(town: Town, worker: Worker) -> None:
    with pytest.raises(NotFoundError):
        town.container.robot.resume("journal:999:1")


@pytest.mark.parametrize("whole", [True, False])
def test_stopped_robot_sends_nothing_and_goes_on_when_started(town: Town, worker: Worker, whole: bool) -> None:
    switch(town, whole, stopped=True)
    enquiry = routed(town)
    eventually(lambda: town.container.robot.jobs() and town.container.robot.jobs()[0].ended)
    assert "forwarded" not in town.events(enquiry)
    assert "case_opened" not in town.events(enquiry)
    switch(town, whole, stopped=False)
    eventually(lambda: "forwarded" in town.events(enquiry))
    assert town.events(enquiry).count("forwarded") == 1


def switch(town: Town, whole: bool, *, stopped: bool) -> None:
    with database.write(town.container.engine) as session:
        if whole:
            kill_switch.switch(session, running=not stopped, by=Actor("admin"), now=now(), reason="Prøve")
        else:
            unit = session.get_one(Unit, town.units[PARK])
            settings.change_unit(session, unit.id, mode=unit.mode, stopped=stopped, by=Actor("admin"), now=now())


class Watched(Priority):
    """Knows the threads that have stepped aside. They do for as long as it takes."""

    def __init__(self) -> None:
        super().__init__(600.0)
        self.aside: set[str] = set()

    def step_aside(self) -> None:
        self.aside.add(threading.current_thread().name.partition("_")[0])
        super().step_aside()


def test_the_robot_and_the_figures_wait_while_mails_wait_for_their_place(town: Town, doors: dict[str, Flaky]) -> None:
    mails_first = Watched()
    vars(town.container)["reading_priority"] = mails_first
    worker = Worker(town.container)
    try:
        with mails_first.first():
            worker.start()
            enquiry = routed(town)
            eventually(lambda: mails_first.aside >= {"facts", "dbos-executor-"})
            assert doors["records"].calls == []
            assert not counted(town)
        eventually(lambda: counted(town) and "forwarded" in town.events(enquiry))
    finally:
        worker.stop()


def counted(town: Town) -> bool:
    with database.read(town.container.engine) as session:
        return session.scalar(select(func.count()).select_from(EnquiryFactsRow)) == 1


def test_a_route_taken_back_in_time_leaves_no_trace_outside(town: Town, worker: Worker) -> None:
    switch(town, True, stopped=True)
    enquiry = routed(town)
    eventually(lambda: town.container.robot.jobs() and town.container.robot.jobs()[0].ended)
    with database.write(town.container.engine) as session:
        undoing.undo(session, town.container.robot, by=town.visitator.actor, now=now())
    switch(town, True, stopped=False)
    eventually(lambda: not held(town))
    assert not list(town.container.settings.archive_root.glob("2*/*"))
    assert town.enquiry(enquiry).state is State.TRIAGE


def held(town: Town) -> int:
    with town.container.engine.connect() as connection:
        return int(connection.exec_driver_sql("SELECT count(*) FROM held_work").scalar() or 0)


def test_a_thread_decided_at_once_is_one_case(town: Town, worker: Worker) -> None:
    """Leader and follow-ups are journaled side by side, each in its own workflow, whichever comes first."""
    ids = []
    for n in range(4):
        before = town.last_enquiry()
        earlier = f"<m{n - 1}@borger.example.org>" if n else ""
        raw = mail(f"Mail {n}", f"Mail nummer {n}", message_id=f"<m{n}@borger.example.org>", in_reply_to=earlier)
        town.gateway.deliver("tmf@town.example.org", raw)
        eventually(
            lambda before=before: town.last_enquiry() > before and town.enquiry(town.last_enquiry()).state == "triage"
        )
        ids.append(town.last_enquiry())
    with database.write(town.container.engine) as session:
        version = town.enquiry(ids[0]).version
        decisions.route(
            session, town.container.robot, ids[0], town.units[PARK], version=version, by=town.visitator.actor, now=now()
        )
    eventually(lambda: all("forwarded" in town.events(n) for n in ids))
    (case,) = [path.parent for path in town.container.settings.archive_root.glob("2*/2*/sag.json")]
    keys = {json.loads(path.read_text())["nøgle"] for path in case.glob("[0-9]*.json")}
    assert keys == {f"enquiry:{n}:{what}" for n in ids for what in ("mail", "draft:1")}
    assert len({town.enquiry(n).case_id for n in ids}) == 1
    assert len(list(town.container.settings.deadlines_root.glob("F-*.json"))) == 4


def test_a_returned_mail_that_is_nobodys_has_its_case_closed(town: Town, worker: Worker) -> None:
    enquiry = routed(town)
    eventually(lambda: "forwarded" in town.events(enquiry))
    with database.write(town.container.engine) as session:
        found = returns.returnable(session, returns.ReturnLink(enquiry, 1))
        returns.give_back(session, found, by=Actor("unit"), now=now())
    with database.write(town.container.engine) as session:
        version = town.enquiry(enquiry).version
        decisions.dismiss(
            session,
            town.container.robot,
            enquiry,
            SetAside.NOT_OURS,
            version=version,
            by=town.visitator.actor,
            now=now(),
        )
    eventually(lambda: "case_closed" in town.events(enquiry))
    (deadline,) = town.container.settings.deadlines_root.glob("F-*.json")
    assert json.loads(deadline.read_text())["afsluttet"] is not None
