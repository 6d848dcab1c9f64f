"""Mail in folders: the contract, and what only files can suffer."""

import os
import random
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from email.header import decode_header, make_header
from mailbox import Maildir
from pathlib import Path
from typing import Any

import pytest

from connectors.mail.folder import FolderGateway
from connectors.mail.message import Folder
from tests.connectors.gateway_contract import SHARED, UNIT, GatewayContract, outgoing

ROOT = Path(__file__).parents[2]


@pytest.fixture
def gateway(tmp_path: Path) -> FolderGateway:
    made = FolderGateway(tmp_path)
    made.create_mailbox(SHARED)
    made.create_mailbox(UNIT)
    return made


class TestContract(GatewayContract):
    @pytest.fixture
    def gateway(self, tmp_path: Path) -> FolderGateway:
        made = FolderGateway(tmp_path)
        made.create_mailbox(SHARED)
        made.create_mailbox(UNIT)
        return made

    def deliver(self, gateway: Any, raw: bytes) -> None:
        gateway.deliver(SHARED, raw)


def test_a_mail_client_can_open_it(gateway: FolderGateway, tmp_path: Path) -> None:
    gateway.send(outgoing())
    box = Maildir(tmp_path / UNIT, create=False)
    assert [str(make_header(decode_header(message["Subject"]))) for message in box] == ["VS: Æblegård Bcc: x@y"]
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


SENDER = """
import sys
from pathlib import Path
from dataclasses import replace
from connectors.mail.folder import FolderGateway
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


def kill_until_done(command: list[str], chance: random.Random, most: int) -> int:
    """Start a program again and again, killing it soon after it is ready, until it has run to its end."""
    for killed in range(most + 1):
        child = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        if killed < most:
            time.sleep(chance.uniform(0.005, 0.06))
            os.kill(child.pid, signal.SIGKILL)
        said = child.stdout.read()
        child.stdout.close()
        child.wait()
        if "done" in said:
            return killed
    raise AssertionError("it never got through")
