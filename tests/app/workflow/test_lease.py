"""One process works in a house at a time; the next has the place as soon as that one has ended."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from app import database
from app.workflow import lease as module
from app.workflow.lease import Lease
from tests.databases import POSTGRESQL
from tests.town import PATIENCE, Town

TAKING = """
import sys
from pathlib import Path
from app import database
from app.workflow.lease import Lease
with database.opened(sys.argv[1]) as engine:
    lease = Lease(engine, Path(sys.argv[2]), "other")
    print(lease.take(), lease.holder(), flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def lease(town: Town) -> Iterator[Lease]:
    made = Lease(town.container.engine, town.container.settings.home, "one")
    yield made
    made.give_back()


def another(town: Town) -> "subprocess.Popen[str]":
    """Another process that tries to take the lease, and lives until its input ends."""
    settings = town.container.settings
    return subprocess.Popen(
        [sys.executable, "-c", TAKING, settings.database_url, str(settings.home)],
        cwd=Path(__file__).parents[3], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip


def said(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def end(process: "subprocess.Popen[str]") -> None:
    process.communicate("", timeout=PATIENCE)


def test_who_comes_second_is_told_who_has_it_and_has_it_next(town: Town, lease: Lease) -> None:
    assert lease.take()
    refused = another(town)
    assert said(refused) == "False one"
    end(refused)
    lease.keep()
    lease.give_back()
    following = another(town)
    assert said(following) == "True other"
    assert not lease.take()
    following.kill()
    end(following)
    assert lease.take()


@pytest.mark.skipif(not POSTGRESQL, reason="the lock of a file ends with its process alone")
def test_a_session_that_broke_off_is_made_anew_unless_another_was_quicker(
    town: Town, lease: Lease, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended: list[int] = []
    monkeypatch.setattr(os, "_exit", ended.append)
    assert lease.take()
    break_off(town)
    lease.keep()
    assert not ended
    with database.opened(town.container.settings.database_url) as engine:
        other = Lease(engine, town.container.settings.home, "other")
        assert not other.take()
        break_off(town)
        assert other.take()
        lease.keep()
        assert ended == [module.LOST]
        other.give_back()


def break_off(town: Town) -> None:
    query = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = 'sluse one'"
    with town.container.engine.connect() as connection:
        assert connection.scalars(text(query)).all() == [True]
