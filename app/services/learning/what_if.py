"""Questions to the past: asked on a page, answered by a process of their own (`playing`), kept with their answers."""

from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.domain.actor import Actor
from app.domain.events.learning import ErrorBudgetChanged
from app.domain.what_if import Question, WhatIfState
from app.errors import NotFoundError, RefusedError
from app.models.what_if import WhatIf
from app.queries.learning import rehearsable
from app.services.learning import error_budget
from app.services.platform import events, settings

SILENCE = timedelta(seconds=60)
"""Whoever plays a question and says nothing for so long has ended."""


def ask(session: Session, question: Question, *, by: Actor, now: datetime) -> WhatIf:
    """Put a question; a worker takes it up. A plan is kept also where too little is labelled to rehearse it.

    Raises:
        RefusedError: nothing would be different, or too little is labelled to say anything.
    """
    if question.empty:
        raise RefusedError("what_if_nothing")
    enough = rehearsable.enough(session)
    if not enough and not question.plan_alone:
        raise RefusedError("what_if_too_few")
    state = WhatIfState.WAITING if enough else WhatIfState.DONE
    row = WhatIf(by=by.email, at=now, question=question.to_json(), state=state)
    session.add(row)
    session.flush()
    return row


def again(session: Session, what_if_id: int) -> WhatIf:
    """Repeat a question. One that was interrupted or failed, or whose answer has grown old."""
    row = session.get(WhatIf, what_if_id)
    if row is None:
        raise NotFoundError
    if row.state not in (WhatIfState.WAITING, WhatIfState.RUNNING):
        row.state, row.done, row.heard_at, row.result = WhatIfState.WAITING, 0, None, None
    session.flush()
    return row


def take(session: Session, *, now: datetime) -> int | None:
    """Take the next question and mark it as running. None where none waits or another is being played."""
    sweep(session, now=now)
    if session.scalar(select(WhatIf.id).where(WhatIf.state == WhatIfState.RUNNING).limit(1)) is not None:
        return None
    row = session.scalars(select(WhatIf).where(WhatIf.state == WhatIfState.WAITING).order_by(WhatIf.id)).first()
    if row is None:
        return None
    row.state, row.heard_at = WhatIfState.RUNNING, now
    session.flush()
    return row.id


def sweep(session: Session, *, now: datetime) -> None:
    """Mark questions as interrupted whose player fell silent."""
    lost = update(WhatIf).where(WhatIf.state == WhatIfState.RUNNING, WhatIf.heard_at < now - SILENCE)
    session.execute(lost.values(state=WhatIfState.INTERRUPTED))


def end(session: Session, what_if_id: int, state: WhatIfState) -> None:
    """End a question as interrupted or failed. Nothing is done where it has come to its end."""
    session.execute(
        update(WhatIf).where(WhatIf.id == what_if_id, WhatIf.state == WhatIfState.RUNNING).values(state=state)
    )


def adopt_budget(session: Session, what_if_id: int, *, by: Actor, now: datetime) -> float:
    """Take the error budget that was rehearsed, from now on.

    Raises:
        NotFoundError: there is no such question.
        RefusedError: it has no answer yet, or was about something else as well.
    """
    row = session.get(WhatIf, what_if_id)
    if row is None:
        raise NotFoundError
    question = Question.from_json(row.question)
    if row.state is not WhatIfState.DONE or not question.budget_alone or question.max_error is None:
        raise RefusedError("what_if_not_adoptable")
    before = settings.get(session, settings.MAX_ERROR)
    settings.put(session, settings.MAX_ERROR, question.max_error)
    error_budget.refresh_limits(session, now=now)
    events.record(
        session, ErrorBudgetChanged(before=before, after=question.max_error, what_if_id=what_if_id), by=by, now=now
    )
    return question.max_error
