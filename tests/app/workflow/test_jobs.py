"""The robot's page tells how each job stands: every step, what is held and why, how often a step was tried, who stopped it."""

import inspect
from collections.abc import Callable, Iterator

import pytest
from flask.testing import FlaskClient

from app import database
from app.domain.access import Role
from app.domain.actor import Actor
from app.domain.enquiry import State
from app.domain.events.platform import RobotStopped
from app.domain.job import STEPS, JobState, StepState, plan
from app.errors import RefusedError
from app.models.unit import Unit
from app.queries.platform import job_list
from app.services.enquiries import erasing
from app.services.platform import kill_switch, settings
from app.web.platform.factory import create_app
from app.workflow import worker as workers
from app.workflow.worker import Worker
from connectors.errors import ConnectorError
from tests.app.web.conftest import csrf_token
from tests.connectors.flaky import Flaky
from tests.town import PARK, Town, eventually, mail, now


@pytest.fixture
def worker(town: Town) -> Iterator[Worker]:
    for name in ("records", "deadlines", "gateway"):
        setattr(town.container, name, Flaky(getattr(town.container, name)))
    running = Worker(town.container)
    running.start()
    yield running
    running.stop()


@pytest.fixture
def admin(town: Town) -> FlaskClient:
    client = create_app(town.container).test_client()
    form = {"email": f"{Role.ADMINISTRATOR}@town.example.org", "password": "secret-enough"}
    client.post("/log-ind", data=form | {"csrf_token": csrf_token(client, "/log-ind")})
    return client


def routed(town: Town, subject: str = "Træ") -> int:
    (enquiry,) = town.receive(mail(subject, "Træet er væltet"))
    town.decide(enquiry)
    return enquiry


def words(client: FlaskClient, address: str) -> str:
    return " ".join(client.get(address).text.split())


