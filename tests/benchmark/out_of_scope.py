"""Mails that belong to no unit, mixed into the stream and never labelled: how many of them go out alone."""

from tests.benchmark import runs
from tests.benchmark.limits import counted
from tests.benchmark.section import Section, table
from tests.benchmark.sets import NAMED
from tests.benchmark.streams import Stream

MOST, BUDGET = 0.02, 0.05


def make(*, play: bool = True) -> Section:
    section, rows = Section("Out of scope"), []
    chosen = NAMED["clinc150"]
    section.say(
        f"clinc150 with its rows of no unit mixed in at {runs.OOS:.0%}; budget {BUDGET:.0%}. No such row is taught. That a human"
        " who sees one finds it to be of no unit is known, though: it counts as a wrong suggestion where the limit is chosen, and"
        " the model is told the share of such mails. Under full feedback a human sees every one of them afterwards."
    )  # fmt: skip
    if not chosen.here:
        section.say("Skipped: the set is not beside this checkout.")
        return section
    for partial in (False, True):
        mode, found = "partial" if partial else "full", runs.streams(chosen, play=play, oos=True, partial=partial)
        alone, of = (sum(each) for each in zip(*map(through, found.values()), strict=True)) if found else (0, 0)
        rows += [[mode, str(seed), *_figures(stream)] for seed, stream in found.items()]
        if of:
            figure, played = f"{alone} of {of}, {alone / of:.2%}", (len(found), len(chosen.seeds))
            name = f"mails of no unit that go alone, {mode} feedback"
            section.judge(name, figure, f"<= {MOST:.0%}", alone / of <= MOST, runs=played)
    section.say(
        table(
            ["feedback", "seed", "of no unit", "of those alone", "accuracy of the others", "automatic", "precision"],
            rows,
        )
    )
    return section


def through(stream: Stream) -> tuple[int, int]:
    """(mails of no unit that went alone, mails of no unit) among the scored."""
    alone = [automatic for automatic, unit in zip(stream.automatic, stream.units, strict=True) if unit is None]
    return sum(alone), len(alone)


def _figures(stream: Stream) -> list[str]:
    alone, of = through(stream)
    kept = counted(stream, stream.automatic, BUDGET)
    precision = "-" if kept.error is None else f"{1 - kept.error:.3f}"
    return [str(of), f"{alone / max(1, of):.2%}", f"{stream.accuracy:.3f}", f"{kept.share:.3f}", precision]
