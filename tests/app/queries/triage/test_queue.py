"""The queue in SQL: the same order and the same lanes as the rules say, narrowed without telling what is hidden."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app import database
from app.domain import deadlines
from app.domain import queue as rules
from app.domain.deadline_status import Today
from app.domain.queue import QueueOrder
from app.models.enquiry import Enquiry
from app.models.prediction import Prediction
from app.models.presence import Claim
from app.queries.triage import queue
from app.queries.triage.queue import QueueContext, QueueFilter, QueueRow
from tests.town import PARK, ROAD, WASTE, Town, mail, now

DAYS = [-3, 0, 0, 1, 1, 2, 4, 4, 9, 40, 41, 90]


@pytest.fixture
def waiting(town: Town) -> list[int]:
    """A dozen mails of different days, confidences and suggestions; one has no prediction, two are blind."""
    ids = town.receive(*(mail(f"Nr. {n}", f"Noget om nummer {n} i byen") for n in range(len(DAYS))))
    today = deadlines.local_day(now())
    with database.write(town.container.engine) as session:
        for n, (enquiry_id, days) in enumerate(zip(ids, DAYS, strict=True)):
            enquiry = session.get_one(Enquiry, enquiry_id)
            enquiry.due_on = today + timedelta(days=days)
            enquiry.blind = n in (5, 6)
            unit = town.units[(PARK, ROAD, WASTE)[n % 3]]
            row = session.get_one(Prediction, enquiry_id)
            row.ranking, row.confidence = [{"unit_id": unit, "confidence": 0.5, "words": []}], (n * 37 % 100) / 100
        session.delete(session.get_one(Prediction, ids[8]))
    return ids


def context(town: Town, **more: object) -> QueueContext:
    return QueueContext(town.visitator.id, Today(deadlines.local_day(now())), **more)  # type: ignore[arg-type]


def ids_of(town: Town, chosen: QueueContext) -> list[int]:
    with database.read(town.container.engine) as session:
        return [row.id for row in queue.rows(session, chosen)]


def by_the_rule(town: Town) -> list[int]:
    today = Today(deadlines.local_day(now()))
    with database.read(town.container.engine) as session:
        found = session.execute(select(Enquiry, Prediction.confidence).outerjoin(Prediction)).all()
        places = {
            rules.sort_key(
                each.due_on, rules.uncertainty(confidence, each.id, hidden=each.hidden), each.id, today
            ): each.id
            for each, confidence in found
        }
    return [places[place] for place in sorted(places)]


def test_sql_and_rule_agree(town: Town, waiting: list[int]) -> None:
    assert ids_of(town, context(town)) == by_the_rule(town)
    assert len(set(waiting)) == len(DAYS)


def test_lanes_in_sql_are_the_rules(town: Town, waiting: list[int]) -> None:
    me, others = town.visitator.id, (100, 200)
    mine = ids_of(town, context(town, others=others))
    assert mine == [n for n in by_the_rule(town) if rules.share_owner(n, (me, *others)) == me]
    assert ids_of(town, context(town, others=others, chosen=QueueFilter(everything=True))) == by_the_rule(town)


def test_a_blind_mails_confidence_moves_it_nowhere(town: Town, waiting: list[int]) -> None:
    before = ids_of(town, context(town))
    with database.write(town.container.engine) as session:
        for n in (5, 6):
            session.get_one(Prediction, waiting[n]).confidence = 0.999
    assert ids_of(town, context(town)) == before


def test_narrowing_by_suggestion_leaves_blind_mails_out(town: Town, waiting: list[int]) -> None:
    found = ids_of(town, context(town, chosen=QueueFilter(unit_id=town.units[WASTE])))
    assert set(found) == {waiting[2], waiting[11]}  # the 6th is blind, the 9th has no suggestion
    assert ids_of(town, context(town, chosen=QueueFilter(only=tuple(waiting[:2])))) == waiting[:2]
    assert len(ids_of(town, context(town, chosen=QueueFilter(mailbox="tmf@town.example.org")))) == len(DAYS)
    assert ids_of(town, context(town, chosen=QueueFilter(language="xx"))) == []


def test_the_next_is_nobody_elses(town: Town, waiting: list[int]) -> None:
    moment, other = now(), town.people["manager"].id  # type: ignore[index]
    first, second, *_ = by_the_rule(town)
    with database.write(town.container.engine) as session:
        session.add(Claim(enquiry_id=first, account_id=other, at=moment, seen_at=moment))
    with database.read(town.container.engine) as session:
        assert queue.next_id(session, context(town, held_since=moment - timedelta(minutes=5))) == second
        assert queue.next_id(session, context(town, held_since=moment + timedelta(minutes=5))) == first
        assert queue.rows(session, context(town))[0].held_by == "Invented manager"


def test_what_is_urgent_comes_first_whatever_the_model_thinks(town: Town, waiting: list[int]) -> None:
    with database.write(town.container.engine) as session:
        for n, enquiry_id in enumerate(waiting):
            prediction = session.get(Prediction, enquiry_id)
            if prediction is not None:
                prediction.confidence = 0.999 if DAYS[n] <= 1 else 0.001
    urgent = [n for n, days in zip(waiting, DAYS, strict=True) if days <= 1]
    assert sorted(ids_of(town, context(town))[: len(urgent)]) == urgent


@pytest.mark.parametrize("order", QueueOrder)
def test_every_order_is_the_next_mails_too(town: Town, waiting: list[int], order: QueueOrder) -> None:
    wanted = context(town, chosen=QueueFilter(order=order))
    listed, skipped = ids_of(town, wanted), []
    with database.read(town.container.engine) as session:
        while (found := queue.next_id(session, wanted, skip=skipped)) is not None:
            skipped.append(found)
    assert skipped == listed
    assert sorted(listed) == waiting


def test_the_orders(town: Town, waiting: list[int]) -> None:
    def seen(order: QueueOrder) -> list[QueueRow]:
        with database.read(town.container.engine) as session:
            return queue.rows(session, context(town, chosen=QueueFilter(order=order)))

    assert [row.id for row in seen(QueueOrder.NEWEST)] == waiting[::-1]
    places = [row.place for row in seen(QueueOrder.UNIT)]
    assert places == sorted(places[:-3]) + ["no_unit"] * 3, "two are blind and one has no suggestion: they look alike"
    doubts = [row.id for row in seen(QueueOrder.DOUBT)]
    assert doubts[:2] == [waiting[0], waiting[8]], "nothing is known of either: the earlier day"
    standings = [row.place for row in seen(QueueOrder.URGENCY)]
    assert standings[:3] == ["overdue", "today", "today"]
    assert standings[-1] == "later"


def test_the_list_goes_on(town: Town) -> None:
    ids = town.receive(*(mail(f"Nr. {n}", f"Noget om nummer {n} i byen") for n in range(queue.SHOWN + 5)))
    assert len(ids_of(town, context(town))) == queue.SHOWN
    longer = QueueFilter(shown=int(QueueFilter().longer["vis"]))
    assert sorted(ids_of(town, context(town, chosen=longer))) == ids
