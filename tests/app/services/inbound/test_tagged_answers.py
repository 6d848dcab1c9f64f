"""An answer that comes back by the address on our letter counts, once; nobody else writes into a case by such an address."""

import email

import pytest
from sqlalchemy import func, select

from app import database
from app.domain.enquiry import State
from app.domain.recognition import SetAside
from app.domain.routing import Reason
from app.mail_settings import FolderSystem
from app.models.answer_route import ReplyTag
from app.models.case import Reply
from app.models.prediction import Decision
from app.services.enquiries import erasing
from app.services.organisation import authorities
from app.services.triage import returns
from app.workflow.worker import Worker
from connectors.mail import addresses
from connectors.mail.message import Folder
from tests.app.services.inbound.steps_of_answers import CITIZEN, OURS, looked, take, with_the_park, worker
from tests.town import ROAD, Town, eventually, mail, now

__all__ = ["worker"]
A = "<a@borger.example.org>"
COLLEAGUE = "Anna Ansat <anna@town.example.org>"


@pytest.fixture
def tagged(town: Town) -> Town:
    """The mail system delivers tagged addresses, and Sluse is told so."""
    town.container.settings = town.container.settings.model_copy(update={"mail": FolderSystem(plus_addresses="on")})
    return town


def letter(town: Town, folder: Folder) -> email.message.Message:
    """The latest letter that lies in a folder of the park's."""
    found = town.gateway.new_messages(OURS, None, folder=folder).messages[-1]
    return email.message_from_bytes(town.gateway.raw(OURS, found.key, folder=folder))


def answered_by(town: Town) -> list[str]:
    """The addresses that somebody in the park who presses Reply on our letter writes to."""
    return [each.address for each in addresses.listed(str(letter(town, Folder.INBOX)["Reply-To"]))]


def answers(town: Town) -> int:
    with database.read(town.container.engine) as session:
        return session.scalar(select(func.count()).select_from(Reply)) or 0


def last(town: Town) -> tuple[State, str | None, int | None]:
    found = town.enquiry(town.last_enquiry())
    return found.state, found.reason, found.follow_up_of_id


def why(town: Town) -> str:
    with database.read(town.container.engine) as session:
        query = select(Decision.reason).where(Decision.enquiry_id == town.last_enquiry()).order_by(Decision.id.desc())
        return session.scalars(query).first() or ""


def test_an_answer_from_anywhere_counts_once(tagged: Town, worker: Worker) -> None:
    first = with_the_park(tagged, mail("Træ", "Træet er væltet", message_id=A))
    citizen, back = answered_by(tagged)
    assert (citizen, addresses.untagged(back)) == (CITIZEN, ("tmf", "town.example.org"))
    assert letter(tagged, Folder.DRAFTS)["Cc"] == back
    answer = mail("SV: Træ", "Vi kommer", sender=COLLEAGUE, to=f"{CITIZEN}, {back}", message_id="<x@town.example.org>")
    taken = take(tagged, b"Received: from mx.example.net\r\n" + answer)
    eventually(lambda: "case_closed" in tagged.events(first))
    assert last(tagged) == (State.SET_ASIDE, SetAside.ANSWER, first)
    tagged.gateway.add_sent(OURS, answer)
    looked(tagged)
    assert (answers(tagged), tagged.last_enquiry()) == (1, taken)
    take(tagged, b"X-Again: yes\r\n" + answer)
    assert last(tagged) == (State.SET_ASIDE, SetAside.HOUSE_REPLY, first)
    assert answers(tagged) == 1
    with database.read(tagged.container.engine) as session:
        assert {each.id for each in erasing.find(session, CITIZEN)} >= {first, taken}


def test_it_was_found_in_sent_before(tagged: Town, worker: Worker) -> None:
    first = with_the_park(tagged, mail("Træ", "Træet er væltet", message_id=A))
    _, back = answered_by(tagged)
    answer = mail("SV: Træ", "Vi kommer", sender=OURS, to=CITIZEN, in_reply_to=A, headers={"Cc": back})
    tagged.gateway.add_sent(OURS, answer)
    looked(tagged)
    eventually(lambda: "case_closed" in tagged.events(first))
    take(tagged, b"Received: from mx.example.net\r\n" + answer)
    assert last(tagged) == (State.SET_ASIDE, SetAside.HOUSE_REPLY, first)
    assert answers(tagged) == 1


def test_only_the_delivery_tells(tagged: Town, worker: Worker) -> None:
    """It was sent to a list of the house that leads to us."""
    first = with_the_park(tagged, mail("Træ", "Træet er væltet", message_id=A))
    _, back = answered_by(tagged)
    take(tagged, mail("Dit træ", "Vi kommer", sender=COLLEAGUE, to=CITIZEN, headers={"Delivered-To": back}))
    assert last(tagged) == (State.SET_ASIDE, SetAside.ANSWER, first)


