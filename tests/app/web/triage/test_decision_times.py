"""Seconds per decision: measured at the decision, shown for all together, for single persons only where switched on."""

import re
from datetime import datetime, timedelta

from sqlalchemy import select

from app import database
from app.domain.access import Role
from app.domain.deadlines import local_day
from app.domain.decision_times import ENOUGH, DecisionKind
from app.domain.events.triage import SuggestionConfirmed
from app.domain.period import Period
from app.models.account import Account
from app.models.enquiry import Enquiry
from app.models.event import Event
from app.queries.triage import decision_times as paces
from app.services.platform import events, settings, viewing
from app.services.triage import decision_times, decisions
from tests.app.web.conftest import SignIn, csrf_token
from tests.town import PARK, Town, mail, now


def decide(
    town: Town, enquiry_id: int, seconds: float | None, *, purpose: str = "triage", by: Account | None = None
) -> Event:
    """Look at a mail, decide it so many seconds later; returns what the log says of it."""
    who, began = by or town.visitator, now()
    with database.write(town.container.engine) as session:
        enquiry = session.get_one(Enquiry, enquiry_id)
        if seconds is not None:
            viewing.log(session, enquiry_id, by=who.actor, purpose=purpose, now=began)
        at = began + timedelta(seconds=seconds or 0)
        decisions.route(
            session, town.container.robot, enquiry_id, town.units[PARK], version=enquiry.version, by=who.actor, now=at
        )
    with database.read(town.container.engine) as session:
        shown = select(Event).where(Event.enquiry_id == enquiry_id, Event.kind.in_(("confirmed", "corrected")))
        return session.scalars(shown.order_by(Event.id.desc())).first()  # type: ignore[return-value]


def some(town: Town, count: int) -> list[int]:
    return town.receive(*(mail(f"Træ {n}", f"Træ nummer {n} er væltet på sti {n * 7}") for n in range(count)))


def test_the_server_measures_from_the_look_to_the_decision(town: Town) -> None:
    town.teach_history()
    seen, page, unseen = some(town, 3)
    assert decide(town, seen, 12.34).data["seconds"] == 12.3
    assert "seconds" not in decide(town, page, 5, purpose="enquiry page").data
    assert "seconds" not in decide(town, unseen, None).data


def test_another_persons_look_and_an_older_one_do_not_count(town: Town) -> None:
    (one,) = some(town, 1)
    with database.write(town.container.engine) as session:
        manager = town.people[Role.MANAGER]
        viewing.log(session, one, by=town.visitator.actor, purpose="triage", now=now() - timedelta(seconds=50))
        viewing.log(session, one, by=manager.actor, purpose="triage", now=now())
    assert decide(town, one, 8).data["seconds"] == 8.0


def test_counted_by_how_it_was_decided(town: Town) -> None:
    town.teach_history()
    first, second, blind = some(town, 3)
    with database.write(town.container.engine) as session:
        session.get_one(Enquiry, blind).blind = True
    began: datetime = now()
    for enquiry_id, seconds in ((first, 4.0), (second, 700.0), (blind, 9.0)):
        decide(town, enquiry_id, seconds)
    with database.read(town.container.engine) as session:
        found = paces.by_kind(session, Period(local_day(began), local_day(began) + timedelta(days=1)))
    assert (found.all.n, found.all.pauses) == (2, 1)
    assert found.by_kind[DecisionKind.BLIND].seconds == {9: 1}
    assert found.by_kind[DecisionKind.CONFIRMED].n + found.by_kind[DecisionKind.CORRECTED].n == 1


def log(town: Town, who: Account, count: int) -> None:
    with database.write(town.container.engine) as session:
        for n in range(count):
            events.record(
                session, SuggestionConfirmed.read({"seconds": 3.0 + n % 5, "blind": False}), by=who.actor, now=now()
            )


def test_nobody_is_told_of_single_persons_until_it_is_switched_on(town: Town, sign_in: SignIn) -> None:
    other = town.people[Role.MANAGER]
    log(town, town.visitator, ENOUGH)
    log(town, other, ENOUGH - 1)
    this_year = f"/tal/?periode={local_day(now()).year}"
    page = sign_in(Role.MANAGER).get(this_year).text
    assert "Sekunder pr. valg" in page
    assert town.visitator.name not in page.partition("Sekunder pr. valg")[2]
    administrator = sign_in(Role.ADMINISTRATOR)
    address = "/tal/tid-pr-person"
    form = {"csrf_token": csrf_token(administrator, address), "tilstand": "til"}
    assert administrator.post(address, data=form).status_code == 422
    assert administrator.post(address, data={**form, "forstaaet": "ja"}).status_code == 303
    shown = {
        role: sign_in(role).get(this_year).text.partition("Pr. person")[2] for role in (Role.VISITATOR, Role.MANAGER)
    }
    cells = {role: set(re.findall(r'<th scope="row">(Invented \w+)', text)) for role, text in shown.items()}
    assert cells == {Role.VISITATOR: {town.visitator.name}, Role.MANAGER: {town.visitator.name}}
    admin_sees = administrator.get(this_year).text.partition("Pr. person</h3>")[2]
    assert town.visitator.name not in admin_sees
    with database.read(town.container.engine) as session:
        switched = session.scalars(select(Event).where(Event.kind == "decision_times_switched")).one()
        assert (switched.by, switched.data) == (town.people[Role.ADMINISTRATOR].email, {"on": True})
        assert settings.get(session, decision_times.PER_PERSON) is True


def test_only_an_administrator_may_switch(sign_in: SignIn) -> None:
    for role in (Role.VISITATOR, Role.MANAGER):
        assert sign_in(role).get("/tal/tid-pr-person").status_code == 404
