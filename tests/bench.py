"""`make bench`: from the click on a correction until it is learned, and until 200 open mails are scored again; from the
click on an earlier version until its model answers; then every page over a town of real size, what pages of figures cost at a
thousand to a million enquiries, and how fast mails are taken in.

The real web application, database and learner thread in one process; prints machine, sizes and figures.
"""

import os
import platform
import re
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from flask.testing import FlaskClient
from sqlalchemy import create_engine, text

from app import database
from app.commands.demo import HISTORY, prepare
from app.container import Container
from app.demo.mails import Mails
from app.demo.municipality import load
from app.domain.routing import Mode
from app.environment import read_settings
from app.models.enquiry import Enquiry
from app.models.label import ModelSnapshot
from app.models.unit import Unit
from app.queries.learning import model
from app.services.inbound import intake
from app.services.platform import settings as services
from app.web.platform.factory import create_app
from app.workflow import engine
from learning import snapshot
from tests import intake_run
from tests.load import figures, pages
from tests.town import look_into

OPEN, CLICKS = 200, 60
LEARNED_MS, RESCORED_MS = 100.0, 1000.0
BACK_SECONDS = 60.0


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        settings = read_settings({"SLUSE_HOME": folder, "SLUSE_SECRET_KEY": "bench-only-bench-only"}, demo=True)
        plan = load()
        prepare(settings, plan, 11)
        container = Container.build(settings)
        engine.start(container)
        _fill(container)
        with _learning(container):
            learned, rescored = _click(container)
            back, position, left_out = _go_back(container)
        units = len(plan.units)
        engine.stop()
        container.close()
    print(f"machine: {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    print(f"sizes: {HISTORY} mails of a played year, {units} units, {OPEN} open enquiries, {CLICKS} corrections")
    ok = _line("click to learned", learned, LEARNED_MS) & _line(
        f"click to {OPEN} open scored again", rescored, RESCORED_MS
    )
    print(
        f"{'ok  ' if back <= BACK_SECONDS else 'MISS'} click to the version of position {position} ({left_out} labels left out): "
        f"{back:.1f} s   (bar: <= {BACK_SECONDS:.0f} s)"
    )
    return 0 if ok & pages.report() & figures.report() & intake_run.report() and back <= BACK_SECONDS else 1


def _fill(container: Container) -> None:
    """More open enquiries than are needed, all of them in triage."""
    with database.write(container.engine) as session:
        for unit in session.query(Unit):
            unit.mode = Mode.SUGGEST
        # Every correction takes the second suggestion, so none may be hidden.
        services.put(session, services.SAMPLING, {**services.get(session, services.SAMPLING), "human": 0.0})
        session.query(Enquiry).filter(Enquiry.blind).update({"blind": False})
    mails, now, n = Mails(load(), 11), datetime.now(UTC), 0
    container.learner.catch_up(now=now)
    while _count(container) < OPEN + CLICKS:
        for _ in range(20):
            mail = mails.live(n, now)
            n += 1
            if mail.truth in {unit.name for unit in load().units}:
                container.gateway.deliver(mail.mailbox, mail.raw)  # type: ignore[attr-defined]
        while look_into(container, intake.Inboxes(container.engine, container.settings.secret_key)):
            pass
        while intake.process(container.engine, container.parser, container.learner, container.robot, now=now):
            pass


def _count(container: Container) -> int:
    with container.engine.connect() as connection:
        return int(connection.execute(text("SELECT count(*) FROM enquiry WHERE state = 'triage'")).scalar() or 0)


@contextmanager
def _learning(container: Container) -> Iterator[None]:
    """The learner runs in a thread of its own, as in the server."""
    stopping = threading.Event()

    def learn() -> None:
        while not stopping.is_set():
            container.learner.catch_up(now=datetime.now(UTC))
            container.learner.wake.wait(0.5)
            container.learner.wake.clear()

    thread = threading.Thread(target=learn, daemon=True)
    thread.start()
    yield
    stopping.set()
    container.learner.wake.set()
    thread.join()


def _signed_in(container: Container, person: str) -> FlaskClient:
    client = create_app(container).test_client()
    form = {"csrf_token": _token(client.get("/log-ind").text), "email": person, "password": "demo"}
    client.post("/log-ind", data=form)
    return client


def _token(page: str) -> str:
    return re.findall(r'name="csrf_token" value="([^"]+)"', page)[0]


def _go_back(container: Container) -> tuple[float, int, int]:
    """One click on the oldest version that is kept: (seconds until its model answers, its position, labels left out)."""
    with database.read(container.engine) as session:
        oldest = model.versions(session)[-1]
        wanted = snapshot.load(session.get_one(ModelSnapshot, oldest.position).content, container.salt).state_hash()
    client = _signed_in(container, "adda@slusekoebing.example.org")
    form = {"csrf_token": _token(client.get("/laering/").text), "position": oldest.position, "fra": "laering"}
    began = time.perf_counter()
    assert client.post("/modellen/tilbage", data=form).status_code == 303
    while container.learner.state_hash() != wanted:
        assert time.perf_counter() - began < 10 * BACK_SECONDS
        time.sleep(0.05)
    return time.perf_counter() - began, oldest.position, oldest.since


def _click(container: Container) -> tuple[list[float], list[float]]:
    """Corrections through the page, as htmx sends them."""
    client = _signed_in(container, "ida@slusekoebing.example.org")
    watcher = create_engine(container.settings.database_url)
    learned, rescored = [], []
    for _ in range(CLICKS):
        page = client.get("/visitering/").text
        token = _token(page)
        version = re.findall(r'name="version" value="(\d+)"', page)[0]
        enquiry = re.findall(r'action="/visitering/(\d+)"', page)[0]
        units = re.findall(r'name="unit" value="(\d+)" data-key="2"', page)
        form = {"csrf_token": token, "version": version, "unit": units[0]}
        began = time.perf_counter()
        client.post(f"/visitering/{enquiry}", data=form, headers={"HX-Request": "true"})
        label = f"(SELECT max(id) FROM label WHERE enquiry_id = {enquiry})"
        _until(watcher, f"SELECT count(*) FROM lesson WHERE label_id = {label}", began)
        learned.append(_until_applied(container, began))
        rescored.append(
            _until(watcher, f"SELECT count(*) FROM receipt WHERE label_id = {label} AND rescored >= {OPEN}", began)
        )
    watcher.dispose()
    return learned, rescored


def _until_applied(container: Container, began: float) -> float:
    """Milliseconds since `began` until the model itself, not only the log, stands at the newest lesson."""
    with container.engine.connect() as connection:
        newest = int(connection.execute(text("SELECT max(position) FROM lesson")).scalar() or 0)
    while container.learner.position < newest:
        time.sleep(0.001)
    return (time.perf_counter() - began) * 1e3


def _until(watcher: object, query: str, began: float) -> float:
    """Milliseconds since `began` until the query says yes."""
    with watcher.connect() as connection:  # type: ignore[attr-defined]
        while not connection.execute(text(query)).scalar():
            connection.rollback()
            assert time.perf_counter() - began < 20, query
            time.sleep(0.002)
    return (time.perf_counter() - began) * 1e3


def _line(name: str, times: list[float], bar: float) -> bool:
    p95 = statistics.quantiles(times, n=20)[-1]
    reached = p95 <= bar
    figure = f"p50 {statistics.median(times):.0f} ms, p95 {p95:.0f} ms"
    print(f"{'ok  ' if reached else 'MISS'} {name}: {figure}   (bar: p95 <= {bar:.0f} ms)")
    return reached


if __name__ == "__main__":
    sys.exit(main())
