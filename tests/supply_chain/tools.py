"""Where the tools of `make audit` are: an environment of their own, since their pins are not the product's."""

import json
import os
import subprocess
import tomllib
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]
BIN = ROOT / ".venv-audit" / "bin"
RULES = Path(__file__).with_name("rules.yml")
SOURCES = ("app", "connectors", "learning", "migrations", "templates", "wsgi.py")
QUIET = {"SEMGREP_SEND_METRICS": "off", "SEMGREP_ENABLE_VERSION_CHECK": "0"}
"""Nothing is told to anybody, and no answer from outside is waited for."""


def run(name: str, *arguments: str | Path, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Run a tool to its end; its exit status is the caller's to judge."""
    command = [str(BIN / name), *map(str, arguments)]
    return subprocess.run(
        command, cwd=cwd, env=os.environ | QUIET, capture_output=True, text=True, check=False, timeout=600
    )


def broken_rules(root: Path, sources: Sequence[str]) -> set[tuple[str, int, str]]:
    """Return file, line and rule of whatever breaks one of our rules."""
    done = run(
        "semgrep", "scan", "--metrics=off", "--disable-version-check", "--quiet", "--jobs=1", "--no-git-ignore", "--project-root=.",
        "--config", RULES, "--json", *sources, cwd=root,
    )  # fmt: skip
    found = json.loads(done.stdout)
    assert not found["errors"], found["errors"]
    assert found["paths"]["scanned"], "nothing was looked at"
    return {(each["path"], each["start"]["line"], each["check_id"].rpartition(".")[2]) for each in found["results"]}


if __name__ == "__main__":
    print(
        "\n".join(
            tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]["audit"]
        )
    )
