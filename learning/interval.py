"""How sure a share is. The one place of this formula: rehearsals and the figures page must not differ."""

import math


def wilson(right: int, n: int, z: float = 1.96) -> tuple[float, float]:
    """Wilson's score interval for a share of `right` in `n`; (0, 1) without evidence. Wilson, JASA 22 (1927), 209-212."""
    if not n:
        return 0.0, 1.0
    share, spread = right / n, z * z / n
    middle, half = share + spread / 2, z * math.sqrt((share * (1 - share) + spread / 4) / n)
    return (middle - half) / (1 + spread), (middle + half) / (1 + spread)
