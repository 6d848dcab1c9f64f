"""A mail system that is only observed: whatever is asked of us, nothing but reading its inboxes reaches it."""

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from connectors.errors import ConnectorError
from connectors.mail.folder.gateway import FolderGateway
from connectors.mail.gateway import MailGateway
from connectors.mail.message import Folder, OtherFolder, Outgoing
from connectors.mail.observed import ObservedMail
from tests.town import SHARED, mail

OTHER = "vej@town.example.org"
LETTER = Outgoing("<letter@town.example.org>", SHARED, "borger@example.org", "Hej", "Tekst", outward=True)
READING = {"new_messages", "raw", "find", "folders", "handling"}


class Recorded:
    """A mail system that notes what is asked of it."""

    def __init__(self, inner: FolderGateway) -> None:
        self.inner, self.asked = inner, list[tuple[str, Folder]]()

    def __getattr__(self, verb: str) -> Callable[..., Any]:
        def ask(*arguments: Any, **named: Any) -> Any:
            self.asked.append((verb, named.get("folder", Folder.INBOX)))
            return getattr(self.inner, verb)(*arguments, **named)

        return ask


@pytest.fixture
def real(tmp_path: Path) -> Recorded:
    inner = FolderGateway(tmp_path / "real")
    inner.create_mailbox(SHARED)
    return Recorded(inner)


@pytest.fixture
def observed(real: Recorded, tmp_path: Path) -> ObservedMail:
    made = ObservedMail(real, FolderGateway(tmp_path / "local"))
    made.create_mailbox(SHARED)
    return made


def test_whatever_is_asked_only_inboxes_are_read(real: Recorded, observed: ObservedMail) -> None:
    key = real.inner.deliver(SHARED, mail("Hul", "Et hul."))
    given: dict[str, Any] = {"mailbox": SHARED, "key": key, "cursor": None, "message": LETTER, "message_id": "<x@y>"}
    verbs = [name for name, _ in inspect.getmembers(MailGateway, inspect.isfunction) if not name.startswith("_")]
    assert len(verbs) == 12
    for verb in verbs:
        for folder in Folder:
            method = getattr(observed, verb)
            wanted = {**given, "folder": folder, "source": folder, "target": Folder.RETURNS}
            arguments = {name: wanted[name] for name in inspect.signature(method).parameters if name in wanted}
            try:
                method(**arguments)
            except ConnectorError:
                continue
    assert {verb for verb, _ in real.asked} == READING | {"close"}
    assert {folder for _, folder in real.asked} == {Folder.INBOX}
    assert observed.find(SHARED, LETTER.message_id, folder=Folder.SENT), "the letter is kept on this machine"


def test_what_lies_there_is_neither_moved_nor_deleted_nor_marked(real: Recorded, observed: ObservedMail) -> None:
    key = real.inner.deliver(SHARED, mail("Hul", "Et hul."))
    observed.mark_taken(SHARED, key)
    for change in (
        lambda: observed.remove(SHARED, key, folder=Folder.INBOX),
        lambda: observed.move(SHARED, key, source=Folder.INBOX, target=Folder.RETURNS),
        lambda: observed.move(SHARED, key, source=Folder.RETURNS, target=Folder.INBOX),
    ):
        with pytest.raises(ConnectorError, match="only observed") as refused:
            change()
        assert not refused.value.retryable
    assert [each.name for each in (real.inner._path(SHARED) / "new").iterdir()] == [key]


def test_the_first_look_gives_the_newest_and_the_next_what_has_come_since(
    real: Recorded, observed: ObservedMail
) -> None:
    keys = [real.inner.deliver(SHARED, mail(f"Mail {n}", "Noget")) for n in range(5)]
    first = observed.new_messages(SHARED, None, limit=3)
    assert [each.key for each in first.messages] == keys[2:]
    later = real.inner.deliver(SHARED, mail("Mail 6", "Noget"))
    assert [each.key for each in observed.new_messages(SHARED, first.cursor).messages] == [later]


def test_no_other_folder_of_it_is_read(observed: ObservedMail) -> None:
    with pytest.raises(ConnectorError, match="only its inbox"):
        observed.new_messages(SHARED, None, folder=OtherFolder(".Sent"))


def test_one_account_is_no_other_mailbox(real: Recorded, tmp_path: Path) -> None:
    only = ObservedMail(real, FolderGateway(tmp_path / "local"), only=SHARED.upper())
    assert only.new_messages(SHARED, None).messages == ()
    with pytest.raises(ConnectorError, match="only TMF@TOWN"):
        only.new_messages(OTHER, None)
