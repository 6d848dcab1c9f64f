"""A unit's own mailbox teaches: each mail once, gently, at night, without a trace, however often the reader is killed."""

import os
import random
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from app import database
from app.domain.actor import Actor
from app.domain.enquiry import LabelSource, State
from app.domain.history_reading import Limits, ReadingState
from app.errors import RefusedError
from app.models.enquiry import Enquiry, RawMail
from app.models.history_reading import HistoryReading
from app.models.label import Label, LabelPosition
from app.services.inbound import history_reading, mailbox_states
from app.services.inbound.history_reading import HistoryReader
from app.workflow.worker import Worker
from connectors.errors import ConnectorError, MailNotExported
from connectors.mail.message import Folder, FoundFolder
from tests.mail_systems import dovecot_server, estate, mail_system, town
from tests.town import PARK, SENTENCES, SHARED, UNITS, WASTE, Town, eventually, mail

__all__ = ["dovecot_server", "estate", "mail_system", "town"]
ROOT = Path(__file__).parents[4]
ADMIN = Actor("administrator@town.example.org")
NIGHT = datetime(2026, 11, 30, 22, tzinfo=UTC)
FAST = Limits(per_minute=1_000_000)
READING = {"SyncFolderItems", "GetItem", "FindFolder", "GetFolder"}
"""The calls of Exchange Web Services that change nothing."""


class Killed(BaseException):
    """The process ends here."""


class Mortal:
    """A gateway that counts its calls, and dies or fails at some."""

    def __init__(self, inner: Any, fate: Callable[[int, str], None] = lambda _n, _name: None) -> None:
        self.inner, self.fate, self.calls = inner, fate, Counter[str]()

    def __getattr__(self, name: str) -> Any:
        def call(*arguments: Any, **named: Any) -> Any:
            self.calls[name] += 1
            self.fate(self.calls.total(), name)
            return getattr(self.inner, name)(*arguments, **named)

        return call


class Clock:
    """The night, as long as a test wants it."""

    def __init__(self, at: datetime = NIGHT) -> None:
        self.at = at

    def __call__(self) -> datetime:
        self.at += timedelta(milliseconds=100)
        return self.at


def reader(town: Town, gateway: Any = None, limits: Limits = FAST, now: Callable[[], datetime] | None = None) -> Any:
    c = town.container
    return HistoryReader(c.engine, lambda: gateway or c.gateway, c.parser, c.learner, limits, now or Clock())


def until_idle(reading: HistoryReader) -> int:
    pages = 0
    while reading.go_on():
        pages += 1
    return pages


def inbox(town: Town, unit: str = PARK) -> FoundFolder:
    return next(each for each in town.container.gateway.folders(UNITS[unit]) if each.role is Folder.INBOX)


def ask(town: Town, unit: str = PARK, **more: Any) -> None:
    folder = inbox(town, unit)
    with database.write(town.container.engine) as session:
        history_reading.ask(session, town.units[unit], [folder], by=ADMIN, now=NIGHT, **more)


def deliver(town: Town, count: int, unit: str = PARK) -> None:
    for n in range(count):
        sentence = SENTENCES[unit][n % len(SENTENCES[unit])]
        raw = mail(sentence, f"{sentence} ved nr {n}.", message_id=f"<{unit}-{n}@borger.example.org>", to=UNITS[unit])
        town.gateway.deliver(UNITS[unit], raw)


def row(town: Town, number: int = 1) -> HistoryReading:
    with database.read(town.container.engine) as session:
        found = session.get_one(HistoryReading, number)
        session.expunge(found)
        return found


def labels(town: Town) -> Counter[int | None]:
    """Labels of history by unit; each is a position that was learned too, and each has a mail of its own."""
    with database.read(town.container.engine) as session:
        found = list(session.scalars(select(Label).where(Label.source == LabelSource.HISTORY)))
        assert session.scalar(select(func.count(LabelPosition.position))) == len(found)
        digests = list(session.scalars(select(RawMail.sha256).where(RawMail.folder == "history")))
        assert len(digests) == len(set(digests)) == len(found)
        return Counter(label.unit_id for label in found)


