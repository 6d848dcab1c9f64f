"""Migrations go up, down and up again with data; their head is what the models say."""

import shutil
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import Column, Integer, String, Table, inspect, select, text
from sqlalchemy.exc import DBAPIError

from app import database
from app.domain.actor import ROBOT
from app.domain.enquiry import LabelSource
from app.domain.events.inbound import MailReceived
from app.domain.outside import NOT_AN_ENQUIRY
from app.models import Base, search_index
from app.models.case import Reply
from app.models.enquiry import Enquiry, RawMail
from app.models.label import Label, LabelPosition, Receipt
from app.models.unit import Mailbox, ServiceArea, Unit
from app.services.platform import events
from scripts import migration
from tests import sparing
from tests.databases import POSTGRESQL, Databases

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
ADDS_MESSAGE_IDS = "0021"


@pytest.fixture
def url(made_databases: Databases, tmp_path: Path) -> str:
    return made_databases.empty(tmp_path)


def with_data(url: str) -> None:
    engine = database.create(url)
    with database.write(engine) as session:
        raw = RawMail(
            address="a@example.org", folder="inbox", key="1", sha256="0", size=1, content=b"x", received_at=NOW
        )
        session.add(raw)
        session.flush()
        enquiry = Enquiry(raw_mail_id=raw.id, mailbox="a@example.org", received_at=NOW, due_on=date(2026, 12, 7))
        session.add(enquiry)
        session.flush()
        events.record(session, MailReceived(sha256="", size=0), by=ROBOT, now=NOW, enquiry_id=enquiry.id)
    engine.dispose()


def test_up_down_up_with_data(url: str) -> None:
    config = database.alembic_config(url)
    for revision in reversed(list(ScriptDirectory.from_config(config).walk_revisions())):
        command.upgrade(config, revision.revision)
    with_data(url)
    command.check(config)
    command.downgrade(config, "base")
    engine = database.create(url)
    assert set(inspect(engine).get_table_names()) == {"alembic_version"}
    engine.dispose()
    command.upgrade(config, "head")
    with_data(url)
    command.check(config)


def test_what_keeps_the_index_of_words_is_what_the_migrations_made(url: str) -> None:
    database.migrate(url)
    engine = database.create(url)
    with database.read(engine) as session:
        assert search_index.found(session) == search_index.definitions(engine.dialect.name)
    engine.dispose()


def test_every_constraint_has_a_name() -> None:
    for table in Base.metadata.tables.values():
        for constraint in table.constraints:
            assert constraint.name, f"{table.name}: {constraint}"


def test_files_are_numbered_in_order() -> None:
    names = sorted(path.name for path in (Path(database.ROOT) / "migrations" / "versions").glob("*.py"))
    assert [int(name[:4]) for name in names] == list(range(1, len(names) + 1))


@pytest.mark.parametrize("verb", ["UPDATE event SET kind = 'x'", "DELETE FROM event"])
def test_the_log_cannot_be_changed(url: str, verb: str) -> None:
    database.migrate(url)
    with_data(url)
    engine = database.create(url)
    with pytest.raises(DBAPIError, match="append-only"), engine.begin() as connection:
        connection.execute(text(verb))
    engine.dispose()


def labels_of(url: str) -> list[tuple[object, ...]]:
    engine = database.create(url)
    query = "SELECT label.id, unit_id, revokes_id, position FROM label LEFT JOIN lesson ON label_id = label.id"
    with engine.connect() as connection:
        found = [tuple(row) for row in connection.execute(text(f"{query} ORDER BY label.id"))]
    engine.dispose()
    return found


def teach(url: str, *rows: tuple[int, int | None, int | None, int]) -> None:
    """Labels (id, unit, what it revokes, position); without a unit, of what is no enquiry."""
    engine = database.create(url)
    with database.write(engine) as session:
        for number, unit_id, revokes, position in rows:
            session.add(
                Label(
                    id=number, enquiry_id=1, unit_id=unit_id, outside=None if unit_id else NOT_AN_ENQUIRY,
                    revokes_id=revokes, source=LabelSource.CONFIRMED, by="ida", at=NOW,
                )
            )  # fmt: skip
            session.flush()
            session.add(LabelPosition(position=position, label_id=number, at=NOW))
        session.add(Receipt(label_id=rows[-1][0], rescored=0, changed=[], at=NOW))
    engine.dispose()


