"""What leaves the house, as an independent library reads it: our marks, lines that every server takes, the original bit for bit."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import update

from app import database
from app.models.unit import Mailbox
from app.workflow.worker import Worker
from connectors.mail.message import Folder
from tests.gmime import comparison
from tests.gmime.comparison import Judged
from tests.letters import neighbour, notice_and_interim, recall, send_on
from tests.town import SHARED, UNITS, Town, eventually, mail

pytestmark = pytest.mark.skipif(not comparison.is_there(), reason="GMime is not on this machine (scripts/gmime)")
LONGEST = 998
"""Bytes of a line without its end (RFC 5322, 2.1.1)."""
ORIGINALS = {
    "one with a picture": mail(
        "Væltet træ på Æblevej " * 6, "Træet er væltet.\n", attachment=bytes(range(256)) * 20, sender="a@borger.example.org"
    ),
    "one of eight bits": b"From: b@borger.example.org\r\nTo: tmf@town.example.org\r\nSubject: Hul\r\nMessage-ID: <8@x>\r\n"
    b"Content-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: 8bit\r\n\r\nHullet p\xe5 vejen\r\n",
    "one with a long line": b"From: c@borger.example.org\r\nSubject: Lang\r\nMessage-ID: <l@x>\r\n\r\n"
    b"Skraldet " + b"x" * 3000 + b"\r\n",
    "one with bare line ends": b"From: d@borger.example.org\r\nSubject: Bar\r\nMessage-ID: <r@x>\r\n\r\nEt\rto\ntre\r\n",
}  # fmt: skip


@pytest.fixture
def worker(town: Town) -> Iterator[Worker]:
    with database.write(town.container.engine) as session:
        session.execute(update(Mailbox).values(acknowledge=True))
    running = Worker(town.container)
    running.start()
    yield running
    running.stop()


def idle(town: Town) -> None:
    eventually(lambda: all(job.ended for job in town.container.robot.jobs()))


def write_everything(town: Town) -> list[int]:
    """Have each kind of letter written about a mail; returns the mails."""
    enquiries = town.receive(*ORIGINALS.values())
    for enquiry in enquiries:
        town.decide(enquiry)
    idle(town)
    first = enquiries[0]
    notice_and_interim(town, first)
    authority = neighbour(town, "post@nabo.example.org")
    idle(town)
    recall(town, first)
    idle(town)
    send_on(town, first, authority)
    idle(town)
    return enquiries


def sent(town: Town) -> list[bytes]:
    return [
        town.gateway.raw(address, ref.key, folder=Folder.SENT)
        for address in (SHARED, *UNITS.values())
        for ref in town.gateway.new_messages(address, None, folder=Folder.SENT).messages
    ]


def judged(letters: list[bytes], folder: Path) -> list[Judged]:
    paths = [folder / f"{n}.eml" for n, _ in enumerate(letters)]
    for path, raw in zip(paths, letters, strict=True):
        path.write_bytes(raw)
    return list(comparison.judged(paths, folder))


def test_what_leaves_is_what_was_meant(town: Town, worker: Worker, tmp_path: Path) -> None:
    write_everything(town)
    letters = sent(town)
    kinds: list[str] = []
    attached: set[str] = set()
    whole: set[str] = set()
    for raw, found in zip(letters, judged(letters, tmp_path), strict=True):
        assert max(len(line) for line in raw.split(b"\r\n")) <= LONGEST
        assert b"\n" not in raw.replace(b"\r\n", b"")
        headers = dict(found["headers"])
        assert len(headers) == len(found["headers"]), "each header once"
        assert {"From", "To", "Subject", "Message-ID", "MIME-Version"} <= headers.keys()
        assert len(found["from"]) == len(found["to"]) == 1
        personal = "X-Sluse" not in headers
        if not personal:
            assert headers["X-Sluse"] == "1"
            assert headers["Auto-Submitted"] in ("auto-generated", "auto-replied")
        outside = not found["to"][0].endswith("@town.example.org")
        kinds.append("personal" if personal else "outward" if outside else "inward")
        attached |= {leaf["sha256"] for leaf in found["leaves"] if leaf["name"] == "henvendelse.eml"}
        whole |= {name for name, original in ORIGINALS.items() if original in raw}
    assert kinds.count("personal") == 1, "the interim reply, which a person wrote"
    assert kinds.count("outward") == 2 + len(ORIGINALS), "acknowledgements, a mail sent on, and the word about it"
    assert kinds.count("inward") == 2 + len(ORIGINALS), "forwards, a notice, a recall"
    embedded, files = [each for each in ORIGINALS if each in whole], [each for each in ORIGINALS if each not in whole]
    assert embedded == ["one with a picture", "one of eight bits"], "byte for byte between two boundaries"
    assert files == ["one with a long line", "one with bare line ends"], "else no server would let them through"
    # GMime writes a mail within a mail anew, with the line ends of its own system.
    originals = [ORIGINALS[name].replace(b"\r\n", b"\n") if name in whole else ORIGINALS[name] for name in ORIGINALS]
    assert attached == {hashlib.sha256(original).hexdigest() for original in originals}, "bit for bit"
