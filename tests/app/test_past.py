"""The model as it was, and proven: the same hash in another process, also after a kill in the middle."""

import os
import signal
import subprocess
import sys
from datetime import timedelta

import pytest
from sqlalchemy import delete

from app import database
from app.commands import past
from app.config import Settings
from app.models.label import ModelSnapshot
from tests.conftest import SECRET
from tests.town import Town, mail, now

KILLED = """
import os, signal, sys
from datetime import UTC, datetime
from app import database
from app.services.learning import model_replay
from app.services.learning.learner import Learner
model_replay.PORTION = 20
class Dying(Learner):
    def _note(self, state):
        super()._note(state)
        os.kill(os.getpid(), signal.SIGKILL)
Dying(database.create(sys.argv[1])).catch_up(now=datetime.now(UTC))
"""


def fresh(town: Town, *options: str) -> str:
    env = os.environ | {"SLUSE_DATABASE_URL": town.container.settings.database_url, "SLUSE_SECRET_KEY": SECRET}
    run = subprocess.run(
        [sys.executable, "-m", "app.cli", "model", *options], env=env, capture_output=True, text=True, check=True
    )
    return run.stdout


def test_another_process_says_the_same_also_after_a_kill(town: Town) -> None:
    town.teach_history(times=10)
    expected = town.container.learner.state_hash()
    with database.write(town.container.engine) as session:
        session.execute(delete(ModelSnapshot))
    url = town.container.settings.database_url
    killed = subprocess.run([sys.executable, "-c", KILLED, url], check=False)
    assert killed.returncode == -signal.SIGKILL
    said = fresh(town)
    assert said.startswith(f"position 120, 3 units, {expected}")
    assert "rebuilding: 20 of 120" in said
    town.container.learner.catch_up(now=now())
    assert town.container.learner.state_hash() == expected


def test_as_of_and_verified(town: Town, settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    town.teach_history(times=10)
    before, hashed = now(), town.container.learner.state_hash()
    (first,) = town.receive(mail("Træ", "Træet er væltet"))
    assert first
    assert past.model(settings, as_of=before, verify=False) == 0
    assert hashed in capsys.readouterr().out
    assert past.model(settings, as_of=before - timedelta(days=1), verify=False) == 0
    assert "position 0, 0 units" in capsys.readouterr().out
    assert past.model(settings, as_of=None, verify=True) == 0
    assert "the snapshot says the same" in capsys.readouterr().out
