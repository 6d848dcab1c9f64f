"""The error budget: how much goes alone under our rule, how much of that is wrong, and what the naive rule would do."""

from collections.abc import Iterator
from dataclasses import dataclass
from statistics import fmean

from tests.benchmark import peers, runs
from tests.benchmark.limits import Kept, as_played, kept, naive, ours
from tests.benchmark.section import Section, table
from tests.benchmark.sets import JUDGED, Set

ENOUGH = 0.8
"""Of the oracle share of our own ranking over the last half."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One model on one set under one rule, feedback and budget; a run for each seed."""

    chosen: Set
    budget: float
    who: str
    rule: str
    runs: list[Kept]

    @property
    def share(self) -> float:
        return fmean(run.share for run in self.runs)

    @property
    def late_part(self) -> float:
        """Share over the last half as part of the oracle's over the last half."""
        return sum(run.late_automatic for run in self.runs) / max(1, sum(run.late_oracle for run in self.runs))

    @property
    def figures(self) -> list[str]:
        """Share, precision of it, runs beyond chance."""
        automatic, wrong = (sum(getattr(run, name) for run in self.runs) for name in ("automatic", "wrong"))
        precision = f"{1 - wrong / automatic:.3f}" if automatic else "-"
        beyond = sum(run.beyond(self.budget) for run in self.runs)
        return [f"{self.share:.3f}", precision, f"{beyond}/{len(self.runs)}"]


def make(*, play: bool = True) -> Section:
    section, cells = Section("Error budget"), list(_cells(play=play))
    section.say(
        "Our rule for the confidence limit (`learning/budget.py`) run over what each model said, anew every 50 mails, from"
        " labels that have come; beside it the naive rule (the lowest confidence at which the past kept the budget). Means over"
        " the seeds; `beyond` counts runs whose error lies over budget by more than chance explains (exact 95 % interval)."
    )  # fmt: skip
    for mode in ("full", "partial"):
        _judge_kept(section, [c for c in cells if c.who == "Sluse" and c.rule == mode], mode)
    for chosen in JUDGED:
        _judge_share(section, [c for c in cells if c.chosen is chosen])
        _say_set(section, chosen, [c for c in cells if c.chosen is chosen])
    section.say(
        "### Labels as scarce as in real life",
        "Partial feedback: what goes alone gives no label, unless a blind check took it, or it was wrong and came back (every"
        " second one). Labels and accuracy, means over the seeds:",
        table(["", "budget", "labels", "accuracy", "accuracy, full feedback"], _scarce()),
    )
    return section


def _cells(*, play: bool) -> Iterator[Cell]:
    for chosen in (each for each in JUDGED if each.here):
        full = list(runs.streams(chosen, play=play).values())
        theirs = {peers.NAMES[p]: list(peers.streams(p, chosen, play=play).values()) for p in peers.NAMES}
        for budget in runs.BUDGETS:
            for who, streams in {"Sluse": full, **theirs}.items():
                if streams:
                    yield Cell(chosen, budget, who, "full", [kept(stream, ours, budget) for stream in streams])
                    yield Cell(chosen, budget, who, "naive", [kept(stream, naive, budget) for stream in streams])
            partial = runs.streams(chosen, play=play, partial=True, budget=budget)
            if partial:
                played = [as_played(stream, budget) for stream in partial.values()]
                yield Cell(chosen, budget, "Sluse", "partial", played)


def _scarce() -> Iterator[list[str]]:
    """What partial feedback left of the labels, and of the accuracy; only what has been played."""
    for chosen in (each for each in JUDGED if each.here):
        full = runs.streams(chosen, play=False)
        for budget in runs.BUDGETS:
            found = runs.streams(chosen, play=False, partial=True, budget=budget)
            both = full.keys() & found.keys()
            if both:
                labels = fmean(sum(found[seed].known) / len(found[seed]) for seed in both)
                now, then = (fmean(each[seed].accuracy for seed in both) for each in (found, full))
                yield [chosen.name, f"{budget:.0%}", f"{labels:.3f} of all", f"{now:.3f}", f"{then:.3f}"]


def _judge_kept(section: Section, cells: list[Cell], mode: str) -> None:
    """Safety: the mean realised error of each budget, and how many runs lie beyond chance."""
    every = [(cell.budget, run) for cell in cells for run in cell.runs]
    asked = sum(len(chosen.seeds) for chosen in JUDGED)
    for budget in runs.BUDGETS:
        played = [run for at, run in every if at == budget]
        if played:
            errors = [run.error for run in played if run.error is not None]
            figure = f"{fmean(errors):.4f}, {len(errors)} runs automated something" if errors else "nothing went alone"
            kept_it = not errors or fmean(errors) <= budget
            name = f"budget {budget:.0%}, {mode} feedback: mean error"
            section.judge(name, figure, f"<= {budget:g}", kept_it, runs=(len(played), asked))
    if every:
        beyond = sum(run.beyond(at) for at, run in every)
        figure, counts = f"{beyond} beyond, {beyond / len(every):.1%}", (len(every), asked * len(runs.BUDGETS))
        section.judge(
            f"{mode} feedback: runs beyond chance", figure, "<= 5 %", beyond <= 0.05 * len(every), runs=counts
        )


def _judge_share(section: Section, cells: list[Cell]) -> None:
    for budget in (0.05, 0.10):
        full = {cell.who: cell for cell in cells if cell.budget == budget and cell.rule == "full"}
        mine = full.pop("Sluse", None)
        if mine is None:
            continue
        name, asked = f"{mine.chosen.name}, budget {budget:.0%}", len(mine.chosen.seeds)
        if full:
            rival = max(full.values(), key=lambda cell: cell.share)
            figure = f"{mine.share:.3f}, {rival.who} {rival.share:.3f}"
            seeds = min(len(cell.runs) for cell in (mine, *full.values())) if len(full) == len(peers.NAMES) else 0
            section.judge(
                f"{name}: automated share", figure, "above every peer", mine.share > rival.share, runs=(seeds, asked)
            )
        part, bar = mine.late_part, f">= {ENOUGH}"
        line = f"{name}: last half, of the oracle's share"
        section.judge(line, f"{part:.3f}", bar, part >= ENOUGH, runs=(len(mine.runs), asked))


def _say_set(section: Section, chosen: Set, cells: list[Cell]) -> None:
    if not cells:
        return
    rows = []
    for budget in runs.BUDGETS:
        found = {(cell.who, cell.rule): cell for cell in cells if cell.budget == budget}
        for (who, rule), cell in found.items():
            if rule == "naive":
                continue
            beside = found.get((who, "naive")) if rule == "full" else None
            name = f"**Sluse**, {rule} feedback" if who == "Sluse" else who
            oracle = fmean(run.oracle_share for run in cell.runs)
            rows.append(
                [
                    name, f"{budget:.0%}", *cell.figures, *(beside.figures if beside else ["-"] * 3), f"{oracle:.3f}",
                    f"{fmean(r.late_share for r in cell.runs):.3f}", f"{fmean(r.late_oracle_share for r in cell.runs):.3f}",
                ]
            )  # fmt: skip
    heads = [
        "",
        "budget",
        "automatic",
        "precision",
        "beyond",
        "naive: automatic",
        "precision",
        "beyond",
        "oracle",
        "last half",
        "its oracle",
    ]
    section.say(f"### {chosen.name}", table(heads, rows))
