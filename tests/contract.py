"""The figures' addresses held against their own description by schemathesis: a foreign client that asks what it likes."""

import os
import subprocess
import sys
from pathlib import Path

from limits import parse_many

from app import database
from app.domain.access import Role
from app.domain.deadlines import local_day
from app.services.reports import figure_tokens
from tests.app.queries.reports import test_accuracy
from tests.serving import serving
from tests.town import Town, now

CONFIG = """\
color = false
[generation]
database = "none"
deterministic = true
[checks]
positive_data_acceptance.expected-statuses = ["200", "422"]
negative_data_rejection.expected-statuses = ["400", "401", "405", "422"]
"""
"""A period that no calendar has, and a unit that is not there, are well written: they are 422."""


def token(town: Town) -> str:
    """Make a token of the town."""
    with database.write(town.container.engine) as session:
        expires = local_day(now()) + figure_tokens.USUAL
        by = town.people[Role.ADMINISTRATOR].actor
        return figure_tokens.make(session, name="Prøve", purpose="Prøve", expires_on=expires, by=by, now=now())[1]


def held(town: Town, folder: Path, examples: int) -> subprocess.CompletedProcess[str]:
    """Run every check of schemathesis against the town on a real socket, with so many examples for each address."""
    test_accuracy.lived(town)
    key = token(town)
    town.container.rates._limits["figures by token"] = parse_many("1000000 per minute")
    town.container.rates._limits["unknown token"] = parse_many("1000000 per minute")
    (folder / "schemathesis.toml").write_text(CONFIG)
    with serving(town) as base:
        command = [
            str(Path(sys.executable).with_name("st")), "--config-file", str(folder / "schemathesis.toml"), "run",
            f"{base}/api/v1/openapi.json", "--header", f"Authorization: Bearer {key}", "--checks", "all",
            "--max-examples", str(examples), "--workers", "1", "--seed", "1",
        ]  # fmt: skip
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=3600)
