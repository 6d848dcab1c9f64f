"""Facts follow the audit log: each change of a mail is in them, and they can be made anew at any time."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, select

from app import database
from app.domain import period
from app.domain.actor import Actor
from app.domain.deadlines import local_day
from app.domain.enquiry_facts import Way
from app.models.case import Forward
from app.models.enquiry import Enquiry
from app.models.enquiry_facts import EnquiryFactsRow
from app.queries.reports import counted
from app.queries.reports.catalogue import BY_KEY, FIGURES
from app.queries.reports.counted import Group, MailsBehind
from app.queries.reports.scope import Scope
from app.services.casework import enquiry_deadlines
from app.services.platform import settings
from app.services.reports import enquiry_facts
from app.services.triage import decisions, returns, undoing
from tests.town import PARK, ROAD, SHARED, WASTE, Town, mail, now

BY = Actor("admin@town.example.org")


def brought_up(town: Town) -> dict[int, EnquiryFactsRow]:
    while enquiry_facts.refresh(town.container.engine):
        pass
    with database.read(town.container.engine) as session:
        return {row.enquiry_id: row for row in session.scalars(select(EnquiryFactsRow))}


def give_back(town: Town, enquiry: int) -> None:
    with database.write(town.container.engine) as session:
        returns.give_back(session, session.get_one(Enquiry, enquiry), by=BY, now=now(), why="")


def route(town: Town, enquiry: int, unit: str, **later: float) -> None:
    with database.write(town.container.engine) as session:
        version, at = town.enquiry(enquiry).version, now() + timedelta(**later)
        decisions.route(
            session, town.container.robot, enquiry, town.units[unit], version=version, by=town.visitator.actor, now=at
        )


def test_every_change_of_a_mail_is_in_its_facts(town: Town) -> None:
    (one,) = town.receive(mail("Hul", "Hul i vejen"))
    assert brought_up(town)[one].way is Way.WAITING
    route(town, one, PARK)
    row = brought_up(town)[one]
    assert (row.way, row.unit_id, row.hops) == (Way.MANUAL, town.units[PARK], 0)
    give_back(town, one)
    route(town, one, ROAD, days=7)
    row = brought_up(town)[one]
    assert (row.first_unit_id, row.unit_id, row.hops, row.returns) == (town.units[PARK], town.units[ROAD], 1, 1)
    assert row.days_lost == 5
    assert row.mailbox == SHARED


@pytest.mark.parametrize(("sent", "first", "hops"), [(True, PARK, 1), (False, ROAD, 0)])
def test_what_a_unit_had_before_it_was_taken_back_counts_as_a_detour(
    town: Town, sent: bool, first: str, hops: int
) -> None:
    """A follow-up goes the same way as the mail it continues, back and on."""
    ids = town.receive(mail("Hul", "Hul i vejen", message_id="<hul@borger.example.org>"))
    ids += town.receive(mail("SV: Hul", "Det er stort", in_reply_to="<hul@borger.example.org>"))
    route(town, ids[0], PARK)
    with database.write(town.container.engine) as session:
        for each in ids if sent else ():
            enquiry = session.get_one(Enquiry, each)
            forward = Forward(
                message_id=f"<{each}@x>", enquiry_id=each, routing_no=enquiry.routing_no, unit_id=town.units[PARK]
            )
            forward.sent_at = now()
            session.add(forward)
    with database.write(town.container.engine) as session:
        undoing.undo(session, town.container.robot, by=town.visitator.actor, now=now())
    route(town, ids[0], ROAD)
    rows = brought_up(town)
    assert [(rows[each].first_unit_id, rows[each].hops) for each in ids] == [(town.units[first], hops)] * 2


def test_nothing_is_written_where_nothing_happened(town: Town) -> None:
    town.receive(mail("Hul", "Hul i vejen"))
    brought_up(town)
    with database.read(town.container.engine) as session:
        before = settings.get(session, settings.FACTS_POSITION)
    assert not enquiry_facts.refresh(town.container.engine)
    with database.read(town.container.engine) as session:
        assert settings.get(session, settings.FACTS_POSITION) == before


def test_made_anew_they_are_the_same_and_a_new_calendar_counts_days_anew(town: Town) -> None:
    ids = [town.receive(mail(f"Hul {n}", f"Hul nr. {n} i vejen"))[0] for n in range(3)]
    for each in ids:
        route(town, each, PARK)
        give_back(town, each)
        route(town, each, ROAD, days=7)

    def told() -> list[tuple[object, ...]]:
        return [(r.enquiry_id, r.way, r.hops, r.days_lost, r.received_on, r.due_on) for r in brought_up(town).values()]

    before = told()
    with database.write(town.container.engine) as session:
        session.execute(delete(EnquiryFactsRow))
        settings.put(session, settings.FACTS_POSITION, None)
    assert told() == before
    with database.write(town.container.engine) as session:
        closed = {(local_day(now()) + timedelta(days=n)).isoformat(): "Lukket" for n in range(1, 8)}
        enquiry_deadlines.change_calendar(session, [], closed, 2, by=BY, now=now())
    assert {row.days_lost for row in brought_up(town).values()} == {0}


def test_each_figure_counts_the_mails_that_its_list_shows(town: Town) -> None:
    a, b, c = (town.receive(mail(word, f"{word} i byen"))[0] for word in ("Hul", "Affald", "Træ"))
    route(town, a, PARK)
    give_back(town, a)
    route(town, a, ROAD, days=1)
    route(town, b, WASTE)
    brought_up(town)
    with database.read(town.container.engine) as session:
        today = enquiry_deadlines.today(session, now())
        month = period.Period(today.day - timedelta(days=20), today.day)
        for scope in (Scope(), Scope(unit_id=town.units[ROAD]), Scope(mailbox=SHARED), Scope(mailbox="x")):
            found = counted.count(session, FIGURES, month, scope, today)
            for figure in FIGURES:
                behind = session.scalars(MailsBehind(figure, month, scope).select(session, today)).all()
                others = session.scalars(MailsBehind(figure, month, scope, others=True).select(session, today)).all()
                if figure.amount is None:
                    assert len(behind) == found[figure.key].count, figure.key
                if figure.among is not None:
                    assert len(behind) + len(others) == found[figure.key].of, figure.key
        whole = counted.count(session, FIGURES, month, Scope(), today)
        by_unit = counted.by_group(session, FIGURES, month, Scope(), today, Group.UNIT)
        by_area = counted.by_group(session, FIGURES, month, Scope(), today, Group.AREA)
        course = counted.over_time(session, FIGURES, month.parts(), Scope(), today)
    assert (whole["received"].count, whole["manual"].count, whole["manual"].of) == (3, 2, 3)
    assert (whole["misrouted"].count, whole["misrouted"].of, whole["waiting"].count) == (1, 2, 1)
    for figure in FIGURES:
        for groups in (by_unit.values(), by_area.values(), course if figure.day is not None else ()):
            if groups:
                assert sum(each[figure.key].count for each in groups if figure.key in each) == whole[figure.key].count
    assert c in {row for row in brought_up(town) if brought_up(town)[row].way is Way.WAITING}
    assert BY_KEY["misrouted"] in FIGURES
