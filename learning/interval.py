"""How sure a share is. The one place of these formulas: rehearsals and the figures page must not differ.

Plain arithmetic on purpose: pages show such figures, and a process that serves pages loads no numerical library.
"""

import math

TERMS, HALVINGS = 10_000, 200
"""More than any share takes, of the continued fraction and of the search for a quantile."""
SMALLEST = 1e-300
"""In place of a zero that would be divided by."""


def wilson(right: int, n: int, z: float = 1.96) -> tuple[float, float]:
    """Return Wilson's score interval for a share.

    `right` in `n`; (0, 1) without evidence. Wilson, JASA 22 (1927), 209-212.
    """
    if not n:
        return 0.0, 1.0
    share, spread = right / n, z * z / n
    middle, half = share + spread / 2, z * math.sqrt((share * (1 - share) + spread / 4) / n)
    return (middle - half) / (1 + spread), (middle + half) / (1 + spread)


def beta_below(x: float, a: float, b: float) -> float:
    """Return the chance that a beta variable is at most `x`: the regularised incomplete beta function.

    By Lentz's continued fraction (Press et al., Numerical Recipes, 6.4), on the side of the mean where it converges fast.
    """
    if not 0 < x < 1:
        return float(x >= 1)
    if x > (a + 1) / (a + b + 2):
        return 1 - beta_below(1 - x, b, a)
    front = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    return math.exp(front) / (a * _fraction(x, a, b))


def _fraction(x: float, a: float, b: float) -> float:
    """The continued fraction below the line: 1 + d1/(1 + d2/(1 + …))."""
    value, c, d = 1.0, 1.0, 0.0
    for n in range(1, TERMS):
        m, odd = divmod(n, 2)
        if odd:
            term = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        else:
            term = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        d, c = 1 / (1 + term * d or SMALLEST), 1 + term / c or SMALLEST
        value *= c * d
        if abs(c * d - 1) < 1e-15:
            break
    return value


def beta_quantile(chance: float, a: float, b: float) -> float:
    """Return the value that a beta variable is below with this chance, in (0, 1).

    Newton's steps, and a halving wherever one would leave what is left of the search.
    """
    low, high, x = 0.0, 1.0, a / (a + b)
    scale = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
    for _ in range(HALVINGS):
        missing = chance - beta_below(x, a, b)
        low, high = (x, high) if missing > 0 else (low, x)
        density = math.exp(min(700.0, scale + (a - 1) * math.log(x) + (b - 1) * math.log1p(-x)))
        following = x + missing / density if density else high + 1
        if not low < following < high:
            following = (low + high) / 2
        if abs(following - x) <= 1e-15 * x or following in (low, high):
            return following
        x = following
    return x