@pytest.fixture
def trace(town: Town) -> Iterator[None]:
    """What is read is neither marked nor moved, and nothing is sent: by the servers' own word."""
    server = town.gateway
    own_calls = getattr(getattr(server, "exchange", None), "calls", None) or getattr(
        getattr(server, "server", None), "calls", None
    )
    before = len(own_calls) if isinstance(own_calls, list) else 0
    yield
    if hasattr(server, "exchange"):
        assert set(own_calls[before:]) <= READING
    elif hasattr(server, "service") or type(server).__name__ == "OnlineMail":
        assert {re.split(r"[ /]", call)[0] for call in own_calls[before:]} <= {"GET"}
    elif type(server).__name__ == "DovecotMail":
        with server.estate.owner(UNITS[PARK]) as client:
            client.select("INBOX", readonly=True)
            assert b"Seen" not in b"".join(
                each for each in client.fetch("1:*", "(FLAGS)")[1] if isinstance(each, bytes)
            )
    else:
        assert not list((town.container.settings.mail_root / UNITS[PARK] / "cur").iterdir())


def test_each_mail_is_learned_once_as_the_units_and_leaves_no_trace(town: Town, request: pytest.FixtureRequest) -> None:
    deliver(town, 45)
    request.getfixturevalue("trace")
    ask(town)
    gateway = Mortal(town.container.gateway)
    until_idle(reader(town, gateway))
    assert labels(town) == {town.units[PARK]: 45}
    there = row(town)
    assert (there.state, there.looked_at, there.learned) == (ReadingState.DONE, 45, 45)
    assert there.reached is not None
    assert set(gateway.calls) == {"new_messages", "raw"}
    assert gateway.calls["raw"] == 45, "each was fetched once"
    with database.read(town.container.engine) as session:
        kept = session.scalars(select(Enquiry)).all()
        assert {(each.state, each.imported, each.mailbox) for each in kept} == {(State.CLOSED, True, SHARED)}
    with database.write(town.container.engine) as session:
        history_reading.resume(session, 1, by=ADMIN, now=NIGHT)
    until_idle(reader(town))
    assert labels(town) == {town.units[PARK]: 45}


def test_killed_at_every_call_it_loses_and_doubles_nothing(town: Town) -> None:
    deliver(town, 45)
    ask(town)
    chance, kills = random.Random(7), 0
    for _ in range(200):
        at = chance.randrange(1, 26)

        def fate(number: int, _name: str, at: int = at) -> None:
            if number == at:
                raise Killed

        try:
            until_idle(reader(town, Mortal(town.container.gateway, fate)))
            break
        except Killed:
            kills += 1
    assert kills >= 3
    assert labels(town) == {town.units[PARK]: 45}
    assert (row(town).looked_at, row(town).learned) == (45, 45)


READER = """
from app.environment import read_settings
from app.container import Container
from tests.app.services.inbound.test_history_reading import FAST, Clock
from app.services.inbound.history_reading import HistoryReader

c = Container.build(read_settings())
c.learner.catch_up(now=Clock()())
reader = HistoryReader(c.engine, lambda: c.gateway, c.parser, c.learner, FAST, Clock())
print("ready", flush=True)
while reader.go_on():
    print("page", flush=True)
print("done", flush=True)
c.close()
"""


