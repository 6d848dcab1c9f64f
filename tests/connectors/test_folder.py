"""Mail in folders: the contract, and what only files can suffer."""

import errno
import os
import random
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from mailbox import Maildir
from pathlib import Path
from typing import Any

import pytest

from connectors import durable
from connectors.errors import ConnectorError
from connectors.mail.folder.gateway import FolderGateway
from connectors.mail.folder.maildir import MaildirFolder, unique_name
from connectors.mail.message import Folder
from tests.connectors.gateway_contract import SHARED, UNIT, GatewayContract, outgoing
from tests.connectors.killing import kill_until_done


@pytest.fixture
def gateway(tmp_path: Path) -> FolderGateway:
    made = FolderGateway(tmp_path)
    made.create_mailbox(SHARED)
    made.create_mailbox(UNIT)
    return made


def handle(gateway: FolderGateway, key: str) -> None:
    """Reply to a mail in the shared inbox and flag it, as a mail program does."""
    path = gateway._located(SHARED, key, Folder.INBOX)
    path.rename(path.parent.parent / "cur" / f"{key}:2,FRS")


class TestContract(GatewayContract):
    @pytest.fixture
    def gateway(self, tmp_path: Path) -> FolderGateway:
        made = FolderGateway(tmp_path)
        made.create_mailbox(SHARED)
        made.create_mailbox(UNIT)
        return made

    def deliver(self, gateway: Any, raw: bytes) -> None:
        gateway.deliver(SHARED, raw)

    def handle(self, gateway: Any, key: str) -> None:
        handle(gateway, key)

    def add_folder(self, gateway: Any, *path: str) -> None:
        MaildirFolder(gateway._root / UNIT / ("." + ".".join(path))).create()

    def put(self, gateway: Any, raw: bytes, *path: str) -> None:
        MaildirFolder(gateway._root / UNIT / ("." + ".".join(path))).deliver(raw, key=unique_name(), part="cur")

    def choosing(self, gateway: Any, chosen: dict[Folder, str]) -> FolderGateway:
        return FolderGateway(gateway._root, chosen=lambda mailbox: chosen if mailbox == UNIT else {})


def test_a_mail_client_can_open_it(gateway: FolderGateway, tmp_path: Path) -> None:
    gateway.send(outgoing())
    box = Maildir(tmp_path / UNIT, create=False)
    assert [message["Subject"] for message in box] == ["VS: =?utf-8?b?w4ZibGVnw6VyZA==?= Bcc: x@y"]
    assert sorted(box.list_folders()) == ["Drafts", "Retur", "Sent"]


def test_flags_of_a_client_change_nothing(gateway: FolderGateway, tmp_path: Path) -> None:
    key = gateway.deliver(SHARED, b"x")
    batch = gateway.new_messages(SHARED, None)
    (tmp_path / SHARED / "new" / key).rename(tmp_path / SHARED / "cur" / f"{key}:2,FRS")
    assert gateway.new_messages(SHARED, batch.cursor).messages == ()
    assert gateway.raw(SHARED, key) == b"x"


def test_received_at_is_the_servers_time(gateway: FolderGateway) -> None:
    moment = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    gateway.deliver(SHARED, b"x", received_at=moment)
    assert gateway.new_messages(SHARED, None).messages[0].received_at == moment


def test_a_lost_list_gives_everything_again_and_a_torn_line_spoils_none(gateway: FolderGateway, tmp_path: Path) -> None:
    gateway.deliver(SHARED, b"1")
    cursor = gateway.new_messages(SHARED, None).cursor
    numbers = tmp_path / SHARED / ".sluse-uids"
    with numbers.open("a") as file:
        file.write("2\t17")
    fresh = FolderGateway(tmp_path)
    fresh.deliver(SHARED, b"2")
    later = fresh.new_messages(SHARED, cursor)
    assert [fresh.raw(SHARED, ref.key) for ref in later.messages] == [b"2"]
    numbers.unlink()
    assert len(FolderGateway(tmp_path).new_messages(SHARED, later.cursor).messages) == 2


def test_a_deleted_mail_is_not_offered(gateway: FolderGateway) -> None:
    key = gateway.deliver(SHARED, b"1")
    gateway.new_messages(SHARED, None)
    gateway.remove(SHARED, key, folder=Folder.INBOX)
    assert gateway.new_messages(SHARED, None).messages == ()


