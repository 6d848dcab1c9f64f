"""An outside system that is down: jobs are put down, one asks from time to time, and all goes on once it answers again."""

import re
import sqlite3
import threading
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError

from app import database
from app.domain import journaling
from app.domain.access import Role
from app.domain.actor import Actor
from app.domain.events.platform import ProbeRequested
from app.domain.job import JobState
from app.models.case import HeldWork
from app.models.event import Event
from app.models.job import Circuit
from app.services.platform import circuits, kill_switch
from app.web.platform.factory import create_app
from app.workflow import engine
from app.workflow.worker import workflows
from connectors.errors import ConnectorError
from tests import clock
from tests.app.web.conftest import csrf_token
from tests.town import Town, eventually, mail

BEGIN = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
JOBS = 12


class Outage:
    """A system in front of another that answers nothing while it is `down`, and counts who asks at once."""

    def __init__(self, inner: Any) -> None:
        self._inner, self._lock = inner, threading.Lock()
        self.down, self.wait, self.retryable = False, None, True  # type: tuple[bool, float | None, bool]
        self.error: Exception | None = None
        self.asked: list[datetime] = []
        self.done: Counter[str] = Counter()
        self.at_once = self.most_at_once = 0

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._inner, name)

        def call(*arguments: Any, **named: Any) -> Any:
            with self._lock:
                self.at_once += 1
                self.most_at_once = max(self.most_at_once, self.at_once)
                self.asked.append(clock.Stopped.now(UTC))
            try:
                if self.down:
                    raise self.error or ConnectorError("arkivet svarer ikke", retryable=self.retryable, wait=self.wait)
                self.done[f"{name}:{getattr(arguments[-1], 'key', arguments[-1])}"] += 1
                return method(*arguments, **named)
            finally:
                with self._lock:
                    self.at_once -= 1

        return call


@pytest.fixture
def world(town: Town, monkeypatch: pytest.MonkeyPatch) -> Iterator["World"]:
    world = World(town, monkeypatch)
    world.start()
    yield world
    engine.stop()


