"""What this house does not do is found where somebody does it, and is done nowhere."""

import re
from pathlib import Path

import pytest

from tests.supply_chain import tools
from tests.supply_chain.planted import PLANTED

pytestmark = pytest.mark.skipif(
    not (tools.BIN / "semgrep").exists(), reason="`make .venv-audit/.ready` brings semgrep; `make test` does that"
)


def test_each_rule_finds_what_was_planted_and_nothing_else(tmp_path: Path) -> None:
    expected = set()
    for name, code in PLANTED.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(code, "utf-8")
        lines = enumerate(code.splitlines(), 1)
        expected |= {(name, at, line.rpartition("#!")[2].strip()) for at, line in lines if "#!" in line}
    assert tools.broken_rules(tmp_path, ["app", "connectors", "learning", "migrations", "templates"]) == expected
    rules = set(re.findall(r"^  - id: (\S+)$", tools.RULES.read_text("utf-8"), re.MULTILINE))
    assert {rule for _, _, rule in expected} == rules, "a rule that nothing proves"


def test_the_house_keeps_its_rules() -> None:
    assert tools.broken_rules(tools.ROOT, tools.SOURCES) == set()
