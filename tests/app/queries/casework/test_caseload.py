"""What a unit's page lists and counts, and that it finds it by the indexes."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from app import database
from app.domain.actor import Actor
from app.domain.deadlines import STANDARD, Clock
from app.domain.enquiry import State
from app.domain.returning import ReturnReason
from app.models.case import Case, InterimReply
from app.models.enquiry import Enquiry, RawMail
from app.queries.casework import caseload
from app.queries.casework.caseload import CaseloadDay, CaseRow, Tab
from app.services.triage import returns
from tests.databases import POSTGRESQL
from tests.town import PARK, ROAD, Town

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)  # a Tuesday
DAY = CaseloadDay(NOW, STANDARD)


@pytest.fixture
def put(town: Town):  # type: ignore[no-untyped-def]
    """Puts one enquiry at a unit, as the robot and people would have left it; gives its id."""
    numbers = iter(range(1, 1000))

    def put(unit: str = PARK, state: State = State.ROUTED, due: date = date(2026, 12, 8), **fields: object) -> int:
        n = next(numbers)
        with database.write(town.container.engine) as session:
            raw = RawMail(address="a", folder="inbox", key=str(n), sha256=str(n), size=1, content=b"x", received_at=NOW)
            case = Case(number=f"2026-{n:06d}", opened_at=NOW)
            session.add_all([raw, case])
            session.flush()
            enquiry = Enquiry(
                raw_mail_id=raw.id, case_id=case.id, mailbox="a", received_at=NOW - timedelta(days=8), due_on=due,
                unit_id=town.units[unit], state=state, subject=f"Nr. {n}", sender_address="a@borger.example.org",
                feedback_due_on=due, answer_due_on=due + timedelta(days=21), **fields,
            )  # fmt: skip
            session.add(enquiry)
            session.flush()
            return enquiry.id

    return put


def stated(town: Town, enquiry_id: int) -> None:
    with database.write(town.container.engine) as session:
        enquiry = session.get_one(Enquiry, enquiry_id)
        enquiry.feedback_at = NOW
        session.add(
            InterimReply(
                enquiry_id=enquiry_id, message_id=f"<{enquiry_id}@x>", unit_id=enquiry.unit_id, caseworker="Karla",
                text="x", at=NOW, sent_at=NOW,
            )
        )  # fmt: skip


def shown(town: Town, tab: Tab) -> tuple[int, list[int]]:
    with database.read(town.container.engine) as session:
        listing = caseload.listing(session, town.units[PARK], tab, 1, DAY)
        counts = caseload.counts(session, town.units[PARK], DAY)
    assert listing.total == counts[tab]
    return counts[tab], [row.id for row in listing.rows]


def test_every_tab(town: Town, put) -> None:  # type: ignore[no-untyped-def]
    later, soon, late = put(due=date(2026, 12, 8)), put(due=date(2026, 11, 26)), put(due=date(2026, 11, 20))
    put(ROAD)
    put(imported=True)
    put(state=State.CLOSED, answered_at=NOW - timedelta(days=40))
    first = put(state=State.CLOSED, answered_at=NOW - timedelta(days=3))
    latest = put(state=State.ANSWERED, answered_at=NOW - timedelta(hours=1))
    stated(town, later)
    assert shown(town, Tab.WAITING) == (3, [late, soon, later])
    assert shown(town, Tab.PRESSING) == (2, [late, soon])
    assert shown(town, Tab.INTERIM) == (1, [later])
    assert shown(town, Tab.ANSWERED) == (2, [latest, first])
    assert shown(town, Tab.RETURNED) == (0, [])
    with database.read(town.container.engine) as session:
        assert caseload.waiting_by_unit(session) == {town.units[PARK]: 3, town.units[ROAD]: 1}


def test_both_clocks(town: Town, put) -> None:  # type: ignore[no-untyped-def]
    one, other = put(due=date(2026, 11, 26)), put(due=date(2026, 11, 20))
    stated(town, other)
    with database.read(town.container.engine) as session:
        row = caseload.row(session, one, DAY)
        assert stands(row) == {"feedback": ("urgent", 2), "answer": ("later", 17)}
        assert (row.deadlines.next, row.caseworker, row.may_tell) == ("feedback", "", True)
        row = caseload.row(session, other, DAY)
        assert stands(row) == {"feedback": ("missed", 0), "answer": ("later", 13)}
        assert (row.deadlines.next, row.caseworker, row.may_tell) == ("answer", "Karla", False)
        assert row.interim_sent
        assert row.deadlines.clocks[Clock.FEEDBACK].met_on == NOW.date()


def stands(row: CaseRow) -> dict[str, tuple[str, int]]:
    return {str(clock): (str(status.standing), status.days) for clock, status in row.deadlines.clocks.items()}


def test_what_was_sent_back_is_told_without_the_mail(town: Town, put) -> None:  # type: ignore[no-untyped-def]
    gone = put()
    put()
    with database.write(town.container.engine) as session:
        returns.give_back(
            session, session.get_one(Enquiry, gone), by=Actor("karla@example.org"), now=NOW, why="Vejens",
            reason=ReturnReason.OTHER_UNIT, belongs_id=town.units[ROAD],
        )  # fmt: skip
    with database.read(town.container.engine) as session:
        (row,) = caseload.listing(session, town.units[PARK], Tab.RETURNED, 1, DAY).returned
        assert caseload.counts(session, town.units[ROAD], DAY)[Tab.RETURNED] == 0
    assert (row.by, row.reason, row.belongs, row.why, row.state, row.unit) == (
        "karla@example.org", "other_unit", ROAD, "Vejens", State.TRIAGE, "",
    )  # fmt: skip
    assert not hasattr(row, "subject")


def test_pages(town: Town, put, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(caseload, "PAGE", 2)
    ids = [put() for _ in range(5)]
    with database.read(town.container.engine) as session:
        pages = [caseload.listing(session, town.units[PARK], Tab.WAITING, n, DAY) for n in (1, 2, 3, 9)]
    assert [[row.id for row in page.rows] for page in pages] == [ids[:2], ids[2:4], ids[4:], ids[4:]]
    assert {page.pages for page in pages} == {3}


@pytest.mark.skipif(POSTGRESQL, reason="reads SQLite's plans")
@pytest.mark.parametrize("tab", Tab)
def test_no_tab_reads_all_that_ever_was(town: Town, tab: Tab) -> None:
    with database.read(town.container.engine) as session:
        plans = plans_of(session, tab, town.units[PARK])
    assert plans
    assert [plan for plan in plans if plan.startswith(("SCAN enquiry", "SCAN event"))] == []


def plans_of(session: Session, tab: Tab, unit_id: int) -> list[str]:
    """How SQLite goes about every query of a tab."""
    asked: list[tuple[str, object]] = []

    def remember(_connection, _cursor, statement, parameters, _context, _many) -> None:  # type: ignore[no-untyped-def]
        asked.append((statement, parameters))

    engine = session.get_bind()
    event.listen(engine, "before_cursor_execute", remember)
    caseload.listing(session, unit_id, tab, 1, DAY)
    event.remove(engine, "before_cursor_execute", remember)
    connection = session.connection()
    return [
        row[3]
        for statement, parameters in asked
        if statement.startswith("SELECT")
        for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)  # type: ignore[arg-type]
    ]
