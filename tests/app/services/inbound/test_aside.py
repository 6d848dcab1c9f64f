"""What the robot set aside is put back by one key, with its deadline; it can be undone, and is remembered."""

import pytest
from sqlalchemy import select

from app import database
from app.domain.actor import Actor
from app.domain.enquiry import State
from app.domain.recognition import REMEMBERED, ROBOTS, SetAside
from app.errors import ConflictError, RefusedError
from app.models.exemption import Exemption
from app.models.prediction import Prediction
from app.services.enquiries import erasing
from app.services.inbound import aside
from app.services.triage import decisions, undoing
from tests.town import Town, mail, now

SENDER = "Mia Mytisk <mia@borger.example.org>"


def absent(n: int, sender: str = SENDER) -> bytes:
    return mail(f"Automatisk svar: Græsset {n}", "Jeg er væk.", sender=sender, message_id=f"<a{n}@borger.example.org>")


def put_back(town: Town, enquiry: int) -> None:
    with database.write(town.container.engine) as session:
        aside.put_back(session, enquiry, by=town.visitator.actor, now=now())


def undo(town: Town) -> None:
    with database.write(town.container.engine) as session:
        undoing.undo(session, town.container.robot, by=town.visitator.actor, now=now())


def exemptions(town: Town) -> int:
    with database.read(town.container.engine) as session:
        return len(session.scalars(select(Exemption.enquiry_id)).all())


MAILS = {
    SetAside.BOUNCE: mail(
        "failure notice", "No such user", sender="mailer-daemon@mx.example.net", headers={"Return-Path": "<>"}
    ),
    SetAside.DELIVERY_NOTICE: mail(
        "Delayed mail", "will keep trying", sender="mailer-daemon@mx.example.net", headers={"Return-Path": "<>"}
    ),
    SetAside.AUTOMATIC_REPLY: absent(1),
    SetAside.SPAM: mail("Vind", "Nu", headers={"X-Spam-Flag": "YES"}),
    SetAside.DIGEST: mail("Nyhedsbrev nr. 4", "Nyt", headers={"List-Id": "<x>"}),
    SetAside.LOOP: mail("Tilbage", "Igen", headers={"X-Sluse": "1"}),
}


@pytest.mark.parametrize("reason", MAILS)
def test_whatever_the_robot_set_aside_waits_again_with_its_deadline(town: Town, reason: SetAside) -> None:
    town.teach_history()
    (number,) = town.receive(MAILS[reason])
    before = town.enquiry(number)
    assert (before.state, before.reason) == (State.SET_ASIDE, reason)
    put_back(town, number)
    after = town.enquiry(number)
    assert (after.state, after.reason, after.due_on) == (State.TRIAGE, None, before.due_on)
    town.learn()
    with database.read(town.container.engine) as session:
        prediction = session.get(Prediction, number)
        assert prediction is not None
        assert prediction.ranking
    assert exemptions(town) == (reason in REMEMBERED)
    undo(town)
    again = town.enquiry(number)
    assert (again.state, again.reason, again.due_on, exemptions(town)) == (State.SET_ASIDE, reason, before.due_on, 0)


def test_a_copy_put_back_is_a_matter_of_its_own(town: Town) -> None:
    raw = mail("Træ", "Træet i parken er væltet")
    first, copy = town.receive(raw, raw)
    put_back(town, copy)
    found = town.enquiry(copy)
    assert (found.state, found.follow_up_of_id, found.resembles_id) == (State.TRIAGE, None, first)
    undo(town)
    assert (town.enquiry(copy).reason, town.enquiry(copy).follow_up_of_id) == (SetAside.DUPLICATE, first)


def test_the_next_of_that_sender_is_read_and_nobody_elses(town: Town) -> None:
    (number,) = town.receive(absent(1))
    put_back(town, number)
    again, other = town.receive(absent(2, SENDER.upper()), absent(3, "Bo <bo@andre.example.org>"))
    assert town.enquiry(again).state is State.TRIAGE
    assert "not_set_aside" in town.events(again)
    assert town.enquiry(other).state is State.SET_ASIDE
    (spam,) = town.receive(mail("Vind", "Nu", sender=SENDER, headers={"X-Spam-Flag": "YES"}))
    assert town.enquiry(spam).reason == SetAside.SPAM


def test_taken_back_it_is_set_aside_again(town: Town) -> None:
    (number,) = town.receive(absent(1))
    put_back(town, number)
    undo(town)
    (again,) = town.receive(absent(2))
    assert town.enquiry(again).state is State.SET_ASIDE


def test_a_decision_made_since_is_taken_back_first(town: Town) -> None:
    (number,) = town.receive(absent(1))
    put_back(town, number)
    town.decide(number)
    undo(town)  # the route
    assert town.enquiry(number).state is State.TRIAGE
    undo(town)  # the putting back
    assert town.enquiry(number).state is State.SET_ASIDE


def test_twice_is_once_and_a_humans_word_stands(town: Town) -> None:
    number, other = town.receive(absent(1), mail("Tak", "Tak for hjælpen"))
    put_back(town, number)
    with pytest.raises(ConflictError):
        put_back(town, number)
    with database.write(town.container.engine) as session:
        decisions.dismiss(
            session, town.container.robot, other, SetAside.NOT_AN_ENQUIRY,
            version=town.enquiry(other).version, by=town.visitator.actor, now=now(),
        )  # fmt: skip
    with pytest.raises(RefusedError):
        put_back(town, other)


def test_an_erased_person_is_forgotten_here_too(town: Town) -> None:
    (number,) = town.receive(absent(1))
    put_back(town, number)
    with database.write(town.container.engine) as session:
        decisions.dismiss(
            session, town.container.robot, number, SetAside.NOT_AN_ENQUIRY,
            version=town.enquiry(number).version, by=town.visitator.actor, now=now(),
        )  # fmt: skip
        erasing.erase(session, "mia@borger.example.org", by=Actor("admin"), now=now())
    assert exemptions(town) == 0


def test_every_reason_of_the_robot_can_be_put_back() -> None:
    human = {SetAside.NOT_AN_ENQUIRY, SetAside.ANSWER, SetAside.NOT_OURS, SetAside.SPLIT, SetAside.SPLIT_UNDONE}
    assert set(SetAside) == ROBOTS | human