def test_labels_outside_the_units_come_and_go_and_the_others_stay(url: str) -> None:
    """On SQLite the table of labels is made anew under the rows that point to it."""
    config = database.alembic_config(url)
    added = next(
        each for each in ScriptDirectory.from_config(config).walk_revisions() if "outside_the_units" in each.path
    )
    command.upgrade(config, "head")
    with_data(url)
    engine = database.create(url)
    with database.write(engine) as session:
        session.add(ServiceArea(id=1, name="Byen"))
        session.flush()
        session.add(Unit(id=1, area_id=1, name="Park", address="park@example.org"))
    teach(url, (1, 1, None, 1), (2, 1, 1, 2), (3, 1, None, 3))
    before = labels_of(url)
    for revision in (str(added.down_revision), "head"):
        (command.upgrade if revision == "head" else command.downgrade)(config, revision)
        assert labels_of(url) == before == [(1, 1, None, 1), (2, 1, 1, 2), (3, 1, None, 3)]
    teach(url, (4, None, None, 4), (5, None, 4, 5), (6, None, None, 7), (7, 1, None, 6))
    nowhere = "INSERT INTO label (id, enquiry_id, source, \"by\", at, unit_id) VALUES (9, 1, 'confirmed', 'ida', '2026-11-23', {})"
    for broken in ("UPDATE label SET unit_id = NULL", "DELETE FROM label", nowhere.format("NULL"), nowhere.format(77)):
        with pytest.raises(DBAPIError), engine.begin() as connection:
            connection.execute(text(broken))
    engine.dispose()
    for revision in (str(added.down_revision), "head"):
        (command.upgrade if revision == "head" else command.downgrade)(config, revision)
        assert labels_of(url) == [*before, (7, 1, None, 4)]
    command.check(config)


def test_mailboxes_from_before_are_in_the_main_mail_system(url: str) -> None:
    config = database.alembic_config(url)
    before = next(
        str(each.down_revision)
        for each in ScriptDirectory.from_config(config).walk_revisions()
        if "mail_systems" in each.path
    )
    command.upgrade(config, "head")
    engine = database.create(url)
    with database.write(engine) as session:
        session.add(ServiceArea(id=1, name="Byen"))
        session.flush()
        session.add(Unit(id=1, area_id=1, name="Park", address="park@example.org", mail_system="new"))
        session.add(Mailbox(address="a@example.org", name="A", mail_system="new"))
    engine.dispose()
    command.downgrade(config, before)
    command.upgrade(config, "head")
    engine = database.create(url)
    for table, address in (("unit", "park@example.org"), ("mailbox", "a@example.org")):
        with engine.connect() as connection:
            rows = [tuple(row) for row in connection.execute(text(f"SELECT address, mail_system FROM {table}"))]
        assert rows == [(address, "")]
    engine.dispose()


def indexed(url: str) -> list[int]:
    engine = database.create(url)
    number = "rowid" if engine.dialect.name == "sqlite" else "enquiry_id"
    with engine.connect() as connection:
        found = list(connection.scalars(text(f"SELECT {number} FROM search_index")))
    engine.dispose()
    return found


def test_the_message_ids_of_kept_answers_are_learned(url: str) -> None:
    config = database.alembic_config(url)
    database.migrate(url)
    with_data(url)
    engine = database.create(url)
    heads = (
        b"Message-ID: <a@town.example.org>\r\n\r\nx",
        b"message-id: bare@x\n\nMessage-ID: <no@x>",
        b"Subject: none\n\n",
    )
    with database.write(engine) as session:
        for number, content in enumerate(heads, 2):
            raw = RawMail(
                address="a@example.org",
                folder="sent",
                key=str(number),
                sha256="0",
                size=1,
                content=content,
                received_at=NOW,
            )
            session.add(raw)
            session.flush()
            session.add(Reply(raw_mail_id=raw.id, enquiry_id=1, sent_at=NOW))
    engine.dispose()
    before = ScriptDirectory.from_config(config).get_revision(ADDS_MESSAGE_IDS).down_revision
    command.downgrade(config, str(before))
    command.upgrade(config, "head")
    engine = database.create(url)
    with database.read(engine) as session:
        assert list(session.scalars(select(Reply.message_id).order_by(Reply.raw_mail_id))) == [
            "<a@town.example.org>", "<bare@x>", None,
        ]  # fmt: skip
    engine.dispose()


