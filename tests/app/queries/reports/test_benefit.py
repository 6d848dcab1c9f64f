"""The work that the benefit is reckoned from is what the audit log says, counted apart from the facts."""

from collections import defaultdict
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from app import database
from app.domain import benefit as domain
from app.domain.actor import Actor
from app.domain.benefit import Assumptions, Given, Key, Work
from app.domain.deadlines import local_day
from app.domain.decision_times import PAUSE, DecisionKind
from app.domain.enquiry import State
from app.domain.period import Period
from app.domain.recognition import SetAside
from app.errors import ConflictError
from app.models.enquiry import Enquiry
from app.models.event import Event
from app.queries.reports import benefit, counted
from app.queries.reports.catalogue import BY_KEY
from app.queries.reports.scope import Scope
from app.services.casework import enquiry_deadlines
from app.services.platform import viewing
from app.services.reports import benefit_assumptions, counted_days, enquiry_facts
from app.services.triage import decisions, returns
from tests.town import PARK, ROAD, WASTE, Town, mail, now

BY = Actor("admin@town.example.org")
GIVEN = Assumptions({key: Given(Decimal(3), "prøve", local_day(now())) for key in Key})


def decide(town: Town, enquiry: int, unit: str, seconds: float, *, hidden: bool = False) -> None:
    """Look at a mail, and choose its unit so much later."""
    at = now() - timedelta(hours=1)
    with database.write(town.container.engine) as session:
        row = session.get_one(Enquiry, enquiry)
        row.blind = hidden
        viewing.log(session, enquiry, by=town.visitator.actor, purpose="triage", now=at)
        decisions.route(
            session, town.container.robot, enquiry, town.units[unit], version=row.version,
            by=town.visitator.actor, now=at + timedelta(seconds=seconds),
        )  # fmt: skip


def busy_town(town: Town) -> None:
    """Play decisions of every kind: seen and hidden, quick and with a pause, returned and decided again, set apart."""
    ids = [town.receive(mail(f"Hul {n}", f"Hul nr. {n} i vejen"))[0] for n in range(9)]
    for n, (enquiry, seconds) in enumerate(zip(ids, (4.2, 9.5, 31.0, 700.0, 12.3, 8.8, 600.0), strict=False)):
        decide(town, enquiry, (PARK, ROAD, WASTE)[n % 3], seconds, hidden=n % 2 == 1)
    with database.write(town.container.engine) as session:
        returns.give_back(session, session.get_one(Enquiry, ids[0]), by=BY, now=now(), why="")
    decide(town, ids[0], ROAD, 20.4)
    with database.write(town.container.engine) as session:
        row = session.get_one(Enquiry, ids[7])
        viewing.log(session, row.id, by=town.visitator.actor, purpose="triage", now=now() - timedelta(seconds=15))
        decisions.dismiss(
            session,
            town.container.robot,
            row.id,
            SetAside.NOT_AN_ENQUIRY,
            version=row.version,
            by=town.visitator.actor,
            now=now(),
        )
    engine = town.container.engine
    while enquiry_facts.refresh(engine) or counted_days.bring_up(engine, now()):
        pass


def is_the_whole(work: Work, whole: Work) -> None:
    """Hold parts against the whole. A database adds up seconds in any order, and floats differ by that in the last digit."""
    assert (work.mails, work.journaled, work.detours) == (whole.mails, whole.journaled, whole.detours)
    for kind in DecisionKind:
        part, all_of = work.of(kind), whole.of(kind)
        assert (part.n, part.measured) == (all_of.n, all_of.measured)
        assert (part.total, part.squares) == (pytest.approx(all_of.total), pytest.approx(all_of.squares))


