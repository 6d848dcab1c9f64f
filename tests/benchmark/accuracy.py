"""Accuracy: how often the first suggestion is right, beside every peer on the same mails."""

from statistics import fmean

from tests.benchmark import peers, plots, runs
from tests.benchmark.paired import Reduction, reduction
from tests.benchmark.section import Section, table
from tests.benchmark.sets import FIRST, JUDGED, SETS, Set
from tests.benchmark.streams import Stream

Streams = dict[int, Stream]
CURVE_STEP = 300
"""Scored mails behind each point of a learning curve."""


def make(*, play: bool = True) -> Section:
    """Play what is missing, unless told not to, and compare."""
    section = Section("Accuracy")
    here = [chosen for chosen in SETS if chosen.here]
    theirs = {c.name: {p: found for p in peers.NAMES if (found := peers.streams(p, c, play=play))} for c in here}
    ours = {c.name: runs.streams(c, play=play) for c in here}
    late = {c.name: runs.streams(c, play=play, delay=50) for c in here}
    cold = {c.name: runs.streams(c, play=play, cold=True) for c in here}
    here = [c for c in here if ours[c.name] and theirs[c.name]]
    section.say(
        "Share of scored mails whose first suggestion is right, when forced to answer. Every mail is predicted before its"
        " label is shown; label delay 0 unless it says otherwise; first figure: seed 11, second: mean over the seeds."
    )
    _say_accuracy(section, here, theirs, ours)
    _say_reduction(section, here, theirs, ours)
    _say_delay(section, here, theirs, late)
    _say_cold(section, here, ours, cold)
    for chosen in here:
        _draw_curve(section, chosen, theirs[chosen.name], ours[chosen.name])
    return section


def mean(found: Streams) -> float:
    return fmean(stream.accuracy for stream in found.values())


def best(theirs: dict[str, Streams], seeds: list[int]) -> str:
    """The peer with the highest mean accuracy over these seeds, of those that have all of them."""
    whole = {peer: found for peer, found in theirs.items() if all(seed in found for seed in seeds)}
    return max(whole, key=lambda peer: fmean(whole[peer][seed].accuracy for seed in seeds))


def common(theirs: dict[str, Streams], ours: Streams) -> list[int]:
    """The seeds that every peer and Sluse have been played with."""
    return [seed for seed in ours if all(seed in found for found in theirs.values())]


def _figure(found: Streams | None) -> str:
    if not found:
        return "-"
    first = f"{found[FIRST].accuracy:.3f}" if FIRST in found else "-"
    return f"{first}, {mean(found):.3f}" + (f" ({len(found)})" if len(found) > 1 else "")


def _say_accuracy(
    section: Section, here: list[Set], theirs: dict[str, dict[str, Streams]], ours: dict[str, Streams]
) -> None:
    heads = ["set", *peers.NAMES.values(), "Sluse"]
    rows = [
        [c.name, *(_figure(theirs[c.name].get(peer)) for peer in peers.NAMES), f"**{_figure(ours[c.name])}**"]
        for c in here
    ]
    section.say(table(heads, rows), "In brackets: how many seeds the mean is of; the two ordered sets are played once.")


def _say_reduction(
    section: Section, here: list[Set], theirs: dict[str, dict[str, Streams]], ours: dict[str, Streams]
) -> None:
    rows = []
    for chosen in here:
        seeds = common(theirs[chosen.name], ours[chosen.name])
        if not seeds:
            continue
        found, peer = _against_best(theirs[chosen.name], ours[chosen.name], seeds)
        fewer, interval = f"{found.value:.1%}", f"{found.low:.1%} to {found.high:.1%}"
        rows.append([chosen.name, peers.NAMES[peer], fewer, interval, str(len(seeds))])
        figure = f"{fewer} fewer than {peers.NAMES[peer]}, 95 % {interval}"
        bar = "fewest of the row" if chosen.danish else ">= 10 % fewer (goal 20 %), above 0"
        reached = found.value > 0 if chosen.danish else found.value >= 0.1 and found.low > 0
        section.judge(f"{chosen.name}, errors", figure, bar, reached, runs=_played(chosen, theirs[chosen.name], seeds))
    section.say(
        "Errors fewer than the best peer of the row (the one with the highest mean). The interval is paired: the same mail in"
        " several shuffles is one cluster, its differences are summed, the ratio of errors is linearised (normal, 95 %).",
        table(["set", "best peer", "errors fewer", "95 %", "seeds"], rows),
    )  # fmt: skip


