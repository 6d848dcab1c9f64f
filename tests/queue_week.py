"""300 decisions of a demo week by a simulated visitator: which mails pass their deadline, and what the model knows afterwards.

The town, its mails and the model are the product's; only the clock is invented. The order the queue had before, doubt ÷ days
left, is kept here alone, to be compared with.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from itertools import count

from app.commands.demo import MAX_ERROR
from app.demo.mails import DemoMail, Mails
from app.demo.municipality import load
from app.domain import queue, routing
from app.domain.deadline_status import Today, working_days
from app.domain.deadlines import due_on, is_working_day, local_day
from app.domain.routing import Mode
from connectors.mail.reading.mime import parse
from learning import snapshot
from learning.budget import KnownOutcome, confidence_limit
from learning.example import Example, TaughtLabel
from learning.features import Prepared, prepare
from learning.model import Model

MONDAY = datetime(2026, 11, 23, 7, tzinfo=UTC)
STORM = datetime(2026, 11, 12, 9, tzinfo=UTC)
"""So many mails came that day that more fall due on the Thursday of the week than can be decided on that day."""
UNSEEN = 1_000_000
"""Numbers from which on mails are only tried, never decided."""
RESCORED = 10
"""After so many decisions everything that waits is scored again; what is new is scored at once."""
Place = Callable[[date, float, int, Today], tuple[float, ...]]


@dataclass(frozen=True, slots=True)
class Size:
    """How many mails: in the history, waiting on Monday, waiting from the storm, coming a day, decided a day, tried at the end."""

    history: int = 1500
    backlog: int = 180
    storm: int = 90
    daily: int = 40
    decided: int = 60
    tried: int = 1200


WEEK = Size()
SLICE = Size(history=300, backlog=30, storm=28, daily=6, decided=10, tried=40)


@dataclass(eq=False)
class Waiting:
    """A mail in triage, on its way through one week."""

    id: int
    mail: DemoMail
    prepared: Prepared
    due: date
    confidence: float | None = None
    passed: bool = False
    overtaken: bool = False
    """One with more days left was decided while this one waited."""


@dataclass
class Result:
    """`passed` mails were not decided on their last day; `overtaken` of them saw one with more days left decided before.

    `hidden` decisions were of a mail with more days left than an urgent one that waited.
    """

    decisions: int = 0
    passed: int = 0
    overtaken: int = 0
    hidden: int = 0
    accuracy: float = 0.0
    waiting: list[Waiting] = field(default_factory=list)

    def __str__(self) -> str:
        late = f"{self.passed} late, {self.overtaken} of them while one with more days left was shown before"
        line = f"{self.decisions} decisions, {self.hidden} of them while an urgent mail waited below, {late}"
        return f"{line}, {len(self.waiting)} left, accuracy {self.accuracy:.4f}"


def before(due: date, doubt: float, enquiry_id: int, today: Today) -> tuple[float, ...]:
    """The order of the queue until it kept its heading: overdue and due today, then doubt ÷ working days left."""
    left = working_days(today.day, due, today.calendar)
    if left <= 0:
        return (0.0, due.toordinal(), -doubt, enquiry_id)
    return (1.0, -doubt / min(left, 20), due.toordinal(), enquiry_id)


def now(due: date, doubt: float, enquiry_id: int, today: Today) -> tuple[float, ...]:
    """The product's order."""
    return queue.sort_key(due, doubt, enquiry_id, today)


