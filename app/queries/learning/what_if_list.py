"""Questions to the past as pages show them."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.what_if import Comparison, Question, WhatIfState
from app.models.rule import Rule
from app.models.unit import Unit
from app.models.what_if import WhatIf
from app.queries.inbound import rule_list

LATEST = 20


@dataclass(frozen=True, slots=True)
class WhatIfRow:
    """A question, its progress (a share), and its answer. The answer is there once the question is played."""

    id: int
    by: str
    at: datetime
    question: Question
    state: WhatIfState
    progress: float
    result: Comparison | None

    @property
    def under_way(self) -> bool:
        return self.state in (WhatIfState.WAITING, WhatIfState.RUNNING)


def latest(session: Session, *, plans: bool = False) -> list[WhatIfRow]:
    """Return the latest questions, newest first. With `plans` only those about a plan alone."""
    query = select(WhatIf).order_by(WhatIf.id.desc()).limit(LATEST)
    rows = [_row(row) for row in session.scalars(query)]
    return [row for row in rows if row.question.plan_alone] if plans else rows


def one(session: Session, what_if_id: int) -> WhatIfRow | None:
    found = session.get(WhatIf, what_if_id)
    return _row(found) if found else None


def _row(row: WhatIf) -> WhatIfRow:
    return WhatIfRow(
        row.id,
        row.by,
        row.at,
        Question.from_json(row.question),
        row.state,
        row.done / row.total if row.total else 0.0,
        Comparison.from_json(row.result) if row.result else None,
    )


def unit_names(session: Session) -> dict[int, str]:
    """Return every unit's name by id."""
    return dict(session.execute(select(Unit.id, Unit.name)).all())


def units(session: Session) -> list[Unit]:
    """Return the open units, by name."""
    return list(session.scalars(select(Unit).where(~Unit.closed).order_by(Unit.name)))


def rule_names(session: Session) -> dict[int, str]:
    """Return the rules' names by id, in their order."""
    return {rule.id: rule.name for rule in rule_list.in_order(session)}


def active_rules(session: Session) -> list[Rule]:
    """Return the rules in force, in order."""
    return [rule for rule in rule_list.in_order(session) if rule.active]
