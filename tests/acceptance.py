"""Long acceptance runs against a real `sluse serve` process. Whole in `make verify`, a slice of each in `make test`."""

import gzip
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tarfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, func, select, text

from app import database
from app.commands.organisation import install
from app.commands.process import READY
from app.config import Settings
from app.container import Container
from app.demo.mails import DemoMail, Mails
from app.demo.municipality import load
from app.domain import matters
from app.domain.actor import Actor
from app.domain.deadlines import local_day
from app.domain.enquiry import State
from app.domain.letter_fates import LetterFate
from app.domain.routing import Mode
from app.environment import read_settings
from app.models.enquiry import Enquiry
from app.models.rule import Rule
from app.models.unit import Unit
from app.services.inbound import history_import
from app.services.inbound.history_import import PastMail
from app.services.platform import settings
from connectors.mail.folder.gateway import FolderGateway
from connectors.mail.message import Folder
from connectors.mail.reading.mime import parse
from tests.shared import MAILS, SETS
from tests.town import PATIENCE, eventually

SECRET = "acceptance-runs-only"
ROOT = Path(__file__).parents[1]
CORPUS = (SETS / "sa_lists_spam.jsonl.gz", MAILS / "spamassassin.tar.gz")
"""The labelled set, and the raw mails that it names."""
QUESTIONS = f"SELECT count(*) FROM sending_attempts WHERE fate = '{LetterFate.UNKNOWN}'"
LONG = 3600.0
"""Seconds until a long run counts as never coming to its end."""
NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@dataclass
class House:
    """A prepared home, and the process that serves it."""

    home: Path
    port: int
    process: subprocess.Popen[str] | None = None
    mail: Mapping[str, str] = field(default_factory=dict)
    """The variables of its mail system, where its mailboxes are no folders."""

    @property
    def env(self) -> dict[str, str]:
        return {
            "SLUSE_HOME": str(self.home), "SLUSE_SECRET_KEY": SECRET, "SLUSE_PORT": str(self.port),
            # A look over the wire into some thirty mailboxes costs half a core where they are no folders, three times a second.
            "SLUSE_POLL_SECONDS": "2" if self.mail else "0.3", "SLUSE_UNDO_SECONDS": "0", "SLUSE_SECOND_FACTOR": "optional",
            "SLUSE_MUNICIPALITY": "Prøvekøbing Kommune", **self.mail,
        }  # fmt: skip

    @property
    def settings(self) -> Settings:
        return read_settings(self.env)

    def start(self) -> None:
        """Start `sluse serve` and wait until it says that it is ready."""
        command = [str(Path(sys.executable).parent / "sluse"), "serve"]
        with (self.home / "serve.log").open("a") as log:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=os.environ | self.env, stdout=subprocess.PIPE, stderr=log, text=True
            )
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if READY in line:
                return
        raise AssertionError(f"it did not start: {(self.home / 'serve.log').read_text()[-2000:]}")

    def end(self, how: int = signal.SIGTERM) -> None:
        """End the process we started, and nothing else."""
        assert self.process is not None
        assert self.process.stdout is not None
        self.process.send_signal(how)
        self.process.wait(timeout=PATIENCE)
        self.process.stdout.close()

    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def count(self, query: str) -> int:
        engine = create_engine(self.settings.database_url)
        try:
            with engine.connect() as connection:
                return int(connection.execute(text(query)).scalar() or 0)
        finally:
            engine.dispose()


def prepare(home: Path, *, taught: int, automatic: bool, mail: Mapping[str, str] | None = None) -> House:
    """The invented municipality's organisation in a new home; with `automatic` every mail is routed without a human."""
    house = House(home, free_port(), mail=mail or {})
    plan = load()
    install(house.settings, plan)
    container = Container.build(house.settings)
    with database.write(container.engine) as session:
        units = {unit.name: unit.id for unit in session.scalars(select(Unit))}
        if automatic:
            for unit in session.scalars(select(Unit)):
                unit.mode = Mode.AUTOMATIC
            for rule in session.scalars(select(Rule)):
                rule.active = False
        # A reminder would be counted among the forwards: today's count as sent.
        settings.put(session, settings.REMINDED_ON, local_day(datetime.now(UTC)).isoformat())
        # A blind check would wait for a human.
        if automatic:
            rule = settings.get(session, settings.SAMPLING)
            settings.put(session, settings.SAMPLING, {**rule, "floor": 0.0, "first": 0.0, "human": 0.0})
    mails = Mails(plan, 11).history(taught, NOW)
    past = (PastMail(m.message_id, m.mailbox, m.raw, units[m.truth], at) for at, m in mails)
    history_import.teach(container.engine, container.parser, container.learner, past, by=Actor("history"), now=NOW)
    with database.write(container.engine) as session:
        settings.put(session, settings.CONFIDENCE_LIMIT, 0.0 if automatic else 0.5)
    container.close()
    return house


