"""`make audit`: what we ship, what it is made of, and what our own code must not do.

It ends with 1 where something is wrong, and with 2 where a question had no answer: that is not passed either.
"""

import json
import subprocess
import sys
from collections.abc import Callable

from tests.supply_chain import advisories, licences, tools
from tests.supply_chain.tools import ROOT

BUILD = ROOT / "build"
PRODUCT, PARTS = BUILD / "product", BUILD / "sbom.json"
ACCEPTED = {
    ("B101", ""): "asserts narrow types, and decide nothing",
    ("B105", "app/commands/demo.py"): "the demo's password, which is for everybody",
    ("B311", ""): "orders and experiments; rules.yml refuses chance where nobody may guess",
    ("B608", "app/models/search_index.py"): "names of own tables, and text to compare with",
    ("B608", "migrations/"): "names of own tables and columns; the rule sql-from-text holds everywhere else",
    ("B704", "app/web/platform/filters.py"): "a mail's cleaned HTML, in a sandboxed frame",
}
"""What bandit finds that stays: its rule, where, and why."""
Result = tuple[bool | None, str]


def main() -> int:
    BUILD.mkdir(exist_ok=True)
    _install()
    failed = silent = 0
    for name, check in CHECKS.items():
        passed, text = check()
        verdict = {True: "passed", False: "FAILED", None: "NO VERDICT"}[passed]
        print(f"{name:<12}{verdict:<12}{text}", flush=True)
        failed += passed is False
        silent += passed is None
    if silent:
        print("What had no verdict has not passed: run it again where an advisory source can be reached.")
    return 1 if failed else 2 if silent else 0


def _install() -> None:
    """Install what is shipped, and nothing else, to look at it."""
    uv = ROOT / ".venv" / "bin" / "uv"
    into = f"--python={PRODUCT / 'bin' / 'python'}"
    for command in (
        [uv, "venv", "--quiet", "--clear", f"--python={sys.executable}", PRODUCT],
        [uv, "pip", "install", "--quiet", into, "--require-hashes", "-r", ROOT / "requirements.txt"],
        [uv, "pip", "install", "--quiet", into, "--no-deps", ROOT],
    ):
        subprocess.run(list(map(str, command)), check=True)


def _advisories() -> Result:
    verdict = advisories.asked()
    return (None if verdict.known is None else verdict.passed), verdict.text


def _licences() -> Result:
    found = licences.found(PRODUCT / "bin" / "python")
    refused = licences.refused(found, licences.shipped())
    named = ", ".join(f"{name} ({said})" for name, (said, _) in licences.NAMED.items())
    return not refused, f"{refused or len(licences.shipped())} packages; by name: {named}"


def _parts() -> Result:
    """Write the parts list, and look whether everything is in it."""
    done = tools.run(
        "cyclonedx-py", "environment", "--pyproject=pyproject.toml", "--mc-type=application", "--output-reproducible",
        "--output-file", PARTS, PRODUCT / "bin" / "python",
    )  # fmt: skip
    if done.returncode:
        return False, done.stderr.strip()[-300:]
    found = json.loads(PARTS.read_text("utf-8"))
    ours = found["metadata"]["component"]
    said = [each.get("license", {}).get("id", each.get("expression")) for each in ours.get("licenses", ())]
    listed = {licences.canonical(each["name"]) for each in found["components"]}
    missing = licences.shipped() - listed
    passed = ours["name"] == "sluse" and said == [licences.OURS] and not missing
    return (
        passed,
        f"{PARTS.relative_to(ROOT)}: {ours['name']} ({', '.join(map(str, said))}) of {len(listed)} parts, missing: {missing or 0}",
    )


def _bandit() -> Result:
    done = tools.run("bandit", "-q", "-f", "json", "-r", *(name for name in tools.SOURCES if name != "templates"))
    found = json.loads(done.stdout)
    left = [
        f"{each['test_id']} {each['filename']}:{each['line_number']}"
        for each in found["results"]
        if not any(each["test_id"] == rule and each["filename"].startswith(under) for rule, under in ACCEPTED)
    ]
    return not left and not found[
        "errors"
    ], f"{left or 'nothing'} beside {len(found['results'])} findings that are accepted with a reason"


def _rules() -> Result:
    broken = sorted(tools.broken_rules(ROOT, tools.SOURCES))
    return not broken, f"{broken or 'every rule of rules.yml is kept'}"


CHECKS: dict[str, Callable[[], Result]] = {
    "advisories": _advisories,
    "licences": _licences,
    "parts list": _parts,
    "bandit": _bandit,
    "own rules": _rules,
}

if __name__ == "__main__":
    sys.exit(main())
