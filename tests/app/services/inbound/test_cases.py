"""Mails of the kinds that other systems stumbled over, brought in as they came."""

from datetime import UTC, datetime

import pytest

from app import database
from app.domain.enquiry import State
from app.domain.recognition import SetAside
from app.models.enquiry import Enquiry
from app.services.casework import acknowledging
from tests.cases import case
from tests.town import Town, mail


def take(town: Town, name: str, **marks: str) -> int:
    (number,) = town.receive(case(name, **marks))
    return number


@pytest.mark.parametrize("name", ["01-rule-forwarded", "01b-web-form"])
def test_a_rules_or_a_forms_mail_is_read_and_never_answered_automatically(town: Town, name: str) -> None:
    found = town.enquiry(take(town, name))
    assert (found.state, found.may_acknowledge) == (State.TRIAGE, False)
    with database.read(town.container.engine) as session:
        assert not acknowledging.wanted(session, found)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("11-invitation-in-mixed", SetAside.CALENDAR),
        ("12-plain-bounce", SetAside.BOUNCE),
        ("12b-exim-bounce", SetAside.BOUNCE),
        ("12c-exchange-danish", SetAside.BOUNCE),
    ],
)
def test_what_nobody_need_read_is_set_aside(town: Town, name: str, reason: SetAside) -> None:
    found = town.enquiry(take(town, name))
    assert (found.state, found.reason) == (State.SET_ASIDE, reason)


def test_a_mail_dated_1970_is_counted_from_its_receipt(town: Town) -> None:
    at = datetime(2026, 11, 16, 22, 59, tzinfo=UTC)  # 23:59 in Copenhagen
    (number,) = town.receive(case("22-wrong-date"), received_at=at)
    found = town.enquiry(number)
    assert found.received_at == at
    assert found.feedback_due_on is not None
    assert found.feedback_due_on.isoformat() == "2026-11-30"


def test_a_strangers_mail_in_a_thread_is_proposed_to_a_human(town: Town) -> None:
    first = take(town, "13-first")
    town.decide(first)
    stranger = town.enquiry(take(town, "20b-strangers-thread"))
    assert (stranger.state, stranger.follow_up_of_id, stranger.resembles_id) == (State.TRIAGE, None, first)


def test_the_same_mail_through_a_list_is_proposed_as_the_same(town: Town) -> None:
    first = take(town, "26-first-copy")
    copy = town.enquiry(take(town, "26b-copy-by-a-list"))
    assert (copy.state, copy.follow_up_of_id, copy.resembles_id) == (State.TRIAGE, None, first)


def test_bare_message_ids_are_followed(town: Town) -> None:
    first = take(town, "27-bare-id")
    town.decide(first)
    again = town.enquiry(take(town, "27b-bare-reply"))
    assert (again.follow_up_of_id, again.state) == (first, State.ROUTED)


INLINE = """Er den ikke jeres?

Fra: Signe Opfindsen <signe@borger.example.org>
Sendt: 16. november
Til: {to}
Emne: Pumpen

Pumpen står stille."""


@pytest.mark.parametrize("sender", ["Park <park@town.example.org>", "Karla Kollega <karla@town.example.org>"])
def test_a_colleagues_forward_offers_the_citizen_inside(town: Town, sender: str) -> None:
    raw = mail("VS: Pumpen", INLINE.format(to="karla@town.example.org"), sender=sender)
    found = town.enquiry(town.receive(raw)[0])
    assert (found.state, found.citizen_address) == (State.TRIAGE, "")
    with database.read(town.container.engine) as session:
        kept = session.get_one(Enquiry, found.id)
        assert kept.citizen_candidates == [{"name": "Signe Opfindsen", "address": "signe@borger.example.org"}]
        assert not acknowledging.wanted(session, kept)


def test_a_citizen_who_sends_something_on_is_the_citizen(town: Town) -> None:
    raw = mail("VS: Pumpen", INLINE.format(to="bo@borger.example.org"), sender="Bo <bo@borger.example.org>")
    found = town.enquiry(town.receive(raw)[0])
    assert found.citizen_address == "bo@borger.example.org"
