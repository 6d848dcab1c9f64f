"""What a user could pick instead: the peers beside this checkout, played over the same mails in the same order.

Their code is loaded from where it lies and not kept here. One of them needs Vowpal Wabbit (`pip install -e .[bench]`).
"""

import importlib.util
import sys
import time
from collections.abc import Iterator, Sequence
from functools import cache
from types import ModuleType
from typing import Any, Protocol

from tests.benchmark.sets import SETS, SHARED, Set
from tests.benchmark.streams import Stream, cached, digest, place

BENCH = SHARED / "bench"
RETRAINED_EVERY = 400
NAMES = {
    "vw": "Vowpal Wabbit",
    "floor": "floor",
    "floor-nb": "floor + NB",
    "river-nb": "river NB",
    "linear-svc": f"LinearSVC retrained every {RETRAINED_EVERY}",
}
"""Cheapest first: that is the order in which they are played."""


class Peer(Protocol):
    def predict(self, text: str) -> tuple[str | None, float]: ...

    def learn(self, text: str, label: str) -> None: ...


@cache
def module() -> ModuleType | None:
    """The peers' own module; None where it is not beside this checkout."""
    if not (BENCH / "peers.py").exists():
        return None
    sys.path.insert(0, str(BENCH))
    try:
        spec = importlib.util.spec_from_file_location("shared_peers", BENCH / "peers.py")
        assert spec
        assert spec.loader
        found = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(found)
    finally:
        sys.path.remove(str(BENCH))
    return found


def missing() -> dict[str, str]:
    """Each peer that cannot be played here, and why."""
    if module() is None:
        return dict.fromkeys(NAMES, "../shared/bench is not beside this checkout")
    if importlib.util.find_spec("vowpalwabbit") is None:
        return {"vw": "vowpalwabbit is not installed (the bench extra has it)"}
    return {}


def make(peer: str, units: int) -> Peer:
    """A peer that knows nothing yet, as its own command line makes it."""
    theirs: Any = module()
    made: Peer = {
        "vw": lambda: theirs.VowpalWabbit(units),
        "floor": lambda: theirs.Floor(),
        "floor-nb": lambda: theirs.Floor(nb=1.0),
        "river-nb": lambda: theirs.RiverNB(),
        "linear-svc": lambda: theirs.Retrained(RETRAINED_EVERY),
    }[peer]()
    return made


def stream(peer: str, chosen: Set, seed: int) -> Stream:
    """The peer over the set at delay 0; played at most once."""
    return cached(f"{peer}.{chosen.name}.{seed}", sources(), lambda: _play(peer, chosen, seed))


def done(peer: str, chosen: Set, seed: int) -> bool:
    return place(f"{peer}.{chosen.name}.{seed}", sources()).exists()


def streams(peer: str, chosen: Set, *, play: bool) -> dict[int, Stream]:
    """The peer's stream of each seed; without `play`, of the seeds that were played before."""
    if peer in missing():
        return {}
    return {seed: stream(peer, chosen, seed) for seed in chosen.seeds if play or done(peer, chosen, seed)}


@cache
def sources() -> str:
    """Digest of the peers' sources."""
    return digest(BENCH.glob("*.py"))


def _play(peer: str, chosen: Set, seed: int) -> Stream:
    theirs: Any = module()
    mails = theirs.load(str(chosen.path), "label", chosen.order, seed, chosen.limit, chosen.oos_left_out)
    ours = chosen.load(seed)
    assert [unit for _, unit in mails] == [unit for _, unit in ours], "the peers see the same mails in the same order"
    ids = [example.id for example, _ in ours]
    return recorded(make(peer, len({unit for _, unit in mails})), mails, ids, chosen.warm)


def recorded(peer: Peer, mails: Sequence[tuple[str, str]], ids: Sequence[str], warm: int) -> Stream:
    """Each mail is predicted and then learned; those after `warm` are scored."""
    found = Stream([], [], [], [], [], [], [], [], 0.0)
    began = time.perf_counter()
    for n, (text, unit) in enumerate(mails):
        if n >= warm:
            guess, confidence = peer.predict(text)
            _note(found, ids[n], unit, guess, float(confidence), n)
        peer.learn(text, unit)
    return Stream(**{**_fields(found), "seconds": time.perf_counter() - began})


def _note(into: Stream, mail: str, unit: str, guess: str | None, confidence: float, learned: int) -> None:
    into.ids.append(mail)
    into.units.append(unit)
    into.suggested.append(guess)
    into.confidence.append(confidence)
    into.known.append(True)
    into.weight.append(1.0)
    into.automatic.append(False)
    into.learned.append(learned)


def _fields(stream: Stream) -> dict[str, Any]:
    return {name: getattr(stream, name) for name in Stream.__slots__}


def runs() -> Iterator[tuple[str, Set, int]]:
    """Every run in the order of their worth: the first seed of all sets, cheap peers first; then the other seeds."""
    for rest in (False, True):
        for peer in NAMES:
            for chosen in sorted(SETS, key=lambda each: not each.danish):
                for seed in chosen.seeds[1:] if rest else chosen.seeds[:1]:
                    yield peer, chosen, seed


def main() -> None:
    """Play whatever has not been played yet."""
    skipped = missing()
    for peer, why in skipped.items():
        print(f"skip {NAMES[peer]}: {why}")
    for peer, chosen, seed in runs():
        if peer not in skipped and chosen.here and not done(peer, chosen, seed):
            found = stream(peer, chosen, seed)
            print(
                f"{NAMES[peer]}, {chosen.name}, seed {seed}: {found.accuracy:.3f} in {found.seconds:.0f} s", flush=True
            )


if __name__ == "__main__":
    main()
