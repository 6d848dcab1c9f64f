"""The breaker of a unit: what trips it, what it writes down, and who alone arms it again."""

from collections import Counter
from dataclasses import replace

import pytest
from sqlalchemy import select

from app import database
from app.domain.access import Role
from app.domain.actor import Actor
from app.domain.enquiry import State
from app.domain.recognition import SetAside
from app.domain.routing import Mode
from app.errors import NotFoundError, RefusedError
from app.models.event import Event
from app.models.unit import Unit
from app.services.learning import breaker, error_budget, model_replay
from app.services.learning.error_budget import ComputedLimits
from app.services.organisation import organisation_units
from app.services.platform import settings
from app.services.triage import decisions
from learning.example import Ranking
from learning.features import Prepared
from learning.model import Model
from tests.app.services.learning.steps_of_breaker import TREE, give_back, receive
from tests.app.services.triage.steps_of_decisions import route
from tests.town import PARK, ROAD, WASTE, Town, mail, now

SUGGESTED = 16
"""Of the 36 mails of the history; the first batch of 20 met a model that knew nothing."""


@pytest.fixture
def taught(town: Town) -> Town:
    town.teach_history()
    town.automatic()
    return town


def mode(town: Town, unit: str = PARK) -> Mode:
    with database.read(town.container.engine) as session:
        return session.get_one(Unit, town.units[unit]).mode


def tripped(town: Town) -> list[Event]:
    with database.read(town.container.engine) as session:
        found = list(session.scalars(select(Event).where(Event.kind == "breaker_tripped").order_by(Event.id)))
        session.expunge_all()
        return found


def rearm(town: Town, by: Role = Role.ADMINISTRATOR) -> None:
    with database.write(town.container.engine) as session:
        breaker.rearm(session, town.units[PARK], by=town.people[by].actor, now=now())


def test_the_third_return_trips_it_at_once_and_the_next_mail_goes_to_a_human(taught: Town) -> None:
    mails = receive(taught, 40)
    assert {taught.enquiry(n).unit.name for n in mails} == {PARK}  # type: ignore[union-attr]
    give_back(taught, *mails[:2])
    assert mode(taught) is Mode.AUTOMATIC
    give_back(taught, mails[2])
    assert mode(taught) is Mode.SUGGEST
    assert mode(taught, ROAD) is Mode.AUTOMATIC
    (event,) = tripped(taught)
    stated = {
        name: event.data[name] for name in ("unit_id", "name", "scope", "wrong", "known", "returned", "max_error")
    }
    assert stated == {
        "unit_id": taught.units[PARK], "name": PARK, "scope": "unit", "wrong": 3, "known": 3, "returned": 3,
        "max_error": 0.05,
    }  # fmt: skip
    assert event.by == "robot"
    (late,) = receive(taught, 1)
    assert taught.enquiry(late).state is State.TRIAGE


def test_wrong_blind_checks_trip_it_when_they_are_learned(taught: Town) -> None:
    for enquiry in receive(taught, 2, checks=1.0):
        route(taught, enquiry, WASTE)
    taught.learn()
    assert mode(taught) is Mode.SUGGEST
    assert tripped(taught)[0].data["checks"] == 2


def test_clean_checks_do_not(taught: Town) -> None:
    for enquiry in receive(taught, 5, checks=1.0):
        route(taught, enquiry, PARK)
    taught.learn()
    assert mode(taught) is Mode.AUTOMATIC


def test_a_check_that_is_no_enquiry_of_ours_is_an_error_too(taught: Town) -> None:
    for enquiry in receive(taught, 2, checks=1.0):
        with database.write(taught.container.engine) as session:
            decisions.dismiss(
                session, taught.container.robot, enquiry, SetAside.NOT_OURS,
                version=taught.enquiry(enquiry).version, by=taught.visitator.actor, now=now(),
            )  # fmt: skip
    assert mode(taught) is Mode.SUGGEST


def test_only_an_administrator_arms_it_again_and_the_past_is_past(taught: Town) -> None:
    mails = receive(taught, 40)
    give_back(taught, *mails[:3])
    for role in set(Role) - {Role.ADMINISTRATOR}:
        with pytest.raises(NotFoundError):
            rearm(taught, role)
    rearm(taught)
    assert mode(taught) is Mode.AUTOMATIC
    give_back(taught, *mails[3:6])
    with database.write(taught.container.engine) as session:
        error_budget.refresh_limits(session, now=now())
    assert mode(taught) is Mode.AUTOMATIC
    with pytest.raises(RefusedError, match="not_tripped"):
        rearm(taught)
    give_back(taught, *receive(taught, 40)[:3])
    assert mode(taught) is Mode.SUGGEST


def test_no_other_way_makes_a_tripped_unit_automatic(taught: Town) -> None:
    give_back(taught, *receive(taught, 40)[:3])
    unit_id, by = taught.units[PARK], "administrator@town.example.org"
    with pytest.raises(RefusedError, match="breaker_tripped"), database.write(taught.container.engine) as session:
        settings.change_unit(session, unit_id, mode=Mode.AUTOMATIC, stopped=False, by=Actor(by), now=now())
    with database.read(taught.container.engine) as session:
        line = organisation_units.line_of(session, session.get_one(Unit, unit_id))
    with pytest.raises(RefusedError, match="breaker_tripped"), database.write(taught.container.engine) as session:
        organisation_units.save_unit(session, unit_id, replace(line, mode=Mode.AUTOMATIC), by=Actor(by), now=now())
    assert mode(taught) is Mode.SUGGEST


