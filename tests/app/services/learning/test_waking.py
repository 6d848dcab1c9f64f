"""Who writes something to learn wakes the learner, in whichever process it is; who changes their mind wakes nobody."""

import threading
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app import database
from app.domain.actor import Actor
from app.domain.amendment import AmendmentKind
from app.models.enquiry import Enquiry
from app.services.learning import label_overrides, labels, ranking, waking
from tests.town import PARK, PATIENCE, Town, mail, now


@pytest.fixture
def elsewhere(town: Town) -> Iterator[Engine]:
    """The same database as another process has it: nothing in memory is shared."""
    with database.opened(town.container.settings.database_url) as engine:
        yield engine


@pytest.fixture
def bell(town: Town) -> Iterator[threading.Event]:
    """What is rung in this process, with its watch begun."""
    engine, stopping = town.container.engine, threading.Event()
    ring = waking.bell(engine)
    watch = threading.Thread(target=waking.watch, args=(engine, stopping), daemon=True)
    watch.start()
    assert ring.wait(PATIENCE), "at first it is looked for what came before"
    ring.clear()
    yield ring
    stopping.set()
    watch.join(PATIENCE)
    assert not watch.is_alive()


def give(session: Session, town: Town, number: int) -> None:
    labels.give(session, session.get_one(Enquiry, number), town.units[PARK], by=Actor("x"), now=now())


def lift(session: Session, _town: Town, _number: int) -> None:
    made = label_overrides.apply(session, AmendmentKind.DISTRUSTED, {}, note="", by=Actor("x"), now=now())
    label_overrides.revoke(session, made.id, by=Actor("x"), now=now())


def ask(session: Session, _town: Town, number: int) -> None:
    ranking.ask(session, number, now=now())


@pytest.mark.parametrize("write", [give, lift, ask])
def test_what_another_process_writes_wakes_the_learner(
    town: Town, elsewhere: Engine, bell: threading.Event, write: Callable[[Session, Town, int], None]
) -> None:
    (number,) = town.receive(mail("Træ", "Træet i parken"))
    bell.clear()
    with database.write(elsewhere) as session:
        write(session, town, number)
    assert bell.wait(PATIENCE)


def test_what_is_not_committed_wakes_nobody(town: Town) -> None:
    (number,) = town.receive(mail("Træ", "Træet i parken"))
    bell = waking.bell(town.container.engine)
    bell.clear()
    with Session(town.container.engine) as session:
        give(session, town, number)
        assert not bell.is_set(), "not before it is there to be read"
        session.rollback()
        assert not bell.is_set()
        give(session, town, number)
        session.commit()
        assert bell.is_set()


def test_a_ranking_is_asked_for_once(town: Town) -> None:
    (number,) = town.receive(mail("Træ", "Træet i parken"))
    with database.write(town.container.engine) as session:
        ranking.ask(session, number, now=now())
        ranking.ask(session, number, now=now())
        assert ranking.is_asked(session, number)
    town.learn()
    with database.read(town.container.engine) as session:
        assert not ranking.is_asked(session, number)
