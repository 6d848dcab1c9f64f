"""What a part of the benchmark has to say: bars beside figures, tables in Markdown, plots; kept until its sources change."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from tests.benchmark.streams import FOLDER, digest

SHARED_BY_PARTS = ("limits", "paired", "invented", "replay_log", "replayed", "section")


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of the acceptance, and what was measured against it.

    `whole`: every run that the bar asks for was played. What only a part of them says is told, and is not a pass.
    """

    name: str
    figure: str
    bar: str
    reached: bool
    whole: bool = True

    @property
    def status(self) -> str:
        if not self.whole:
            return "part"
        return "ok" if self.reached else "MISS"

    def __str__(self) -> str:
        return f"{self.status:4s} {self.name}: {self.figure}   (bar: {self.bar})"


@dataclass(slots=True)
class Section:
    """A part's chapter: `text` is Markdown below the title, `plots` are SVG by name."""

    title: str
    bars: list[Bar] = field(default_factory=list)
    text: list[str] = field(default_factory=list)
    plots: dict[str, str] = field(default_factory=dict)

    def say(self, *paragraphs: str) -> None:
        self.text += [each for paragraph in paragraphs for each in (paragraph, "")]

    def judge(self, name: str, figure: str, bar: str, reached: bool, *, runs: tuple[int, int] | None = None) -> None:
        """A bar beside its figure, printed at once; `runs` is (played, asked for) where the bar is about runs."""
        whole = runs is None or runs[0] == runs[1]
        line = figure if runs is None else f"{figure} ({runs[0]} of {runs[1]} runs)"
        self.bars.append(Bar(name, line, bar, bool(reached), whole))
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
    """Digest of what a chapter depends on: the learning sources, the part's own module, and what the parts share."""
    here = Path(__file__).parent
    return digest([Path(make.__code__.co_filename), *(here / f"{name}.py" for name in SHARED_BY_PARTS)], learning)
