"""One function sends our letters: whoever else asks a gateway to is found."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SENDER = "app/services/platform/sending.py"
OF_MODULES = {("app/workflow/worker.py", "reminders.send")}
"""Functions of modules of ours that are called alike."""
TRIALS = {
    ("app/services/inbound/mailbox_trials.py", "gateway.send"),
    ("app/services/inbound/connector_check.py", "run.gateway.send"),
}
"""Letters between mailboxes of ours that nobody misses: nothing of them is stored, so that they are sent once need not be kept."""


def senders(root: Path, file: str) -> Iterator[str]:
    """Name what a module asks to `send`, and its imports of the standard library's own way of sending."""
    for node in ast.walk(ast.parse((root / file).read_text())):
        sends = isinstance(node, ast.Attribute) and node.attr == "send"
        if sends or (isinstance(node, ast.Import | ast.ImportFrom) and "smtplib" in ast.unparse(node)):
            yield ast.unparse(node)


def violations(root: Path) -> set[tuple[str, str]]:
    files = (path.relative_to(root).as_posix() for path in (root / "app").rglob("*.py"))
    return {(file, found) for file in files if file != SENDER for found in senders(root, file)} - OF_MODULES - TRIALS


def test_only_one_module_sends() -> None:
    assert set(senders(ROOT, SENDER)) == {"gateway.send"}
    assert violations(ROOT) == set()


@pytest.mark.parametrize(
    "line",
    ["container.gateway.send(letter)", "self._gateway.send(letter)", "post = gateway.send", "import smtplib"],
)
def test_a_planted_violation_is_caught(tmp_path: Path, line: str) -> None:
    (tmp_path / "app" / "workflow").mkdir(parents=True)
    (tmp_path / "app" / "workflow" / "recall.py").write_text(f"def recall():\n    {line}\n")
    assert [file for file, _ in violations(tmp_path)] == ["app/workflow/recall.py"]