@pytest.mark.usefixtures("in_folders")
def test_killed_by_the_system_it_loses_and_doubles_nothing(town: Town) -> None:
    deliver(town, 70)
    ask(town)
    settings = town.container.settings
    told = {"SLUSE_HOME": str(settings.home), "SLUSE_SECRET_KEY": settings.secret_key}
    told["SLUSE_DATABASE_URL"] = settings.database_url
    chance, said = random.Random(3), ""
    for kills in range(4):
        child = subprocess.Popen(
            [sys.executable, "-c", READER], cwd=ROOT, env=os.environ | told, stdout=subprocess.PIPE, text=True
        )
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        if kills < 3:
            if kills:
                child.stdout.readline()
            time.sleep(chance.uniform(0.0, 0.3))
            os.kill(child.pid, signal.SIGKILL)
        said = child.stdout.read()
        child.stdout.close()
        child.wait()
    assert "done" in said
    town.learn()
    assert labels(town) == {town.units[PARK]: 70}
    assert (row(town).looked_at, row(town).learned) == (70, 70)


def test_killed_between_a_page_and_its_learning_it_goes_on(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    deliver(town, 30)
    ask(town)

    def dies(**_named: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(town.container.learner, "catch_up", dies)
        with pytest.raises(Killed):
            reader(town).go_on()
    assert row(town).looked_at == 20
    until_idle(reader(town))
    town.learn()
    assert labels(town) == {town.units[PARK]: 30}


def test_a_mail_system_that_asks_for_a_pause_gets_it_and_nothing_is_lost(town: Town) -> None:
    deliver(town, 25)
    ask(town)
    clock = Clock()

    def busy(number: int, _name: str) -> None:
        if number == 24:
            raise ConnectorError("busy", retryable=True, wait=300)

    reading = reader(town, Mortal(town.container.gateway, busy), now=clock)
    until_idle(reading)
    there = row(town)
    assert (there.looked_at, there.error, there.failures) == (20, "busy", 1)
    assert there.next_at is not None
    assert there.next_at - clock.at > timedelta(seconds=298)
    clock.at += timedelta(seconds=301)
    until_idle(reading)
    assert (row(town).state, row(town).error) == (ReadingState.DONE, "")
    assert labels(town) == {town.units[PARK]: 25}


def test_one_that_cannot_be_exported_holds_nothing_up(town: Town) -> None:
    deliver(town, 5)
    ask(town)

    def damaged(number: int, _name: str) -> None:
        if number == 3:
            raise MailNotExported("damaged", head=b"")

    until_idle(reader(town, Mortal(town.container.gateway, damaged)))
    assert (row(town).looked_at, row(town).learned, row(town).state) == (5, 4, ReadingState.DONE)


@pytest.fixture
def in_folders(mail_system: Any) -> None:
    if mail_system is not None:
        pytest.skip("the same whatever the mail system")


@pytest.mark.usefixtures("in_folders")
class TestWhateverTheMailSystem:
    def test_only_at_night_and_gently(self, town: Town) -> None:
        deliver(town, 60)
        ask(town)
        clock = Clock(NIGHT.replace(hour=12))
        gateway = Mortal(town.container.gateway)
        reading = reader(town, gateway, Limits(per_minute=21, per_night=30), clock)
        assert until_idle(reading) == 0, "it is day"
        clock.at = NIGHT
        for _ in range(90):
            clock.at += timedelta(seconds=1)
            reading.go_on()
        assert 21 <= gateway.calls.total() <= 2 * 21
        for _ in range(40):
            clock.at += timedelta(seconds=60)
            reading.go_on()
        assert row(town).looked_at == 30, "the night has had its share"
        clock.at += timedelta(days=1)
        for _ in range(10):
            clock.at += timedelta(seconds=60)
            reading.go_on()
        assert row(town).looked_at == 60

    def test_the_worker_reads_what_was_asked_for(self, town: Town) -> None:
        deliver(town, 5)
        ask(town, at_once=True)
        worker = Worker(town.container)
        worker.start()
        try:
            eventually(lambda: row(town).state is ReadingState.DONE)
            eventually(lambda: labels(town) == {town.units[PARK]: 5})
        finally:
            worker.stop()

    def test_at_once_is_by_day_and_without_an_end(self, town: Town) -> None:
        deliver(town, 60)
        ask(town, at_once=True)
        clock = Clock(NIGHT.replace(hour=12))
        until_idle(reader(town, limits=Limits(per_minute=1_000_000, per_night=10), now=clock))
        assert row(town).state is ReadingState.DONE
        assert labels(town) == {town.units[PARK]: 60}

    def test_what_teaches_nothing_is_left_out(self, town: Town) -> None:
        deliver(town, 3)
        box = UNITS[PARK]
        town.gateway.deliver(box, mail("Svar", "Jeg holder ferie", headers={"Auto-Submitted": "auto-replied"}))
        town.gateway.deliver(box, mail("Ny vej", "Internt", sender=UNITS[WASTE]))
        town.gateway.deliver(box, b"From: a@b.example.org\r\n\r\n")
        known = mail("Træ", "Kom til fællespostkassen")
        town.receive(known)
        town.gateway.deliver(box, known)
        ask(town)
        until_idle(reader(town))
        assert (row(town).looked_at, row(town).learned) == (7, 3)

    def test_older_mails_are_left_out_unfetched(self, town: Town) -> None:
        for year in (2020, 2025):
            at = datetime(year, 1, 1, tzinfo=UTC)
            town.gateway.deliver(UNITS[PARK], mail(f"Træ {year}", "Væltet"), received_at=at)
        ask(town, since=datetime(2024, 1, 1, tzinfo=UTC))
        gateway = Mortal(town.container.gateway)
        until_idle(reader(town, gateway))
        assert (gateway.calls["raw"], row(town).looked_at, row(town).learned) == (1, 2, 1)
        ask(town)
        until_idle(reader(town))
        assert row(town).learned == 2

    def test_paused_it_stands_still_and_so_it_does_with_its_mailbox(self, town: Town) -> None:
        deliver(town, 45)
        ask(town)
        reading, engine = reader(town), town.container.engine
        reading.go_on()
        with database.write(engine) as session:
            history_reading.pause(session, 1, by=ADMIN, now=NIGHT)
        assert until_idle(reading) == 0
        with database.write(engine) as session:
            history_reading.resume(session, 1, by=ADMIN, now=NIGHT)
            mailbox_states.pause(session, UNITS[PARK], by=ADMIN, now=NIGHT)
        assert until_idle(reading) == 0
        with database.write(engine) as session:
            mailbox_states.resume(session, UNITS[PARK], by=ADMIN, now=NIGHT)
        until_idle(reading)
        assert labels(town) == {town.units[PARK]: 45}

    def test_a_folder_that_is_gone_ends_it_in_words(self, town: Town) -> None:
        with database.write(town.container.engine) as session:
            gone = FoundFolder(".Borte", "Borte")
            history_reading.ask(session, town.units[PARK], [gone], by=ADMIN, now=NIGHT)
        until_idle(reader(town))
        assert row(town).state is ReadingState.FAILED
        assert "no folder" in row(town).error

    def test_several_take_turns(self, town: Town) -> None:
        for unit in (PARK, WASTE):
            deliver(town, 45, unit)
            ask(town, unit)
        reading = reader(town)
        for _ in range(4):
            reading.go_on()
        assert (row(town, 1).looked_at, row(town, 2).looked_at) == (40, 40)

    @pytest.mark.parametrize(
        ("folders", "code"),
        [([], "no_folder_chosen"), ([FoundFolder(".Sent", "Sent", Folder.SENT)], "folder_of_the_house")],
    )
    def test_what_makes_no_sense_is_refused(self, town: Town, folders: list[FoundFolder], code: str) -> None:
        with pytest.raises(RefusedError) as raised, database.write(town.container.engine) as session:
            history_reading.ask(session, town.units[PARK], folders, by=ADMIN, now=NIGHT)
        assert raised.value.code == code
