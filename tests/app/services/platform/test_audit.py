"""The audit log against its own administrator: every attack is refused, or found and located."""

import threading
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, select, text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app import cli, database
from app.domain import audit_chain
from app.domain.actor import Actor
from app.domain.events.base import DomainEvent
from app.models.event import Event
from app.services.platform import audit, events, log_triggers
from app.services.platform.audit import Break, Head, Why
from connectors.mail.message import Folder
from tests.connectors.flaky import Flaky
from tests.databases import POSTGRESQL, Databases
from tests.town import PARK, SHARED, Town, mail, now

ROWS = 12


@dataclass(frozen=True, kw_only=True)
class Tried(DomainEvent, kind="tried"):
    n: int = 0
    share: float = 0.0
    name: str = "Æøå"
    none: None = None


@pytest.fixture
def log(town: Town) -> int:
    """A log with some rows; returns the number of the last."""
    with database.write(town.container.engine) as session:
        for n in range(ROWS):
            events.record(session, Tried(n=n, share=n / 7), by=Actor("x@example.org"), now=now())
        return audit.head(session, now()).number  # type: ignore[union-attr]


def broken(town: Town, *heads: Head) -> Break | None:
    with database.read(town.container.engine) as session:
        return audit.first_break(session, heads)


def written(town: Town) -> Head:
    with database.read(town.container.engine) as session:
        found = audit.head(session, now())
        assert found is not None
        return found


def test_a_savepoint_that_is_rolled_back_leaves_the_chain_whole(town: Town, log: int) -> None:
    """Who wrote the newest row knows it; a row that went with a savepoint is not the newest any more."""
    with database.write(town.container.engine) as session:
        events.record(session, Tried(n=1), by=Actor("x@example.org"), now=now())
        with session.begin_nested() as savepoint:
            events.record(session, Tried(n=2), by=Actor("x@example.org"), now=now())
            events.record(session, Tried(n=3), by=Actor("x@example.org"), now=now())
            savepoint.rollback()
        last = events.record(session, Tried(n=4), by=Actor("x@example.org"), now=now())
        assert last.id == log + 2
    assert broken(town) is None


REFUSED = [
    "UPDATE event SET by = 'nobody' WHERE id = 3",
    "UPDATE event SET at = '2020-01-01 00:00:00' WHERE id = 3",
    "DELETE FROM event WHERE id = 3",
    "DELETE FROM event",
    "INSERT INTO event (id, at, by, kind, data, hash) VALUES (3, '2026-01-01', 'x', 'x', '{}', '')"
    " ON CONFLICT (id) DO UPDATE SET by = 'nobody'",
    "DELETE FROM label", "UPDATE label SET by = 'nobody'", "DELETE FROM lesson", "UPDATE lesson SET position = position + 100",
]  # fmt: skip
REFUSED += (
    ["TRUNCATE event CASCADE", "TRUNCATE label CASCADE", "TRUNCATE lesson CASCADE", "TRUNCATE enquiry CASCADE"]
    if POSTGRESQL
    else [
        "INSERT OR REPLACE INTO event (id, at, by, kind, data) VALUES (3, '2026-01-01', 'x', 'x', '{}')",
        "REPLACE INTO event (id, at, by, kind, data) SELECT id, at, 'nobody', kind, data FROM event WHERE id = 3",
        "UPDATE OR REPLACE event SET id = 4 WHERE id = 3",
        "REPLACE INTO label SELECT * FROM label",
        "REPLACE INTO lesson SELECT * FROM lesson",
        "REPLACE INTO lesson (position, label_id, at) SELECT position + 1000, label_id, at FROM lesson",
    ]
)


@pytest.mark.parametrize("attack", REFUSED)
def test_the_database_refuses(town: Town, attack: str) -> None:
    (enquiry,) = town.receive(mail("Træ", "Træet er væltet"))
    town.decide(enquiry)
    town.learn()
    with pytest.raises(DBAPIError, match="append-only"), town.container.engine.begin() as connection:
        connection.execute(text(attack))
    assert broken(town) is None