def test_the_index_of_words_is_filled_for_what_is_there(url: str) -> None:
    config = database.alembic_config(url)
    database.migrate(url)
    with_data(url)
    assert len(indexed(url)) == 1
    before = ScriptDirectory.from_config(config).get_revision("0013").down_revision
    command.downgrade(config, str(before))
    command.upgrade(config, "head")
    assert len(indexed(url)) == 1


def test_the_triggers_of_the_index_are_there(url: str) -> None:
    """A later migration that rebuilds a table on SQLite loses its triggers: it has to make them again."""
    database.migrate(url)
    names = "SELECT tgname FROM pg_trigger" if POSTGRESQL else "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    engine = database.create(url)
    with engine.connect() as connection:
        found = {name for name in connection.scalars(text(names)) if name.startswith("search_")}
    engine.dispose()
    tables = ("enquiry", "attachment", "case_document", "note")
    verbs = ("_insert", "_update", "_delete")
    expected = {f"search_{table}{verb}" for table in tables for verb in verbs} - {"search_enquiry_delete"}
    assert found == ({f"search_{table}" for table in tables} if POSTGRESQL else expected)


@pytest.mark.skipif(POSTGRESQL, reason="of SQLite only")
def test_sqlite_is_durable(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "_prepare_sqlite", sparing.AS_SERVED)
    database.migrate(url)
    engine = database.create(url)
    with engine.connect() as connection:
        found = {
            name: connection.execute(text(f"PRAGMA {name}")).scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "secure_delete")
        }
    engine.dispose()
    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "secure_delete": 1}


def test_senders_from_before_are_the_citizens_and_compare_as_they_are_written(url: str) -> None:
    config = database.alembic_config(url)
    database.migrate(url)
    with_data(url)
    before = ScriptDirectory.from_config(config).get_revision("0018").down_revision
    command.downgrade(config, str(before))
    engine = database.create(url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE enquiry SET sender_name = 'Anna', sender_address = 'Anna@Blåbær.example.org'"))
    command.upgrade(config, "head")
    with engine.connect() as connection:
        row = connection.execute(text("SELECT citizen_name, citizen_address, citizen_key, citizen_source FROM enquiry"))
        assert tuple(row.one()) == ("Anna", "Anna@Blåbær.example.org", "anna@xn--blbr-roah.example.org", None)
    engine.dispose()


def test_the_next_migration_is_written_from_the_models(url: str, tmp_path: Path) -> None:
    """What `make migration` writes goes up and down, and leaves nothing between head and models."""
    folder = tmp_path / "migrations"
    shutil.copytree(Path(database.ROOT) / "migrations", folder)
    before = len(list((folder / "versions").glob("*.py")))
    colour = Table("colour", Base.metadata, Column("id", Integer, primary_key=True), Column("name", String(20)))
    try:
        written = migration.write("add_colour", folder)
        assert written.name == f"{before + 1:04}_add_colour.py"
        assert written.read_text("utf-8").startswith('"""Add colour."""\n')
        config = database.alembic_config(url)
        config.set_main_option("script_location", str(folder))
        command.upgrade(config, "head")
        command.check(config)
        command.downgrade(config, "-1")
    finally:
        Base.metadata.remove(colour)
    engine = database.create(url)
    assert "colour" not in inspect(engine).get_table_names()
    engine.dispose()


@pytest.mark.parametrize("name", ["", "colour", "Add_colour", "../add_colour", "add colour"])
def test_a_migration_is_named_by_verb_and_noun(name: str) -> None:
    with pytest.raises(ValueError, match="verb and a noun"):
        migration.write(name)
