"""Keep what was counted of days and months in step with the facts.

Whoever changes facts takes away what was counted of their days, in the same transaction. Afterwards, beside the other work, it is
counted again; until then pages count those days themselves (app/queries/reports/counted_days.py).
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence, Set
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Engine, delete, func, insert, or_, select, update
from sqlalchemy.orm import Session

from app import database
from app.domain.deadline_status import Today
from app.domain.deadlines import local_day
from app.domain.period import Period
from app.models.counted_day import CountedDay
from app.models.enquiry_facts import EnquiryFactsRow as Facts
from app.models.event import Event
from app.models.label import Label
from app.queries.reports import counted_days
from app.queries.reports.counted_days import Question, Span
from app.queries.reports.questions import QUESTIONS
from app.services.casework import enquiry_deadlines
from app.services.platform import settings

PORTION = 60
"""Days of a question that are counted at a time."""
SETTLED = timedelta(days=45)
"""Mails of months that began so long ago seldom change; a younger month would be counted as a whole again and again."""
OF_FACTS = ("received_on", "judged_on", "answered_on")
"""Days on which figures count a mail, which are columns of its facts."""
DECIDED_ON, LABELLED_ON = OF_TIMES = ("decided_on", "labelled_on")
"""Days of decisions and labels, of which a mail may have several."""
BY_KEY: Mapping[str, Question] = {question.key: question for question in QUESTIONS}


def take_away(session: Session, changed: Mapping[str, Set[date]]) -> None:
    """Take away what was counted of some days, by what kind of day they are (Question.days)."""
    for question in QUESTIONS:
        days = changed.get(question.days, frozenset())
        spans = {Span(False, day) for day in days} | {Span(True, day.replace(day=1)) for day in days}
        if spans:
            session.execute(delete(CountedDay).where(counted_days.about(question, spans)))
            _insert(session, question, spans)


def forget(session: Session) -> None:
    """Take away all that was counted."""
    session.execute(delete(CountedDay))


def _insert(session: Session, question: Question, spans: Collection[Span], **good: date) -> None:
    rows = [{"question": question.key, "month": span.month, "first": span.first, **good} for span in spans]
    session.execute(insert(CountedDay), rows)


def bring_up(engine: Engine, now: datetime) -> bool:
    """Count some of the days and months that wait for it. Return whether there were any."""
    with database.read(engine) as session:
        begun = set(session.scalars(select(CountedDay.question).where(CountedDay.first == counted_days.BEGUN)))
        as_of, today = _facts(session), enquiry_deadlines.today(session, now)
        answers = _answers(session, today) if begun == BY_KEY.keys() else []
    if begun != BY_KEY.keys():
        _begin(engine)
        return True
    if answers:
        _keep(engine, answers, as_of)
    return bool(answers)


def _begin(engine: Engine) -> None:
    """Let each day wait that may have anything to count: nothing was counted yet, or an update asks something else."""
    with database.write(engine) as session:
        forget(session)
        days = {name: set(session.scalars(select(getattr(Facts, name)).distinct())) - {None} for name in OF_FACTS}
        take_away(session, days | dict.fromkeys(OF_TIMES, _days(session)))
        for question in QUESTIONS:
            _insert(session, question, [counted_days.BEGINNING], good_from=date.min, good_until=date.max)


def _days(session: Session) -> set[date]:
    """Return all days from the first event or label on."""
    ends = [session.execute(select(func.min(at), func.max(at))).one() for at in (Event.at, Label.at)]
    known = [local_day(at) for pair in ends for at in pair if at]
    first, last = (min(known), max(known)) if known else (date.max, date.min)
    return {first + timedelta(days=n) for n in range((last - first).days + 1)}


def _answers(session: Session, today: Today) -> list[dict[str, Any]]:
    """Return the rows of what waits, days before months, the newest first."""
    query = (
        select(CountedDay.question, CountedDay.month, CountedDay.first)
        .where(or_(CountedDay.good_until.is_(None), CountedDay.good_until < today.day))
        .where(or_(~CountedDay.month, CountedDay.first <= today.day - SETTLED))
        .order_by(CountedDay.month, CountedDay.first.desc())
        .limit(PORTION)
    )
    waiting = defaultdict[str, list[Span]](list)
    for key, month, first in session.execute(query):
        waiting[key].append(Span(month, first))
    return [row for key, spans in waiting.items() for row in _answer(session, BY_KEY[key], spans, today)]


def _answer(session: Session, question: Question, spans: Sequence[Span], today: Today) -> Iterator[dict[str, Any]]:
    days = [span.first for span in spans if not span.month]
    found = counted_days.counted(session, question, days, today)
    for span in spans:
        period = Period(span.first, span.last)
        if span.month:
            (rows,) = counted_days.ask(session, question, [period], today)
            found[span] = counted_days.columns_of(counted_days.merged(rows, question.keys), question.keys)
        good_from, good_until = counted_days.holding(session, question, period, today)
        yield {
            "question": question.key, "month": span.month, "first": span.first,
            "good_from": good_from, "good_until": good_until, "content": found.get(span, []),
        }  # fmt: skip


def _keep(engine: Engine, answers: Sequence[dict[str, Any]], as_of: Any) -> None:
    """Store what was counted, unless facts have changed since."""
    with database.write(engine) as session:
        if _facts(session) == as_of:
            session.execute(update(CountedDay), answers)


def _facts(session: Session) -> tuple[int | None, int]:
    """Return what tells one state of the facts from another."""
    return settings.get(session, settings.FACTS_POSITION), settings.get(session, settings.FACTS_AGAIN)