def unlock(connection: Connection) -> None:
    """What somebody who owns the database does first."""
    wanted = log_triggers.wanted_triggers("postgresql" if POSTGRESQL else "sqlite")
    names = [name for name in wanted if name.startswith("event_")]
    for name in names:
        connection.execute(text(f"DROP TRIGGER {name}" + (" ON event" if POSTGRESQL else "")))


def rechain(connection: Connection, first: int) -> None:
    """Make all hashes from a row on anew, as somebody with the source would."""
    session = Session(bind=connection)
    before = session.scalars(select(Event.hash).where(Event.id < first).order_by(Event.id.desc())).first()
    for row in session.scalars(select(Event).where(Event.id >= first).order_by(Event.id)).all():
        assert before is not None
        before = audit_chain.link(before, row.id, row.at, row.by, row.kind, row.enquiry_id, row.data)
        connection.execute(text("UPDATE event SET hash = :h WHERE id = :n"), {"h": before, "n": row.id})


def run(*statements: str) -> Callable[[Connection, int], None]:
    def attack(connection: Connection, last: int) -> None:
        for statement in statements:
            connection.execute(text(statement), {"last": last})

    return attack


INSERT = "INSERT INTO event (id, at, by, kind, data, hash) VALUES"


def reused(connection: Connection, last: int) -> None:
    connection.execute(text("DELETE FROM event WHERE id = :last"), {"last": last})
    connection.execute(text(f"{INSERT} (:last, '2026-11-29 12:00:00', 'x', 'x', '{{}}', 'f')"), {"last": last})


def reused_with_the_right_hash(connection: Connection, last: int) -> None:
    reused(connection, last)
    rechain(connection, last)


def dated_back_with_the_right_hash(connection: Connection, last: int) -> None:
    connection.execute(text(f"{INSERT} (:last, '2020-01-01 12:00:00', 'x', 'x', '{{}}', '')"), {"last": last + 1})
    rechain(connection, last + 1)


def made_anew(connection: Connection, last: int) -> None:
    connection.execute(text("UPDATE event SET by = 'nobody' WHERE id = 3"))
    rechain(connection, 3)


def taken_out_and_made_anew(connection: Connection, last: int) -> None:
    connection.execute(text("DELETE FROM event WHERE id = 3"))
    rechain(connection, 4)


FOUND: list[tuple[str, Callable[[Connection, int], None], Callable[[int], Break]]] = [
    ("changed", run("UPDATE event SET by = 'nobody' WHERE id = 3"), lambda _: Break(3, Why.CHANGED)),
    ("dated back", run("UPDATE event SET at = '2020-01-01' WHERE id = 5"), lambda _: Break(5, Why.CHANGED)),
    ("told otherwise", run("UPDATE event SET data = '{\"n\": 99}' WHERE id = 4"), lambda _: Break(4, Why.CHANGED)),
    ("of another mail", run("UPDATE event SET kind = 'x' WHERE id = :last"), lambda n: Break(n, Why.CHANGED)),
    ("taken out", run("DELETE FROM event WHERE id = 3"), lambda _: Break(3, Why.MISSING)),
    ("the first taken out", run("DELETE FROM event WHERE id = 1"), lambda _: Break(1, Why.MISSING)),
    ("some taken out", run("DELETE FROM event WHERE id BETWEEN 4 AND 6"), lambda _: Break(4, Why.MISSING)),
    ("renumbered", run("DELETE FROM event WHERE id = 3", "UPDATE event SET id = 3 WHERE id = 4"), lambda _: Break(3, Why.CHANGED)),
    ("cut off", run("DELETE FROM event WHERE id = :last"), lambda n: Break(n, Why.CUT)),
    ("cut short", run("DELETE FROM event WHERE id > 5"), lambda _: Break(6, Why.CUT)),
    ("emptied", run("DELETE FROM event"), lambda _: Break(1, Why.CUT)),
    ("a number used again", reused, lambda n: Break(n, Why.CHANGED)),
    ("a number used again, chained", reused_with_the_right_hash, lambda n: Break(n, Why.NOT_AS_WRITTEN)),
    ("slipped in", run(f"{INSERT} (:last + 1, '2026-11-29', 'x', 'x', '{{}}', '')"), lambda n: Break(n + 1, Why.UNCHAINED)),
    ("slipped in behind a gap", run(f"{INSERT} (:last + 9, '2026-11-29', 'x', 'x', '{{}}', '')"),
     lambda n: Break(n + 1, Why.MISSING)),
    ("dated back, chained", dated_back_with_the_right_hash, lambda n: Break(n + 1, Why.OUT_OF_ORDER)),
    ("made anew", made_anew, lambda n: Break(n, Why.NOT_AS_WRITTEN)),
    ("taken out and made anew", taken_out_and_made_anew, lambda _: Break(3, Why.MISSING)),
]  # fmt: skip


