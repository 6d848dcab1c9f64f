"""Every figure of accuracy, counted again by hand from the two logs: what happened to each mail, and what was taught.

The town lives through two months with wrong routes, detours of one and two hops, choices taken back, blind checks, units' own
verdicts, and an amendment that lets labels count no more.
"""

import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from scipy.stats import beta
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import database
from app.domain.access import Role
from app.domain.amendment import AmendmentKind
from app.domain.deadlines import COPENHAGEN
from app.domain.events.platform import MilestoneNoted
from app.domain.events.triage import EnquiryReturned
from app.domain.period import Kind, Period, around
from app.domain.routing import Reason
from app.models.amendment import AmendedLabel
from app.models.enquiry import Enquiry
from app.models.event import Event
from app.models.label import Label
from app.models.prediction import Decision, Prediction
from app.queries.learning import blind_checks
from app.queries.reports import accuracy, counted, remarks
from app.queries.reports.catalogue import BY_KEY
from app.queries.reports.counted import MailsBehind
from app.queries.reports.scope import Scope
from app.services.casework import enquiry_deadlines
from app.services.learning import label_overrides
from app.services.platform import events
from app.services.reports import counted_days, enquiry_facts
from app.services.triage import decisions, returns
from tests.judged import judge
from tests.town import PARK, ROAD, UNITS, Town, mail, now

UNTIL = datetime(2026, 11, 20, 12, tzinfo=UTC)
MONTH = around(date(2026, 10, 1), Kind.MONTH)
WHOLE = Period(date(2026, 9, 1), date(2026, 11, 30))


def lived(town: Town) -> None:
    """Let mails come over two months, go wrong, come back, and be checked."""
    draw = random.Random(5)
    judge(town, 150, weeks=9, until=UNTIL)
    c, by = town.container, town.visitator.actor
    ids = town.receive(*(mail(f"Sag {n}", f"Noget {n} er galt") for n in range(36)))
    with database.write(c.engine) as session:
        for n, each in enumerate(ids):
            at = UNTIL - timedelta(days=60 - n * 1.5)
            enquiry = session.get_one(Enquiry, each)
            enquiry.received_at, enquiry.due_on = at, at.date() + timedelta(days=30)
            suggest(session, each, town.units[draw.choice(list(UNITS))], at)
            if n % 6 == 0:
                checked(session, each, town.units[PARK], at)
            for _hop in range(draw.choice([1, 1, 2, 3])):
                unit = town.units[draw.choice(list(UNITS))]
                if enquiry.unit_id is not None:
                    returns.give_back(session, enquiry, by=by, now=at)
                    at += timedelta(days=draw.choice([0, 1, 4]))
                who = by if enquiry.owner_id is None else town.people[Role.MANAGER].actor
                decisions.route(session, c.robot, each, unit, version=enquiry.version, by=who, now=at)
                at += timedelta(days=draw.choice([1, 2, 5]))
    with database.write(c.engine) as session:
        chosen = session.scalars(select(Label).where(Label.revokes_id.is_(None)).order_by(Label.id).limit(7)).all()
        label_overrides.apply(
            session, AmendmentKind.DISTRUSTED, {each.id: None for each in chosen}, note="", by=by, now=now()
        )
    while enquiry_facts.refresh(c.engine) or counted_days.bring_up(c.engine, now()):
        pass


def suggest(session: Session, enquiry: int, unit: int, at: datetime) -> None:
    prediction = session.get(Prediction, enquiry)
    if prediction is None:
        prediction = Prediction(enquiry_id=enquiry, ranking=[], confidence=0.9, model_position=0, at=at)
        session.add(prediction)
    prediction.outside = []
    prediction.ranking = [{"unit_id": unit, "confidence": 0.9, "words": []}]
    session.flush()


