"""Documents keep up with the house: what they name is there, and every decision has its head and its row."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("**/*.md")])
HEAD = re.compile(
    r"# (?P<title>[^\d#].*)\n\n"
    r"(?P<date>\d{4}-\d\d-\d\d) · (?P<status>in force(?:, amended by \d{4}(?:, \d{4})*)?|superseded by \d{4})\n\n"
)
A_PAGE = 750
"""Words; about what a person reads in three minutes."""

ENDINGS = ("py", "md", "html", "js", "css", "toml", "sql", "png", "svg", "yml", "jsonl.gz")
NAMED = re.compile(rf"`(?P<path>[\w./-]+(?:/|\.(?:{'|'.join(map(re.escape, ENDINGS))})))`")
LINKED = re.compile(r"\]\((?P<path>[^)#:\s]+)(?:#[^)]*)?\)")
PLACEHOLDER = re.compile(r"NNNN|NOUN|NAME|SUBJECT")
ELSEWHERE = frozenset(
    {
        "arkiv/", "frister/", "postkasser/", "udtraek/", "units.toml", "history/",  # what a house makes, and is given
        "utils.py", "helpers.py", "common.py",  # what there must not be
    }
)  # fmt: skip
"""Named, and no part of the repository."""
NOT_OURS = frozenset({"var", "build"})


def files() -> list[str]:
    """Return every file of the house from its root, as `/app/cli.py`."""
    tops = [each for each in ROOT.iterdir() if each.name not in NOT_OURS and not each.name.startswith(".")]
    found = [path for top in tops for path in (top.rglob("*") if top.is_dir() else [top]) if path.is_file()]
    return [f"/{path.relative_to(ROOT)}" for path in found]


def named(text: str) -> set[str]:
    """Return the paths that a document names in code marks. A document may leave out where a path begins."""
    found = {match["path"].removeprefix("../") for match in NAMED.finditer(text)}
    return {path for path in found if not PLACEHOLDER.search(path) and not path.startswith(("var/", "build/", "/"))}


def missing(text: str, known: list[str]) -> list[str]:
    return sorted(
        path
        for path in named(text) - ELSEWHERE
        if not any(f"/{path}" in name if path.endswith("/") else name.endswith(f"/{path}") for name in known)
    )


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_what_a_document_names_is_there(document: Path) -> None:
    text = document.read_text("utf-8")
    assert missing(text, files()) == []
    links = {match["path"] for match in LINKED.finditer(text)}
    assert sorted(link for link in links if not (document.parent / link).exists()) == []


def test_a_path_that_is_not_there_is_noticed() -> None:
    known = ["/app/domain/rules.py", "/docs/design.md"]
    text = "`domain/rules.py`, `rules.py`, `app/domain/`, `lost.py`, `app/lost/`, `docs/NNNN.md`, `var/demo/x.py`"
    assert missing(text, known) == ["app/lost/", "lost.py"]


@pytest.mark.parametrize("path", DECISIONS, ids=lambda path: path.stem)
def test_a_decision_has_a_head_and_is_a_page(path: Path) -> None:
    text = path.read_text("utf-8")
    assert HEAD.match(text), "a title without a number, then: 2026-11-30 · in force (, amended by NNNN)"
    assert len(text.split()) <= A_PAGE, "figures belong into docs/measured.md"


def test_the_index_has_each_decision() -> None:
    rows = [line for line in (ROOT / "docs/decisions/README.md").read_text("utf-8").splitlines() if line[:3] == "| 0"]
    heads = {path: HEAD.match(path.read_text("utf-8")) for path in DECISIONS}
    expected = [
        f"| {path.name[:4]} | [{head['title']}]({path.name}) | {head['date']} | {head['status']} | "
        for path, head in heads.items()
        if head
    ]
    assert [row[: len(start)] for row, start in zip(rows, expected, strict=True)] == expected
    assert [row for row in rows if not row.removesuffix("|").rsplit("|", 1)[-1].strip()] == []


@pytest.mark.parametrize("path", DECISIONS, ids=lambda path: path.stem)
def test_what_amends_a_decision_is_there(path: Path) -> None:
    head = HEAD.match(path.read_text("utf-8"))
    numbers = {each.name[:4] for each in DECISIONS}
    assert head is None or set(re.findall(r"\d{4}", head["status"])) <= numbers - {path.name[:4]}


def test_make_help_lists_what_documents_ask_for() -> None:
    shown = subprocess.run(["make", "-s", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    listed = {line.split()[0] for line in shown.splitlines() if line.strip()}
    for document in DOCUMENTS:
        asked = set(re.findall(r"(?:`|^    (?:\w+=\S+ )?)make ([a-z-]+)", document.read_text("utf-8"), re.M))
        assert asked <= listed, f"{document.name}: {sorted(asked - listed)}"
    assert {"run", "test", "lint", "quick", "fix", "migration", "coverage"} <= listed


def test_the_glossary_names_what_the_code_has() -> None:
    """A word that was renamed is renamed there, too; each is explained once."""
    sources = [path for folder in ("app", "connectors", "learning") for path in (ROOT / folder).rglob("*.py")]
    known = {word for path in sources for word in re.findall(r"\w+", path.read_text("utf-8"))}
    known |= {path.stem for path in sources}
    rows = [line.strip("| ").split(" | ") for line in (ROOT / "docs/glossary.md").read_text("utf-8").splitlines()]
    terms = [row for row in rows if len(row) >= 4 and row[0] != "Danish"]
    assert len(terms) > 60
    named = {part for row in terms for term in re.findall(r"`([^`]+)`", row[2]) for part in term.split(".")}
    assert sorted(named - known) == []
    danish = [row[0] for row in terms]
    assert sorted(word for word in danish if danish.count(word) > 1) == []