class House:
    """A town with its history learned: what comes in, what the robot leaves to people, and what it would say."""

    def __init__(self, seed: int, size: Size) -> None:
        self.size = size
        plan = load()
        self._mails, self._modes = Mails(plan, seed), {unit.name: unit.mode for unit in plan.units}
        model, evidence = Model(), []
        for _, mail in self._mails.history(size.history, MONDAY):
            example = prepared(mail)
            ranking = model.rank(example)
            evidence.append(
                KnownOutcome(ranking.confidence, ranking.first is not None and ranking.first.unit == mail.truth)
            )
            model.learn(example, TaughtLabel(mail.message_id, mail.truth))
        self._limit, self._learned = confidence_limit(evidence, MAX_ERROR), snapshot.dump(model)
        self._arrivals = list(self._coming(self.model()))

    def model(self) -> Model:
        """The model as it was on Monday morning."""
        return snapshot.load(self._learned)

    def _coming(self, model: Model) -> Iterator[tuple[datetime, Waiting]]:
        """What comes to triage, oldest first: spread over the two weeks before, the storm, and the week itself.

        In the storm everybody writes of one thing, of which the model is sure, to a unit for which it may only suggest.
        """
        size, storm = self.size, next(name for name, mode in self._modes.items() if mode is Mode.SUGGEST)
        moments = [(MONDAY - timedelta(days=14) * n / size.backlog, "") for n in range(size.backlog, 0, -1)]
        moments += [(STORM + timedelta(minutes=n), storm) for n in range(size.storm)]
        moments += [(day + timedelta(minutes=7 * n), "") for day in week() for n in range(size.daily)]
        numbers = count(1)
        for at, unit in sorted(moments):
            while True:
                number = next(numbers)
                mail = self._mails.live(number, at)
                if mail.truth not in self._modes or unit not in ("", mail.truth):
                    continue
                example = prepared(mail)
                if unit or not self._routed(model, example):
                    break
            yield at, Waiting(number, mail, example, due_on(at))

    def _routed(self, model: Model, example: Prepared) -> bool:
        found = routing.decide(model.rank(example), running=True, modes=self._modes, limit=self._limit)
        return found.unit is not None

    def play(self, place: Place) -> Result:
        """A week of decisions, each the first of the queue, learned at once."""
        model, result, number = self.model(), Result(), 0
        for morning in week():
            today = Today(local_day(morning))
            for n in range(self.size.decided):
                at = morning + timedelta(minutes=7 * n)
                while number < len(self._arrivals) and self._arrivals[number][0] <= at:
                    result.waiting.append(replace(self._arrivals[number][1]))
                    number += 1
                if result.waiting:
                    self._decide(model, result, place, today)
            self._evening(result, today)
        result.accuracy = self._accuracy(model)
        return result

    def _decide(self, model: Model, result: Result, place: Place, today: Today) -> None:
        for each in result.waiting:
            if each.confidence is None or result.decisions % RESCORED == 0:
                each.confidence = model.rank(each.prepared, top=1).confidence
        first = min(result.waiting, key=lambda each: place(each.due, 1.0 - (each.confidence or 0.0), each.id, today))
        result.waiting.remove(first)
        result.decisions += 1
        result.hidden += any(each.due < first.due and each.due <= today.urgent_until for each in result.waiting)
        for each in result.waiting:
            each.overtaken = each.overtaken or each.due < first.due
        model.learn(first.prepared, TaughtLabel(first.mail.message_id, first.mail.truth))

    def _evening(self, result: Result, today: Today) -> None:
        """Count what was due until the next working day and has not been decided; it waits on."""
        tomorrow = today.last_within(0)
        for each in result.waiting:
            if not each.passed and each.due <= tomorrow:
                each.passed = True
                result.passed += 1
                result.overtaken += each.overtaken

    def _accuracy(self, model: Model) -> float:
        """The share of mails nobody has decided whose first suggestion is right."""
        found = [self._mails.live(UNSEEN + n, MONDAY) for n in range(self.size.tried)]
        known = [mail for mail in found if mail.truth in self._modes]
        first = [model.rank(prepared(mail), top=1).first for mail in known]
        right = sum(each is not None and each.unit == mail.truth for each, mail in zip(first, known, strict=True))
        return right / len(known)


def week() -> list[datetime]:
    """The mornings of five working days."""
    days = [MONDAY + timedelta(days=n) for n in range(7)]
    return [day for day in days if is_working_day(local_day(day))]


def prepared(mail: DemoMail) -> Prepared:
    read = parse(mail.raw)
    types = tuple(each.content_type for each in read.attachments)
    return prepare(Example(mail.message_id, read.subject, read.text, mail.mailbox, types))


def main(seeds: tuple[int, ...] = (11, 23, 37)) -> list[tuple[int, Result, Result]]:
    """Play the week in the order of before and of now, from the same Monday morning."""
    found = []
    for seed in seeds:
        house = House(seed, WEEK)
        old, new = house.play(before), house.play(now)
        print(f"     seed {seed}: before {old}; now {new}", flush=True)
        found.append((seed, old, new))
    return found
