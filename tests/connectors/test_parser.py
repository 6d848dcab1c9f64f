"""Reading in children: what a hostile mail costs, and whom."""

import base64
import os
import signal
import subprocess
import sys
from concurrent.futures import CancelledError, ThreadPoolExecutor
from pathlib import Path

import pytest

from connectors.mail.reading.limits import MailUnreadable
from connectors.mail.reading.parser import MailParser
from tests.connectors.nested import nested
from tests.town import eventually

ROOT = Path(__file__).parents[2]


def test_a_hostile_mail_costs_its_child_only() -> None:
    html = b"Content-Type: text/html\r\n\r\n" + b"<div>" * 100_000
    with MailParser(workers=2, seconds=5) as parser:
        results = parser.parse_many([b"Subject: 1\r\n\r\nx", nested(1000), html, b"Subject: 2\r\n\r\nx"])
        assert [getattr(r, "subject", None) for r in (results[0], results[3])] == ["1", "2"]
        assert isinstance(results[1], MailUnreadable)
        assert parser.sanitise("<div>" * 300_000).startswith("<pre>&lt;div&gt;")
        assert parser.parse(b"Subject: 3\r\n\r\nx").subject == "3"


def test_time_and_memory_are_bounded() -> None:
    with MailParser(workers=1, seconds=0.001) as parser:
        raw = b"Content-Type: text/html\r\n\r\n" + b"<p>x" * 200_000
        with pytest.raises(MailUnreadable, match="timeout"):
            parser.parse(raw)
    big = b"Content-Transfer-Encoding: base64\r\nContent-Type: a/b\r\n\r\n" + base64.b64encode(bytes(60_000_000))
    with MailParser(workers=1, memory=40_000_000) as parser:
        with pytest.raises(MailUnreadable) as refusal:
            parser.parse(big)
        assert refusal.value.reason in ("memory", "crashed")
        assert parser.parse(b"Subject: next\r\n\r\nx").subject == "next"


def test_a_large_attachment_is_read() -> None:
    content = bytes(range(256)) * 4096 * 50
    encoded = base64.encodebytes(content).replace(b"\n", b"\r\n")
    head = b"Subject: x\r\nContent-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    with MailParser(workers=1, seconds=120) as parser:  # a busy machine is no hostile mail
        (attachment,) = parser.parse(head + encoded).attachments
    assert attachment.content == content


def children() -> list[int]:
    """This process's children that read mails."""
    tasks = Path("/proc/self/task").iterdir()
    pids = [int(pid) for task in tasks for pid in (task / "children").read_text().split()]
    return [pid for pid in pids if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()]


def test_a_busy_child_ends_when_it_is_asked_to() -> None:
    """The pool asks before it kills, and waits three seconds for an answer: a signal that nobody catches ends it at once."""
    term = 1 << (signal.SIGTERM - 1)
    with MailParser(workers=1) as parser:
        parser.parse(b"x")
        found = [Path(f"/proc/{pid}/status").read_text() for pid in children()]
    assert found
    for status in found:
        for mask in ("SigCgt", "SigIgn"):
            assert not int(status.split(f"{mask}:")[1].split()[0], 16) & term


def test_a_child_that_dies_is_replaced() -> None:
    with MailParser(workers=2) as parser:
        parser.parse_many([b"x"] * 4)
        for pid in children():
            os.kill(pid, signal.SIGKILL)
        outcomes = [parser.parse_many([b"Subject: y\r\n\r\nx"])[0] for _ in range(3)]
        assert not isinstance(outcomes[-1], MailUnreadable)


def test_many_threads_at_once() -> None:
    with MailParser(workers=2) as parser, ThreadPoolExecutor(8) as pool:
        subjects = pool.map(lambda n: parser.parse(b"Subject: %d\r\n\r\nx" % n).subject, range(200))
        assert list(subjects) == [str(n) for n in range(200)]


def test_closed_is_closed() -> None:
    parser = MailParser(workers=1)
    parser.close()
    with pytest.raises((RuntimeError, CancelledError)):
        parser.parse(b"x")


PARENT = """
import time
from connectors.mail.reading.parser import MailParser
if __name__ == "__main__":
    parser = MailParser(2)
    parser.parse_many([b"x"] * 8)
    from tests.connectors.test_parser import children
    print(*children(), flush=True)
    time.sleep(60)
"""


def test_children_do_not_outlive_their_parent(tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(PARENT)
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore"}
    parent = subprocess.Popen(
        [sys.executable, script], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment
    )
    assert parent.stdout is not None
    pids = [int(pid) for pid in parent.stdout.readline().split()]
    parent.kill()
    parent.wait()
    parent.stdout.close()
    assert pids
    eventually(lambda: not any(reading(pid) for pid in pids))


def reading(pid: int) -> bool:
    try:
        return b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return False