def test_no_mail_is_missed_however_fast_they_come(gateway: FolderGateway) -> None:
    cursor, seen = None, 0
    for n in range(200):
        gateway.deliver(SHARED, b"%d" % n)
        if n % 3 == 0:
            batch = gateway.new_messages(SHARED, cursor)
            cursor, seen = batch.cursor, seen + len(batch.messages)
    assert seen + len(gateway.new_messages(SHARED, cursor, limit=500).messages) == 200


def everywhere(root: Path, mailbox: str) -> list[Path]:
    """Every message file of a mailbox, in whatever folder."""
    return [path for part in ("new", "cur") for path in (root / mailbox).rglob(f"{part}/*")]


@pytest.mark.parametrize("keeps_name", [True, False], ids=["by a client", "by a server that renames"])
def test_send_broken_off_and_the_copy_moved(gateway: FolderGateway, tmp_path: Path, keeps_name: bool) -> None:
    """The unit files the mail away, in a folder of its own, before the robot comes to leave its copy in Sent."""
    sent = tmp_path / SHARED / ".Sent"
    (sent / "tmp").rename(sent / "away")
    with pytest.raises(ConnectorError) as raised:
        gateway.send(outgoing())
    assert raised.value.retryable
    (arrived,) = everywhere(tmp_path, UNIT)
    own = MaildirFolder(tmp_path / UNIT / ".Arkiv.2026")
    own.create()
    arrived.rename(own.path / "cur" / (f"{arrived.name}:2,FS" if keeps_name else "1767.M1P1.server,S=9:2,S"))
    (sent / "away").rename(sent / "tmp")
    FolderGateway(tmp_path).send(outgoing())
    gateway.send(outgoing())
    assert len(everywhere(tmp_path, UNIT)) == 1
    assert len(everywhere(tmp_path, SHARED)) == 1
    assert not list((tmp_path / SHARED / "sluse-begun").glob("sluse-*"))


def test_send_done_is_done_also_when_the_unit_deleted_it(gateway: FolderGateway, tmp_path: Path) -> None:
    gateway.send(outgoing())
    (arrived,) = everywhere(tmp_path, UNIT)
    arrived.unlink()
    gateway.send(outgoing())
    assert everywhere(tmp_path, UNIT) == []


def test_a_draft_that_a_client_sent_is_not_made_again(gateway: FolderGateway, tmp_path: Path) -> None:
    gateway.save_draft(UNIT, outgoing())
    (draft,) = everywhere(tmp_path, UNIT)
    gateway.add_sent(UNIT, draft.read_bytes())
    draft.unlink()
    gateway.save_draft(UNIT, outgoing())
    assert gateway.new_messages(UNIT, None, folder=Folder.DRAFTS).messages == ()


def test_many_senders_of_one_mail(gateway: FolderGateway, tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: FolderGateway(tmp_path).send(outgoing()), range(24)))
    assert len(everywhere(tmp_path, UNIT)) == len(everywhere(tmp_path, SHARED)) == 1


def test_a_mail_that_comes_back_is_given_again(gateway: FolderGateway) -> None:
    """A unit may send one mail back twice."""
    key = gateway.deliver(SHARED, b"x")
    cursor = None
    for _ in range(2):
        gateway.move(SHARED, key, source=Folder.INBOX, target=Folder.RETURNS)
        batch = gateway.new_messages(SHARED, cursor, folder=Folder.RETURNS)
        assert [ref.key for ref in batch.messages] == [key]
        gateway.move(SHARED, key, source=Folder.RETURNS, target=Folder.INBOX)
        cursor = gateway.new_messages(SHARED, batch.cursor, folder=Folder.RETURNS).cursor


