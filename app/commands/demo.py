"""`sluse demo`: an invented municipality that lives by itself. With a history to learn from."""

import multiprocessing
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, time

from sqlalchemy import select

from app import database, memory, private
from app.commands import homes
from app.commands.organisation import install
from app.commands.process import quiet_logs, say
from app.commands.serve import run
from app.config import Settings
from app.container import Container
from app.demo.life import Life
from app.demo.mails import Mails
from app.demo.municipality import Municipality, load
from app.demo.year import Year
from app.domain.actor import Actor
from app.domain.events.platform import MilestoneNoted
from app.models.account import Account, Setting
from app.models.unit import Unit
from app.services.inbound import history_import
from app.services.inbound.history_import import PastMail
from app.services.organisation import organisation_units
from app.services.platform import events, settings
from app.workflow.worker import Worker
from connectors.mail.folder.gateway import FolderGateway

HISTORY = 2600
PAST = Actor("history")
MAX_ERROR = 0.05
PASSWORD = "demo"  # noqa: S105 - known to everybody, and said on the page


def serve_demo(config: Settings, *, seed: int, fresh: bool) -> int:
    """Set up and serve the invented municipality. Set up where it is not there yet, served until a signal ends it."""
    quiet_logs(config.log_level)
    memory.bound()
    homes.refuse_real(config, fresh=fresh)
    if fresh:
        shutil.rmtree(config.home, ignore_errors=True)
    plan = load()
    if not _aside(prepare, config, plan, seed):
        return 1
    container = Container.build(config)
    worker = Worker(container)
    worker.start()
    mails = Mails(plan, _seed(container, seed), month=datetime.now(UTC).month)
    life = Life(plan, mails, FolderGateway(config.mail_root), speed=config.demo_speed)
    worker.run("demo", lambda: life.step(datetime.now(UTC)), 1.0)
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


def prepare(config: Settings, plan: Municipality, seed: int, *, history_mails: int = HISTORY) -> None:
    """Prepare the demo's organisation, people and history.

    The model learns from the history; all of it is done once.
    """
    homes.refuse_real(config)
    private.home(config.home)
    database.migrate(config.database_url)
    with database.opened(config.database_url) as engine, database.write(engine) as session:
        homes.mark_demo(session, seed)
    install(config, plan, seed=f"demo {seed}")
    container = Container.build(config)
    now = datetime.now(UTC)
    with database.write(container.engine) as session:
        if session.scalar(select(Account.id)) is None:
            settings.put(session, settings.MAX_ERROR, MAX_ERROR)
            settings.put(session, settings.DEMO_ACCOUNTS, [person.email.lower() for person in plan.people])
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
                    now=now,
                )
            for day, milestone in Year(plan, seed, now).milestones:
                at = datetime.combine(day, time(), UTC)
                events.record(session, MilestoneNoted(text=milestone.text), by=PAST, now=at)
    _teach(container, Mails(plan, _seed(container, seed)), history_mails, now)
    container.close()


def _seed(container: Container, asked: int) -> int:
    """A municipality keeps the seed it was made with."""
    with database.read(container.engine) as session:
        row = session.get(Setting, homes.MARK)
        return int(row.value) if row else asked


def _teach(container: Container, mails: Mails, count: int, now: datetime) -> None:
    with database.read(container.engine) as session:
        units = {unit.name: unit.id for unit in session.scalars(select(Unit))}
    container.learner.catch_up(now=now)
    if container.learner.position >= count:
        return
    past = (
        PastMail(mail.message_id, mail.mailbox, mail.raw, units[mail.truth], at)
        for at, mail in mails.history(count, now)
    )
    say(f"Learning from {count} invented mails of the last year …")
    history_import.teach(
        container.engine, container.parser, container.learner, past, by=PAST, now=now, progress=_progress
    )


def _progress(done: int) -> None:
    if done % 200 == 0:
        say(f"  {done}")