def test_a_citizen_goes_on_by_it(tagged: Town, worker: Worker) -> None:
    """They have got the answer, and press Reply to all. Their next mail belongs to the case, whatever its subject is."""
    first = with_the_park(tagged, mail("Træ", "Træet er væltet", message_id=A))
    _, back = answered_by(tagged)
    take(tagged, mail("Noget helt andet", "Og bænken mangler også", to=back, message_id="<b@borger.example.org>"))
    follow_up = tagged.enquiry(tagged.last_enquiry())
    assert (follow_up.state, follow_up.follow_up_of_id) == (State.ROUTED, first)


def test_whoever_invents_or_steals_an_address_writes_into_no_case(tagged: Town, worker: Worker) -> None:
    first = with_the_park(tagged, mail("Træ", "Træet er væltet", message_id=A))
    _, back = answered_by(tagged)
    stranger = "Fremmed <x@stranger.example.net>"
    invented = back.replace(back[5:9], "0000")
    take(tagged, mail("Hul", "Et hul", sender=COLLEAGUE, to=f"{CITIZEN}, {invented}", message_id="<c@x.example.org>"))
    assert last(tagged)[2] is None
    take(tagged, mail("Hul", "Jeg er en fremmed", sender=stranger, to=back, message_id="<d@x.example.org>"))
    assert (last(tagged)[0], last(tagged)[2], why(tagged)) == (State.TRIAGE, None, Reason.STRANGER)
    # A stranger who says to be two, and one who writes to nobody outside, are none of the house who answers.
    both = f"{COLLEAGUE}, {stranger}"
    take(tagged, mail("A", "Fra to", sender=both, to=f"{CITIZEN}, {back}", message_id="<e@x.example.org>"))
    take(tagged, mail("B", "Til os alene", sender=COLLEAGUE, to=back, message_id="<f@x.example.org>"))
    assert answers(tagged) == 0
    assert tagged.enquiry(first).state is State.ROUTED


def test_no_robot_answers_by_it(tagged: Town, worker: Worker) -> None:
    first = with_the_park(tagged, mail("Træ", "Træet er væltet", message_id=A))
    _, back = answered_by(tagged)
    for number, headers in enumerate(({"Auto-Submitted": "auto-replied"}, {"X-Sluse": "1"}, {"X-Autoreply": "yes"})):
        to, message_id = f"{CITIZEN}, {back}", f"<auto-{number}@x.example.org>"
        take(tagged, mail("SV: Træ", "På ferie", sender=COLLEAGUE, to=to, message_id=message_id, headers=headers))
        assert last(tagged)[0] is State.SET_ASIDE
    rule = {"Auto-Submitted": "auto-generated"}
    to = f"{CITIZEN}, {back}"
    take(tagged, mail("VS: Træ", "Videresendt", sender=COLLEAGUE, to=to, message_id="<r@x.example.org>", headers=rule))
    assert answers(tagged) == 0
    assert tagged.enquiry(first).state is State.ROUTED
    with database.read(tagged.container.engine) as session:
        assert authorities.ours(session, back), "a citizen who gives it as theirs would have us write to ourselves"


def test_each_route_has_its_own(tagged: Town, worker: Worker) -> None:
    """What a unit wrote that had the mail before is no answer of the one that has it now."""
    first = with_the_park(tagged, mail("Træ", "Træet er væltet", message_id=A))
    _, before = answered_by(tagged)
    c = tagged.container
    with database.write(c.engine) as session:
        enquiry = returns.returnable(session, returns.ReturnLink(first, tagged.enquiry(first).routing_no))
        returns.give_back(session, enquiry, by=tagged.visitator.actor, now=now())
    tagged.decide(first, ROAD)
    eventually(lambda: tagged.events(first).count("forwarded") == 2)
    take(
        tagged,
        mail("SV: Træ", "Vi kommer", sender=COLLEAGUE, to=f"{CITIZEN}, {before}", message_id="<g@x.example.org>"),
    )
    assert (answers(tagged), tagged.enquiry(first).state) == (0, State.ROUTED)
    with database.read(c.engine) as session:
        assert session.scalar(select(func.count()).select_from(ReplyTag)) == 2


def test_without_the_setting_nothing_is_said(town: Town, worker: Worker) -> None:
    with_the_park(town, mail("Træ", "Træet er væltet", message_id=A))
    assert answered_by(town) == [CITIZEN]
    assert letter(town, Folder.DRAFTS)["Cc"] is None
