"""What a part of the benchmark has to say: bars beside figures, tables in Markdown, plots; kept until its sources change."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from tests.benchmark.streams import FOLDER, digest


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of the acceptance, and what was measured against it."""

    name: str
    figure: str
    bar: str
    reached: bool

    def __str__(self) -> str:
        return f"{'ok  ' if self.reached else 'MISS'} {self.name}: {self.figure}   (bar: {self.bar})"


@dataclass(slots=True)
class Section:
    """A part's chapter: `text` is Markdown below the title, `plots` are SVG by name."""

    title: str
    bars: list[Bar] = field(default_factory=list)
    text: list[str] = field(default_factory=list)
    plots: dict[str, str] = field(default_factory=dict)

    def say(self, *paragraphs: str) -> None:
        self.text += [each for paragraph in paragraphs for each in (paragraph, "")]

    def judge(self, name: str, figure: str, bar: str, reached: bool) -> None:
        """A bar beside its figure, printed at once."""
        self.bars.append(Bar(name, figure, bar, reached))
        print(self.bars[-1], flush=True)

    def draw(self, name: str, alt: str, svg: str) -> None:
        self.plots[name] = svg
        self.say(f"![{alt}](benchmark/{name}.svg)")


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; the first column is text, the others are figures."""
    rule = "|---|" + "---:|" * (len(heads) - 1)
    lines = [_row(each) for each in rows]
    return "\n".join([_row(heads), rule, *lines]) if lines else "Nothing of this has been played."


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def keep(part: str, sources: str, section: Section, folder: Path = FOLDER) -> None:
    path = _place(part, sources, folder)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(asdict(section), ensure_ascii=False, indent=1), "utf-8")


def kept(part: str, sources: str, folder: Path = FOLDER) -> Section | None:
    """The part's chapter, if these sources made it."""
    path = _place(part, sources, folder)
    if not path.exists():
        return None
    found = json.loads(path.read_text("utf-8"))
    return Section(**{**found, "bars": [Bar(**each) for each in found["bars"]]})


def _place(part: str, sources: str, folder: Path) -> Path:
    return folder / "sections" / f"{part}.{sources}.json"


def made_by(make: Callable[[], Section], learning: str) -> str:
    """Digest of what a chapter depends on: the learning sources and the part's own module."""
    return digest([Path(make.__code__.co_filename)], learning)
