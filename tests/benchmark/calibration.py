"""Is the confidence worth its name? Over the last predictions of the two sets of real mails."""

from learning.reliability import ece, equal_mass, equal_width
from tests.benchmark import plots, runs
from tests.benchmark.section import Section, table
from tests.benchmark.sets import NAMED

LAST, MOST = 1000, 0.05
JUDGED = ("sa_lists_spam", "newsgroups20")


def make(*, play: bool = True) -> Section:
    section, drawn = Section("Calibration"), []
    section.say(
        f"Expected calibration error in ten bins of equal width, the last {LAST:,} predictions, full feedback, no delay."
    )
    for chosen in (NAMED[name] for name in JUDGED if NAMED[name].here):
        for stream in runs.streams(chosen, play=play).values():
            judged = stream.pairs[-LAST:]
            bins, massed = equal_width(judged), equal_mass(judged)
            found, other = ece(bins) or 0.0, ece(massed) or 0.0
            figure = f"{found:.3f} (bins of equal mass: {other:.3f})"
            section.judge(f"ECE on {chosen.name}", figure, f"<= {MOST}", found <= MOST)
            drawn.append(plots.Line(chosen.name, [(b.confidence, b.share) for b in massed], dots=True))
            rows = [
                [
                    f"{b.low:.1f}-{b.high:.1f}",
                    str(b.n),
                    f"{b.confidence:.3f}",
                    f"{b.share:.3f}",
                    "{:.3f} to {:.3f}".format(*b.interval),
                ]
                for b in bins
            ]
            section.say(f"### {chosen.name}", table(["confidence", "n", "mean", "right", "95 %"], rows))
    if drawn:
        quarters = [0, 0.25, 0.5, 0.75, 1]
        drawn.append(plots.Line("kept", [(0, 0), (1, 1)]))
        across, up = plots.Axis("confidence", 0, 1, quarters), plots.Axis("share that was right", 0, 1, quarters)
        title = f"Reliability: the last {LAST:,} predictions, bins of equal mass"
        section.draw("reliability", title, plots.lines(title, across, up, drawn))
    return section
