"""Several mail systems behind one gateway: what each mailbox's own does, and how one moves from one to the other."""

from pathlib import Path
from typing import Any, cast

import pytest

from connectors.errors import ConnectorError
from connectors.mail.folder.gateway import FolderGateway, FolderPost
from connectors.mail.folder.maildir import MaildirFolder, unique_name
from connectors.mail.gateway import MailGateway
from connectors.mail.message import Folder, Outgoing
from connectors.mail.systems import MailSystems, split
from tests.connectors.flaky import Flaky
from tests.connectors.gateway_contract import SHARED, UNIT, GatewayContract
from tests.connectors.test_folder import handle


class World:
    """Two systems in folders, the main one and `new`; `where` says in which a mailbox is."""

    def __init__(self, root: Path, **where: str) -> None:
        self.where = where
        self.root, self.chosen = root, dict[str, dict[Folder, str]]()
        post = FolderPost(self.system_of)
        self.old = post.join("", FolderGateway(root / "old", post=post, chosen=self.chosen_in))
        self.new = post.join("new", FolderGateway(root / "new", post=post, chosen=self.chosen_in))
        self.flaky = Flaky(self.old)
        self.systems: dict[str, MailGateway] = {"": cast(MailGateway, self.flaky), "new": self.new}
        self.gateway = MailSystems(lambda: self.systems, self.system_of)

    def system_of(self, address: str) -> str:
        return self.where.get(address.partition("@")[0], "")

    def chosen_in(self, address: str) -> dict[Folder, str]:
        return self.chosen.get(address, {})


@pytest.fixture
def world(tmp_path: Path) -> World:
    """The shared mailbox in the main system, the unit's in the new one."""
    made = World(tmp_path, park="new")
    made.gateway.create_mailbox(SHARED)
    made.gateway.create_mailbox(UNIT)
    return made


def subjects(gateway: MailSystems, cursor: str | None) -> tuple[list[bytes], str]:
    batch = gateway.new_messages(SHARED, cursor)
    return [gateway.raw(SHARED, ref.key) for ref in batch.messages], batch.cursor


class InFolders(GatewayContract):
    """The contract, with the verbs of whoever has the mailboxes."""

    world: World

    def of_unit(self, *path: str) -> MaildirFolder:
        system = self.world.system_of(UNIT) or "old"
        return MaildirFolder(self.world.root / system / UNIT / ("." + ".".join(path)))

    def add_folder(self, gateway: Any, *path: str) -> None:
        self.of_unit(*path).create()

    def put(self, gateway: Any, raw: bytes, *path: str) -> None:
        self.of_unit(*path).deliver(raw, key=unique_name(), part="cur")

    def choosing(self, gateway: Any, chosen: dict[Folder, str]) -> MailSystems:
        made = World(self.world.root, **self.world.where)
        made.chosen[UNIT] = chosen
        return made.gateway


class TestTheUnitElsewhere(InFolders):
    @pytest.fixture
    def gateway(self, world: World) -> MailSystems:
        self.world = world
        return world.gateway

    def deliver(self, gateway: Any, raw: bytes) -> None:
        gateway._systems()[""].deliver(SHARED, raw)

    def handle(self, gateway: Any, key: str) -> None:
        handle(gateway._systems()[""]._inner, key)


class TestTheSharedElsewhere(InFolders):
    @pytest.fixture
    def gateway(self, tmp_path: Path) -> MailSystems:
        self.world = World(tmp_path, faelles="new")
        made = self.world.gateway
        made.create_mailbox(SHARED)
        made.create_mailbox(UNIT)
        return made

    def deliver(self, gateway: Any, raw: bytes) -> None:
        gateway._systems()["new"].deliver(SHARED, raw)

    def handle(self, gateway: Any, key: str) -> None:
        handle(gateway._systems()["new"], split(key)[1])


def test_a_letter_goes_out_where_its_sender_is_and_arrives_where_its_reader_is(world: World) -> None:
    letter = Outgoing(message_id="<1@x>", sender=SHARED, recipient=UNIT, subject="x", text="x")
    world.gateway.send(letter)
    world.gateway.send(letter)
    (sent,) = world.old.new_messages(SHARED, None, folder=Folder.SENT).messages
    (come,) = world.new.new_messages(UNIT, None).messages
    assert sent.key == come.key
    assert world.gateway.find(UNIT, "<1@x>", folder=Folder.INBOX) == f"new::{come.key}"