@pytest.mark.parametrize(("attack", "expected"), [each[1:] for each in FOUND], ids=[each[0] for each in FOUND])
def test_what_the_database_could_not_refuse_is_found_and_located(
    town: Town, log: int, attack: Callable[[Connection, int], None], expected: Callable[[int], Break]
) -> None:
    kept = written(town)
    assert broken(town, kept) is None
    with town.container.engine.begin() as connection:
        unlock(connection)
        attack(connection, log)
    assert broken(town, kept) == expected(log)


def test_a_trigger_that_is_gone_is_named(town: Town) -> None:
    with database.read(town.container.engine) as session:
        assert log_triggers.unprotected(session) == []
    with town.container.engine.begin() as connection:
        unlock(connection)
    with database.read(town.container.engine) as session:
        named = log_triggers.unprotected(session)
    wanted = log_triggers.wanted_triggers("postgresql" if POSTGRESQL else "sqlite")
    assert named == [name for name in wanted if name.startswith("event_")]


WEAKENED = (
    [
        "CREATE OR REPLACE FUNCTION label_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$",
        "DROP TRIGGER label_append_only ON label; CREATE TRIGGER label_append_only BEFORE UPDATE ON label FOR EACH ROW"
        " WHEN (false) EXECUTE FUNCTION label_append_only()",
        "DROP TRIGGER label_append_only ON label; CREATE TRIGGER label_append_only AFTER DELETE ON label FOR EACH ROW"
        " EXECUTE FUNCTION label_append_only()",
    ]
    if POSTGRESQL
    else [
        "DROP TRIGGER label_no_update; CREATE TRIGGER label_no_update BEFORE UPDATE ON label WHEN 0 BEGIN SELECT 1; END",
        "DROP TRIGGER label_no_update; CREATE TRIGGER label_no_update BEFORE UPDATE ON label BEGIN SELECT 1; END",
        "DROP TRIGGER label_no_update; CREATE TRIGGER label_no_update BEFORE UPDATE OF id ON label BEGIN"
        " SELECT RAISE(ABORT, 'label is append-only'); END",
        "DROP TRIGGER label_no_update; CREATE TRIGGER label_no_update BEFORE UPDATE ON note BEGIN"
        " SELECT RAISE(ABORT, 'label is append-only'); END",
    ]
)


@pytest.mark.parametrize("statement", WEAKENED)
def test_a_trigger_of_the_same_name_that_refuses_less_is_named(town: Town, statement: str) -> None:
    with town.container.engine.begin() as connection:
        for part in statement.replace("; CREATE", ";\nCREATE").split(";\n"):
            connection.execute(text(part))
    with database.read(town.container.engine) as session:
        named = log_triggers.unprotected(session)
    assert named
    assert all(name.startswith("label_") for name in named)


@pytest.mark.skipif(not POSTGRESQL, reason="only PostgreSQL can switch a trigger off")
def test_a_trigger_that_is_switched_off_is_named(town: Town) -> None:
    with town.container.engine.begin() as connection:
        connection.execute(text("ALTER TABLE event DISABLE TRIGGER ALL"))
    with database.read(town.container.engine) as session:
        assert log_triggers.unprotected(session) == ["event_append_only", "event_no_truncate"]


def test_many_writers_make_one_chain(town: Town) -> None:
    def write() -> None:
        for n in range(15):
            with database.write(town.container.engine) as session:
                events.record(session, Tried(n=n), by=Actor("x"), now=now())

    writers = [threading.Thread(target=write) for _ in range(4)]
    for each in writers:
        each.start()
    for each in writers:
        each.join()
    assert written(town).number >= 60
    assert broken(town) is None


