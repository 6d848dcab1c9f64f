"""`sluse rehearse --live`: this house's own labels, before and after, in the terminal."""

import json
from pathlib import Path

import pytest

from app import database
from app.cli import main
from app.services.inbound import rules
from tests.town import PARK, ROAD, WASTE, Town


@pytest.fixture
def house(town: Town, monkeypatch: pytest.MonkeyPatch) -> Town:
    town.teach_history(times=40)
    town.automatic()
    with database.write(town.container.engine) as session:
        rules.install_defaults(session)
    monkeypatch.setenv("SLUSE_HOME", str(town.container.settings.home))
    monkeypatch.setenv("SLUSE_DATABASE_URL", town.container.settings.database_url)
    monkeypatch.setenv("SLUSE_SECRET_KEY", "a-secret-for-tests-only")
    return town


def test_before_and_after(house: Town, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    into = {"name": "Grønt", "address": "groent@town.example.org"}
    plan, target = tmp_path / "plan.json", tmp_path / "out.json"
    plan.write_text(json.dumps({"moves": [{"kind": "merge", "units": [PARK, ROAD], "into": into}]}), encoding="utf-8")
    options = ["--live", "--max-error", "0.1", "--without-rule", "1", "--plan", str(plan), "--json", str(target)]
    assert main(["rehearse", *options]) == 0
    said = capsys.readouterr().out
    assert "before" in said
    assert "Grønt" in said
    assert "1 unit stays as it is." in said
    written = json.loads(target.read_text(encoding="utf-8"))
    assert {unit["name"] for unit in written["units"]} == {PARK, ROAD, WASTE, "Grønt"}
    assert written["before"]["mails"] == 192


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ([], "say --live"),
        (["file.jsonl", "--live"], "say --live"),
        (["--live", "--without-rule", "99"], "no rule 99"),
        (["--live", "--plan", "missing.json"], "missing.json"),
    ],
)
def test_what_makes_no_question(house: Town, options: list[str], why: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rehearse", *options]) == 2
    assert why in capsys.readouterr().err


def test_a_plan_that_cannot_be(house: Town, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plan = tmp_path / "plan.json"
    plan.write_text(json.dumps({"moves": [{"kind": "rename", "unit": PARK, "name": WASTE}]}), encoding="utf-8")
    assert main(["rehearse", "--live", "--plan", str(plan)]) == 2
    assert "name taken: affald" in capsys.readouterr().err
