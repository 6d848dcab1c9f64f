"""Counts in the database: shared by all who count, ended by time, and silent about whom they count."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select

from app import database
from app.container import Container
from app.models.rate import RateCount
from app.services.platform import rates as module
from app.services.platform.rates import LIMITS, DatabaseStorage, Rates
from app.services.platform.turns import FullError, Turns


@pytest.fixture
def rates(container: Container) -> Rates:
    return Rates(container.engine, "secret")


def rows(container: Container) -> int:
    with database.read(container.engine) as session:
        return session.scalar(select(func.count()).select_from(RateCount)) or 0


def test_so_many_and_no_more(rates: Rates) -> None:
    pair = ("sign-in from elsewhere", "a@town.example.org", "192.0.2.1")
    assert [rates.allows(pair) and rates.count(pair) for _ in range(7)] == [True] * 5 + [False] * 2
    assert rates.allows(("sign-in from elsewhere", "a@town.example.org", "192.0.2.2"))
    assert rates.allows(("sign-in from elsewhere", "b@town.example.org", "192.0.2.1"))


def test_counts_are_shared(container: Container, rates: Rates) -> None:
    another = Rates(container.engine, "secret")
    for each in (rates, another) * 5:
        each.count(("export", "1"))
    assert not rates.allows(("export", "1"))
    assert not another.allows(("export", "1"))


def test_none_is_lost_when_many_count_at_once(container: Container) -> None:
    storage = DatabaseStorage(container.engine, "secret")
    with ThreadPoolExecutor(8) as pool:
        counts = list(pool.map(lambda _: storage.incr("key", 60), range(40)))
    assert sorted(counts) == list(range(1, 41))


def test_a_count_ends_and_its_row_goes(container: Container, rates: Rates, monkeypatch: pytest.MonkeyPatch) -> None:
    began = module.time.time()
    clock = {"now": began}
    monkeypatch.setattr(module.time, "time", lambda: clock["now"])
    for _ in range(10):
        rates.count(("export", "1"))
    assert not rates.allows(("export", "1"))
    clock["now"] = began + 61
    assert rates.allows(("export", "1"))
    rates.count(("search", "2"))
    assert rows(container) == 2, "the hour of the first and the minute of the second"
    clock["now"] = began + 3700
    rates.count(("search", "2"))
    assert rows(container) == 1


def test_what_was_typed_is_not_kept(container: Container, rates: Rates) -> None:
    for typed in ("010190-1234", "per@borger.example.org", "\x00", "\ud800", "x" * 5_000):
        rates.count(("sign-in to an account", typed))
    with database.read(container.engine) as session:
        kept = list(session.scalars(select(RateCount.key)))
    assert len(kept) == 5
    assert all(len(key) == 64 and int(key, 16) for key in kept)


def test_asking_writes_nothing(container: Container, rates: Rates) -> None:
    assert all(rates.allows((name, "x", "y")) for name in LIMITS)
    assert rows(container) == 0


def test_who_comes_when_it_is_full_is_sent_away() -> None:
    turns = Turns(at_once=1, waiting=0)
    with turns.take(), pytest.raises(FullError), turns.take():
        pass
    with turns.take():
        pass
