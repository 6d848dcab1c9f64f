"""docs/benchmark.md: the chapters that this model's runs have filled, in order, with all bars first."""

from collections.abc import Mapping
from pathlib import Path

from tests.benchmark.machine import machine
from tests.benchmark.section import Section
from tests.benchmark.sets import SETS, Set

DOCS = Path(__file__).resolve().parents[2] / "docs"
INTRODUCTION = """# Benchmark of learning

Written by `make bench-learning`; what stands here was measured by it and typed by nobody. Its parts run one by one
too: `python -m tests.benchmark --only accuracy` (or `budget`, `oos`, `calibration`, `speed`, `exactness`, `sticking`). The public
sets and the peers are read from `../shared` beside the checkout; Vowpal Wabbit comes with the `bench` extra.

The peers: river's multinomial naive Bayes on 1-2-grams, Vowpal Wabbit (`--oaa`, words, 2-grams, characters 3-5), TF-IDF with
LinearSVC retrained on everything every 400 labels, and two sketches of the project's own kind of classifier (`floor`, and
`floor + NB` with a complement naive Bayes beside it). All of them see the same mails in the same order."""

PART = "`part`: not all runs that the bar asks for have been played; no verdict yet."


def write(sections: Mapping[str, Section | None], docs: Path = DOCS) -> None:
    """Write the document and its plots; a plot that no chapter has any more is removed."""
    drawn = docs / "benchmark"
    drawn.mkdir(parents=True, exist_ok=True)
    plots = {f"{name}.svg": svg for section in sections.values() if section for name, svg in section.plots.items()}
    for path in drawn.glob("*.svg"):
        if path.name not in plots:
            path.unlink()
    for name, svg in plots.items():
        (drawn / name).write_text(svg, "utf-8")
    (docs / "benchmark.md").write_text(text(sections), "utf-8")


def text(sections: Mapping[str, Section | None]) -> str:
    parts = [
        INTRODUCTION,
        "",
        f"Measured on {machine()}.",
        "",
        "## The sets",
        "",
        *map(_set, SETS),
        "",
        "## Bars",
        "",
        PART,
        "",
    ]
    parts += ["| | bar | measured | needed |", "|---|---|---|---|"]
    for part, section in sections.items():
        if section is None:
            parts.append(f"| - | {part} | not run with this model | |")
            continue
        parts += [
            f"| {b.status if b.status == 'ok' else f'**{b.status}**'} | {b.name} | {b.figure} | {b.bar} |"
            for b in section.bars
        ]
    for section in sections.values():
        if section is not None:
            parts += ["", f"## {section.title}", "", *section.text]
    return "\n".join(parts).rstrip() + "\n"


def _set(each: Set) -> str:
    order = "in its own order" if each.order == "time" else f"shuffled, seeds {', '.join(map(str, each.seeds))}"
    limit = f", the first {each.limit:,}" if each.limit else ""
    return f"- `{each.name}`: {order}{limit}, warm start {each.warm:,}"
