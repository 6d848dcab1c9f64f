"""What was counted of days and months is what a count of every mail says, whatever happened to the mails since."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, delete, event, select
from sqlalchemy.orm import Session

from app import database
from app.domain.deadline_status import Today
from app.domain.deadlines import local_day
from app.domain.enquiry import State
from app.domain.events.inbound import EnquiryAnswered
from app.domain.period import Kind, Period, around
from app.models.counted_day import CountedDay
from app.models.enquiry import Enquiry
from app.models.enquiry_facts import EnquiryFactsRow
from app.queries.reports import counted, counted_days
from app.queries.reports.catalogue import FIGURES
from app.queries.reports.counted_days import Question, Row
from app.queries.reports.questions import QUESTIONS
from app.queries.reports.scope import Scope
from app.services.casework import enquiry_deadlines
from app.services.platform import events, settings
from app.services.reports import counted_days as keeping
from app.services.reports import enquiry_facts
from app.services.triage import undoing
from tests.app.services.reports.test_enquiry_facts import BY, give_back, route
from tests.town import PARK, ROAD, SHARED, WASTE, Town, mail, now

LATER = timedelta(days=200)
"""By then months are counted as a whole, and all deadlines have passed."""


def bring_up(town: Town, at: datetime) -> None:
    """Let facts follow the log, and what was counted the facts."""
    engine = town.container.engine
    while enquiry_facts.refresh(engine) or keeping.bring_up(engine, at):
        pass


def answer(town: Town, enquiry: int, at: datetime) -> None:
    with database.write(town.container.engine) as session:
        row = session.get_one(Enquiry, enquiry)
        row.state, row.answered_at = State.ANSWERED, at
        events.record(session, EnquiryAnswered(sha256="a" * 64), by=BY, now=at, enquiry_id=enquiry)


def undo(town: Town) -> None:
    with database.write(town.container.engine) as session:
        undoing.undo(session, town.container.robot, by=town.visitator.actor, now=now())


def by_keys(rows: Sequence[Row], keys: int) -> dict[tuple[Any, ...], list[Any]]:
    """Return sums by what mails are told apart by; floats are added up in any order."""
    return {tuple(row[:keys]): [round(n, 6) for n in row[keys:]] for row in counted_days.merged(rows, keys)}


def anew(session: Session, question: Question, period: Period, today: Today) -> dict[date, list[Row]]:
    """Count every day of a period anew."""
    days = [period.first + timedelta(days=n) for n in range(period.days)]
    found = counted_days.counted(session, question, days, today)
    return {
        span.first: list(zip(*(column or [0] * len(columns[0]) for column in columns), strict=True))
        for span, columns in found.items()
    }


def agrees(town: Town, at: datetime) -> None:
    """Hold what pages are answered against a count of every mail, for several periods."""
    day = local_day(now())
    month = around(day, Kind.MONTH)
    whole = Period(month.before().first - timedelta(days=9), month.last)
    with database.read(town.container.engine) as session:
        today = enquiry_deadlines.today(session, at)
        for question in QUESTIONS:
            days = anew(session, question, whole, today)
            for period in (whole, month, month.before(), Period(day - timedelta(days=9), day), Period(day, day)):
                (rows,) = counted_days.ask(session, question, [period], today)
                expected = [row for on, each in days.items() if period.first <= on <= period.last for row in each]
                assert by_keys(rows, question.keys) == by_keys(expected, question.keys), (question.name, period)


def lived(town: Town) -> list[int]:
    """Let six mails of two months come, go to units, come back, go on and be answered."""
    days = (40, 33, 20, 6, 2, 0)
    ids = [
        town.receive(mail(f"Hul {n}", f"Hul nr. {n} i vejen"), received_at=now() - timedelta(days=n))[0] for n in days
    ]
    for n, each in enumerate(ids[:4]):
        route(town, each, (PARK, ROAD, WASTE)[n % 3], days=-1)
    give_back(town, ids[1])
    route(town, ids[1], WASTE, days=0)
    answer(town, ids[0], now() - timedelta(days=3))
    return ids


@pytest.mark.parametrize("later", [timedelta(), LATER])
def test_what_was_counted_is_what_counting_every_mail_says(town: Town, later: timedelta) -> None:
    ids, at = lived(town), now() + later
    agrees(town, at)  # before anything was counted
    bring_up(town, at)
    agrees(town, at)
    changes = (
        lambda: route(town, ids[4], PARK),
        lambda: undo(town),
        lambda: give_back(town, ids[2]),
        lambda: answer(town, ids[3], now()),  # late
        lambda: town.receive(mail("Nyt", "Et nyt hul"), received_at=now() - timedelta(days=34)),
    )
    for change in changes:
        change()
        enquiry_facts.refresh(town.container.engine)
        if later:
            bring_up(town, at)
        agrees(town, at)  # else what has changed is not counted again yet
    with database.write(town.container.engine) as session:
        session.execute(delete(EnquiryFactsRow))
        settings.put(session, settings.FACTS_POSITION, None)
    enquiry_facts.refresh(town.container.engine)
    agrees(town, at)
    bring_up(town, at)
    agrees(town, at)


def test_a_day_that_a_mail_has_left_is_counted_without_it(town: Town) -> None:
    """It was judged, and answered, on days on which it is not any more."""
    (one,) = town.receive(mail("Hul", "Hul i vejen"), received_at=now() - timedelta(days=30))
    route(town, one, PARK, days=-9)
    answer(town, one, now() - timedelta(days=5))
    bring_up(town, now())
    with database.write(town.container.engine) as session:
        row = session.get_one(Enquiry, one)
        row.answered_at = now() - timedelta(days=2)
        events.record(session, EnquiryAnswered(sha256="b" * 64), by=BY, now=now(), enquiry_id=one)
    bring_up(town, now())
    agrees(town, now())
    with database.read(town.container.engine) as session:
        today = enquiry_deadlines.today(session, now())
        each = [Period(today.day - timedelta(days=n), today.day - timedelta(days=n)) for n in (5, 2)]
        answered = [
            counted.count(session, [f for f in FIGURES if f.key == "answered"], day, Scope(), today) for day in each
        ]
    assert [found["answered"].count for found in answered] == [0, 1]


def test_a_deadline_that_passes_is_counted_though_no_mail_changes(town: Town) -> None:
    lived(town)
    for counted_after in (0, 30):
        bring_up(town, now() + timedelta(days=counted_after))
        for days in (0, 8, 21, 44):
            agrees(town, now() + timedelta(days=days))


def statements(engine: Engine, work: Any) -> list[str]:
    found: list[str] = []

    def listen(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        found.append(statement)

    event.listen(engine, "before_cursor_execute", listen)
    try:
        work()
    finally:
        event.remove(engine, "before_cursor_execute", listen)
    return found


@pytest.mark.parametrize("scope", [Scope(), Scope(mailbox=SHARED)])
def test_no_mail_is_looked_at_where_all_days_were_counted(town: Town, scope: Scope) -> None:
    """That is what the speed of the pages of figures hangs on."""
    lived(town)
    at = now() + LATER
    bring_up(town, at)
    dated = [figure for figure in FIGURES if figure.day is not None]

    def look() -> None:
        with database.read(town.container.engine) as session:
            today = enquiry_deadlines.today(session, at)
            counted.count(session, dated, around(local_day(now()), Kind.YEAR), scope, today)

    assert not [each for each in statements(town.container.engine, look) if "FROM enquiry_facts" in each]
    with database.read(town.container.engine) as session:
        months = session.scalars(select(CountedDay.content).where(CountedDay.month, CountedDay.good_until.is_not(None)))
        assert any(months)


def test_nothing_is_counted_again_where_nothing_has_changed(town: Town) -> None:
    """Facts that are all made again and are the same leave what was counted alone."""
    lived(town)
    bring_up(town, now())
    with database.write(town.container.engine) as session:
        settings.put(session, settings.FACTS_AGAIN, 10_000)
    while enquiry_facts.refresh(town.container.engine):
        pass
    kept = {question.key for question in QUESTIONS if question.days != keeping.LABELLED_ON}
    with database.read(town.container.engine) as session:
        waiting = select(CountedDay.question).where(CountedDay.good_until.is_(None), ~CountedDay.month)
        assert not set(session.scalars(waiting)) & kept


def test_what_was_counted_of_facts_that_have_changed_meanwhile_is_not_kept(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = lived(town)
    bring_up(town, now())
    give_back(town, ids[2])
    enquiry_facts.refresh(town.container.engine)
    count = keeping._answers

    def counted_slowly(session: Session, today: Today) -> list[dict[str, Any]]:
        found = count(session, today)
        monkeypatch.undo()
        route(town, ids[2], ROAD)
        enquiry_facts.refresh(town.container.engine)
        return found

    monkeypatch.setattr(keeping, "_answers", counted_slowly)
    assert keeping.bring_up(town.container.engine, now())
    agrees(town, now())


def test_another_question_is_counted_from_the_start(town: Town) -> None:
    lived(town)
    bring_up(town, now())
    with database.write(town.container.engine) as session:
        session.execute(delete(CountedDay).where(CountedDay.question == QUESTIONS[0].key))
        session.add(CountedDay(question="what was asked before an update", month=False, first=counted_days.BEGUN))
    bring_up(town, now())
    agrees(town, now())
    with database.read(town.container.engine) as session:
        assert set(session.scalars(select(CountedDay.question).distinct())) == {each.key for each in QUESTIONS}


def test_a_question_has_the_same_name_in_every_process() -> None:
    """It is made of what is asked; that has no order of chance in it."""
    assert len({question.key for question in QUESTIONS}) == len(QUESTIONS)
    assert counted.COUNTS.keys()
    for question in QUESTIONS:
        asked = [str(query.compile()) for query in question.selects([date(2026, 1, 1)], counted_days.ANY_DAY)]
        assert asked, question.name
        assert len(question.key) < CountedDay.question.type.length
