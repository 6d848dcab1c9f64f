"""What belongs to no unit, known by its name: how soon it is proposed, and that units lose nothing by it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from app.demo.mails import DemoMail, Mails
from app.demo.municipality import load
from app.domain import routing
from app.domain.outside import NOT_AN_ENQUIRY
from connectors.mail.reading.mime import parse
from learning import labelled, rehearsal, snapshot
from learning.budget import KnownOutcome, confidence_limit
from learning.example import OUTSIDE, Example, Ranking, TaughtLabel
from learning.features import Prepared, prepare
from learning.model import Model
from tests.shared import SETS

NOW = datetime(2026, 11, 20, tzinfo=UTC)
EXAMPLES = 5
"""Mails of each authority that are taught."""
FOUND, LOST, ALONE = 0.8, 0.005, 0.02
"""The bars: held-out mails whose authority is among the first three, units' accuracy lost, mails of no unit routed."""
CLINC = SETS / "clinc150.jsonl.gz"
STRANGERS, WARM = 0.2, 500


@dataclass(frozen=True, slots=True)
class Taught:
    """Held-out mails of other authorities after a few examples of each, and what became of units' mails."""

    held: int
    top3: float
    first: float
    alone_before: float
    alone: float
    accuracy_before: float
    accuracy: float
    """Of units' mails, each learned after it was asked for, with the other authorities' among them taught or not."""

    def __str__(self) -> str:
        return (
            f"{self.top3:.3f} among the first three, {self.first:.3f} first, n {self.held}; of those routed alone"
            f" {self.alone:.3f} (untaught {self.alone_before:.3f}); units {self.accuracy:.4f} (untaught"
            f" {self.accuracy_before:.4f})"
        )

    @property
    def reached(self) -> bool:
        within = self.accuracy >= self.accuracy_before - LOST
        return self.top3 >= FOUND and self.alone <= min(ALONE, self.alone_before + 1e-9) and within


OTHERS = 4_000
"""Of so many mails of the stream those of other authorities are looked at: one in fourteen."""


def taught(seed: int, *, history: int, live: int, looked: int = OTHERS, budget: float = 0.05) -> Taught:
    """Teach the invented year, then five mails of each authority; ask for what was told otherwise than in those."""
    plan = load()
    mails, base, evidence = Mails(plan, seed), Model(), list[KnownOutcome]()
    for _, mail in mails.history(history, NOW):
        asked = prepared(mail)
        ranking = base.rank(asked)
        evidence.append(
            KnownOutcome(ranking.confidence, ranking.first is not None and ranking.first.unit == mail.truth)
        )
        base.learn(asked, TaughtLabel(mail.message_id, mail.truth))
    kept, limit = snapshot.dump(base), confidence_limit(evidence, budget)
    stream = [(prepared(mail), mail) for mail in (mails.live(n, NOW) for n in range(live))]
    named = [(prepared(mail), mail) for mail in (mails.live(n, NOW) for n in range(looked)) if mail.authority]
    held = [(asked, mail) for asked, mail in named if mail.held]
    before = [base.rank(asked) for asked, _ in held]
    for asked, mail in examples(named):
        base.learn(asked, TaughtLabel(mail.message_id, name(mail)))
    after = [base.rank(asked) for asked, _ in held]
    places = [[each.unit for each in ranking.all[:3]] for ranking in after]
    found = [name(mail) in place for place, (_, mail) in zip(places, held, strict=True)]
    first = [name(mail) == place[0] for place, (_, mail) in zip(places, held, strict=True)]
    units = {unit.name for unit in plan.units}
    return Taught(
        len(held), share(found), share(first), _alone(before, limit), _alone(after, limit),
        *(_course(snapshot.load(kept), stream, units, teach=teach) for teach in (False, True)),
    )  # fmt: skip


def examples(stream: Sequence[tuple[Prepared, DemoMail]]) -> list[tuple[Prepared, DemoMail]]:
    """The first five of each authority, none of them held out."""
    given, chosen = Counter[str](), []
    for asked, mail in stream:
        if not mail.held and given[mail.authority] < EXAMPLES:
            given[mail.authority] += 1
            chosen.append((asked, mail))
    return chosen


def _course(model: Model, stream: Sequence[tuple[Prepared, DemoMail]], units: set[str], *, teach: bool) -> float:
    """How often the first of all suggestions is right of units' mails, each learned after it was asked for."""
    right = []
    for asked, mail in stream:
        if mail.truth in units:
            right.append(model.rank(asked).all[0].unit == mail.truth)
            model.learn(asked, TaughtLabel(mail.message_id, mail.truth))
        elif teach and (mail.authority or mail.truth == "not_enquiry"):
            model.learn(asked, TaughtLabel(mail.message_id, name(mail)))
    return share(right)


def _alone(rankings: Sequence[Ranking], limit: float | None) -> float:
    return share([routing.confident(ranking, limit) for ranking in rankings])


def name(mail: DemoMail) -> str:
    return f"{OUTSIDE}{mail.authority}" if mail.authority else NOT_AN_ENQUIRY


def prepared(mail: DemoMail) -> Prepared:
    read = parse(mail.raw)
    kinds = tuple(attachment.content_type for attachment in read.attachments)
    return prepare(Example(mail.message_id, read.subject, read.text, mail.mailbox, kinds))


def share(of: Sequence[bool]) -> float:
    return sum(of) / len(of) if of else 0.0


@dataclass(frozen=True, slots=True)
class Strangers:
    """clinc150 with its rows of no unit, which humans set aside: never taught, and taught as no enquiry."""

    untaught: rehearsal.Rehearsal
    taught: rehearsal.Rehearsal

    def __str__(self) -> str:
        return "; ".join(
            f"{name} {run.out_of_scope_auto_share or 0:.2%} of {run.out_of_scope} alone, units {run.accuracy:.4f}, automatic"
            f" {run.auto_share:.3f}"
            for name, run in (("untaught", self.untaught), ("taught", self.taught))
        )

    @property
    def reached(self) -> bool:
        alone = self.taught.out_of_scope_auto_share or 0.0
        return alone <= ALONE and self.taught.accuracy >= self.untaught.accuracy - LOST


def strangers(seed: int, limit: int) -> Strangers:
    """The first mails of the set in a random order, a fifth of them of no unit; budget 5 %, full feedback."""
    mails = labelled.load(CLINC, order="shuffle", seed=seed, limit=limit, out_of_scope_share=STRANGERS)
    named = [(example, NOT_AN_ENQUIRY if unit is None else unit) for example, unit in mails]
    runs = (
        rehearsal.rehearse(Model(), each, automatic=routing.confident, warm=WARM, max_error=0.05)
        for each in (mails, named)
    )
    return Strangers(*runs)