def test_the_work_is_what_the_log_says(town: Town) -> None:
    busy_town(town)
    with database.read(town.container.engine) as session:
        today = enquiry_deadlines.today(session, now())
        month = Period(today.day - timedelta(days=20), today.day)
        found = benefit.work(session, month.parts())
        events = defaultdict[int, list[Event]](list)
        for event in session.scalars(select(Event).where(Event.enquiry_id.is_not(None)).order_by(Event.id)):
            events[event.enquiry_id or 0].append(event)
        waiting = {row.id for row in session.scalars(select(Enquiry).where(Enquiry.state == State.TRIAGE))}
        figures = counted.count(session, BY_KEY.values(), month, Scope(), today)
        by_unit = [benefit.work(session, month.parts(), Scope(unit_id=unit)).all for unit in town.units.values()]
    seconds = defaultdict[DecisionKind, list[float]](list)
    decided = defaultdict[DecisionKind, int](int)
    ended = ("dismissed", "referred")
    for rows in events.values():
        made = [e for e in rows if e.kind in ("confirmed", "corrected", *ended) and "blind" in e.data]
        if made:
            last = made[-1]
            kind = (
                DecisionKind.BLIND if last.data["blind"] else DecisionKind.ENDED if last.kind in ended
                else DecisionKind(last.kind)
            )  # fmt: skip
            decided[kind] += 1
            taken = sum(e.data["seconds"] for e in made)
            seconds[kind] += [taken] if taken <= PAUSE else []
    for kind in DecisionKind:
        work = found.all.of(kind)
        assert (work.n, work.measured) == (decided[kind], len(seconds[kind])), kind
        assert work.total == pytest.approx(sum(seconds[kind]), abs=1e-9)
        assert work.squares == pytest.approx(sum(each**2 for each in seconds[kind]), abs=1e-9)
        assert figures[f"decided_{kind}"].count == work.n
    assert found.all.mails == len(events) - len(waiting) == figures["sorted"].count == 8
    assert found.all.journaled == figures["journaled"].count
    assert found.all.detours == figures["hops"].count == 1
    for parts in (found.by_area.values(), found.by_part):
        is_the_whole(domain.together(parts), found.all)
    minutes = 3 * (8 + 8 * 0.03) - 3 * 1
    saved = domain.saving(found.all, found.all, GIVEN)
    assert saved is not None
    taken_to_decide = sum(decided[k] * sum(seconds[k]) / len(seconds[k]) for k in DecisionKind if len(seconds[k]) > 1)
    rest = sum(decided[k] for k in DecisionKind if len(seconds[k]) <= 1)
    known = [each for k in DecisionKind if len(seconds[k]) > 1 for each in seconds[k]]
    taken_to_decide += rest * sum(known) / len(known)
    assert saved.seconds == pytest.approx(60 * minutes - taken_to_decide)
    assert sum(work.mails for work in by_unit) == 7


def test_each_change_is_a_version_and_in_the_log(town: Town) -> None:
    other = Assumptions(GIVEN.values, plan=True)
    with database.write(town.container.engine) as session:
        assert benefit.newest(session) is None
        first = benefit_assumptions.save(session, GIVEN, "først", based_on=None, by=BY, now=now())
        assert first is not None
        assert benefit_assumptions.save(session, GIVEN, "igen", based_on=first, by=BY, now=now()) is None
        benefit_assumptions.save(session, other, "med planen", based_on=first, by=BY, now=now())
    with database.write(town.container.engine) as session, pytest.raises(ConflictError):
        benefit_assumptions.save(session, GIVEN, "for sent", based_on=first, by=BY, now=now())
    with database.read(town.container.engine) as session:
        assert [(each.given, each.row.note) for each in benefit.versions(session)] == [
            (other, "med planen"),
            (GIVEN, "først"),
        ]
        logged = session.scalars(select(Event).where(Event.kind == "benefit_assumed").order_by(Event.id)).all()
        assert [(event.by, event.data["note"]) for event in logged] == [(BY.email, "først"), (BY.email, "med planen")]
        assert logged[1].data["before"] == GIVEN.stored()