def test_nothing_is_missed_while_a_client_plays_with_flags(gateway: FolderGateway, tmp_path: Path) -> None:
    keys = {gateway.deliver(SHARED, b"%d" % n) for n in range(100)}
    halt = threading.Event()

    def play() -> None:
        chance = random.Random(3)
        while not halt.is_set():
            for path in chance.sample(everywhere(tmp_path, SHARED), 10):
                flags = chance.choice(["S", "FS", "RS"])
                path.rename(tmp_path / SHARED / "cur" / f"{path.name.partition(':')[0]}:2,{flags}")

    client = threading.Thread(target=play)
    client.start()
    cursor, seen = None, set()
    try:
        for _ in range(60):
            batch = gateway.new_messages(SHARED, cursor, limit=7)
            cursor = batch.cursor
            seen |= {ref.key for ref in batch.messages}
            seen_raw = [gateway.raw(SHARED, ref.key) for ref in batch.messages[:1]]
            assert all(seen_raw)
    finally:
        halt.set()
        client.join()
    while batch.messages:
        batch = gateway.new_messages(SHARED, cursor)
        cursor, seen = batch.cursor, seen | {ref.key for ref in batch.messages}
    assert seen == keys


@pytest.mark.parametrize("damage", [
    b"", b"valid", b"validity x\n\xff\xfe\t1\t2\nq\tr\ts\n", b"\0" * 500, b"validity x\n1\t--5\tk\n9" + b"9" * 40 + b"\t1\tk\n",
])  # fmt: skip
def test_a_damaged_list_costs_no_mail(gateway: FolderGateway, tmp_path: Path, damage: bytes) -> None:
    keys = [gateway.deliver(SHARED, b"%d" % n) for n in range(3)]
    cursor = gateway.new_messages(SHARED, None).cursor
    (tmp_path / SHARED / ".sluse-uids").write_bytes(damage)
    batch = FolderGateway(tmp_path).new_messages(SHARED, cursor)
    assert [ref.key for ref in batch.messages] == keys
    assert FolderGateway(tmp_path).new_messages(SHARED, batch.cursor).messages == ()


def test_a_list_from_the_backup_costs_no_mail(gateway: FolderGateway, tmp_path: Path) -> None:
    """Its last number is lower than the cursor: new mails would get numbers that were passed long ago."""
    numbers = tmp_path / SHARED / ".sluse-uids"
    gateway.deliver(SHARED, b"1")
    gateway.new_messages(SHARED, None)
    backup = numbers.read_bytes()
    gateway.deliver(SHARED, b"2")
    cursor = gateway.new_messages(SHARED, None).cursor
    numbers.write_bytes(backup)
    assert len(FolderGateway(tmp_path).new_messages(SHARED, cursor).messages) == 2


@pytest.mark.parametrize("name", ["a\tb", "a\nb", "50%25", "a b", "æ", "x:2"])
def test_any_file_name_is_numbered_once(gateway: FolderGateway, tmp_path: Path, name: str) -> None:
    (tmp_path / SHARED / "new" / name).write_bytes(b"x")
    batch = gateway.new_messages(SHARED, None)
    assert [ref.key for ref in batch.messages] == [name]
    assert gateway.raw(SHARED, name) == b"x"
    fresh = FolderGateway(tmp_path)
    assert fresh.new_messages(SHARED, batch.cursor).messages == ()
    assert [ref.key for ref in fresh.new_messages(SHARED, None).messages] == [name]


@pytest.mark.parametrize("name", [b"a\xffb", b"1796.\xe6\xf8.host", b"x\xff:2,S", b"\xed\xa0\x80"])
def test_a_file_name_that_is_no_text_becomes_one(gateway: FolderGateway, tmp_path: Path, name: bytes) -> None:
    """No database takes such a name for a key; the mail is met once, and the others beside it."""
    folder = tmp_path / SHARED / ("cur" if b":" in name else "new")
    Path(os.fsdecode(os.fsencode(folder) + b"/" + name)).write_bytes(b"x")
    gateway.deliver(SHARED, b"beside it", name="k")
    cursor, found = None, []
    for _ in range(3):
        batch = gateway.new_messages(SHARED, cursor)
        cursor, found = batch.cursor, found + [ref.key for ref in batch.messages]
    assert sorted(gateway.raw(SHARED, key.encode().decode()) for key in found) == [b"beside it", b"x"]


def test_no_key_leads_elsewhere(gateway: FolderGateway, tmp_path: Path) -> None:
    gateway.deliver(UNIT, b"secret", name="k")
    for key in (f"../../{UNIT}/new/k", str(tmp_path / UNIT / "new" / "k"), "..", "", "a\0b"):
        with pytest.raises(ConnectorError) as raised:
            gateway.raw(SHARED, key)
        assert not raised.value.retryable
        gateway.mark_taken(SHARED, key)
        with pytest.raises(ConnectorError):
            gateway.deliver(SHARED, b"x", name=f"../{key}")
    (tmp_path / SHARED / "new" / "link").symlink_to(tmp_path / UNIT / "new" / "k")
    assert gateway.new_messages(SHARED, None).messages == ()