def checked(session: Session, enquiry: int, unit: int, at: datetime) -> None:
    """Write the robot's decision down as a blind check."""
    for old in session.scalars(select(Decision).where(Decision.enquiry_id == enquiry)):
        session.delete(old)
    session.add(
        Decision(
            enquiry_id=enquiry, at=at, outcome="triage", unit_id=unit, sampled=True, probability=0.05 + enquiry % 3 / 10,
            reason=Reason.BLIND_CHECK, confidence=0.9, ranking=[], model_position=0,
        )
    )  # fmt: skip


def local(at: datetime) -> date:
    return at.astimezone(COPENHAGEN).date()


def working(after: date, until: date) -> int:
    days = (after + timedelta(days=n) for n in range(1, (until - after).days + 1))
    return sum(day.weekday() < 5 for day in days)


class Truth:
    """What the logs say, by plain reading."""

    def __init__(self, session: Session) -> None:
        excluded = set(session.scalars(select(AmendedLabel.label_id).where(AmendedLabel.unit_id.is_(None))))
        labels = session.scalars(select(Label).order_by(Label.id)).all()
        revoked = {each.revokes_id for each in labels if each.revokes_id}
        standing = [each for each in labels if each.revokes_id is None and each.id not in revoked]
        self.standing = {each.enquiry_id: each for each in standing}
        self.judged = [each for each in standing if each.id not in excluded and each.suggested_unit_id is not None]
        self.excluded = excluded
        self.enquiries = {each.id: each for each in session.scalars(select(Enquiry))}
        self.routes = defaultdict[int, list[tuple[date, int]]](list)
        for event in session.scalars(select(Event).order_by(Event.id)):
            if event.kind in ("confirmed", "corrected", "routed") and event.data.get("unit_id") is not None:
                self.routes[event.enquiry_id or 0].append((local(event.at), event.data["unit_id"]))

    def received(self, period: Period) -> list[Enquiry]:
        return [e for e in self.enquiries.values() if period.first <= local(e.received_at) <= period.last]

    def hops(self, enquiry: int) -> int:
        units = [unit for _, unit in self.routes[enquiry]]
        return sum(a != b for a, b in pairwise(units))

    def lost(self, enquiry: int) -> int:
        routes = self.routes[enquiry]
        return working(routes[0][0], routes[-1][0]) if routes and routes[0][1] != routes[-1][1] else 0

    def given(self, enquiry: int) -> int:
        found = self.enquiries[enquiry]
        return working(local(found.received_at), found.feedback_due_on or found.answer_due_on or found.due_on)


@contextmanager
def reading(town: Town) -> Iterator[tuple[Session, Truth, Any]]:
    with database.read(town.container.engine) as session:
        yield session, Truth(session), enquiry_deadlines.today(session, now())


@pytest.fixture
def lives(town: Town) -> Town:
    lived(town)
    return town


def test_every_figure_agrees_with_the_logs(lives: Town) -> None:
    with reading(lives) as (session, truth, today):
        for period in (MONTH, WHOLE):
            figures_agree(session, truth, today, period)
            units_agree(session, truth, today, period)
            pairs_agree(session, truth, today, period)
            checks_agree(session, truth, period, Scope())
            checks_agree(session, truth, period, Scope(unit_id=lives.units[PARK]))
            checks_agree(session, truth, period, Scope(mailbox="x@y.example.org"))


