"""Each letter leaves and its answer is lost: of every kind exactly one has left, or one and a question to a person; never two.

`make test` plays a few of each kind, `make verify` two hundred.
"""

import os
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from app import database
from app.domain.actor import Actor
from app.domain.deadlines import is_working_day
from app.domain.letter_fates import LetterFate
from app.domain.notices import Letter
from app.models.case import HeldWork
from app.models.sending import SendingAttempt
from app.models.unit import Mailbox
from app.services.casework import reminders
from app.services.platform import audit, circuits, sending_attempts
from app.workflow import engine
from app.workflow.worker import workflows
from connectors.errors import AnswerLost, UnknownFate
from connectors.mail.message import Outgoing
from tests.connectors.forgetful import ForgetfulPost
from tests.letters import neighbour, notice_and_interim, recall, send_on
from tests.town import UNITS, Town, eventually, jobs_under_way, mail, now

WHOLE = "SLUSE_TEST_LOST_ANSWERS"
OFTEN = 200
TIMES = OFTEN if os.environ.get(WHOLE) else 4
NEIGHBOUR = "post@nabo.example.org"
HEADS_TO = "it@nabo.example.org"
MONDAY = datetime(2031, 3, 3, 9, tzinfo=UTC)


class LosingPost(ForgetfulPost):
    """Each letter leaves and its answer is lost. Of every other one a look tells, as where Sent has a copy of it."""

    def send(self, message: Outgoing, *, again: bool = False) -> None:
        self.letters[message.message_id] = message
        if not again:
            self.arrived[message.message_id] += 1
            raise AnswerLost("the connection was lost")
        if not can_be_found(message.message_id):
            raise UnknownFate("no look tells whether it has left")


def can_be_found(message_id: str) -> bool:
    return int(message_id[1:9], 16) % 2 == 0


class Story:
    """A town whose mail system loses every answer, and whose robot the test lets go on."""

    def __init__(self, town: Town) -> None:
        self.town, self.c = town, town.container
        self.post = LosingPost(town.gateway, set())
        self.c.gateway = self.post  # type: ignore[assignment]
        self.seen: set[str] = set()
        self.lost: Counter[str] = Counter()
        self.asked: Counter[str] = Counter()

    def settle(self) -> None:
        """Let all go on that was put down, until nothing is left to do."""
        while True:
            eventually(lambda: not jobs_under_way(self.c))
            with database.read(self.c.engine) as session:
                held = session.scalar(select(func.count()).select_from(HeldWork))
            if not held and not jobs_under_way(self.c):
                return
            self.c.robot.release(self.c.engine, now=now() + timedelta(hours=1))

    def judge(self, expected: dict[Letter, int]) -> None:
        """See that what was sent since the last time left once, and that a person was asked where no look tells."""
        asked: dict[str, str] = {}
        self.settle()
        while new := self.questions():
            asked |= new
            assert set(self.post.arrived.values()) == {1}
            self.answer(new)
            self.settle()
        sent = self.post.letters.keys() - self.seen
        self.seen |= sent
        assert set(self.post.arrived.values()) == {1}, "what a person has said sends nothing"
        assert asked.keys() == {each for each in sent if not can_be_found(each)}
        assert len(sent) == sum(expected.values())
        assert self.c.robot.jobs(failed=True) == []
        self.lost.update(expected)
        self.asked.update(asked.values())

    def questions(self) -> dict[str, str]:
        """The letters of which a person is asked, each with its kind."""
        query = select(SendingAttempt.message_id, SendingAttempt.letter)
        with database.read(self.c.engine) as session:
            return {row[0]: row[1] for row in session.execute(query.where(SendingAttempt.fate == LetterFate.UNKNOWN))}

    def answer(self, message_ids: Iterable[str]) -> None:
        """Say that these have arrived; the worker lets their jobs go on."""
        for message_id in message_ids:
            with database.write(self.c.engine) as session:
                sending_attempts.decide(session, message_id, LetterFate.ARRIVED, by=Actor("adda"), now=now())
        self.c.robot.release(self.c.engine, now=now())


@pytest.fixture
def story(town: Town, monkeypatch: pytest.MonkeyPatch) -> Iterator[Story]:
    assert workflows, "the engine must know them before it starts"
    monkeypatch.setattr(circuits, "OPENS_AFTER", 10**6)  # how a system that fails is spared is another story
    made = Story(town)
    engine.start(town.container)
    yield made
    engine.stop()
    for letter, count in made.lost.items():
        print(f"{letter}: {count} answers lost, {made.asked[letter]} questions to a person, none left twice")


def arrive(town: Town) -> list[int]:
    """Mails of as many citizens."""
    first = town.last_enquiry()
    return town.receive(
        *(
            mail(f"Træ {first + n}", f"Træ nummer {first + n} er væltet", sender=f"nr{first + n}@borger.example.org")
            for n in range(TIMES)
        )
    )


def test_what_left_while_its_answer_was_lost_never_leaves_twice(story: Story) -> None:
    town, c = story.town, story.c
    with database.write(c.engine) as session:
        session.execute(update(Mailbox).values(acknowledge=True))
    authority = neighbour(town, NEIGHBOUR)
    enquiries = arrive(town)
    for enquiry in enquiries:
        town.decide(enquiry)
    story.judge({Letter.FORWARD: TIMES, Letter.ACKNOWLEDGEMENT: TIMES})
    for enquiry in enquiries:
        notice_and_interim(town, enquiry)
    story.judge({Letter.NOTICE: TIMES, Letter.INTERIM: TIMES})
    for enquiry in enquiries:
        recall(town, enquiry)
    story.judge({Letter.RECALL: TIMES})
    for enquiry in enquiries:
        send_on(town, enquiry, authority)
    story.judge({Letter.SENT_ON: TIMES, Letter.NOT_OURS: TIMES})


def test_neither_does_a_letter_of_a_round(story: Story, tmp_path: Path) -> None:
    town, c = story.town, story.c
    for unit, enquiry in zip(UNITS, arrive(town)[: len(UNITS)], strict=True):
        town.decide(enquiry, unit)
    story.judge({Letter.FORWARD: len(UNITS)})
    days = -(-TIMES // len(UNITS))
    working = [day for n in range(3 * days + 9) if is_working_day((day := MONDAY + timedelta(days=n)).date())]
    for day in working[:days]:
        for hour in range(3):
            at = day + timedelta(hours=hour)
            reminders.send(c.engine, c.gateway, secret="s" * 16, base_url="http://sluse.example.org", now=at)
        story.judge({Letter.REMINDER: len(UNITS)})
    for n in range(TIMES):
        for hour in range(3):
            at = MONDAY + timedelta(days=n, hours=hour)
            audit.keep_head(c.engine, c.gateway, tmp_path / "heads", to=HEADS_TO, secret="s" * 16, now=at)
        story.judge({Letter.AUDIT_HEAD: 1})
