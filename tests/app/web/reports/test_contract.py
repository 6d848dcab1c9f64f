"""What the description of the figures' addresses says is what they do."""

import json
import os
from pathlib import Path

from app.web.reports import figures_api, openapi
from tests import contract
from tests.town import Town

EXAMPLES = "SLUSE_TEST_EXAMPLES"
"""The variable with how many requests are made up for each address; `make verify` asks for a thousand."""
FEW = "12"
DOCUMENT = Path(__file__).parents[4] / "docs" / "openapi.json"


def test_a_foreign_client_finds_every_address_as_described(town: Town, tmp_path: Path) -> None:
    run = contract.held(town, tmp_path, int(os.environ.get(EXAMPLES, FEW)))
    print(next((line for line in run.stdout.splitlines() if " generated" in line), ""))
    assert run.returncode == 0, run.stdout + run.stderr


def test_the_description_is_kept_in_the_documents() -> None:
    """`make openapi` writes it anew."""
    assert DOCUMENT.read_text("utf-8") == openapi.described(figures_api.OPERATIONS)


def test_each_address_is_described() -> None:
    described = json.loads(openapi.described(figures_api.OPERATIONS))
    assert set(described["paths"]) == {each.path for each in figures_api.OPERATIONS}
    assert {"/api/v1/figures", "/api/v1/figures.csv", "/api/v1/series", "/api/v1/catalogue"} <= set(described["paths"])