def figures_agree(session: Session, truth: Truth, today: Any, period: Period) -> None:
    found = counted.count(session, [BY_KEY[key] for key in accuracy.TILES], period, Scope(), today)
    parts = counted.over_time(session, [BY_KEY[key] for key in accuracy.TILES], period.parts(), Scope(), today)
    assert counted.together(parts) == found
    judged = [each for each in truth.judged if period.first <= local(each.at) <= period.last]
    right = sum(each.unit_id == each.suggested_unit_id for each in judged)
    assert (found["suggested_right"].count, found["suggested_right"].of) == (right, len(judged))
    came = [each.id for each in truth.received(period)]
    placed = [each for each in came if truth.routes[each]]
    hops = [truth.hops(each) for each in came]
    assert (found["misrouted"].count, found["misrouted"].of) == (sum(n > 0 for n in hops), len(placed))
    assert (found["many_hops"].count, found["many_hops"].of) == (sum(n > 1 for n in hops), len(placed))
    assert found["hops"].count == sum(hops) > 0
    assert found["days_lost"].count == sum(map(truth.lost, came)) > 0
    assert found["days_given"].count == sum(truth.given(each) for each in came if truth.lost(each))
    assert found["many_hops_days"].count == sum(truth.lost(each) for each in came if truth.hops(each) > 1)
    course = counted.over_time(session, [BY_KEY["suggested_right"]], period.parts(), Scope(), today)
    for part, each in zip(period.parts(), course, strict=True):
        own = [label for label in judged if part.first <= local(label.at) <= part.last]
        assert each["suggested_right"].of == len(own)


def units_agree(session: Session, truth: Truth, today: Any, period: Period) -> None:
    judged = [each for each in truth.judged if period.first <= local(each.at) <= period.last]
    came = [each.id for each in truth.received(period) if truth.routes[each.id]]
    months, by_month = accuracy.months(period), accuracy.by_month(session, period, Scope(), today)
    assert months[-1].first <= period.last <= months[-1].last
    for row in accuracy.units(session, period, Scope(), today):
        own = [each for each in judged if truth.enquiries[each.enquiry_id].unit_id == row.unit_id]
        here = [each for each in judged if each.suggested_unit_id == row.unit_id]
        first = [each for each in came if truth.routes[each][0][1] == row.unit_id]
        wrong = [each for each in first if truth.routes[each][-1][1] != row.unit_id]
        shown = {key: (each.count, each.of) for key, each in row.figures.items()}
        assert shown == {
            "suggested_right": (sum(each.unit_id == each.suggested_unit_id for each in own), len(own)),
            "suggested_here_right": (sum(each.unit_id == row.unit_id for each in here), len(here)),
            "sent_wrong": (len(wrong), len(first)),
            "sent_wrong_days": (sum(map(truth.lost, wrong)), None),
        }
        for month, each in zip(months, by_month, strict=True):
            in_month = [label for label in truth.judged if month.first <= local(label.at) <= month.last]
            of = sum(truth.enquiries[label.enquiry_id].unit_id == row.unit_id for label in in_month)
            assert (each[row.unit_id].of if row.unit_id in each else 0) == of


def pairs_agree(session: Session, truth: Truth, today: Any, period: Period) -> None:
    mails, days = Counter[tuple[int, int]](), Counter[tuple[int, int]]()
    for each in truth.received(period):
        routes = truth.routes[each.id]
        if routes and routes[0][1] != routes[-1][1]:
            mails[routes[0][1], routes[-1][1]] += 1
            days[routes[0][1], routes[-1][1]] += truth.lost(each.id)
    found = accuracy.detours(session, period, Scope(), today)
    assert {(p.wrong_id, p.unit_id): p.figures["misrouted"].count for p in found} == dict(mails)
    assert {(p.wrong_id, p.unit_id): p.figures["days_lost"].count for p in found} == {
        pair: days[pair] for pair in mails
    }
    confused = Counter(
        (each.suggested_unit_id, each.unit_id)
        for each in truth.judged
        if each.unit_id != each.suggested_unit_id and period.first <= local(each.at) <= period.last
    )
    pairs = accuracy.confusions(session, period, Scope(), today)
    assert {(p.wrong_id, p.unit_id): p.figures["confused"].count for p in pairs} == dict(confused)
    for key, one in (("misrouted", found[0]), ("confused", pairs[0])):
        behind = MailsBehind(BY_KEY[key], period, Scope(unit_id=one.unit_id), pair=one.wrong_id)
        assert len(session.scalars(behind.select(session, today)).all()) == one.figures[key].count