def _played(chosen: Set, theirs: dict[str, Streams], seeds: list[int]) -> tuple[int, int]:
    """(seeds that Sluse and every peer were played with, seeds asked for); a peer that is missing leaves none whole."""
    return (len(seeds) if len(theirs) == len(peers.NAMES) else 0), len(chosen.seeds)


def _against_best(theirs: dict[str, Streams], ours: Streams, seeds: list[int]) -> tuple[Reduction, str]:
    peer = best(theirs, seeds)
    return reduction([ours[seed] for seed in seeds], [theirs[peer][seed] for seed in seeds]), peer


def _say_delay(
    section: Section, here: list[Set], theirs: dict[str, dict[str, Streams]], late: dict[str, Streams]
) -> None:
    rows, ahead, played = [], 0, 0
    for chosen in here:
        seeds = common(theirs[chosen.name], late[chosen.name])
        if not seeds:
            continue
        found, peer = _against_best(theirs[chosen.name], late[chosen.name], seeds)
        played += 0 if chosen.danish else _played(chosen, theirs[chosen.name], seeds)[0]
        ahead += not chosen.danish and found.value > 0
        rows.append(
            [
                chosen.name,
                _figure(late[chosen.name]),
                peers.NAMES[peer],
                f"{found.value:.1%}",
                f"{found.low:.1%} to {found.high:.1%}",
            ]
        )
    if rows:
        asked = sum(len(chosen.seeds) for chosen in JUDGED)
        name = "50 labels late, ahead of the best peer at once"
        section.judge(name, f"{ahead} sets", "3 of the first 4", ahead >= 3, runs=(played, asked))
    section.say(
        "Each label 50 mails late, against the best peer whose labels come at once:",
        table(["set", "Sluse, delay 50", "best peer, delay 0", "errors fewer", "95 %"], rows),
    )


def _say_cold(section: Section, here: list[Set], ours: dict[str, Streams], cold: dict[str, Streams]) -> None:
    rows = [
        [c.name, str(c.warm), _figure(ours[c.name]), _figure(cold[c.name]), _before(cold[c.name], c.warm)]
        for c in here
        if cold[c.name]
    ]
    section.say(
        "Cold start: no history at all, every mail is scored, the first by a model that knows next to nothing. With every label"
        " coming at once the two runs learn the same labels in the same order, so that they say the same of the mails that both"
        " score: they differ in the mails that the warm run takes as history, which the last column is about.",
        table(["set", "history", "warm", "cold, all mails", "cold, the history alone"], rows),
    )  # fmt: skip


def _before(found: Streams, warm: int) -> str:
    return f"{fmean(fmean(stream.right[:warm]) for stream in found.values()):.3f}"


def _draw_curve(section: Section, chosen: Set, theirs: dict[str, Streams], ours: Streams) -> None:
    step = CURVE_STEP if not chosen.danish else 50
    drawn = [plots.Line("Sluse", _curve(ours, chosen.warm, step), heavy=True)]
    drawn += [plots.Line(peers.NAMES[peer], _curve(found, chosen.warm, step)) for peer, found in theirs.items()]
    points = [point for line in drawn for point in line.points]
    if not points:
        return
    across = plots.axis("labels learned", [x for x, _ in points])
    up = plots.axis("accuracy", [y for _, y in points], zero=False)
    title = f"{chosen.name}: accuracy over the last {step} mails"
    section.draw(f"curve-{chosen.name}", title, plots.lines(title, across, up, drawn))


def _curve(found: Streams, warm: int, step: int) -> list[tuple[float, float]]:
    """(labels, accuracy of `step` mails in a row), mean over the seeds."""
    rights = [stream.right for stream in found.values()]
    length = min(map(len, rights), default=0)
    return [
        (warm + end, fmean(fmean(right[end - step : end]) for right in rights)) for end in range(step, length + 1, step)
    ]
