"""`sluse demo`: an invented municipality that lives by itself. With a history to learn from."""

import logging
import multiprocessing
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, time

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import database, memory, private
from app.commands import homes, observed
from app.commands.organisation import install
from app.commands.process import quiet_logs, say
from app.commands.serve import run
from app.config import Settings
from app.container import Container
from app.demo import benefit, writing
from app.demo.life import Life
from app.demo.lived_year import make, stopped_work
from app.demo.mails import Mails
from app.demo.municipality import Municipality, load
from app.demo.year import Year
from app.domain.actor import Actor
from app.domain.deadlines import local_day
from app.domain.places import PlaceKind
from app.models.account import Account, Setting
from app.services.organisation import organisation_units
from app.services.platform import settings
from app.services.reports import benefit_assumptions, place_register
from app.workflow import letters
from app.workflow.worker import Worker
from connectors.mail.folder.gateway import FolderGateway

HISTORY = 2600
PAST = Actor("history")
MAX_ERROR = 0.05
BEGAN = time(5)
"""The hour (UTC) at which the played year begins."""
PASSWORD = "demo"  # noqa: S105 - known to everybody, and said on the page


def serve_demo(config: Settings, *, seed: int, fresh: bool, history_mails: int = HISTORY) -> int:
    """Set up and serve the invented municipality. Set up where it is not there yet, served until a signal ends it."""
    quiet_logs(config.log_level)
    memory.bound()
    homes.refuse_real(config, fresh=fresh)
    observed.refuse_unread(config)
    if fresh:
        shutil.rmtree(config.home, ignore_errors=True)
    plan = load()
    if not _aside(prepare, config, plan, seed, history_mails):
        return 1
    container = Container.build(config)
    observed.join(container)
    worker = Worker(container)
    worker.start()
    # What has stopped is on the robot's page; whoever only looks around needs no traceback for it in the terminal.
    logging.getLogger("dbos").setLevel(logging.CRITICAL)
    stopped_work.order(container)
    mails = Mails(plan, _seed(container, seed), month=datetime.now(UTC).month)
    life = Life(plan, mails, FolderGateway(config.mail_root), speed=config.demo_speed)
    worker.run("demo", lambda: life.step(datetime.now(UTC)), 1.0)
    began = datetime.now(UTC)
    worker.run("operator", lambda: stopped_work.clear_away(config, since=began, now=datetime.now(UTC)), 5.0)
    say(f"{plan.name} is invented. Sign in as anybody on the page, e.g. Ida Eksempel, who sorts the mails.")
    return run(container, worker)


def _aside(work: Callable[..., None], *arguments: object) -> bool:
    """Do work in a process of its own.

    The memory that a year of mails took is gone with it. Return whether it ended well.
    """
    child = multiprocessing.get_context("spawn").Process(target=work, args=arguments)
    child.start()
    child.join()
    return child.exitcode == 0


def prepare(config: Settings, plan: Municipality, seed: int, history_mails: int = HISTORY) -> None:
    """Prepare the demo's organisation, its people, and the year that lies behind them.

    All of it is done once; one that was stopped half-way is made anew.
    """
    homes.refuse_real(config)
    if _half_made(config):
        shutil.rmtree(config.home)
    private.home(config.home)
    database.migrate(config.database_url)
    now = datetime.now(UTC)
    began = datetime.combine(Year(plan, seed, now).first, BEGAN, UTC)
    with database.opened(config.database_url) as engine, database.write(engine) as session:
        homes.mark_demo(session, seed)
    install(config, plan, seed=f"demo {seed}", since=began)
    container = Container.build(config)
    with database.read(container.engine) as session:
        new = session.scalar(select(Account.id)) is None
    if new:
        with database.write(container.engine) as session:
            add_people(session, plan, began)
        _play(container, plan, _seed(container, seed), history_mails, now)
    container.close()


def add_people(session: Session, plan: Municipality, began: datetime) -> None:
    """Let the people begin, with the error budget that they agreed upon."""
    settings.put(session, settings.MAX_ERROR, MAX_ERROR)
    settings.put(session, settings.DEMO_ACCOUNTS, [person.email.lower() for person in plan.people])
    settings.put(session, settings.YEAR_PLAYED, False)
    for person in plan.people:
        organisation_units.add_person(
            session,
            email=person.email,
            name=person.name,
            role=person.role,
            password=PASSWORD,
            unit=person.unit,
            owner=person.owner,
            by=PAST,
            now=began,
        )
    place_register.replace(session, [(name, PlaceKind.STREET) for name in writing.STREETS], by=PAST, now=began)
    given = benefit.assumptions(local_day(began))
    benefit_assumptions.save(session, given, benefit.NOTE, based_on=None, by=PAST, now=began)


def _half_made(config: Settings) -> bool:
    """Tell whether a demo's year was begun and never came to its end."""
    with database.opened(config.database_url) as engine:
        if not database.is_current(engine):
            return False
        with database.read(engine) as session:
            return settings.is_set(session, settings.YEAR_PLAYED) and not settings.get(session, settings.YEAR_PLAYED)


def _seed(container: Container, asked: int) -> int:
    """A municipality keeps the seed it was made with."""
    with database.read(container.engine) as session:
        row = session.get(Setting, homes.MARK)
        return int(row.value) if row else asked


def _play(container: Container, plan: Municipality, seed: int, count: int, now: datetime) -> None:
    say(f"Playing the last year, in which {count} invented mails came …")
    mails = Mails(plan, seed)
    make.play(container, plan, mails, letters, seed=seed, count=count, past=PAST, until=now, say=say)
    container.learner.catch_up(now=now)
    with database.write(container.engine) as session:
        settings.put(session, settings.YEAR_PLAYED, True)
