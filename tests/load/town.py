"""The town itself: a database that holds a year of it, kept in build/ under a digest of what made it."""

import fcntl
import hashlib
import random
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import astuple, dataclass
from datetime import UTC, datetime
from pathlib import Path

from alembic import command
from argon2 import PasswordHasher
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from app import database
from app.domain.access import Role
from app.domain.enquiry import LabelSource, State
from app.models.account import Account
from app.models.case import Case, CaseDocument, Deadline, Forward, Reply
from app.models.enquiry import Attachment, Enquiry, RawMail
from app.models.event import Event
from app.models.label import Label, LabelPosition, ModelSnapshot
from app.models.prediction import Decision, Prediction
from app.models.unit import Unit
from app.services.inbound import rules
from app.services.learning.learner import TOP
from app.services.learning.ranking import rows_of
from app.services.organisation import organisation_units
from app.services.platform import settings
from learning import snapshot
from learning.example import Example, TaughtLabel
from learning.features import prepare
from learning.model import Model
from learning.salt import Salt
from tests.acceptance import SECRET
from tests.load.bulk import Bulk
from tests.load.past import DAY, HOUR, Past, compact, imagine, sha, story, utc
from tests.load.writing import Citizens, plan_of

ROOT = Path(__file__).parents[2]
KEPT = ROOT / "build" / "load"
SEED, CHUNK, PASSWORD = 11, 5_000, "load-only-load-only"
BEFORE_SEARCH = "0012"
"""The tables as they were before there was an index of words."""
ANSWERED = 10
"""Every so many of the closed ones has its answer kept as a mail of its own."""


@dataclass(frozen=True, slots=True)
class Size:
    """How many of everything; `taught` labels made the model, as many as it needs to be of use."""

    closed: int = 200_000
    routed: int = 1_500
    open: int = 5_000
    units: int = 50
    visitators: int = 20
    taught: int = 2_600

    @property
    def all(self) -> int:
        return self.closed + self.routed + self.open

    def __str__(self) -> str:
        return f"{self.open} open, {self.routed} with units, {self.closed} closed, {self.units} units"


REAL = Size()
SLICE = Size(closed=900, routed=40, open=160, units=50, visitators=20, taught=400)


