"""A mailbox is tried without a trace: a look takes nothing, a letter comes back and is removed, and nobody waits for ever."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.services.inbound import mailbox_trials
from app.services.inbound.mailbox_trials import TrialOutcome
from connectors.errors import AnswerLost, ConnectorError
from connectors.mail.folder.gateway import FolderGateway
from connectors.mail.message import Batch, Folder, Outgoing
from tests.town import SHARED, mail


@pytest.fixture
def gateway(tmp_path: Path) -> FolderGateway:
    made = FolderGateway(tmp_path)
    made.create_mailbox(SHARED)
    return made


def files(root: Path) -> set[str]:
    return {path.name for path in root.rglob("*") if path.is_file() and "cursor" not in path.name}


def test_a_look_counts_and_takes_nothing(gateway: FolderGateway, tmp_path: Path) -> None:
    for n in range(205):
        gateway.deliver(SHARED, mail(f"Træ {n}", "Træ"))
    before = files(tmp_path)
    found = mailbox_trials.look(gateway, SHARED)
    assert (found.outcome, found.mails, found.more) == (TrialOutcome.LOOKED, 205, False)
    assert before <= files(tmp_path)
    assert len(list((tmp_path / SHARED / "new").iterdir())) == 205


def test_a_look_asks_once_and_never_with_a_cursor(gateway: FolderGateway, monkeypatch: pytest.MonkeyPatch) -> None:
    """A gateway that the robot shares would take what was listed before that cursor for taken, and not list it to it."""

    class Watched(FolderGateway):
        def new_messages(
            self, mailbox: str, cursor: str | None, *, folder: Folder = Folder.INBOX, limit: int = 100
        ) -> Batch:
            asked.append(cursor)
            return super().new_messages(mailbox, cursor, folder=folder, limit=limit)

    asked: list[str | None] = []
    monkeypatch.setattr(mailbox_trials, "MOST", 2)
    for n in range(5):
        gateway.deliver(SHARED, mail(f"Træ {n}", "Træ"))
    mailbox_trials.look(Watched(gateway._root), SHARED)
    assert asked == [None]


def test_a_look_ends_at_its_most(gateway: FolderGateway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mailbox_trials, "MOST", 100)
    for n in range(101):
        gateway.deliver(SHARED, mail(f"Træ {n}", "Træ"))
    found = mailbox_trials.look(gateway, SHARED)
    assert (found.mails, found.more) == (100, True)


def test_a_letter_goes_through_is_marked_as_ours_and_is_gone_afterwards(gateway: FolderGateway) -> None:
    class Watching(FolderGateway):
        def find(self, mailbox: str, message_id: str, *, folder: Folder) -> str | None:
            key = super().find(mailbox, message_id, folder=folder)
            if key is not None and folder is Folder.INBOX:
                seen.append(self.raw(mailbox, key))
            return key

    seen: list[bytes] = []
    watching = Watching(gateway._root)
    found = mailbox_trials.send_letter(watching, SHARED)
    assert (found.outcome, found.left_behind) == (TrialOutcome.ARRIVED, False)
    assert b"X-Sluse: 1" in seen[0]
    for folder in (Folder.INBOX, Folder.SENT):
        assert gateway.new_messages(SHARED, None, folder=folder).messages == ()


def test_a_letter_whose_answer_was_lost_is_looked_for(gateway: FolderGateway) -> None:
    class Losing(FolderGateway):
        def send(self, message: Outgoing, *, again: bool = False) -> None:
            super().send(message, again=again)
            raise AnswerLost("the line went dead")

    assert mailbox_trials.send_letter(Losing(gateway._root), SHARED).outcome is TrialOutcome.ARRIVED


def test_a_letter_that_does_not_come_is_told_so(gateway: FolderGateway) -> None:
    class Slow(FolderGateway):
        def send(self, message: Outgoing, *, again: bool = False) -> None:
            """Take it, and deliver it some other day."""

    assert mailbox_trials.send_letter(Slow(gateway._root), SHARED, seconds=0.3).outcome is TrialOutcome.NOT_SEEN


def test_what_cannot_be_cleared_away_is_told(gateway: FolderGateway) -> None:
    class Keeping(FolderGateway):
        def remove(self, mailbox: str, key: str, *, folder: Folder) -> None:
            raise ConnectorError("no right to delete", retryable=False)

    found = mailbox_trials.send_letter(Keeping(gateway._root), SHARED)
    assert (found.outcome, found.left_behind) == (TrialOutcome.ARRIVED, True)


@pytest.mark.parametrize(("retryable", "outcome"), [(True, TrialOutcome.LATER), (False, TrialOutcome.REFUSED)])
def test_a_refusal_is_told_in_its_own_words(gateway: FolderGateway, retryable: bool, outcome: TrialOutcome) -> None:
    class Refusing(FolderGateway):
        def new_messages(
            self, mailbox: str, cursor: str | None, *, folder: Folder = Folder.INBOX, limit: int = 100
        ) -> Batch:
            raise ConnectorError("sign-in failed", retryable=retryable)

    found = mailbox_trials.look(Refusing(gateway._root), SHARED)
    assert (found.outcome, found.said) == (outcome, "sign-in failed")


@pytest.fixture
def held() -> Iterator[threading.Event]:
    event = threading.Event()
    yield event
    event.set()


def test_nobody_waits_for_a_system_that_does_not_answer(gateway: FolderGateway, held: threading.Event) -> None:
    class Silent(FolderGateway):
        def new_messages(
            self, mailbox: str, cursor: str | None, *, folder: Folder = Folder.INBOX, limit: int = 100
        ) -> Batch:
            held.wait()
            return super().new_messages(mailbox, cursor, folder=folder, limit=limit)

    assert mailbox_trials.look(Silent(gateway._root), SHARED, seconds=0.1).outcome is TrialOutcome.NO_ANSWER