def test_a_change_that_is_rolled_back_leaves_no_gap(town: Town) -> None:
    def fail() -> None:
        with database.write(town.container.engine) as session:
            events.record(session, Tried(), by=Actor("x"), now=now())
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    with database.write(town.container.engine) as session:
        events.record(session, Tried(), by=Actor("x"), now=now())
    assert broken(town) is None


def test_the_head_is_written_once_a_day_and_mailed(town: Town, log: int, tmp_path: Path) -> None:
    c, file, today = town.container, tmp_path / "heads.txt", now()
    for at in (today, today + timedelta(seconds=1), today + timedelta(days=1)):
        audit.keep_head(c.engine, c.gateway, file, to="vej@town.example.org", secret="s" * 16, now=at)
    heads = audit.read_heads(file)
    assert [head.number for head in heads] == [log, log]
    assert file.stat().st_mode & 0o077 == 0
    sent = c.gateway.new_messages(SHARED, None, folder=Folder.SENT).messages
    letters = [c.gateway.raw(SHARED, each.key, folder=Folder.SENT) for each in sent]
    assert len(letters) == 2
    for n, letter in enumerate(letters):  # as a mail program saves it
        (tmp_path / "saved.eml").write_bytes(letter)
        assert audit.read_heads(tmp_path / "saved.eml") == [heads[n]]
    (tmp_path / "saved.mbox").write_bytes(b"\n".join(b"From a@b\n" + letter for letter in letters))
    assert audit.read_heads(tmp_path / "saved.mbox") == heads


def test_the_head_is_mailed_once_the_mail_system_takes_it(town: Town, log: int, tmp_path: Path) -> None:
    c, gateway, today = town.container, Flaky(town.gateway), now()
    gateway.fail("send", "before", "after")
    for minutes in range(0, 50, 10):
        at = today + timedelta(minutes=minutes)
        audit.keep_head(c.engine, gateway, tmp_path / "h", to="vej@town.example.org", secret="s" * 16, now=at)
    assert gateway.calls == ["send"] * 3
    assert len(c.gateway.new_messages(SHARED, None, folder=Folder.SENT).messages) == 1


def test_what_is_no_head_is_passed_over(tmp_path: Path) -> None:
    file = tmp_path / "heads.txt"
    assert audit.read_heads(file) == []
    file.write_bytes(b"\xff\n2026-11-29T00:00:00 x y\n\n2026-11-29T00:00:00+01:00 7 abc\n")
    assert [(head.number, head.hash) for head in audit.read_heads(file)] == [(7, "abc")]