def copied(size: Size, home: Path) -> str:
    """The URL of a copy, in `home`, of the town of that size on SQLite; made today if need be."""
    KEPT.mkdir(parents=True, exist_ok=True)
    with (KEPT / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two runs beside each other would make it in the same place
        kept = _made(size)
    shutil.copyfile(kept, home / "sluse.sqlite")
    return f"sqlite:///{home / 'sluse.sqlite'}"


def _made(size: Size) -> Path:
    kept = KEPT / f"town-{size.open}-{size.closed}-{digest(size)}.sqlite"
    if not kept.exists():
        for old in KEPT.glob(f"town-{size.open}-{size.closed}-*"):
            old.unlink()
        made = kept.with_suffix(".part")
        with database.opened(_migrated(f"sqlite:///{made}")) as engine:
            build(engine, size)
        made.rename(kept)
    return kept


def digest(size: Size) -> str:
    """Of everything the town is made of; the day is part of it, since what is due depends on it."""
    line = hashlib.sha256(f"{astuple(size)} {SEED} {datetime.now(UTC).date()}".encode())
    for path in (*Path(__file__).parent.glob("*.py"), *(ROOT / "migrations" / "versions").glob("*.py")):
        if path.name in ("bulk.py", "past.py", "town.py", "writing.py") or path.parent.name == "versions":
            line.update(path.read_bytes())
    return line.hexdigest()[:12]


def _migrated(url: str) -> str:
    database.migrate(url)
    return url


def build(engine: Engine, size: Size) -> None:
    """Fill an empty, migrated database."""
    plan, now = plan_of(size.units), int(time.time())
    people = [f"visitator{n}@load.example.org" for n in range(1, size.visitators + 1)]
    with database.write(engine) as session:
        organisation_units.add_units(session, plan.units)
        organisation_units.add_mailboxes(session, plan.mailboxes)
        rules.install_defaults(session)
        settings.seed_coin(session, "load")
        _people(session, people)
        unit_ids = list(session.scalars(select(Unit.id).order_by(Unit.id)))
    assert unit_ids == list(range(1, size.units + 1))
    teacher, lessons = Teacher(size.taught), 0
    with _unindexed(engine), Bulk(engine) as bulk:
        for chunk in _chunks(_enquiries(size, people, now)):
            lessons = _write(bulk, chunk, lessons, teacher)
        teacher.write(bulk, lessons, now)
    with database.write(engine) as session:
        settings.put(session, settings.WATCHED, lessons)


@contextmanager
def _unindexed(engine: Engine) -> Iterator[None]:
    """Without the index of words, which is made afterwards in one go: row by row its triggers would take an hour."""
    config = database.alembic_config(engine.url.render_as_string(hide_password=False))
    command.downgrade(config, BEFORE_SEARCH)
    yield
    command.upgrade(config, "head")


def _people(session: Session, visitators: list[str]) -> None:
    """Whose password is the same for all: hashing it so often would take longer than the rest."""
    hashed = PasswordHasher().hash(PASSWORD)
    rows = [(email, Role.VISITATOR, None) for email in visitators]
    rows += [("leder@load.example.org", Role.MANAGER, None), ("adm@load.example.org", Role.ADMINISTRATOR, None)]
    rows += [("sagsbehandler@load.example.org", Role.CASEWORKER, 1)]
    for email, role, unit_id in rows:
        name = f"Prøve {email.partition('@')[0].capitalize()}"
        session.add(Account(email=email, name=name, role=role, unit_id=unit_id, password_hash=hashed))


def _enquiries(size: Size, people: list[str], now: int) -> Iterator[Past]:
    """The oldest first; those that wait came last."""
    citizens, chance = Citizens(plan_of(size.units), SEED), random.Random(SEED)
    parts = (
        (size.closed, None, now - 365 * DAY, now - 12 * DAY), (size.routed, State.ROUTED, now - 12 * DAY, now - DAY),
        (size.open, State.TRIAGE, now - 18 * DAY, now - HOUR),
    )  # fmt: skip
    number = 0
    for count, state, first, last in parts:
        for n in range(count):
            number += 1
            at = first + (last - first) * n // count
            yield imagine(number, at, state, citizens.write(), people, chance)


def _chunks(pasts: Iterator[Past]) -> Iterator[list[Past]]:
    chunk: list[Past] = []
    for past in pasts:
        chunk.append(past)
        if len(chunk) == CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _write(bulk: Bulk, chunk: list[Past], lessons: int, teacher: "Teacher") -> int:
    """All rows of some enquiries; returns how many lessons there are by now."""
    labelled = {past.id: lessons + n for n, past in enumerate((p for p in chunk if p.label), 1)}
    _mails(bulk, chunk)
    _work(bulk, chunk)
    _taught(bulk, chunk, labelled)
    chance = random.Random(chunk[0].id)
    line = [
        (at, who, kind, past.id, data)
        for past in chunk
        for at, who, kind, data in story(past, labelled.get(past.id), labelled.get(past.id), chance)
    ]
    line.sort(key=lambda row: row[0])
    rows = ((utc(at), who, kind, enquiry, compact(data)) for at, who, kind, enquiry, data in line)
    bulk.insert(Event, ("at", "by", "kind", "enquiry_id", "data"), rows)
    teacher.hear(bulk, chunk)
    return lessons + len(labelled)


def _mails(bulk: Bulk, chunk: list[Past]) -> None:
    raws = [past.raw() for past in chunk]
    bulk.insert(
        RawMail, ("id", "address", "folder", "key", "sha256", "size", "content", "received_at", "taken_at"),
        (
            (p.id, p.written.mailbox, "inbox", p.key, sha(raw), len(raw), raw, utc(p.at), utc(p.at))
            for p, raw in zip(chunk, raws, strict=True)
        ),
    )  # fmt: skip
    cases = (
        (p.id, p.case, utc(p.at), utc(p.at + 10 * DAY) if p.state is State.CLOSED else None) for p in chunk if p.routed
    )
    bulk.insert(Case, ("id", "number", "opened_at", "closed_at"), cases)
    columns = (
        "id", "raw_mail_id", "mailbox", "received_at", "due_on", "deadline_type_id", "feedback_due_on", "state", "version",
        "hop", "returns", "subject", "sender_name", "sender_address", "text", "message_id", "fingerprint", "language",
        "may_acknowledge", "reason", "follows_id", "unit_id", "case_id", "routed_at", "automatic", "blind", "answered_at",
        "closed_at", "quarantine",
    )  # fmt: skip
    bulk.insert(Enquiry, columns, map(_enquiry, chunk))
    files = ((p.id, 0, p.written.file[0], p.written.file[1], 1200) for p in chunk if p.written.file)
    bulk.insert(Attachment, ("enquiry_id", "position", "filename", "content_type", "size"), files)


def _enquiry(p: Past) -> tuple[object, ...]:
    w, due, closed = p.written, p.due.isoformat(), p.state is State.CLOSED
    reason = "automatic_reply" if p.state is State.SET_ASIDE else "not_ours" if p.state is State.REFERRED else None
    follows = p.follows if p.state is not State.TRIAGE else None
    return (
        p.id, p.id, w.mailbox, utc(p.at), due, 1, due, p.state.value, 3 if p.routed else 1,
        int(p.routed), int(p.returned), w.subject, w.name, w.address, w.text, f"<{p.key}@borger.example.org>",
        sha(w.text.encode())[:32], "da", True, reason, follows, p.unit if p.routed else None, p.id if p.routed else None,
        utc(p.at + 120) if p.routed else None, p.routed and p.decided_by is None, p.blind,
        utc(p.at + 8 * DAY) if closed else None, utc(p.at + 9 * DAY) if closed else None, None,
    )  # fmt: skip


def _work(bulk: Bulk, chunk: list[Past]) -> None:
    """What the robot did outside."""
    routed = [past for past in chunk if past.routed]
    papers = (
        (f"enquiry:{p.id}:{what}", p.id, p.id, f"{p.case}-{n}", p.written.subject, utc(p.at + 130))
        for p in routed
        for n, what in enumerate(("mail", "reply"))
    )
    bulk.insert(CaseDocument, ("key", "case_id", "enquiry_id", "number", "title", "filed_at"), papers)
    days = ((p.id, p.case, p.due.isoformat(), p.due.isoformat() if p.state is State.CLOSED else None) for p in routed)
    bulk.insert(Deadline, ("enquiry_id", "number", "due_on", "met_on"), days)
    sent = ((f"<f-{p.key}@sluse.example.org>", p.id, 1, p.unit, utc(p.at + 140)) for p in routed)
    bulk.insert(Forward, ("message_id", "enquiry_id", "hop", "unit_id", "sent_at"), sent)
    answers = [past for past in routed if past.state is State.CLOSED and past.id % ANSWERED == 0]
    mails = (
        (
            10**6 + p.id,
            f"unit{p.unit}@units.example.org",
            "sent",
            f"r-{p.key}",
            p.key,
            5,
            b"Svar\n",
            utc(p.at),
            utc(p.at),
        )
        for p in answers
    )
    columns = ("id", "address", "folder", "key", "sha256", "size", "content", "received_at", "taken_at")
    bulk.insert(RawMail, columns, mails)
    replies = ((10**6 + p.id, p.id, utc(p.at + 8 * DAY)) for p in answers)
    bulk.insert(Reply, ("raw_mail_id", "enquiry_id", "sent_at"), replies)


def _taught(bulk: Bulk, chunk: list[Past], labelled: dict[int, int]) -> None:
    """What the robot decided at first, and what people taught."""
    ranked = (p for p in chunk if not (p.state is State.SET_ASIDE and p.decided_by is None))
    decisions = (
        (
            p.id, utc(p.at + 60), "routed" if p.routed and p.decided_by is None else "triage", p.suggested, p.sampled,
            0.05 if p.sampled or p.confidence > 0.9 else None,
            "blind_check" if p.sampled else "confident" if p.confidence > 0.9 and p.decided_by is None else "unsure",
            0.9, p.confidence, compact([{"unit_id": p.suggested, "confidence": p.confidence, "words": ["opfundet"]}]), 1,
        )
        for p in ranked
    )  # fmt: skip
    columns = (
        "enquiry_id", "at", "outcome", "unit_id", "sampled", "probability", "reason", "limit", "confidence", "ranking",
        "model_position",
    )  # fmt: skip
    bulk.insert(Decision, columns, decisions)
    known = [past for past in chunk if past.label]
    labels = (
        (labelled[p.id], p.id, p.unit, *_labelled(p), utc(p.at + 5 * HOUR), p.suggested, p.confidence) for p in known
    )
    columns = ("id", "enquiry_id", "unit_id", "source", "by", "at", "suggested_unit_id", "suggested_confidence")
    bulk.insert(Label, columns, labels)
    lessons = ((labelled[p.id], labelled[p.id], utc(p.at + 5 * HOUR)) for p in known)
    bulk.insert(LabelPosition, ("position", "label_id", "at"), lessons)


def _labelled(past: Past) -> tuple[str, str]:
    """(source, by) of its label."""
    assert past.label is not None
    unit = f"unit{past.unit}@units.example.org"
    return (
        past.label.value,
        unit if past.label is LabelSource.ANSWERED else past.decided_by or "visitator1@load.example.org",
    )


class Teacher:
    """Makes a model out of the first mails whose unit is known, and the predictions of those that wait."""

    def __init__(self, count: int) -> None:
        self._left, self._model, self._salt = count, Model(), Salt.of(SECRET)

    def hear(self, bulk: Bulk, chunk: list[Past]) -> None:
        for past in chunk:
            if self._left and past.label is not None:
                self._model.learn(prepare(_example(past), self._salt), TaughtLabel(str(past.id), str(past.unit)))
                self._left -= 1
        waiting = [past for past in chunk if past.state is State.TRIAGE]
        ranked = ((past, self._model.rank(prepare(_example(past), self._salt), TOP, 0.05)) for past in waiting)
        rows = (
            (
                past.id,
                compact(rows_of(ranking)["ranking"]),
                float(ranking.confidence),
                int(ranking.suggestions[0].unit),
                1,
                utc(past.at),
            )
            for past, ranking in ranked
        )
        bulk.insert(Prediction, ("enquiry_id", "ranking", "confidence", "unit_id", "model_position", "at"), rows)

    def write(self, bulk: Bulk, position: int, now: int) -> None:
        """The model stands at the end of the log, so that no process folds a year again before it is ready."""
        row = (position, 0, snapshot.dump(self._model, self._salt), utc(now - HOUR), "")
        bulk.insert(ModelSnapshot, ("position", "amendment_id", "content", "at", "note"), [row])


def _example(past: Past) -> Example:
    kinds = (past.written.file[1],) if past.written.file else ()
    return Example(str(past.id), past.written.subject, past.written.text, past.written.mailbox, kinds)