def test_the_same_name_is_delivered_once(gateway: FolderGateway) -> None:
    key = gateway.deliver(SHARED, b"first", name="demo-1")
    gateway.mark_taken(SHARED, key)
    gateway.deliver(SHARED, b"second", name="demo-1")
    assert [gateway.raw(SHARED, ref.key) for ref in gateway.new_messages(SHARED, None).messages] == [b"first"]


@pytest.mark.parametrize(("number", "retryable"), [
    (errno.ENOSPC, True), (errno.EIO, True), (errno.EROFS, True), (errno.EACCES, False), (errno.ENAMETOOLONG, False),
])  # fmt: skip
def test_faults_of_the_machine(number: int, retryable: bool) -> None:
    shown = durable.fault(OSError(number, os.strerror(number)), "a mailbox")
    assert shown.retryable is retryable
    assert "a mailbox" in str(shown)


def test_a_folder_of_ten_thousand_mails_is_read_when_something_changed_only(
    gateway: FolderGateway, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(10_000):
        (tmp_path / SHARED / "cur" / f"{n}.M1.host:2,S").write_bytes(b"x")
    old = time.time() - 60
    os.utime(tmp_path / SHARED / "cur", (old, old))
    os.utime(tmp_path / SHARED / "new", (old, old))
    cursor = gateway.new_messages(SHARED, None, limit=20_000).cursor
    listings = []
    listed = MaildirFolder._listed
    monkeypatch.setattr(MaildirFolder, "_listed", lambda self: listings.append(self) or listed(self))
    for _ in range(20):
        assert gateway.new_messages(SHARED, cursor).messages == ()
    assert listings == []
    for n in range(5):
        gateway.deliver(SHARED, b"%d" % n)
        batch = gateway.new_messages(SHARED, cursor)
        cursor = batch.cursor
        assert [gateway.raw(SHARED, ref.key) for ref in batch.messages] == [b"%d" % n]
    assert len(listings) == 5


SENDER = """
import sys
from pathlib import Path
from dataclasses import replace
from connectors.mail.folder.gateway import FolderGateway
from tests.connectors.gateway_contract import UNIT, outgoing
gateway = FolderGateway(Path(sys.argv[1]))
print("ready", flush=True)
for n in range(60):
    gateway.send(replace(outgoing(), message_id=f"<{n}@town.example.org>"))
    gateway.save_draft(UNIT, replace(outgoing(), message_id=f"<draft-{n}@town.example.org>"))
print("done", flush=True)
"""


def test_killed_while_sending(gateway: FolderGateway, tmp_path: Path) -> None:
    """SIGKILL at seeded moments, started again until it is through: sixty mails, each once in both places."""
    chance = random.Random(4)
    killed = kill_until_done([sys.executable, "-c", SENDER, str(tmp_path)], chance, most=12)
    assert killed >= 3
    for mailbox, folder in ((UNIT, Folder.INBOX), (SHARED, Folder.SENT), (UNIT, Folder.DRAFTS)):
        assert len(gateway.new_messages(mailbox, None, folder=folder, limit=999).messages) == 60


def test_what_goes_to_a_citizen_lies_in_sent_only(tmp_path: Path) -> None:
    """From this machine no way leads outside; a wrong address of our own is still found out."""
    gateway = FolderGateway(tmp_path)
    gateway.create_mailbox(SHARED)
    letter = replace(outgoing("proeve@borger.example.org"), outward=True)
    gateway.send(letter)
    gateway.send(letter)
    assert len(gateway.new_messages(SHARED, None, folder=Folder.SENT).messages) == 1
    assert [path.name for path in tmp_path.iterdir()] == [SHARED]
    for wrong in (letter, replace(letter, recipient="nobody@town.example.org"), replace(letter, recipient="a b@c")):
        with pytest.raises(ConnectorError):
            gateway.send(replace(wrong, message_id="<two@town.example.org>", outward=wrong is not letter))