def test_all_units_together_are_judged_too(taught: Town) -> None:
    """Two of three routes come back, one of each unit: no unit is sure to be bad, all of them are."""
    town = taught
    town.sample()
    texts = [TREE, "Hul i vejen her", "Skraldet er ikke hentet her"]
    mails = town.receive(*(mail(f"Sag {n}", text) for n, text in enumerate(texts)))
    assert all(town.enquiry(n).unit for n in mails)
    with database.write(town.container.engine) as session:
        for unit in session.scalars(select(Unit)):
            unit.max_error = 0.5
    give_back(town, *mails[:2])
    assert {mode(town, unit) for unit in (PARK, ROAD, WASTE)} == {Mode.SUGGEST}
    assert {event.data["scope"] for event in tripped(town)} == {"overall"}


def test_evidence_weighs_a_check_by_its_probability(taught: Town) -> None:
    (wrong, right) = receive(taught, 2, checks=0.999)
    (automatic,) = receive(taught, 1)
    route(taught, wrong, ROAD)
    route(taught, right, PARK)
    give_back(taught, automatic)
    with database.read(taught.container.engine) as session:
        known = error_budget.evidence(session, now=now())
    park = str(taught.units[PARK])
    assert [(k.right, k.unit) for k in known[-2:]] == [(False, park), (True, park)]
    assert [k.weight for k in known[-2:]] == pytest.approx([1 / 0.999, 1 / 0.999])
    assert {k.weight for k in known[:-2]} == {1.0}
    assert len(known) == SUGGESTED + 2  # no return is among them: only the wrong ones come back


def test_what_belongs_to_no_unit_was_suggested_wrongly(taught: Town) -> None:
    """Also where the model was not confident; and the model is told how many such mails there are."""
    unsure = receive(taught, 4, limit=1.0)
    checked = receive(taught, 1, checks=0.999)
    for enquiry in (*unsure[:2], *checked):
        with database.write(taught.container.engine) as session:
            decisions.dismiss(
                session, taught.container.robot, enquiry, SetAside.NOT_OURS,
                version=taught.enquiry(enquiry).version, by=taught.visitator.actor, now=now(),
            )  # fmt: skip
    route(taught, unsure[2], PARK)
    with database.read(taught.container.engine) as session:
        known = error_budget.evidence(session, now=now())[SUGGESTED:]
        share = error_budget.out_of_scope_share(session)
    assert sorted((k.right, k.unit == str(taught.units[PARK])) for k in known) == [(False, True)] * 3 + [(True, True)]
    assert share == round((3 + 0.5) / (4 + 50), 3)
    taught.learn()
    with database.read(taught.container.engine) as session:
        assert settings.get(session, settings.STRANGERS) == share


def test_the_model_is_told_how_many_strangers_there_are(taught: Town) -> None:
    with database.write(taught.container.engine) as session:
        settings.put(session, settings.STRANGERS, 0.25)
    stated: list[float] = []

    class Listening(Model):
        def rank(self, prepared: Prepared, top: int = 5, strangers: float = 0.0) -> Ranking:
            stated.append(strangers)
            return super().rank(prepared, top, strangers)

    model = Listening()
    model.__dict__ |= taught.container.learner._model.__dict__
    taught.container.learner._model = model
    receive(taught, 1, limit=1.0)
    assert stated == [0.25]


def test_a_label_weighs_what_its_mail_stands_for(taught: Town) -> None:
    """Read from the log alone, so that every replay finds the same."""
    (anyway,), (checked,) = receive(taught, 1, limit=1.0), receive(taught, 1, checks=0.8)
    (returned,) = receive(taught, 1)
    route(taught, anyway, PARK)
    route(taught, checked, PARK)
    give_back(taught, returned)
    route(taught, returned, ROAD)
    taught.learn()
    with database.read(taught.container.engine) as session:
        stated = list(model_replay.training_labels(session, after=0, until=model_replay.end(session)))
    assert [lesson.taught.weight for lesson in stated] == pytest.approx([1.0] * 36 + [1.0, 1 / 0.8, 0.0])
    assert [lesson.enquiry_id for lesson in stated[36:]] == [anyway, checked, returned]


def test_what_was_weighed_for_another_budget_is_weighed_again(town: Town) -> None:
    """A manager may change the budget while the learner reckons."""
    old = ComputedLimits((0.5, {}), 0.1, {"1": 0.1}, 0.0, breaker.Evidence([], Counter()))
    with database.write(town.container.engine) as session:
        error_budget.apply_limits(session, old, now=now())
        assert settings.get(session, settings.CONFIDENCE_LIMIT) is None  # nothing is known yet
        assert settings.get(session, settings.CONFIDENCE_LIMITS) == {}