def test_the_command_says_what_is_wrong(
    town: Town, log: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    config = town.container.settings
    monkeypatch.setenv("SLUSE_HOME", str(config.home))
    monkeypatch.setenv("SLUSE_DATABASE_URL", config.database_url)
    monkeypatch.setenv("SLUSE_SECRET_KEY", "a-secret-for-tests-only")
    kept = tmp_path / "kept.txt"
    kept.write_text(f"{written(town)}\n")
    assert cli.main(["verify-audit", "--heads", str(kept)]) == 0
    assert "1 written head agree" in capsys.readouterr().out
    with town.container.engine.begin() as connection:
        unlock(connection)
        connection.execute(text("DELETE FROM event WHERE id = :last"), {"last": log})
    assert cli.main(["verify-audit"]) == 1  # the chain itself is whole: only what was kept elsewhere tells
    assert "UNPROTECTED: the trigger event_" in capsys.readouterr().err
    assert cli.main(["verify-audit", "--heads", str(kept)]) == 1
    assert f"BROKEN at row {log}: the log's end is cut off" in capsys.readouterr().err


def test_old_rows_are_chained_and_what_strangers_typed_is_forgotten(made_databases: Databases, tmp_path: Path) -> None:
    url = made_databases.empty(tmp_path)
    database.migrate(url, "0025")
    engine = create_engine(url)
    at = datetime(2026, 11, 29, 12, 0, 0, 123456, UTC)
    row = "INSERT INTO event (at, by, kind, data) VALUES (:at, :by, :kind, :data)"
    rows = [
        {"at": at, "by": "robot", "kind": "x", "data": f'{{"b": {n / 3}, "a": "Æ", "c": [1, null]}}'}
        for n in range(2500)
    ]
    rows += [{"at": at, "by": "010190-1234", "kind": "login_failed", "data": "{}"}]
    with engine.begin() as connection:
        connection.execute(text(row), rows)
    database.migrate(url)
    with database.opened(url) as migrated, database.read(migrated) as session:
        assert audit.first_break(session) is None
        assert log_triggers.unprotected(session) == []
        assert session.get_one(Event, 2501).by == ""
    engine.dispose()


@pytest.mark.skipif(not POSTGRESQL, reason="SQLite has no roles")
def test_the_role_of_the_house_cannot_change_the_log(town: Town) -> None:
    script = (Path(database.ROOT) / "scripts" / "database_role.sql").read_text().replace(':"role"', "sluse_app")
    with town.container.engine.begin() as connection:
        if not connection.scalar(text("SELECT 1 FROM pg_roles WHERE rolname = 'sluse_app'")):
            connection.execute(text("CREATE ROLE sluse_app"))
        for statement in (each for each in script.split(";") if "GRANT" in each or "REVOKE" in each):
            connection.execute(text(statement))
    engine = database.create(town.container.settings.database_url)
    with engine.connect() as connection:
        connection.execute(text("SET ROLE sluse_app"))
        with Session(bind=connection) as session:
            events.record(session, Tried(), by=Actor("x"), now=now())
        attacks = [
            "UPDATE {} SET at = at",
            "DELETE FROM {}",
            "TRUNCATE {} CASCADE",
            "ALTER TABLE {} DISABLE TRIGGER ALL",
        ]
        for table in log_triggers.TAKEN:
            for attack in (*attacks, "DROP TRIGGER {0}_append_only ON {0}", "DROP TABLE {} CASCADE"):
                with pytest.raises(DBAPIError, match=r"permission denied|must be owner"):
                    connection.execute(text(attack.format(table)))
                connection.rollback()
                connection.execute(text("SET ROLE sluse_app"))
    engine.dispose()


def test_the_house_goes_on_with_a_chained_log(town: Town) -> None:
    (enquiry,) = town.receive(mail("Træ", "Træet er væltet"))
    town.decide(enquiry, PARK)
    town.learn()
    assert broken(town) is None


HEADS = {"nothing": "", "another file": "Kære Anna", "half a head": "{first}"}
KEPT = {
    "quoted": "> {head}", "soft break": "{first}=\n{rest}", "broken": "> {at}\n> {number}\n> {hash}",
    "base64": "Subject: x\nContent-Type: text/plain\nContent-Transfer-Encoding: base64\n\n{base64}",
}  # fmt: skip


@pytest.mark.parametrize("shape", KEPT)
def test_a_head_is_read_however_a_mail_program_kept_it(tmp_path: Path, shape: str) -> None:
    head = Head("2026-11-29T07:00:00+01:00", 7, "a1" * 32)
    parts = {"at": head.at, "number": head.number, "hash": head.hash, "base64": b64encode(str(head).encode()).decode()}
    kept = KEPT[shape].format(head=head, first=str(head)[:70], rest=str(head)[70:], **parts)
    (tmp_path / "kept.eml").write_text(kept)
    assert audit.read_heads(tmp_path / "kept.eml") == [head]


@pytest.mark.parametrize("shape", HEADS)
def test_a_file_of_heads_in_which_none_is_found_is_no_proof(
    town: Town, log: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shape: str
) -> None:
    head = str(written(town))
    file = tmp_path / "kept.txt"
    file.write_text(HEADS[shape].format(head=head, first=head[:20]))
    monkeypatch.setenv("SLUSE_HOME", str(tmp_path))
    monkeypatch.setenv("SLUSE_SECRET_KEY", "a-secret-for-tests-only")
    monkeypatch.setenv("SLUSE_DATABASE_URL", town.container.settings.database_url)
    assert cli.main(["verify-audit", "--heads", str(file)]) != 0
    assert cli.main(["verify-audit", "--heads", str(tmp_path / "missing.txt")]) == 2
    file.write_text(head.upper().replace("T", "T"))
    assert cli.main(["verify-audit", "--heads", str(file)]) == 0
