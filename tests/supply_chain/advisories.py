"""Ask advisory sources about what we ship; no answer is no good news."""

import json
from dataclasses import dataclass
from typing import Any

from tests.supply_chain import tools

SOURCES = ("pypi", "osv")


@dataclass(frozen=True)
class Verdict:
    """`known` is None where not every package was answered for."""

    known: tuple[str, ...] | None
    text: str

    @property
    def passed(self) -> bool:
        return self.known == ()


def asked() -> Verdict:
    """Ask one source after the other, until one has an answer for every package."""
    silent = []
    for source in SOURCES:
        done = tools.run(
            "pip-audit", f"--vulnerability-service={source}", "--requirement=requirements.txt", "--disable-pip",
            "--format=json", "--progress-spinner=off", "--timeout=10",
        )  # fmt: skip
        verdict = judged(done.stdout)
        if verdict.known is not None:
            return verdict
        silent.append(f"{source}: {verdict.text}")
    return Verdict(None, "; ".join(silent))


def judged(found: str) -> Verdict:
    """Judge an answer of pip-audit, which says "no known vulnerabilities" also where it could not ask about anything."""
    try:
        packages: list[dict[str, Any]] = json.loads(found)["dependencies"]
    except (ValueError, KeyError, TypeError):
        return Verdict(None, "cannot be reached")
    known = tuple(
        f"{each['name']} {each.get('version', '')}: {vulnerability['id']}"
        for each in packages
        for vulnerability in each.get("vulns", ())
    )
    if known:
        return Verdict(known, ", ".join(known))
    skipped = sum("skip_reason" in each for each in packages)
    if skipped or not packages:
        return Verdict(None, f"no answer for {skipped} of {len(packages)} packages")
    return Verdict((), f"{len(packages)} packages, no known vulnerability")
