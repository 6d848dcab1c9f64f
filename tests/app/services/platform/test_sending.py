"""A letter leaves once, is marked once and told once, whatever ends the one who sends it."""

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy.orm import Session

from app import database
from app.domain.actor import Actor
from app.domain.events.casework import LetterFateUnknown
from app.domain.letter_fates import LetterFate
from app.domain.notices import Letter
from app.errors import RefusedError
from app.models.case import Forward
from app.models.event import Event
from app.models.sending import SendingAttempt
from app.services.platform import sending, sending_attempts
from app.services.platform.sending import Slip
from connectors.errors import AnswerLost, ConnectorError, UnknownFate, UnreachableAddress
from connectors.mail.message import Folder, Outgoing
from tests.connectors.flaky import Flaky
from tests.connectors.forgetful import ForgetfulPost, Killed
from tests.town import PARK, SHARED, UNITS, Town, mail

LETTER = Outgoing("<forward-1@town.example.org>", SHARED, UNITS[PARK], "Hul i vejen", "Se nedenfor")
SLIP = Slip(Forward, LETTER.message_id, Letter.FORWARD)


@pytest.fixture
def gateway(town: Town) -> Flaky:
    """A mail system, and a row that says what is to be sent."""
    (enquiry,) = town.receive(mail("Hul i vejen", "Der er et hul"))
    with database.write(town.container.engine) as session:
        session.add(Forward(message_id=LETTER.message_id, enquiry_id=enquiry, routing_no=0, unit_id=town.units[PARK]))
    return Flaky(town.gateway)


def sent(town: Town) -> int:
    return len(town.gateway.new_messages(SHARED, None, folder=Folder.SENT).messages)


@pytest.mark.parametrize("moments", [(), ("before",), ("after",), ("before", "after", "after")])
def test_whatever_the_mail_system_does_it_is_sent_and_told_once(
    town: Town, gateway: Flaky, moments: tuple[str, ...]
) -> None:
    shown: list[datetime | None] = []

    def tell(session: Session, row: Forward) -> None:
        shown.append(row.sent_at)

    def send() -> None:
        sending.send_once(town.container.engine, gateway, LETTER, SLIP, tell)

    gateway.fail("send", *moments)
    for _ in moments:
        with pytest.raises(ConnectorError):
            send()
        assert shown == []
    send()
    send()
    assert gateway.calls == ["send"] * (len(moments) + 1)
    assert sent(town) == len(shown) == 1


def test_one_who_ends_between_the_sending_and_the_mark_marks_it_next_time(town: Town, gateway: Flaky) -> None:
    shown: list[int] = []

    def end(session: Session, row: Forward) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sending.send_once(town.container.engine, gateway, LETTER, SLIP, end)
    sending.send_once(town.container.engine, gateway, LETTER, SLIP, lambda session, row: shown.append(row.enquiry_id))
    assert sent(town) == len(shown) == 1
    with database.read(town.container.engine) as session:
        at = session.get_one(Forward, LETTER.message_id).sent_at
    assert at is not None
    assert at <= datetime.now(UTC)


def test_a_mailbox_that_fails_delays_no_other_of_its_round(town: Town, gateway: Flaky) -> None:
    gateway.fail("send", "before")
    sends = [
        sending.send_in_round(town.container.engine, gateway, LETTER, Letter.REMINDER, now=datetime.now(UTC))
        for _ in range(3)
    ]
    assert sends == [False, True, True]
    assert sent(town) == 1


OUTSIDE = replace(LETTER, recipient="proeve@borger.example.org")
"""The same letter to somebody into whose mailbox nobody can look."""
HAPPENED = {"before": 0, "after": 1, "killed before": 0, "killed after": 1}


@pytest.fixture
def post(town: Town, gateway: Flaky) -> ForgetfulPost:
    return ForgetfulPost(town.gateway, set(UNITS.values()))


def fate_of(town: Town) -> LetterFate | None:
    with database.read(town.container.engine) as session:
        row = session.get(SendingAttempt, LETTER.message_id)
        return row.fate if row else None


def attempt(town: Town, post: ForgetfulPost, letter: Outgoing, shown: list[int]) -> type[BaseException] | None:
    try:
        sending.send_once(town.container.engine, post, letter, SLIP, lambda _, row: shown.append(row.enquiry_id))
    except (ConnectorError, Killed) as error:
        return type(error)
    return None


def decide(town: Town, fate: LetterFate) -> None:
    with database.write(town.container.engine) as session:
        sending_attempts.decide(session, LETTER.message_id, fate, by=Actor("adda"), now=datetime.now(UTC))


