"""Make a stream of judged mails."""

from tests.benchmark.streams import Stream


def stream(right: str, *, ids: list[str] | None = None, confidence: list[float] | None = None) -> Stream:
    """One mail a letter: `r` was right, `w` was wrong, `s` a mail of no class."""
    n = len(right)
    return Stream(
        ids=ids or [str(i) for i in range(n)],
        units=[None if each == "s" else "a" for each in right],
        suggested=["a" if each == "r" else "b" for each in right],
        confidence=confidence or [0.9] * n,
        known=[True] * n, weight=[1.0] * n, automatic=[each != "w" for each in right], learned=list(range(n)), seconds=0.0,
    )  # fmt: skip
