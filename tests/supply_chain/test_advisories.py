"""What an advisory source did not say is not taken for good news."""

import json

import pytest

from tests.supply_chain.advisories import judged

CLEAN = {"name": "flask", "version": "3.1.3", "vulns": []}
SKIPPED = {"name": "numpy", "skip_reason": "Dependency not found on PyPI and could not be audited: numpy (2.4.6)"}
BAD = {"name": "jinja2", "version": "3.1.1", "vulns": [{"id": "PYSEC-0000-1", "fix_versions": ["3.1.2"]}]}


@pytest.mark.parametrize(
    ("packages", "passed", "text"),
    [
        ([CLEAN], True, "1 packages, no known vulnerability"),
        ([CLEAN, SKIPPED], False, "no answer for 1 of 2 packages"),
        ([SKIPPED, SKIPPED], False, "no answer for 2 of 2 packages"),
        ([], False, "no answer for 0 of 0 packages"),
        ([CLEAN, SKIPPED, BAD], False, "jinja2 3.1.1: PYSEC-0000-1"),
    ],
)
def test_only_an_answer_for_every_package_counts(packages: list[dict[str, object]], passed: bool, text: str) -> None:
    verdict = judged(json.dumps({"dependencies": packages, "fixes": []}))
    assert (verdict.passed, verdict.text) == (passed, text)


@pytest.mark.parametrize("found", ["", "Traceback (most recent call last):", "[]", "{}", "null"])
def test_no_answer_is_no_verdict(found: str) -> None:
    assert judged(found).known is None
