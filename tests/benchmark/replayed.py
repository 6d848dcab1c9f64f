"""The label log of the app with any number of invented labels, replayed by the learner in a process of its own."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, insert

from app import database
from app.domain.enquiry import LabelSource, State
from app.models.enquiry import Enquiry, RawMail
from app.models.label import Label, LabelPosition
from app.models.unit import ServiceArea, Unit
from app.services.platform import settings
from learning.example import Example
from tests.benchmark.invented import MAILBOX, mails

ROOT = Path(__file__).resolve().parents[2]
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
AT_ONCE = 1000
Row = dict[str, Any]
REPLAY = """
import sys
from datetime import UTC, datetime
from app import database
from app.services.learning.learner import Learner
learner = Learner(database.create(sys.argv[1]))
learner.catch_up(now=datetime.now(UTC))
print(learner.state_hash())
"""


@dataclass(frozen=True, slots=True)
class Replay:
    """`told` is how often the progress that every page can show was seen to change; `kills` how often it was ended."""

    hash: str
    seconds: float
    shown: int
    kills: int


def fill(home: Path, count: int, units: int, size: int) -> str:
    """A migrated database with so many mails, labels and lessons, as an import of history leaves them. Its address."""
    url = f"sqlite:///{home / 'log.db'}"
    database.migrate(url)
    with database.opened(url) as engine:
        with database.write(engine) as session:
            session.add(ServiceArea(id=1, name="Town"))
            session.flush()
            for n in range(1, units + 1):
                session.add(Unit(id=n, area_id=1, name=f"Unit {n}", address=f"unit-{n}@town.example.org"))
        rest = mails(count, units, size)
        while rows := list(islice(rest, AT_ONCE)):
            _insert(engine, rows)
    return url


def _insert(engine: Engine, rows: list[tuple[Example, str]]) -> None:
    raws: list[Row] = []
    enquiries: list[Row] = []
    labels: list[Row] = []
    lessons: list[Row] = []
    for example, unit in rows:
        n = int(example.id)
        at = BEGIN + timedelta(minutes=n)
        raws.append(
            {"id": n, "address": MAILBOX, "folder": "inbox", "key": str(n), "sha256": "0" * 64, "size": 1,
             "content": b"x", "received_at": at, "taken_at": at}
        )  # fmt: skip
        enquiries.append(
            {"id": n, "raw_mail_id": n, "mailbox": MAILBOX, "received_at": at, "due_on": at.date(), "imported": True,
             "state": State.CLOSED, "subject": example.subject, "text": example.text, "unit_id": int(unit), "version": 1}
        )  # fmt: skip
        labels.append(
            {"id": n, "enquiry_id": n, "unit_id": int(unit), "source": LabelSource.HISTORY, "by": "import", "at": at}
        )
        lessons.append({"position": n, "label_id": n, "at": at})
    with database.write(engine) as session:
        for model, made in ((RawMail, raws), (Enquiry, enquiries), (Label, labels), (LabelPosition, lessons)):
            session.execute(insert(model), made)


def replay(url: str, *, kill_at: float | None = None) -> Replay:
    """Start the learner on a log without snapshots; with `kill_at`, SIGKILL it there (0..1) and start it again."""
    began, kills, shown = time.monotonic(), 0, 0
    process = _start(url)
    for done in _progress(url, process):
        shown += 1
        if kill_at is not None and not kills and done >= kill_at:
            process.send_signal(signal.SIGKILL)
            process.communicate()
            kills = 1
    if kills:
        process = _start(url)
        shown += sum(1 for _ in _progress(url, process))
    said, _ = process.communicate()
    assert process.returncode == 0, "the replay did not end well"
    return Replay(said.split()[-1], time.monotonic() - began, shown, kills)


def _start(url: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", REPLAY, url], cwd=ROOT, env=os.environ, stdout=subprocess.PIPE, text=True
    )


def _progress(url: str, process: "subprocess.Popen[str]") -> Iterator[float]:
    """The part that is done, each time that it has changed, until the process ends."""
    last, printed = 0.0, time.monotonic()
    with database.opened(url) as engine:
        while process.poll() is None:
            time.sleep(0.1)
            with database.read(engine) as session:
                state = settings.get(session, settings.REBUILDING)
            done = state["done"] / state["of"] if state else last
            if done != last:
                last = done
                yield done
            if time.monotonic() - printed > 20:
                printed = time.monotonic()
                print(f"     replayed {last:.0%}", flush=True)
