"""Which mails are taken for a blind check, what is written down about it, and what rules and direct mail are spared."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import database
from app.domain.actor import Actor
from app.domain.enquiry import State
from app.domain.routing import Reason
from app.models.event import Event
from app.models.prediction import Decision
from app.models.unit import Mailbox
from app.services.inbound import rules
from app.services.learning import sampling
from app.services.platform import settings
from tests.app.services.triage.steps_of_decisions import route
from tests.town import PARK, ROAD, Town, mail, now

TREE = "Et træ er væltet i parken"


def decision(town: Town, enquiry_id: int) -> Decision:
    with database.read(town.container.engine) as session:
        found = session.scalars(select(Decision).where(Decision.enquiry_id == enquiry_id)).one()
        session.expunge_all()
        return found


def stated(town: Town, enquiry_id: int) -> dict[str, object]:
    kinds = ("routed", "sent_to_triage")
    with database.read(town.container.engine) as session:
        query = select(Event.data).where(Event.enquiry_id == enquiry_id, Event.kind.in_(kinds))
        return dict(session.scalars(query).one())


@pytest.fixture
def taught(town: Town) -> Town:
    town.teach_history()
    town.automatic()
    return town


def test_a_confident_mail_that_the_coin_takes_goes_to_a_human(taught: Town) -> None:
    taught.sample(checks=1.0)
    (enquiry,) = taught.receive(mail("a", TREE))
    found, row = taught.enquiry(enquiry), decision(taught, enquiry)
    assert (found.state, found.blind, found.automatic, found.hidden) == (State.TRIAGE, True, False, True)
    assert (row.reason, row.outcome, row.unit_id) == (Reason.BLIND_CHECK, State.TRIAGE, taught.units[PARK])
    assert (row.sampled, row.probability) == (True, 1.0)
    assert stated(taught, enquiry)["blind"] is True
    assert stated(taught, enquiry)["unit_id"] is None


def test_a_confident_mail_that_it_leaves_is_routed_with_its_probability(taught: Town) -> None:
    with database.write(taught.container.engine) as session:
        seed = next(s for s in map(str, range(99)) if _coin(session, s, taught.last_enquiry() + 1) > 0.5)
        settings.put(session, settings.SAMPLING, {"seed": seed, "floor": 0.1, "first": 0.5, "human": 0.0})
    (enquiry,) = taught.receive(mail("a", TREE))
    row = decision(taught, enquiry)
    assert (row.reason, row.sampled, row.probability) == (Reason.CONFIDENT, False, 0.5)
    assert (taught.enquiry(enquiry).state, taught.enquiry(enquiry).blind) == (State.ROUTED, False)


def _coin(session: Session, seed: str, enquiry_id: int) -> float:
    settings.put(session, settings.SAMPLING, {**settings.get(session, settings.SAMPLING), "seed": seed})
    return sampling.toss(session, enquiry_id)


def test_the_probability_falls_as_checks_come_in(taught: Town) -> None:
    with database.write(taught.container.engine) as session:
        rule = {"seed": "", "floor": 0.05, "first": 1.0, "human": 0.0}
        settings.put(session, settings.SAMPLING, rule)
    first, second = taught.receive(mail("a", TREE), mail("b", f"{TREE} igen"))
    assert decision(taught, first).probability == 1.0
    assert decision(taught, second).probability == pytest.approx(59 / 60)


def test_a_share_of_what_humans_decide_anyway_is_blind_too(taught: Town) -> None:
    taught.automatic(1.0)
    taught.sample(humans=1.0)
    (enquiry,) = taught.receive(mail("a", TREE))
    row = decision(taught, enquiry)
    assert (row.reason, row.sampled, row.probability) == (Reason.UNSURE, False, None)
    assert taught.enquiry(enquiry).blind
    taught.sample(checks=1.0)
    (other,) = taught.receive(mail("b", TREE))
    assert not taught.enquiry(other).blind


def test_rules_and_direct_mail_are_not_sampled(taught: Town) -> None:
    taught.sample(checks=1.0, humans=1.0)
    with database.write(taught.container.engine) as session:
        form = {
            "name": "Hunde", "active": True, "words": "hund", "field": "anywhere", "sender_class_id": None,
            "mailbox": "", "foreign": False, "unit_id": taught.units[ROAD],
        }  # fmt: skip
        rules.save(session, None, form, by=Actor("admin"), now=now())
        session.add(Mailbox(address="park@town.example.org", name="Parks egen", unit_id=taught.units[PARK]))
    taught.gateway.deliver("park@town.example.org", mail("b", f"{TREE} her", to="park@town.example.org"))
    by_rule, direct = taught.receive(mail("a", "Der er en hund i parken"))
    for enquiry, reason in ((by_rule, Reason.RULE_UNIT), (direct, Reason.DIRECT)):
        row = decision(taught, enquiry)
        assert (row.reason, row.sampled, row.probability) == (reason, False, None)
        assert not taught.enquiry(enquiry).blind


def test_after_the_decision_nothing_is_hidden(taught: Town) -> None:
    taught.sample(checks=1.0)
    (enquiry,) = taught.receive(mail("a", TREE))
    route(taught, enquiry, ROAD)
    assert (taught.enquiry(enquiry).blind, taught.enquiry(enquiry).hidden) == (True, False)
