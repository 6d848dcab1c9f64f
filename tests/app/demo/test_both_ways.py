"""A played year is what the services would have written: some weeks are played both ways, and compared to the last hash."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from app import database
from app.commands.demo import add_people
from app.commands.organisation import install
from app.config import Settings
from app.container import Container
from app.demo.lived_year.facts import Facts
from app.demo.lived_year.house import PlayedHouse
from app.demo.lived_year.journal import Journal
from app.demo.lived_year.ledger import Ledger
from app.demo.lived_year.people import Caseworkers, Visitators
from app.demo.lived_year.play import Play
from app.demo.mails import Mails
from app.demo.municipality import Municipality, load
from app.domain.access import Role
from app.domain.routing import Mode
from app.environment import read_settings
from app.models.base import Base
from app.models.unit import Mailbox, Unit
from app.services.learning import breaker, error_budget
from app.services.platform import settings
from app.workflow import letters
from connectors.mail.reading.parser import MailParser
from tests.app.demo.services_house import ServicesHouse
from tests.databases import Databases

SEED, COUNT = 11, 90
UNTIL = datetime(2026, 11, 23, 12, tzinfo=UTC)
ELSEWHERE = {"receipt", "likeness", "likeness_band", "model_snapshot", "sending_attempts", "alembic_version"}
"""What tells a click what has changed, what finds waves among open mails, and what spares a start: the play has none."""
SINCE = {"account": {"password_hash"}, "enquiry": {"version"}, "prediction": {"at", "model_position"}}
"""How often a row was written; and when a ranking was last made that a person saw later."""


def small() -> Municipality:
    """A town of few units: the model soon knows them, and the robot routes within some weeks."""
    plan = load()
    names = {unit.name for unit in plan.units[:4]}
    situations = tuple(replace(s, before=None) for s in plan.situations if s.unit in names)
    units = tuple(unit for unit in plan.units if unit.name in names)
    people = tuple(person for person in plan.people if person.unit is None or person.unit in names)
    others = tuple(replace(o, weight=6 * o.weight) if o.unit == "not_enquiry" else o for o in plan.others)
    return replace(plan, units=units, situations=situations, others=others, people=people, milestones=())


@pytest.fixture
def left() -> Iterator[ExitStack]:
    """What is to be closed when the test is over."""
    with ExitStack() as stack:
        yield stack


class House:
    """A house for one of the ways, with its own home and database."""

    def __init__(self, config: Settings, plan: Municipality, parser: MailParser) -> None:
        began = datetime(2025, 11, 20, 5, tzinfo=UTC)
        install(config, plan, seed=f"demo {SEED}", since=began)
        self.container = Container.build(config)
        self.container.parser = parser
        with database.write(self.container.engine) as session:
            add_people(session, plan, began)
            settings.put(session, settings.MAX_ERROR, 0.6)
            for unit in session.scalars(select(Unit)):
                unit.mode = Mode.AUTOMATIC
        with database.read(self.container.engine) as session:
            self.facts = Facts.read(session)
            self.mailboxes = {box.address: box.name for box in session.scalars(select(Mailbox))}
            self.ledger = Ledger(session)

    def play(self, plan: Municipality, house: Any, journal: Any) -> None:
        sorters = [person.email for person in plan.people if person.role is Role.VISITATOR]
        calendar, names = self.facts.calendar, [unit.name for unit in plan.units]
        visitators, caseworkers = Visitators(sorters, SEED, calendar), Caseworkers(names, SEED, calendar)
        play = Play(house, journal, visitators, caseworkers, seed=SEED, until=UNTIL, say=lambda text: None)
        play.run(Mails(plan, SEED).lived(COUNT, UNTIL), self.container.parser)


class AskedAtOnce(PlayedHouse):
    """A played house whose limits and breakers follow at once, as those of the services do. The play waits for the evening."""

    def _judged(self, at: datetime) -> None:
        self._ask(lambda session: breaker.check(session, now=at))

    def _number(self, at: datetime) -> None:
        new = bool(self._unnumbered)
        super()._number(at)
        if new:
            self._ask(lambda session: error_budget.refresh_limits(session, now=at))

    def _ask(self, service: Callable[[Session], object]) -> None:
        with database.write(self.engine) as session:
            self.ledger.write(session)
            service(session)
            session.flush()
            self.ledger.follow(session)
            self.facts.renew(session)


def test_both_ways_write_the_same(
    tmp_path: Path, made_databases: Databases, parser: MailParser, monkeypatch: pytest.MonkeyPatch, left: ExitStack
) -> None:
    plan = small()
    played = House(_config(tmp_path / "played", made_databases), plan, parser)
    left.callback(played.container.engine.dispose)
    c = played.container
    quick = AskedAtOnce(c.engine, played.facts, played.ledger, c.salt)
    played.play(plan, quick, Journal(played.ledger, c.records, c.deadlines, letters, c.settings, played.mailboxes))
    with database.write(c.engine) as session:
        played.ledger.write(session)
        played.ledger.end(session)
    served = House(_config(tmp_path / "served", made_databases), plan, parser)
    left.callback(served.container.engine.dispose)
    slow = ServicesHouse(served.container, served.facts, monkeypatch)
    steps = SimpleNamespace(route=slow.route, reply=slow.reply, refer=slow.refer_on, end=slow.end)
    served.play(plan, slow, steps)
    ours, theirs = rows(c.engine), rows(served.container.engine)
    kinds = [row["kind"] for row in theirs["event"]]
    for kind in ("returned", "routed", "referred", "dismissed", "set_aside", "unlearned", "closed", "corrected"):
        assert kind in kinds, "the weeks are too quiet to compare"
    assert "blind_check" in {row["reason"] for row in theirs["decision"]}
    for table in sorted(theirs):
        for mine, other in zip(ours[table], theirs[table], strict=False):
            assert mine == other, table
        assert len(ours[table]) == len(theirs[table]), table
    assert quick.model.model.state_hash() == served.container.learner.state_hash()
    for folder in ("arkiv", "frister"):
        assert files(tmp_path / "played" / folder) == files(tmp_path / "served" / folder)


def _config(home: Path, made: Databases) -> Settings:
    home.mkdir()
    return read_settings({"SLUSE_HOME": str(home), "SLUSE_DATABASE_URL": made.migrated(home)}, demo=True)


def rows(engine: Engine) -> dict[str, list[dict[str, Any]]]:
    """Every row of every table, by the order of keys."""
    found = {}
    with database.read(engine) as session:
        for table in Base.metadata.sorted_tables:
            if table.name not in ELSEWHERE:
                query = select(table).order_by(*table.primary_key.columns)
                without = SINCE.get(table.name, set())
                found[table.name] = [
                    {name: value for name, value in row._mapping.items() if name not in without}
                    for row in session.execute(query)
                ]
    return found


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
