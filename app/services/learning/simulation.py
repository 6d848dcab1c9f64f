"""Simulation on the live label log, through an empty model.

Each mail is ranked and routed before its label is learned.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import String, cast, func, select
from sqlalchemy.orm import Session, undefer

from app.domain import reorganisation
from app.domain.reorganisation import Plan
from app.domain.routing import Route, decide
from app.domain.rules import Subject, first
from app.domain.what_if import Comparison, Judged, Policy, Question, asked, compare
from app.models.amendment import counts
from app.models.enquiry import Enquiry
from app.models.label import Label, LabelPosition
from app.models.unit import Unit
from app.queries.inbound import rule_list
from app.services.learning import label_overrides, model_replay
from app.services.platform import settings
from learning import budget, rehearsal
from learning.example import Example, Ranking
from learning.feedback import Full
from learning.model import Model

LABELS = 5_000
"""So many of the latest labels are played: twice that many mails take about a minute."""
SCORED = 2_000
"""Of those, so many at the end are scored; what comes before them is learned at once."""
SETTLING, SETTLED = 2, 400
"""One of so many scored mails, the first ones but no more than these, counts in no figure: without past there is no
confidence limit yet."""
LEARNED_FIRST = 5
"""Of few labels one of so many is learned at once, and the rest is scored."""
PORTION = 500

Progress = Callable[[int, int], None]
"""Told (mails done, mails in all), both sides together."""


@dataclass(frozen=True, slots=True)
class LabelledMail:
    """A label that counts, and its mail. The mail is as learning sees it, and as rules do.

    `unit` is a unit's key, or the name of a class outside the units.
    """

    example: Example
    subject: Subject
    unit: str
    at: datetime


def labelled_mails(session: Session, limit: int = LABELS) -> list[LabelledMail]:
    """Return the latest labels that count, oldest first. Each has the unit it counts for."""
    surviving = _surviving(session, limit)
    found: list[LabelledMail] = []
    for start in range(0, len(surviving), PORTION):
        portion = surviving[start : start + PORTION]
        query = select(Enquiry).where(Enquiry.id.in_([enquiry for _, enquiry, _ in portion]))
        mails = {mail.id: mail for mail in session.scalars(query.options(undefer(Enquiry.text)))}
        kinds = model_replay.kinds(session, list(mails))
        found += [
            _labelled_mail(label, mails[enquiry], unit, kinds.get(enquiry, ())) for label, enquiry, unit in portion
        ]
        session.expunge_all()
    return found


def _labelled_mail(label_id: int, mail: Enquiry, belongs: str, kinds: tuple[str, ...]) -> LabelledMail:
    example = Example(str(label_id), mail.subject, mail.text, mail.mailbox, kinds)
    return LabelledMail(example, rule_list.subject_of(mail), belongs, mail.received_at)


def _surviving(session: Session, limit: int) -> list[tuple[int, int, str]]:
    """Return the latest labels that count, oldest first. Each is (label, enquiry, unit or class outside them)."""
    query = (
        select(Label.id, Label.enquiry_id, func.coalesce(cast(Label.unit_id, String), Label.outside))
        .join(LabelPosition, LabelPosition.label_id == Label.id)
        .where(counts())
        .order_by(LabelPosition.position.desc())
        .limit(limit)
    )
    moved = label_overrides.reorganised(session)
    return [(label, enquiry, str(moved.get(label, belongs))) for label, enquiry, belongs in session.execute(query)][
        ::-1
    ]


def current_policy(session: Session) -> Policy:
    """Return the policy by which mails are routed now. The robot counts as running."""
    return Policy(
        rules=tuple(rule_list.active(session)),
        modes=settings.modes(session),
        max_error=settings.get(session, settings.MAX_ERROR),
        budgets=settings.budgets(session),
    )


def names(session: Session, plan: Plan) -> dict[str, str]:
    """Return the units' names by key. Those that a plan renames have both names."""
    found = {str(unit): name for unit, name in session.execute(select(Unit.id, Unit.name))}
    renamed = {str(move.unit): move.name for move in plan.moves if isinstance(move, reorganisation.Rename)}
    return found | {unit: f"{found.get(unit, '')} → {name}" for unit, name in renamed.items()}


@dataclass(frozen=True, slots=True)
class Rehearsable:
    """A question with all data to answer it. It is read once, and played without a database."""

    question: Question
    policy: Policy
    labelled_mails: list[LabelledMail]
    names: dict[str, str]

    @property
    def total(self) -> int:
        return 2 * len(self.labelled_mails)

    def play(self, progress: Progress) -> Comparison:
        """Compare both sides, as it is and would be."""
        n = len(self.labelled_mails)
        scored = min(SCORED, n - n // LEARNED_FIRST)
        warm = n - scored
        before = judge(self.labelled_mails, self.policy, warm, lambda done, _: progress(done, 2 * n))
        moved = [_moved(self.question.plan, each) for each in self.labelled_mails]
        after = judge(moved, asked(self.policy, self.question), warm, lambda done, _: progress(n + done, 2 * n))
        settled = min(SETTLED, scored // SETTLING)
        return compare(before[settled:], after[settled:], self.names, warm=warm + settled)


def read(session: Session, question: Question) -> Rehearsable:
    """Read everything it takes to answer a question."""
    return Rehearsable(question, current_policy(session), labelled_mails(session), names(session, question.plan))


def _moved(plan: Plan, each: LabelledMail) -> LabelledMail:
    unit = reorganisation.counts_for(plan, each.unit, each.subject)
    return each if unit == each.unit else LabelledMail(each.example, each.subject, unit, each.at)


def judge(mails: Sequence[LabelledMail], policy: Policy, warm: int, progress: Progress) -> list[Judged]:
    """Simulate the mails and route them by a policy. The model begins empty; the first `warm` are learned only."""
    house = _House(policy, mails[warm:])
    course = rehearsal.play(
        Model(),
        [(mail.example, mail.unit) for mail in mails],
        automatic=house,
        warm=warm,
        max_error=policy.max_error,
        feedback=Full(),
        progress=progress,
    )
    return [
        Judged(mail.unit, outcome.suggested, route)
        for mail, outcome, route in zip(mails[warm:], course.outcomes, house.routes, strict=True)
    ]


class _House:
    """Routes as the house does. `rehearsal.play` asks once for every scored mail, in order.

    Units with a budget of their own have a limit of their own, chosen as often as the rehearsal chooses the other.
    """

    def __init__(self, policy: Policy, mails: Sequence[LabelledMail]) -> None:
        self.routes: list[Route] = []
        self._policy, self._mails = policy, mails
        self._evidence: list[budget.KnownOutcome] = []
        self._limits: dict[str, float | None] = {}

    def __call__(self, ranking: Ranking, limit: float | None) -> bool:
        mail, unit = self._mails[len(self.routes)], ranking.first.unit if ranking.first else ""
        route = decide(
            ranking,
            running=True,
            modes=dict(self._policy.modes),
            limit=self._limits.get(unit) if unit in self._policy.budgets else limit,
            rule=first(self._policy.rules, mail.subject),
        )
        self.routes.append(route)
        weight = 0.0 if ranking.out_of_scope or ranking.elsewhere else 1.0  # never routed, so no evidence of what is
        self._evidence.append(budget.KnownOutcome(ranking.confidence, unit == mail.unit, weight, unit))
        if len(self.routes) % rehearsal.RENEWED_EVERY == 0:
            labelled_mails, policy = self._evidence[-budget.WINDOW :], self._policy
            self._limits = budget.limits_of_units(labelled_mails, policy.budgets, policy.max_error)
        return route.unit is not None
