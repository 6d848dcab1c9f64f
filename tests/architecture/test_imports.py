"""Who may import whom: the contracts hold, and a planted violation of each kind is caught."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PLANTED = [
    ("learning/text.py", "import sqlalchemy", "learning is a leaf"),
    ("connectors/errors.py", "import app.config", "connectors are leaves"),
    ("app/services/platform/events.py", "import flask", "Flask begins and ends in the web"),
    ("app/domain/enquiry.py", "import app.models", "the domain is pure"),
    ("app/domain/routing.py", "import learning.model", "of learning, the domain knows plain values only"),
    ("app/models/unit.py", "import app.services.platform.events", "arrows point inwards"),
    ("app/web/platform/health.py", "import connectors.errors", "the web knows no connector"),
    ("app/services/learning/labels.py", "import app.services.triage.decisions", "what is learned knows nothing"),
    (
        "app/services/casework/reply_templates.py",
        "import app.services.triage.notes",
        "casework knows nothing of triage",
    ),
    ("app/services/platform/settings.py", "import app.services.inbound.intake", "the platform serves every subject"),
]


def lint_imports(root: Path) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"]
    env = {"PATH": "", "PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1", "NO_COLOR": "1", "COLUMNS": "200"}
    return subprocess.run(command, cwd=root, env=env, capture_output=True, text=True, check=False)


def copy_of_the_house(tmp_path: Path) -> Path:
    for part in ("app", "connectors", "learning"):
        shutil.copytree(ROOT / part, tmp_path / part, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_contracts_hold() -> None:
    result = lint_imports(ROOT)
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize(("file", "line", "contract"), PLANTED)
def test_planted_violation_is_caught(tmp_path: Path, file: str, line: str, contract: str) -> None:
    root = copy_of_the_house(tmp_path)
    module = root / file
    module.write_text(f"{module.read_text()}\n{line}\n")
    result = lint_imports(root)
    assert result.returncode != 0
    broken = [row for row in result.stdout.splitlines() if "BROKEN" in row]
    assert any(contract in row for row in broken), result.stdout


@pytest.mark.parametrize("package", ["learning.model", "connectors.mail.reading.parser", "app.domain.routing"])
def test_leaves_stay_light_in_a_fresh_process(package: str) -> None:
    """What an import really drags in, also by ways that a reading of the source does not see."""
    heavy = "{'flask', 'sqlalchemy', 'dbos', 'alembic'}"
    code = f"import sys, {package}; print(sorted({heavy} & set(sys.modules)))"
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"
