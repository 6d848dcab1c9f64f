"""What units have done with mails whose answer was not seen: looked at, told apart by how sure it is, and changed by nobody."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from app import database
from app.domain.deadline_status import Today
from app.domain.deadlines import Calendar, local_day
from app.domain.unseen_answers import Sign
from app.queries.inbound import unseen_answers
from app.queries.inbound.unseen_answers import UnseenAnswer
from app.services.inbound.answer_traces import AGAIN, FIRST, MOST, AnswerTracer
from app.services.inbound.mailbox_states import pause
from app.workflow.worker import Worker
from connectors.errors import ConnectorError
from connectors.mail.message import Folder
from tests.app.services.inbound.steps_of_answers import CITIZEN, OURS, looked, number_of, take, with_the_park, worker
from tests.town import Town, eventually, mail, now

__all__ = ["worker"]
A = "<a@borger.example.org>"
Look = Callable[..., list[UnseenAnswer]]


@pytest.fixture
def look(town: Town, worker: Worker) -> Look:
    """Look into the mailboxes some hours from now, then at the page."""
    c = town.container
    tracer = AnswerTracer(c.engine, c.settings.secret_key)

    def at(after: timedelta = 2 * FIRST, gateway: object = None) -> list[UnseenAnswer]:
        tracer.look(gateway or town.gateway, now=now() + after)
        return on_the_page(town, now() + after)

    return at


def on_the_page(town: Town, at: datetime) -> list[UnseenAnswer]:
    with database.read(town.container.engine) as session:
        return unseen_answers.rows(session, Today(local_day(at), Calendar()))


def handle(town: Town, flags: str) -> None:
    """Do something with our letter in the park's inbox, as a mail program does."""
    (ref,) = town.gateway.new_messages(OURS, None).messages
    path = town.gateway._located(OURS, ref.key, Folder.INBOX)
    path.rename(path.parent.parent / "cur" / f"{ref.key}:2,{flags}")


def test_a_reply_that_lies_elsewhere_is_sure(town: Town, look: Look) -> None:
    enquiry = with_the_park(town, mail("Træ", "Træet er væltet", message_id=A))
    assert look(timedelta(0)) == [], "just come"
    assert look() == [], "nobody has done anything"
    handle(town, "RS")
    assert look() == [], "it was looked at a moment ago"
    (row,) = look(2 * FIRST + AGAIN)
    assert (row.id, row.sure, row.signs, row.address) == (enquiry, True, (Sign.REPLIED, Sign.READ), OURS)
    answer = mail(f"SV: Træ [{number_of(town, enquiry)}]", "Vi kommer", sender=OURS, to=CITIZEN)
    town.gateway.add_sent(OURS, answer)
    looked(town)
    eventually(lambda: "case_closed" in town.events(enquiry))
    assert on_the_page(town, now()) == []


def test_a_draft_that_is_gone_may_have_been_sent(town: Town, look: Look) -> None:
    with_the_park(town, mail("Træ", "Træet er væltet", message_id=A))
    (draft,) = town.gateway.new_messages(OURS, None, folder=Folder.DRAFTS).messages
    town.gateway.remove(OURS, draft.key, folder=Folder.DRAFTS)
    (row,) = look()
    assert (row.sure, row.signs) == (False, (Sign.DRAFT_GONE,))


def test_who_says_thanks_has_got_something(town: Town, look: Look) -> None:
    with_the_park(town, mail("Træ", "Træet er væltet", message_id=A))
    take(town, mail("SV: Træ", "Tak for svaret", message_id="<t@borger.example.org>", in_reply_to=A))
    assert (Sign.THANKED,) in [row.signs for row in look()]


def test_a_mail_that_was_filed_away_counts_once_it_is_late(town: Town, look: Look) -> None:
    with_the_park(town, mail("Træ", "Træet er væltet", message_id=A))
    (ref,) = town.gateway.new_messages(OURS, None).messages
    town.gateway.remove(OURS, ref.key, folder=Folder.INBOX)
    assert look() == []
    (row,) = on_the_page(town, now() + timedelta(days=90))
    assert (row.sure, row.signs) == (False, (Sign.GONE, Sign.LATE))


def test_looking_changes_nothing(town: Town, look: Look) -> None:
    with_the_park(town, mail("Træ", "Træet er væltet", message_id=A))
    folder = town.gateway._path(OURS)
    before = sorted(str(each) for each in folder.rglob("*") if each.is_file())
    look()
    assert sorted(str(each) for each in folder.rglob("*") if each.is_file()) == before


class Away:
    """A mail system that is away, and counts how often it is asked."""

    asked = 0

    def __getattr__(self, name: str) -> object:
        def fail(*_arguments: object, **_named: object) -> object:
            self.asked += 1
            raise ConnectorError("away", retryable=True)

        return fail


def test_a_mailbox_that_is_away_or_paused_is_left_alone(town: Town, look: Look) -> None:
    for number in range(3):
        with_the_park(
            town, mail(f"Træ {number}", f"Træet {number} er væltet", message_id=f"<{number}@borger.example.org>")
        )
    away = Away()
    assert look(gateway=away) == []
    assert look(gateway=away) == []
    assert away.asked == 1, MOST
    with database.write(town.container.engine) as session:
        pause(session, OURS, by=town.visitator.actor, now=now())
    assert look(4 * FIRST, away) == []
    assert away.asked == 1
