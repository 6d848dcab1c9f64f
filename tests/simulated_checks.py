"""Invented runs of automatic routing whose truth is known, for the estimate from blind checks."""

import random
from dataclasses import dataclass

from learning import sampling
from learning.sampling import Check, Estimate


@dataclass(frozen=True, slots=True)
class Run:
    truth: float
    estimate: Estimate

    @property
    def covered(self) -> bool:
        return self.estimate.low <= self.truth <= self.estimate.high

    @property
    def width(self) -> float:
        return self.estimate.high - self.estimate.low


def simulated(seed: int) -> Run:
    """500-5,000 automatic mails of 1-12 units, right with probability 0.90-0.99 on average, but not all units alike.

    The probability of a check is the house's own rule, one for each unit, or drawn for each mail: 5-50 %.
    """
    chance = random.Random(seed)
    goal, mails, units = chance.uniform(0.90, 0.99), chance.randint(500, 5000), chance.randint(1, 12)
    to = chance.choices(range(units), [chance.random() + 0.05 for _ in range(units)], k=mails)
    badness = [chance.expovariate(1) for _ in range(units)]
    mean = sum(badness[unit] for unit in to) / mails
    error = [min(1.0, each / mean * (1 - goal)) for each in badness]
    fixed, rule = [chance.uniform(0.05, 0.5) for _ in range(units)], seed % 3
    taken, checks = [0] * units, []
    for unit in to:
        right = chance.random() >= error[unit]
        own = sampling.probability(taken[unit], sum(taken))
        probability = (own, fixed[unit], chance.choice((0.05, 0.1, 0.5)))[rule]
        if chance.random() < probability:
            taken[unit] += 1
            checks.append(Check(right, probability))
    return Run(1 - sum(error[unit] for unit in to) / mails, sampling.precision(checks))
