"""What the detectors say, and what they cost: false alarms on a stream that does not change, delay on one that does."""

import numpy as np
import pytest
from river.drift import PageHinkley as RiversPageHinkley

from learning.drift import DriftAlert, DriftDetector, DriftKind, Observation, PageHinkley
from tests.cost import PART, assert_linear

COMMON = [f"ord{n}" for n in range(300)]


def stream(mails: int, seed: int, *, units: int = 10, jump: int | None = None, word: str = "") -> list[Observation]:
    """Units alike, right in 90 %; from `jump` on unit 0 is right in 60 %, or, with `word`, writes it in every third."""
    random = np.random.default_rng(seed)
    share = 1 / np.arange(1, len(COMMON) + 1)
    made = []
    for n in range(mails):
        unit = int(random.integers(units))
        changed = jump is not None and n >= jump and unit == 0
        right = bool(random.random() < (0.6 if changed and not word else 0.9))
        words = tuple(random.choice(COMMON, 20, p=share / share.sum()).tolist())
        if changed and word and random.random() < 1 / 3:
            words += (word,)
        made.append(Observation(n, str(unit), str(unit), right, float(random.beta(9, 1 if right else 4)), words))
    return made


def changes(observations: list[Observation]) -> list[tuple[int, DriftAlert]]:
    watch = DriftDetector()
    return [(seen.moment, change) for seen in observations for change in watch.observe(seen)]


@pytest.mark.parametrize("seed", [11, 23, 37, 101, 203, 307])
def test_a_stream_that_does_not_change_raises_no_alarm(seed: int) -> None:
    assert changes(stream(10_000, seed)) == []


@pytest.mark.parametrize("seed", [11, 23, 37, 51, 73, 101, 203, 307])
def test_a_unit_that_goes_wrong_is_seen_within_a_hundred_of_its_mails(seed: int) -> None:
    observations = stream(6000, seed, jump=3000)
    found = [(at, c) for at, c in changes(observations) if at >= 3000 and (c.kind, c.unit) == (DriftKind.ERROR, "0")]
    at, change = found[0]
    assert sum(seen.unit == "0" for seen in observations[3000:at]) <= 100
    assert change.before < 0.2 < change.after
    assert 2000 <= change.since <= at


@pytest.mark.parametrize("seed", [11, 23, 37])
def test_a_word_that_comes_up_is_named_with_its_beginning(seed: int) -> None:
    observations = stream(6000, seed, jump=3000, word="affaldssortering")
    first = next(seen.moment for seen in observations if "affaldssortering" in seen.words)
    at, change = next((at, c) for at, c in changes(observations) if c.kind is DriftKind.VOCABULARY)
    assert (change.unit, change.words[0], change.since) == ("0", "affaldssortering", first)
    assert change.before == 0
    assert sum(seen.unit == "0" for seen in observations[3000:at]) <= 60


def town(mails: int, seed: int, *, jump: int | None = None, share: float = 0.0) -> list[Observation]:
    """Mails with the long tails of real ones: each unit has a vocabulary of its own, and new words never end.

    From `jump` on, `share` of unit 0's mails carry a word that nobody wrote before.
    """
    random = np.random.default_rng(seed)
    made = []
    for n in range(mails):
        unit = int(random.integers(10))
        tail = [f"eget{unit}x{rank}" for rank in random.zipf(1.3, 25) if rank < 10**9]
        words = tuple(random.choice(COMMON, 20).tolist()) + tuple(tail)
        if jump is not None and n >= jump and unit == 0 and random.random() < share:
            words += ("affaldssortering",)
        made.append(Observation(n, str(unit), str(unit), bool(random.random() < 0.9), float(random.beta(9, 1)), words))
    return made


@pytest.mark.parametrize("seed", [11, 23, 37, 101, 203, 307])
def test_words_that_never_end_raise_no_alarm(seed: int) -> None:
    observations = town(10_000, seed)
    unheard = len({word for seen in observations for word in seen.words})
    assert unheard > 10_000
    assert changes(observations) == []


@pytest.mark.parametrize("seed", [11, 23, 37, 101, 203, 307])
def test_a_word_that_nobody_wrote_before_is_named_though_few_write_it(seed: int) -> None:
    """Every eighth mail of one unit has it: about five among the latest forty."""
    observations = town(9000, seed, jump=6000, share=1 / 8)
    first = next(seen.moment for seen in observations if "affaldssortering" in seen.words)
    at, change = next((at, c) for at, c in changes(observations) if c.kind is DriftKind.VOCABULARY)
    assert (change.unit, change.words, change.before) == ("0", ("affaldssortering",), 0.0)
    assert first <= change.since <= at
    assert sum(seen.unit == "0" for seen in observations[6000:at]) <= 150


def test_the_same_observations_give_the_same_changes() -> None:
    observations = stream(4000, 11, jump=2000)
    assert changes(observations) == changes(observations) != []


def test_an_observation_costs_no_more_after_many_others() -> None:
    observations = stream(8000, 11)
    assert_linear(changes, observations[: len(observations) // PART], observations)


@pytest.mark.parametrize("seed", [11, 23, 37])
def test_a_rise_is_told_when_river_tells_of_it(seed: int) -> None:
    chance = np.random.default_rng(seed)
    values = np.concatenate([chance.binomial(1, share, 300) for share in (0.1, 0.4, 0.1, 0.8, 0.2)]).astype(float)
    theirs, ours = RiversPageHinkley(delta=0.1, threshold=12.0, alpha=1.0, mode="up"), PageHinkley(0.1, 12.0)
    shown = [(theirs.update(value), theirs.drift_detected)[1] for value in values]
    assert [ours.update(value) for value in values] == shown
    assert any(shown)