class World:
    """A town whose clock and robot the test drives: nothing is let go on but by `after`."""

    def __init__(self, town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
        self.town, self._monkeypatch = town, monkeypatch
        self.now = BEGIN
        clock.stop(monkeypatch, BEGIN)
        c = town.container
        self.records, self.mail = Outage(c.records), Outage(c.gateway)
        c.records, c.gateway = self.records, self.mail

    def start(self) -> None:
        assert workflows, "the engine must know them before it starts"
        engine.start(self.town.container)

    def decide(self, jobs: int) -> list[int]:
        first = self.town.last_enquiry()
        mails = [mail(f"Træ {n}", f"Træ nummer {n} er væltet") for n in range(first, first + jobs)]
        found = self.town.receive(*mails)
        for enquiry in found:
            self.town.decide(enquiry)
        return found

    def rest(self) -> None:
        """Wait until no job runs or is about to."""
        eventually(lambda: all(work.ended for work in self.town.container.robot.jobs(limit=1000)))

    def after(self, seconds: float) -> None:
        """Let time pass, let go on what may, and wait until all is at rest."""
        self.now += timedelta(seconds=seconds)
        clock.stop(self._monkeypatch, self.now)
        self.town.container.robot.release(self.town.container.engine, now=self.now)
        self.rest()

    def states(self) -> Counter[JobState]:
        return Counter(work.state for work in self.town.container.robot.jobs(limit=1000))

    def circuit(self, system: str = circuits.RECORDS) -> Circuit | None:
        with database.read(self.town.container.engine) as session:
            return session.get(Circuit, system)

    def held(self) -> int:
        with database.read(self.town.container.engine) as session:
            return session.query(HeldWork).count()

    def finish(self) -> None:
        while self.held():
            self.after(1)


def test_a_database_that_is_busy_for_too_long_costs_no_job(world: World) -> None:
    busy = sqlite3.OperationalError("database is locked")
    world.records.down, world.records.error = True, OperationalError("BEGIN IMMEDIATE", {}, busy)
    world.decide(1)
    world.rest()
    assert world.states() == {JobState.WAITING: 1}
    world.records.down = False
    world.finish()
    assert world.states() == {JobState.DONE: 1}


def test_a_system_that_is_down_for_six_hours_costs_nothing_but_time(world: World) -> None:
    world.records.down = True
    enquiries = world.decide(JOBS)
    world.rest()
    assert world.states() == {JobState.WAITING: JOBS}
    hands = world.town.container.settings.worker_concurrency
    opened = world.circuit()
    assert opened is not None
    assert (opened.opened_at, opened.reason) == (BEGIN, "arkivet svarer ikke")
    first = len(world.records.asked)
    assert first <= circuits.OPENS_AFTER + hands, "the others have not asked at all"
    page = page_of(administrator(world.town))
    silent = page.split("Systemer, der ikke svarer</h2>")[1].split("</section>")[0]
    cells = ["ESDH", "2. mar. 2026 kl. 10.00", "kl. 10.00", "arkivet svarer ikke", "12"]
    assert re.findall(r"<td[^>]*>([^<]*)</td>", silent)[:5] == cells
    assert silent.count("venter på et system, der ikke svarer") == JOBS
    while world.now < BEGIN + timedelta(hours=6):
        found = world.circuit()
        assert found is not None
        world.after((found.next_try_at - world.now).total_seconds())
        assert set(world.states()) == {JobState.WAITING}
    probes = world.records.asked[first:]
    pauses = [(after - before).total_seconds() for before, after in pairwise(probes)]
    assert pauses[:8] == [10, 20, 40, 80, 160, 320, 600, 600]
    assert set(pauses[7:]) == {600}
    assert len(probes) < 50
    world.records.down = False
    world.after(600)
    world.finish()
    assert world.states() == {JobState.DONE: JOBS}
    assert world.circuit() is None
    assert max(world.records.most_at_once, world.mail.most_at_once) <= hands
    assert set(world.records.done.values()) == {1}
    assert all(world.town.events(each).count("forwarded") == 1 for each in enquiries)
    assert world.town.container.robot.jobs(failed=True) == []


def administrator(town: Town) -> FlaskClient:
    client = create_app(town.container).test_client()
    form = {"email": f"{Role.ADMINISTRATOR}@town.example.org", "password": "secret-enough"}
    client.post("/log-ind", data=form | {"csrf_token": csrf_token(client, "/log-ind")})
    return client


def page_of(client: FlaskClient) -> str:
    """The robot's page as it is shown."""
    return " ".join(client.get("/robot/").text.split())


def test_a_person_who_knows_better_lets_the_next_job_ask_at_once(world: World) -> None:
    world.records.down = True
    world.decide(JOBS)
    world.rest()
    for seconds in (5, 10, 20):
        world.after(seconds)
    asked, pauses = len(world.records.asked), pauses_of(world)
    client = administrator(world.town)
    assert try_now(client, token="") == 400
    assert try_now(client, system="unknown") == 404
    assert "Prøv nu" in page_of(client)
    assert try_now(client) == 303
    page = page_of(client)
    assert "ESDH: Robotten prøver igen ved første lejlighed." in page
    assert ">nu</td>" in page
    assert "Prøv nu" not in page
    assert try_now(client) == 303, "a colleague pressed it too"
    assert requests_of(world) == [("administrator@town.example.org", {"system": "records"})]
    world.after(0)
    assert len(world.records.asked) == asked + 1
    assert pauses_of(world) == pauses, "the next pause is no longer for it"
    assert world.states() == {JobState.WAITING: JOBS}
    world.records.down = False
    assert try_now(client) == 303
    world.after(0)
    world.finish()
    assert world.states() == {JobState.DONE: JOBS}
    assert try_now(client) == 303, "it answers again meanwhile"
    assert "ESDH svarer igen." in page_of(client)
    assert len(requests_of(world)) == 2


def test_a_stopped_robot_offers_to_try_nothing(world: World) -> None:
    world.records.down = True
    world.decide(3)
    world.rest()
    with database.write(world.town.container.engine) as session:
        kill_switch.switch(session, running=False, by=Actor("admin"), now=world.now, reason="Prøve")
    assert "Prøv nu" not in page_of(administrator(world.town))


def try_now(client: FlaskClient, *, system: str = circuits.RECORDS, token: str | None = None) -> int:
    """Press the button that cuts a system's pause short; the answer's status."""
    sent = csrf_token(client, "/konto/") if token is None else token
    return client.post(f"/robot/system/{system}/proev", data={"csrf_token": sent}).status_code


def pauses_of(world: World) -> int:
    found = world.circuit()
    assert found is not None
    return found.pauses


def requests_of(world: World) -> list[tuple[str, dict[str, Any]]]:
    """Who has asked for a try, and of what."""
    with database.read(world.town.container.engine) as session:
        found = session.scalars(select(Event).where(Event.kind == ProbeRequested.kind).order_by(Event.id))
        return [(event.by, event.data) for event in found]


def test_what_waits_holds_no_hand_and_survives_a_stop_and_a_restart(world: World) -> None:
    c = world.town.container
    world.records.down = True
    (enquiry, *_) = world.decide(3)
    world.rest()
    assert world.states() == {JobState.WAITING: 3}
    with database.write(c.engine) as session:
        kill_switch.switch(session, running=False, by=Actor("admin"), now=world.now, reason="Prøve")
    asked = len(world.records.asked)
    assert "venter, til robotten startes igen" in page_of(administrator(world.town))
    world.after(3600)
    assert len(world.records.asked) == asked, "a stopped robot does not ask either"
    engine.stop()
    world.records.down = False
    world.start()
    world.after(3600)
    assert len(world.records.asked) == asked
    with database.write(c.engine) as session:
        kill_switch.switch(session, running=True, by=Actor("admin"), now=world.now)
    world.after(1)
    world.finish()
    assert JobState.WAITING not in world.states()
    assert world.town.events(enquiry).count("forwarded") == 1


def test_what_the_server_says_of_its_pause_is_heeded_by_everybody(world: World) -> None:
    world.records.down, world.records.wait = True, 7200
    world.decide(1)
    world.rest()
    found = world.circuit()
    assert found is not None
    assert found.next_try_at == BEGIN + timedelta(hours=2)
    world.decide(1)
    world.after(7000)
    assert len(world.records.asked) == 1, "neither the job itself nor another has asked again"
    world.records.down = False
    world.after(200)
    world.finish()
    assert world.circuit() is None


@pytest.mark.parametrize("error", [OSError(111, "Connection refused"), TimeoutError("timed out")])
def test_a_network_that_fails_is_waited_for_too(world: World, error: OSError) -> None:
    world.records.down, world.records.error = True, error
    world.decide(1)
    world.rest()
    assert world.states() == {JobState.WAITING: 1}


def test_what_no_waiting_helps_becomes_a_dead_letter_at_once_and_closes_no_door(world: World) -> None:
    world.records.down, world.records.retryable = True, False
    world.decide(1)
    world.rest()
    assert world.states() == {JobState.FAILED: 1}
    assert world.circuit() is None


def test_one_job_that_fails_alone_keeps_no_other_from_its_system(world: World) -> None:
    real = world.records._inner.open_case

    def refuse(case: Any) -> str:
        if case.key == journaling.case_key(1):
            raise ConnectorError("denne sag er låst", retryable=True)
        return str(real(case))

    world.records._inner.open_case = refuse
    world.decide(1)
    world.rest()
    for _ in range(8):
        world.after(600)
    found = world.circuit()
    assert found is not None
    assert found.opened_at is None, "shown as failing, open to all"
    assert found.failures == 1
    others = world.decide(3)
    world.rest()
    assert all("forwarded" in world.town.events(each) for each in others)


def test_mail_that_is_down_holds_up_no_records(world: World) -> None:
    send = world.mail._inner.send
    world.mail._inner.send = lambda message, again: _refused()
    enquiries = world.decide(5)
    world.rest()
    assert all("case_opened" in world.town.events(each) for each in enquiries)
    assert world.circuit(circuits.RECORDS) is None
    world.mail._inner.send = send
    world.after(30)
    world.finish()
    assert all(world.town.events(each).count("forwarded") == 1 for each in enquiries)


def _refused() -> None:
    raise ConnectorError("postserveren svarer ikke", retryable=True)


def test_a_process_that_dies_between_a_step_and_its_end_reads_the_same_again(world: World) -> None:
    """The engine gives a step's error back as its own kind of error; what a step says is read as it was."""
    world.records.down = True
    (enquiry,) = world.decide(1)
    world.rest()
    job = f"journal:{enquiry}:1"
    steps = world.town.container.robot.steps(job)
    assert [(step.name, step.error) for step in steps] == [("open_case", "")]
    c = world.town.container
    table = c.robot._client._sys_db.tables.workflow_status
    with c.robot._client._sys_db.engine.begin() as connection:
        connection.execute(
            update(table)
            .where(table.c.workflow_uuid == job)
            .values(status="PENDING", output=None, executor_id="worker-1")
        )
    engine.stop()
    world.start()
    eventually(lambda: c.robot.job(job).ended)
    assert c.robot.job(job).state is JobState.WAITING
    world.records.down = False
    world.after(1)
    world.finish()
    assert c.robot.job(job).state is JobState.DONE