def test_the_plan_names_the_steps_that_a_job_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The page lists what is to come from a table; the code says what really comes."""
    taken = {}
    for workflow in workers.workflows:
        name, module = workflow.__name__, inspect.getmodule(inspect.unwrap(workflow))

        def note(_enquiry: int, _hop: int, *steps: Callable[..., None], name: str = name) -> str:
            taken[name] = tuple(step.__name__ for step in steps)
            return "done"

        monkeypatch.setattr(module, "run", note)
        inspect.unwrap(workflow)(1, 1)
    assert taken == STEPS


@pytest.mark.parametrize("whole", [True, False])
def test_what_waits_for_undo_while_the_robot_is_stopped_is_held_too(
    town: Town, admin: FlaskClient, whole: bool
) -> None:
    """No worker has come to it yet: it stands among what is held, and reads so."""
    stop(town, whole)
    routed(town, "Bænk")
    page = words(admin, "/robot/")
    held, latest = page.split("<h2>Holdt tilbage</h2>")[1].split("<h2>Seneste opgaver</h2>")
    assert "Bænk" in held
    assert '">Holdt tilbage</span>' in latest
    assert ">Venter<" not in latest


@pytest.mark.parametrize("whole", [True, False])
def test_a_held_job_is_not_done_and_lists_what_is_to_come(
    town: Town, worker: Worker, admin: FlaskClient, whole: bool
) -> None:
    stop(town, whole)
    enquiry = routed(town)
    job_id = f"journal:{enquiry}:1"
    eventually(lambda: town.container.robot.jobs_of([job_id])[0].state is JobState.HELD)
    steps = town.container.robot.steps(job_id)
    planned = plan("journal", steps, JobState.HELD, {})
    assert [step.state for step in planned] == [StepState.NEXT, *[StepState.TO_COME] * 5]

    page = words(admin, f"/robot/arbejde/{job_id}")
    assert "Færdig" not in page
    assert "Holdt tilbage" in page
    assert "Send til enheden" in page
    assert "Fortsæt herfra" not in page
    assert ("venter, til robotten startes igen for enheden" in page) is not whole
    row = words(admin, "/robot/")
    assert "Træ</a>" in row
    assert "<td>Park</td>" in row
    assert "I gang" not in row
    with pytest.raises(RefusedError):
        town.container.robot.resume(job_id)

    go_on(town, whole)
    eventually(lambda: "forwarded" in town.events(enquiry))
    eventually(lambda: town.container.robot.jobs_of([job_id])[0].state is JobState.DONE)
    page = words(admin, f"/robot/arbejde/{job_id}")
    assert page.count("udført") == 6
    assert "Fortsæt herfra" not in page


def test_an_overtaken_job_says_that_nothing_more_is_done(town: Town, worker: Worker, admin: FlaskClient) -> None:
    stop(town, whole=True)
    enquiry = routed(town)
    job_id = f"journal:{enquiry}:1"
    eventually(lambda: town.container.robot.jobs_of([job_id])[0].state is JobState.HELD)
    with database.write(town.container.engine) as session:
        session.get_one(type(town.enquiry(enquiry)), enquiry).state = State.TRIAGE
    go_on(town, whole=True)
    eventually(lambda: town.container.robot.jobs_of([job_id])[0].state is JobState.OVERTAKEN)
    page = words(admin, f"/robot/arbejde/{job_id}")
    assert "Ikke længere aktuel" in page
    assert page.count("bliver ikke udført") == 6


def test_a_step_tells_how_often_it_was_tried(town: Town, worker: Worker, admin: FlaskClient) -> None:
    town.container.deadlines.fail("register", "before")  # type: ignore[attr-defined]
    enquiry = routed(town)
    eventually(lambda: "forwarded" in town.events(enquiry))
    job_id = f"journal:{enquiry}:1"
    eventually(lambda: town.container.robot.jobs_of([job_id])[0].state is JobState.DONE)
    with database.read(town.container.engine) as session:
        troubles = job_list.troubles(session, [job_id])[job_id]
    assert {step: trouble.attempts for step, trouble in troubles.items()} == {"register_deadline": 1}
    steps = plan("journal", town.container.robot.steps(job_id), JobState.DONE, troubles)
    assert [step.attempts for step in steps] == [1, 1, 2, 1, 1, 1]
    assert all(step.seconds is not None and step.seconds >= 0 for step in steps)
    page = words(admin, f"/robot/arbejde/{job_id}")
    assert page.count("1 forsøg") == 5
    assert page.count("2 forsøg") == 1
    assert "Seneste fejl" in page


def test_what_has_stalled_can_go_on_from_its_step_and_its_error_is_erased_with_the_person(
    town: Town, worker: Worker, admin: FlaskClient
) -> None:
    def refuse(*_: object) -> str:
        raise ConnectorError("KOMLIS kender ikke enheden", retryable=False)

    inner = town.container.deadlines._inner  # type: ignore[attr-defined]
    register, inner.register = inner.register, refuse
    enquiry = routed(town, "Bænk")
    job_id = f"journal:{enquiry}:1"
    eventually(lambda: town.container.robot.jobs_of([job_id])[0].state is JobState.FAILED)
    page = words(admin, f"/robot/arbejde/{job_id}")
    assert page.count("Fortsæt herfra") == 3
    assert page.count("venter på trinnet før") == 3
    assert "venter på, at nogen trykker Fortsæt" in page
    inner.register = register
    form = {"csrf_token": csrf_token(admin, "/robot/"), "trin": "3"}
    assert admin.post(f"/robot/arbejde/{job_id}/genoptag", data=form).status_code == 303
    eventually(lambda: town.container.robot.jobs_of([job_id])[0].state is JobState.DONE)
    assert admin.post(f"/robot/arbejde/{job_id}/genoptag", data=form).status_code == 422
    with database.write(town.container.engine) as session:
        session.get_one(type(town.enquiry(enquiry)), enquiry).state = State.CLOSED
    with database.write(town.container.engine) as session:
        erasing.erase(session, "proeve@borger.example.org", by=Actor("admin"), now=now())
        assert job_list.troubles(session, [job_id]) == {}


def test_a_stop_asks_for_its_reason_and_every_page_tells_who_and_why(town: Town, admin: FlaskClient) -> None:
    token = csrf_token(admin, "/robot/")
    for reason in ("", "   ", "\n\t"):
        refused = admin.post("/robot/kontakt", data={"csrf_token": token, "tilstand": "stop", "aarsag": reason})
        assert refused.status_code == 422
        assert "Skriv, hvorfor robotten skal stoppes" in refused.text
        assert "Robotten kører" in refused.text
    form = {"csrf_token": token, "tilstand": "stop", "aarsag": "KOMLIS er nede <i>i dag</i>"}
    assert admin.post("/robot/kontakt", data=form).status_code == 303
    # Who stopped it first is who stopped it, whatever is pressed after.
    assert admin.post("/robot/kontakt", data=form | {"aarsag": "en gang til"}).status_code == 303
    for address in ("/robot/", "/tal/", "/henvendelser/", "/visitering/"):
        page = words(admin, address)
        assert "Robotten er stoppet af Invented administrator" in page
        assert "Årsag: KOMLIS er nede &lt;i&gt;i dag&lt;/i&gt;" in page
    assert admin.post("/robot/kontakt", data={"csrf_token": token, "tilstand": "start"}).status_code == 303
    assert "Robotten er stoppet af" not in admin.get("/tal/").text


def test_a_stop_from_before_there_were_reasons_is_told_without_one(town: Town, admin: FlaskClient) -> None:
    with database.write(town.container.engine) as session:
        settings.put(session, settings.ROBOT_RUNNING, False)
    assert "Robotten er stoppet" in admin.get("/robot/").text
    with database.write(town.container.engine) as session:
        settings.events.record(session, RobotStopped(reason=""), by=Actor("gone@town.example.org"), now=now())
    page = words(admin, "/tal/")
    assert "Robotten er stoppet af gone@town.example.org" in page
    assert "Årsag" not in page


def stop(town: Town, whole: bool) -> None:
    switch(town, whole, stopped=True)


def go_on(town: Town, whole: bool) -> None:
    switch(town, whole, stopped=False)


def switch(town: Town, whole: bool, *, stopped: bool) -> None:
    with database.write(town.container.engine) as session:
        if whole:
            kill_switch.switch(session, running=not stopped, by=Actor("admin"), now=now(), reason="Prøve")
        else:
            unit = session.get_one(Unit, town.units[PARK])
            settings.change_unit(session, unit.id, mode=unit.mode, stopped=stopped, by=Actor("admin"), now=now())
