"""The embedded deadline register: the contract, kills in the middle."""

import json
import random
import sys
from pathlib import Path

import pytest

from connectors.deadlines.embedded import EmbeddedRegister
from connectors.deadlines.register import DeadlineRegister
from tests.connectors.killing import kill_until_done
from tests.connectors.register_contract import RegisterContract


class TestEmbedded(RegisterContract):
    @pytest.fixture
    def register(self, tmp_path: Path) -> EmbeddedRegister:
        self.root = tmp_path
        return EmbeddedRegister(tmp_path)

    def entry(self, register: DeadlineRegister) -> tuple[str, str, str | None]:
        (file,) = self.root.glob("F-*.json")
        entry = json.loads(file.read_text())
        return entry["enhed"], entry["frist"], entry["afsluttet"]


REGISTRAR = """
import sys
from datetime import date
from pathlib import Path
from connectors.deadlines.embedded import EmbeddedRegister
from connectors.deadlines.register import NewDeadline
register = EmbeddedRegister(Path(sys.argv[1]))
print("ready", flush=True)
for n in range(500):
    register.register(NewDeadline(f"deadline:{n}", "2026-000001", "Park", date(2026, 12, 7)))
    register.complete(f"deadline:{n}", date(2026, 12, 1))
print("done", flush=True)
"""


def test_killed_while_registering(tmp_path: Path) -> None:
    killed = kill_until_done([sys.executable, "-c", REGISTRAR, str(tmp_path)], random.Random(6), most=8)
    assert killed >= 3
    entries = [json.loads(path.read_text()) for path in tmp_path.glob("*.json")]
    assert sorted(entry["nøgle"] for entry in entries) == sorted(f"deadline:{n}" for n in range(500))
    assert {entry["afsluttet"] for entry in entries} == {"2026-12-01"}
    assert not list(tmp_path.glob(".*.tmp"))
