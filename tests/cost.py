"""What work costs, measured so that it holds on a busy machine and on a slow one.

Seconds on a clock say how busy the machine is. What a test may ask is how cost grows: in processor time of this thread,
against the same work on a part of the input, on the same machine, a moment earlier.
"""

import gc
import time
from collections.abc import Callable
from typing import TypeVar

Input = TypeVar("Input")
PART = 8
"""The whole is so many times the part."""
TRIES = 3
NOISE = 0.05
"""Seconds: what costs less is counted as this much. Starting up and other work on the same core cost that too."""
SOON = 60.0
"""Seconds of processor time; what is refused at once takes a hundredth of it."""


def seconds(work: Callable[[], object]) -> float:
    """Return the least processor time of several tries, in seconds of this thread."""
    return min(_once(work) for _ in range(TRIES))


def _once(work: Callable[[], object]) -> float:
    """Collecting garbage costs what the whole process holds, not what the work does: it waits."""
    gc.disable()
    try:
        began = time.thread_time()
        work()
        return time.thread_time() - began
    finally:
        gc.enable()


def assert_linear(work: Callable[[Input], object], part: Input, whole: Input) -> None:
    """Assert that `whole`, PART times as large as `part`, costs about PART times as much.

    Quadratic work would cost PART² times as much; the bar lies half-way between the two powers.
    """
    small, large = max(NOISE, seconds(lambda: work(part))), _once(lambda: work(whole))
    assert large <= small * PART**1.5, f"{large:.2f} s against {small:.2f} s for an eighth of it"


def assert_soon(work: Callable[[], object]) -> None:
    """Assert that hostile input is done with: what explodes takes minutes or does not end, on any machine."""
    took = _once(work)
    assert took < SOON, f"{took:.0f} s of processor time"
