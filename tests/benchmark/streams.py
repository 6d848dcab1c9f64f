"""What a model said of each mail and whether it was right, kept so that any limit rule can be run over it afterwards.

A stream is a file in build/bench/ named by what made it and a digest of the sources it came from: an interrupted run
goes on where it stopped, and a stream made by other sources is never shown.
"""

import gzip
import hashlib
import json
import os
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / "build" / "bench"


@dataclass(frozen=True, slots=True)
class Stream:
    """The scored mails of one run, in order; all lists have one entry a mail. A mail of no class's unit is None.

    known: its label came, sooner or later. weight: how many mails it stands for where the limit is chosen. automatic:
    the run itself routed it alone. learned: labels known to the model when it was asked; empty where nobody counted.
    """

    ids: list[str]
    units: list[str | None]
    suggested: list[str | None]
    confidence: list[float]
    known: list[bool]
    weight: list[float]
    automatic: list[bool]
    learned: list[int]
    seconds: float
    """Of the whole run, warm start included; rough where the machine is shared."""

    @property
    def right(self) -> list[bool]:
        return [guess is not None and guess == unit for guess, unit in zip(self.suggested, self.units, strict=True)]

    @property
    def pairs(self) -> list[tuple[float, bool]]:
        """(confidence, right) of each mail."""
        return list(zip(self.confidence, self.right, strict=True))

    @property
    def accuracy(self) -> float:
        """How often the first suggestion was right, of mails that belong to a unit."""
        return sum(self.right) / max(1, sum(unit is not None for unit in self.units))

    def __len__(self) -> int:
        return len(self.ids)


def digest(paths: Iterable[Path], versions: str = "") -> str:
    """Twelve hex digits over the contents of source files, in the order of their names, and what else counts."""
    found = hashlib.sha256(versions.encode())
    for path in sorted(paths, key=lambda each: each.name):
        found.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return found.hexdigest()[:12]


def cached(name: str, sources: str, make: Callable[[], Stream], folder: Path = FOLDER) -> Stream:
    """The stream of that name and those sources; made and kept where there is none yet."""
    path = place(name, sources, folder)
    if path.exists():
        return read(path)
    stream = make()
    write(path, stream)
    return stream


def place(name: str, sources: str, folder: Path = FOLDER) -> Path:
    """Where the stream lies, or would."""
    return folder / f"{name}.{sources}.json.gz"


def read(path: Path) -> Stream:
    return Stream(**json.loads(gzip.decompress(path.read_bytes())))


def write(path: Path, stream: Stream) -> None:
    """Whole or not at all: an interrupted run leaves no half file under the stream's name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_suffix(f".{os.getpid()}")
    half.write_bytes(gzip.compress(json.dumps(asdict(stream)).encode()))
    half.replace(path)
