"""Features of many mails, computed in a child process. The parent learns from earlier ones meanwhile."""

import multiprocessing
from collections import deque
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import chain, islice

from pebble import ProcessPool

from learning.example import Example
from learning.features import Prepared, prepare
from learning.salt import UNSALTED, Salt

MANY = 1000
"""Fewer mails than this are not worth a child, which takes about a second to start."""
CHUNK, AHEAD = 100, 4
"""Mails handed over at once, and how many such portions are in the making."""


def prepare_ahead(examples: Iterable[Example], expected: int, salt: Salt = UNSALTED) -> Iterator[Prepared]:
    """Yield the features of each mail, in order. `expected` is about how many there will be."""
    if expected < MANY:
        yield from map(partial(prepare, salt=salt), examples)
        return
    # Not fork: this process has threads.
    child = ProcessPool(max_workers=1, context=multiprocessing.get_context("spawn"))
    try:
        yield from chain.from_iterable(_portions(child, iter(examples), salt))
    finally:
        child.stop()  # type: ignore[no-untyped-call]
        child.join()


def _portions(child: ProcessPool, examples: Iterator[Example], salt: Salt) -> Iterator[list[Prepared]]:
    portions = iter(lambda: list(islice(examples, CHUNK)), [])
    coming = deque(child.schedule(_prepare, args=[portion, salt]) for portion in islice(portions, AHEAD))
    while coming:
        ready = coming.popleft().result()
        coming.extend(child.schedule(_prepare, args=[portion, salt]) for portion in islice(portions, 1))
        yield ready


def _prepare(examples: list[Example], salt: Salt) -> list[Prepared]:
    """Runs in the child."""
    return [prepare(example, salt) for example in examples]