@pytest.mark.parametrize("letter", [LETTER, OUTSIDE], ids=["inside", "outside"])
@pytest.mark.parametrize("moment", HAPPENED)
def test_whenever_it_goes_wrong_it_is_sent_once_or_a_person_is_asked(
    town: Town, post: ForgetfulPost, moment: str, letter: Outgoing
) -> None:
    shown: list[int] = []
    post.fail(moment)
    assert attempt(town, post, letter, shown) is not None
    assert fate_of(town) == (None if moment == "before" else LetterFate.OPEN)
    second = attempt(town, post, letter, shown)
    assert post.calls == [False, moment != "before"]
    if letter is OUTSIDE and moment != "before":
        assert second is UnknownFate
        assert fate_of(town) is LetterFate.UNKNOWN
        assert post.arrived[letter.message_id] == HAPPENED[moment]
        assert shown == []
    else:
        assert second is None
        assert fate_of(town) is None
        assert post.arrived[letter.message_id] == len(shown) == 1
        assert attempt(town, post, letter, shown) is None
        assert len(post.calls) == 2


@pytest.mark.parametrize("happened", ["killed before", "killed after"])
def test_what_a_person_says_of_it_is_done(town: Town, post: ForgetfulPost, happened: str) -> None:
    shown: list[int] = []
    post.fail(happened)
    assert [attempt(town, post, OUTSIDE, shown) for _ in range(3)] == [Killed, UnknownFate, UnknownFate]
    arrived = post.arrived[OUTSIDE.message_id]
    decide(town, LetterFate.ARRIVED if arrived else LetterFate.AGAIN)
    with pytest.raises(RefusedError):
        decide(town, LetterFate.AGAIN)
    assert attempt(town, post, OUTSIDE, shown) is None
    assert post.arrived[OUTSIDE.message_id] == len(shown) == 1
    assert fate_of(town) is None
    assert post.calls == [False, True, True] + ([] if arrived else [False])


def test_what_is_sent_once_more_is_looked_for_again_if_its_answer_is_lost(town: Town, post: ForgetfulPost) -> None:
    shown: list[int] = []
    post.fail("killed before")
    assert [attempt(town, post, OUTSIDE, shown) for _ in range(2)] == [Killed, UnknownFate]
    decide(town, LetterFate.AGAIN)
    post.fail("before", "after")
    assert attempt(town, post, OUTSIDE, shown) is ConnectorError
    assert fate_of(town) is LetterFate.AGAIN, "an order stands until it could be carried out"
    assert attempt(town, post, OUTSIDE, shown) is AnswerLost
    assert attempt(town, post, OUTSIDE, shown) is UnknownFate
    assert post.arrived[OUTSIDE.message_id] == 1


def test_a_failure_says_nothing_of_the_try_before_it(town: Town, post: ForgetfulPost) -> None:
    shown: list[int] = []
    post.fail("after", "before")
    assert [attempt(town, post, OUTSIDE, shown) for _ in range(3)] == [AnswerLost, ConnectorError, UnknownFate]
    assert post.arrived[OUTSIDE.message_id] == 1


def test_who_cannot_be_reached_was_never_reached(
    town: Town, post: ForgetfulPost, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[int] = []
    post.fail("killed before")
    assert attempt(town, post, OUTSIDE, shown) is Killed
    monkeypatch.setattr(post, "send", unreachable)
    assert attempt(town, post, OUTSIDE, shown) is UnreachableAddress
    assert fate_of(town) is None


def unreachable(_message: Outgoing, *, again: bool) -> None:
    raise UnreachableAddress("no SMTPUTF8")


def in_round(town: Town, post: ForgetfulPost, letter: Outgoing) -> bool:
    return sending.send_in_round(town.container.engine, post, letter, Letter.REMINDER, now=datetime.now(UTC))


@pytest.mark.parametrize("letter", [LETTER, OUTSIDE], ids=["inside", "outside"])
@pytest.mark.parametrize("moment", HAPPENED)
def test_a_letter_of_a_round_leaves_once_or_a_person_is_asked(
    town: Town, post: ForgetfulPost, moment: str, letter: Outgoing
) -> None:
    post.fail(moment)
    for _ in range(3):
        with suppress(Killed):
            in_round(town, post, letter)
    asked = letter is OUTSIDE and moment != "before"
    assert fate_of(town) is (LetterFate.UNKNOWN if asked else LetterFate.ARRIVED)
    assert post.arrived[letter.message_id] == (HAPPENED[moment] if asked else 1)
    with database.read(town.container.engine) as session:
        asks = session.query(Event).where(Event.kind == LetterFateUnknown.kind).count()
    assert asks == asked, "once, however often the round comes by"


def test_a_round_goes_on_as_a_person_says(town: Town, post: ForgetfulPost) -> None:
    post.fail("killed before")
    with pytest.raises(Killed):
        in_round(town, post, OUTSIDE)
    assert not in_round(town, post, OUTSIDE)
    decide(town, LetterFate.AGAIN)
    assert in_round(town, post, OUTSIDE)
    assert in_round(town, post, OUTSIDE)
    assert post.arrived[OUTSIDE.message_id] == 1


def test_a_lost_answer_that_stays_lost_is_a_question_at_once(town: Town, post: ForgetfulPost) -> None:
    """Nobody comes back to a letter of a round that is marked."""
    post.fail("after", "before")
    assert not in_round(town, post, OUTSIDE)
    assert fate_of(town) is LetterFate.UNKNOWN