def test_with_one_system_more_a_house_goes_on_where_it_was(world: World) -> None:
    world.old.deliver(SHARED, b"1")
    cursor = world.old.new_messages(SHARED, None).cursor
    key = world.old.deliver(SHARED, b"2")
    (ref,) = world.gateway.new_messages(SHARED, cursor).messages
    assert ref.key == key


def test_a_mailbox_that_moves_is_read_from_the_beginning_there_and_to_the_end_where_it_was(world: World) -> None:
    world.old.deliver(SHARED, b"1")
    read, cursor = subjects(world.gateway, None)
    assert read == [b"1"]
    world.old.deliver(SHARED, b"2, before it moved")
    world.where["faelles"] = "new"
    world.gateway.create_mailbox(SHARED)
    world.new.deliver(SHARED, b"3")
    read, cursor = subjects(world.gateway, cursor)
    assert read == [b"2, before it moved", b"3"]
    world.old.deliver(SHARED, b"4, late")
    assert subjects(world.gateway, cursor)[0] == [b"4, late"]
    world.where["faelles"] = ""
    read, cursor = subjects(world.gateway, cursor)
    assert read == [b"4, late"], "back again, each goes on where it was"
    assert subjects(world.gateway, cursor) == ([], cursor)


def test_a_full_batch_leaves_the_rest_for_the_next(world: World) -> None:
    for n in range(3):
        world.old.deliver(SHARED, b"%d" % n)
    cursor = world.gateway.new_messages(SHARED, None, limit=1).cursor
    world.where["faelles"] = "new"
    world.gateway.create_mailbox(SHARED)
    world.new.deliver(SHARED, b"3")
    first = world.gateway.new_messages(SHARED, cursor, limit=2)
    second = world.gateway.new_messages(SHARED, first.cursor, limit=2)
    read = [world.gateway.raw(SHARED, ref.key) for batch in (first, second) for ref in batch.messages]
    assert read == [b"1", b"2", b"3"]


def test_what_was_before_may_be_gone(world: World) -> None:
    _, cursor = subjects(world.gateway, None)
    world.where["faelles"] = "new"
    world.gateway.create_mailbox(SHARED)
    world.new.deliver(SHARED, b"x")
    world.flaky.fail("new_messages", "before", "before")
    assert subjects(world.gateway, cursor)[0] == [b"x"]
    world.where["faelles"] = ""
    with pytest.raises(ConnectorError):
        subjects(world.gateway, cursor)


def test_a_mail_is_marked_and_moved_where_it_lies(world: World) -> None:
    world.old.deliver(SHARED, b"Message-ID: <a@x>\r\n\r\nx")
    (ref,) = world.gateway.new_messages(SHARED, None).messages
    world.where["faelles"] = "new"
    world.gateway.create_mailbox(SHARED)
    world.gateway.mark_taken(SHARED, ref.key)
    assert world.gateway.find(SHARED, "<a@x>", folder=Folder.INBOX) == ref.key, "a copy may lie where it was"
    world.gateway.move(SHARED, ref.key, source=Folder.INBOX, target=Folder.RETURNS)
    world.gateway.remove(SHARED, ref.key, folder=Folder.RETURNS)
    assert world.gateway.find(SHARED, "<a@x>", folder=Folder.RETURNS) is None


def test_a_system_that_nobody_has_described_is_named(world: World) -> None:
    world.where["faelles"] = "gone"
    with pytest.raises(ConnectorError, match="there is no mail system gone"):
        world.gateway.new_messages(SHARED, None)
    with pytest.raises(ConnectorError, match="there is no mail system gone"):
        world.gateway.raw(SHARED, "gone::1")


@pytest.mark.parametrize(
    ("key", "parts"),
    [("1", ("", "1")), ("new::1", ("new", "1")), ("17:4", ("", "17:4")), ("a::b::c", ("a", "b::c")), ("A::b", ("", "A::b"))],
)  # fmt: skip
def test_a_key_says_of_which_system_it_is(key: str, parts: tuple[str, str]) -> None:
    assert split(key) == parts


@pytest.mark.parametrize("cursor", ["systems:", "systems:[]", "systems:{", "systems:null"])
def test_a_damaged_cursor_gives_everything_again(world: World, cursor: str) -> None:
    world.old.deliver(SHARED, b"x")
    assert subjects(world.gateway, cursor)[0] == [b"x"]