def checks_agree(session: Session, truth: Truth, period: Period, scope: Scope) -> None:
    known = []
    for each in session.scalars(select(Decision).where(Decision.sampled)):
        label, enquiry = truth.standing.get(each.enquiry_id), truth.enquiries[each.enquiry_id]
        fits = scope.unit_id in (None, each.unit_id) and scope.mailbox in ("", enquiry.mailbox)
        if (
            label is not None
            and label.id not in truth.excluded
            and fits
            and period.first <= local(each.at) <= period.last
        ):
            known.append((label.unit_id == each.unit_id, 1 / (each.probability or 1)))
    found = blind_checks.estimate(accuracy.checks(session, label_overrides.in_effect(session), period, scope))
    assert found.n == len(known)
    if known:
        total = sum(weight for _, weight in known)
        share = sum(weight for right, weight in known if right) / total
        n = total**2 / sum(weight**2 for _, weight in known)
        assert found.share == pytest.approx(share)
        low = float(beta.ppf(0.025, share * n, n - share * n + 1)) if share else 0.0
        high = float(beta.ppf(0.975, share * n + 1, n - share * n)) if share < 1 else 1.0
        assert [found.low, found.high] == pytest.approx([low, high])


def test_a_scope_narrows_by_the_unit_that_a_figure_counts_for(lives: Town) -> None:
    road = lives.units[ROAD]
    with reading(lives) as (session, truth, today):
        keys = ("suggested_right", "suggested_here_right", "sent_wrong")
        found = counted.count(session, [BY_KEY[key] for key in keys], WHOLE, Scope(unit_id=road), today)
        assert found["suggested_right"].of == sum(
            truth.enquiries[each.enquiry_id].unit_id == road for each in truth.judged
        )
        assert found["suggested_here_right"].of == sum(each.suggested_unit_id == road for each in truth.judged)
        assert found["sent_wrong"].of == sum(bool(routes) and routes[0][1] == road for routes in truth.routes.values())
        assert [row.unit_id for row in accuracy.units(session, WHOLE, Scope(unit_id=road), today)] == [road]


def test_what_an_amendment_excludes_counts_again_once_it_is_lifted(lives: Town) -> None:
    def judged() -> int:
        with reading(lives) as (session, _truth, today):
            return counted.count(session, [BY_KEY["suggested_right"]], WHOLE, Scope(), today)["suggested_right"].of or 0

    before = judged()
    with database.write(lives.container.engine) as session:
        label_overrides.revoke(session, 1, by=lives.visitator.actor, now=now())
    while enquiry_facts.refresh(lives.container.engine) or counted_days.bring_up(lives.container.engine, now()):
        pass
    assert judged() == before + 7


def test_what_people_chose_is_of_the_period_and_of_the_unit_they_chose(lives: Town) -> None:
    with reading(lives) as (session, _truth, _today):
        everything = accuracy.people(session, WHOLE, Scope())[False].kept.n
        of_units = [accuracy.people(session, WHOLE, Scope(unit_id=unit))[False].kept.n for unit in lives.units.values()]
        later = accuracy.people(session, Period(date(2027, 1, 1), date(2027, 1, 31)), Scope())
    assert everything == sum(of_units)
    assert later[False].kept.n == 0


def test_what_bent_the_curve_is_found_by_its_day(town: Town) -> None:
    by = town.visitator.actor
    with database.write(town.container.engine) as session:
        for day, text in ((date(2026, 9, 30), "før"), (date(2026, 10, 1), "først"), (date(2026, 10, 31), "sidst")):
            at = datetime(day.year, day.month, day.day, 22, 30, tzinfo=COPENHAGEN).astimezone(UTC)
            events.record(session, MilestoneNoted(text=text), by=by, now=at)
        events.record(session, EnquiryReturned.read({}), by=by, now=datetime(2026, 10, 5, tzinfo=UTC))
    with database.read(town.container.engine) as session:
        found = [each.content for each in remarks.remarks(session, MONTH)]
    assert found == [MilestoneNoted(text="først"), MilestoneNoted(text="sidst")]