@dataclass
class KillRun:
    """What stands in the archive's folders and the mailboxes after the kills."""

    mails: int
    kills: int
    enquiries: int
    cases: int
    document_sets: int
    deadlines: int
    forwards: int
    drafts: int
    dead_letters: int
    seconds: float
    questions: int
    """Forwards of which a human is asked: who sent them was killed meanwhile, and nothing tells whether they left."""

    def once_each(self) -> bool:
        counted = (self.enquiries, self.cases, self.document_sets, self.deadlines, self.drafts)
        forwarded = self.mails - self.questions <= self.forwards <= self.mails
        return set(counted) == {self.mails} and forwarded and self.dead_letters == self.questions


def every_address() -> Iterator[str]:
    """Yield every mailbox of the invented municipality."""
    plan = load()
    yield from (unit.address for unit in plan.units)
    yield from (address for address, _name in plan.mailboxes)


def kill_run(
    home: Path, *, mails: int, kills: int, seed: int, joined: tuple[Mapping[str, str], Any] | None = None
) -> KillRun:
    """Deliver mails in portions; SIGKILL the server 0.5-5 s after each time it is ready; restart until all is done.

    `joined` is a mail system in place of folders: its variables, and a gateway with the verbs of those who write to it.
    """
    began = time.monotonic()
    variables, gateway = joined or ({}, None)
    for address in every_address() if gateway else ():
        gateway.create_mailbox(address)
    house = prepare(home, taught=80, automatic=True, mail=variables)
    gateway = gateway or FolderGateway(house.settings.mail_root)
    chance = random.Random(seed)
    portions = [mails * k // kills for k in range(kills + 1)]
    wanted = islice(going_alone(seed), mails)
    for k in range(kills):
        for mail in islice(wanted, portions[k + 1] - portions[k]):
            gateway.deliver(mail.mailbox, mail.raw, received_at=NOW)
        house.start()
        time.sleep(chance.uniform(0.5, 5.0))
        house.end(signal.SIGKILL)
    house.start()
    try:
        _wait_until_done(house, mails)
    finally:
        house.end()
    return _counted(house, gateway, mails, kills, time.monotonic() - began)


def going_alone(seed: int) -> Iterator[DemoMail]:
    """Mails that a house routes without a human; one that says it is about two matters would wait for one."""
    units = {unit.name for unit in load().units}
    stream = Mails(load(), seed)
    live = (stream.live(n, NOW) for n in range(100_000))
    return (mail for mail in live if mail.truth in units and not matters.several(parse(mail.raw).text))


def backup_run(folder: Path, *, mails: int, seed: int) -> tuple[KillRun, int]:
    """Back a house up while it takes mails in, and let the copy go on in an empty home.

    Returns:
        What stands outside of the restored house in the end, and what `sluse verify-audit` ends with in it.
    """
    began = time.monotonic()
    house = prepare(folder / "house", taught=80, automatic=True)
    gateway = FolderGateway(house.settings.mail_root)
    wanted = going_alone(seed)
    house.start()
    try:
        for mail in islice(wanted, mails):
            gateway.deliver(mail.mailbox, mail.raw, received_at=NOW)
        eventually(lambda: house.count(f"SELECT count(*) >= {mails // 3} FROM forward WHERE sent_at IS NOT NULL") == 1)
        assert sluse(house, "backup", str(folder / "backup")) == 0
    finally:
        house.end()
    restored = House(folder / "restored", free_port())
    shutil.copytree(folder / "backup", restored.home)
    whole = sluse(restored, "verify-audit")
    restored.start()
    try:
        _wait_until_done(restored, mails)
    finally:
        restored.end()
    whole |= sluse(restored, "verify-audit")
    return _counted(restored, FolderGateway(restored.settings.mail_root), mails, 0, time.monotonic() - began), whole


def sluse(house: House, *arguments: str) -> int:
    """Run one command on a home; returns its exit status."""
    command = [str(Path(sys.executable).parent / "sluse"), *arguments]
    return subprocess.run(command, cwd=ROOT, env=os.environ | house.env, check=False).returncode


def _wait_until_done(house: House, mails: int) -> None:
    forwarded = "SELECT count(*) FROM forward WHERE sent_at IS NOT NULL"
    eventually(lambda: house.count(forwarded) + house.count(QUESTIONS) >= mails, LONG)
    eventually(
        lambda: house.count("SELECT count(*) FROM workflow_status WHERE status IN ('PENDING', 'ENQUEUED')") == 0, LONG
    )


def _counted(house: House, gateway: Any, mails: int, kills: int, seconds: float) -> KillRun:
    archive = house.settings.archive_root
    cases = [path.parent for path in archive.glob("2026/2026-*/sag.json")]
    keys = {json.loads((case / "sag.json").read_text())["nøgle"] for case in cases}
    forwards: Counter[bytes] = Counter()
    drafts: Counter[bytes] = Counter()
    for unit in load().units:
        for folder, counter in ((Folder.INBOX, forwards), (Folder.DRAFTS, drafts)):
            for ref in gateway.new_messages(unit.address, None, folder=folder, limit=100_000).messages:
                raw = gateway.raw(unit.address, ref.key, folder=folder)
                counter[raw.split(b"Subject:")[1].split(b"Message-ID")[0]] += 1
    return KillRun(
        mails=mails,
        kills=kills,
        enquiries=house.count("SELECT count(*) FROM enquiry WHERE NOT imported"),
        cases=len(cases) if len(keys) == len(cases) else -len(cases),
        document_sets=sum(_whole(case, gateway) for case in cases),
        deadlines=len(list(house.settings.deadlines_root.glob("F-*.json"))),
        forwards=sum(forwards.values()) if set(forwards.values()) <= {1} else -sum(forwards.values()),
        drafts=sum(drafts.values()),
        dead_letters=house.count(
            "SELECT count(*) FROM workflow_status WHERE status LIKE '%ERROR%' OR status LIKE 'MAX%'"
        ),
        seconds=seconds,
        questions=house.count(QUESTIONS),
    )


def _whole(case: Path, gateway: Any) -> bool:
    """The mail as received first, each attachment once, the draft last, and every file is what its entry says."""
    entries = [json.loads(path.read_text()) for path in sorted(case.glob("[0-9]*.json"))]
    keys = [entry["nøgle"].split(":", 2)[2] for entry in entries]
    attachments = [f"attachment:{n}" for n in range(len(keys) - 2)]
    files = {path.name for path in case.iterdir() if path.suffix != ".json"}
    return keys == ["mail", *attachments, "draft:1"] and files == {entry["fil"] for entry in entries}


@dataclass
class CorpusRun:
    """Where every mail of a corpus went, and why."""

    mails: int
    counts: dict[str, int]
    seconds: float
    peak_mb: float
    alive: bool

    def nothing_lost(self) -> bool:
        return self.alive and sum(self.counts.values()) == self.mails


def corpus(every: int = 1) -> list[bytes]:
    """The raw mails that stand in the labelled set sa_lists_spam, junk among them, or one in `every`."""
    labelled, raw = CORPUS
    with gzip.open(labelled, "rt", encoding="utf-8") as rows:
        wanted = {f"spamassassin/{json.loads(row)['id']}" for row in islice(rows, 0, None, every)}
    with tarfile.open(raw) as archive:
        files = (archive.extractfile(member) for member in archive if member.name in wanted)
        return [file.read() for file in files if file]


def corpus_run(home: Path, raws: list[bytes]) -> CorpusRun:
    """Real mails through the folder gateway of a running `sluse serve`, which knows the invented town's history."""
    house = prepare(home, taught=200, automatic=False)
    gateway = FolderGateway(house.settings.mail_root)
    address = load().mailboxes[0][0]
    house.start()
    began = time.monotonic()
    for raw in raws:
        gateway.deliver(address, raw)
    done = f"SELECT count(*) = {len(raws)} FROM enquiry WHERE NOT imported AND state != 'received'"
    eventually(lambda: house.count(done) == 1, LONG)
    seconds = time.monotonic() - began
    alive, peak = house.alive(), peak_memory(house.process.pid if house.process else 0)
    house.end()
    return CorpusRun(len(raws), reasons(house), seconds, peak, alive)


def reasons(house: House) -> dict[str, int]:
    """Every enquiry counted once, under what became of it and why."""
    engine = create_engine(house.settings.database_url)
    linked = select(func.count(Enquiry.id)).where(
        ~Enquiry.imported, Enquiry.follow_up_of_id.is_not(None), Enquiry.reason.is_(None)
    )
    found: dict[str, int] = {}
    with engine.connect() as connection:
        found["linked to an earlier mail"] = connection.execute(linked).scalar() or 0
        rest = select(Enquiry.state, Enquiry.quarantine, Enquiry.reason, func.count(Enquiry.id)).where(
            ~Enquiry.imported, (Enquiry.follow_up_of_id.is_(None)) | (Enquiry.reason.is_not(None))
        )
        grouped = rest.group_by(Enquiry.state, Enquiry.quarantine, Enquiry.reason)
        for state, quarantine, reason, count in connection.execute(grouped):
            if quarantine:
                name = f"quarantined: {quarantine}"
            elif reason:
                name = f"set aside: {reason}"
            else:
                name = "routed: confident" if state is State.ROUTED else f"{State(state).value}: a human decides"
            found[name] = found.get(name, 0) + count
    engine.dispose()
    return found


def peak_memory(pid: int) -> float:
    """The most a process has held, in MB."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024
