"""Notes; one index of words over everything, kept by triggers; indexes for the list of enquiries."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

LISTED = [
    "received_at",
    "id",
    "imported",
    "state",
    "unit_id",
    "mailbox",
    "language",
    "automatic",
    "case_id",
    "due_on",
]
PUNCTUATION = "@._-/:;,!?()[]{}<>\"''|#&*+=~^`%$–—’‘“”«»…§·•\N{NO-BREAK SPACE}"
CAPITALS, SMALL = "ÆØÅÉÈÖÄÜ", "æøåéèöäü"
CAP = 100_000
"""Characters of a mail that can be searched: PostgreSQL takes no vector of words larger than a megabyte."""
SOURCES = {"attachment": "filename", "case_document": "title", "note": "text"}
"""What belongs to an enquiry besides its own columns: table → the column that is searched."""
COLUMNS = "subject, sender_name, sender_address, text, unit_id, case_id, imported"


def upgrade() -> None:
    op.create_table(
        "note",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("enquiry_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("by", sa.String(length=320), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["enquiry_id"], ["enquiry.id"], name=op.f("fk_note_enquiry_id_enquiry")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_note")),
    )
    op.create_index("ix_note_enquiry_id", "note", ["enquiry_id"])
    op.create_index("ix_enquiry_listed", "enquiry", LISTED)
    op.create_index("ix_enquiry_relates_id", "enquiry", ["relates_id"])
    op.create_index("ix_enquiry_resembles_id", "enquiry", ["resembles_id"])
    for name, columns, rows in (
        ("ix_enquiry_unread", ["unit_id"], sa.text("quarantine IS NOT NULL")),
        ("ix_enquiry_returned", ["state", "unit_id"], sa.text("returns > 0")),
    ):
        op.create_index(name, "enquiry", columns, sqlite_where=rows, postgresql_where=rows)
    if op.get_bind().dialect.name == "sqlite":
        _index_on_sqlite()
    else:
        _index_on_postgresql()


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for name in _sqlite_triggers():
            op.execute(f"DROP TRIGGER {name}")
        op.execute("DROP TABLE search_index")
    else:
        for table in ("enquiry", *SOURCES):
            op.execute(f"DROP TRIGGER search_{table} ON {table}")
            op.execute(f"DROP FUNCTION search_{table}()")
        op.execute("DROP FUNCTION search_refresh(integer)")
        op.execute("DROP TABLE search_index")
    for index in (
        "ix_enquiry_returned",
        "ix_enquiry_unread",
        "ix_enquiry_resembles_id",
        "ix_enquiry_relates_id",
        "ix_enquiry_listed",
    ):
        op.drop_index(index, "enquiry")
    op.drop_table("note")


def _words(gathered: str) -> str:
    """All words of the enquiry `e`, as SQL; `gathered` is the database's function that joins rows of text."""
    mine = " || ' ' || ".join(
        f"coalesce((SELECT {gathered}({column}, ' ') FROM {table} WHERE enquiry_id = e.id), '')"
        for table, column in SOURCES.items()
    )
    case = "coalesce((SELECT number FROM \"case\" WHERE id = e.case_id), '')"
    unit = "coalesce('sluseunit' || e.unit_id, '')"
    own = "e.subject || ' ' || e.sender_name || ' ' || e.sender_address"
    return f"{unit} || ' ' || {own} || ' ' || {case} || ' ' || {mine} || ' ' || substr(e.text, 1, {CAP})"


def _index_on_sqlite() -> None:
    op.execute(
        "CREATE VIRTUAL TABLE search_index USING fts5(words, tokenize = \"unicode61 remove_diacritics 0\", prefix = '3')"
    )
    for name, (when, what) in _sqlite_triggers().items():
        op.execute(f"CREATE TRIGGER {name} {when} BEGIN {what} END")
    op.execute(f"INSERT INTO search_index (rowid, words) {_documents('NOT e.imported')}")


def _documents(which: str) -> str:
    return f"SELECT e.id, {_words('group_concat')} FROM enquiry e WHERE {which}"


def _sqlite_triggers() -> dict[str, tuple[str, str]]:
    """Name → (when, what). Imported history is not searched."""
    found = {
        "search_enquiry_insert": ("AFTER INSERT ON enquiry WHEN NOT NEW.imported", _refresh_sqlite("NEW.id")),
        "search_enquiry_update": (
            f"AFTER UPDATE OF {COLUMNS} ON enquiry WHEN NOT (NEW.imported AND OLD.imported)",
            _refresh_sqlite("NEW.id"),
        ),
    }
    for table, column in SOURCES.items():
        for verb, row in (("INSERT", "NEW"), (f"UPDATE OF {column}", "NEW"), ("DELETE", "OLD")):
            name = f"search_{table}_{verb.split()[0].lower()}"
            imported = f"(SELECT imported FROM enquiry WHERE id = {row}.enquiry_id)"
            found[name] = (f"AFTER {verb} ON {table} WHEN NOT {imported}", _refresh_sqlite(f"{row}.enquiry_id"))
    return found


def _refresh_sqlite(number: str) -> str:
    insert = f"INSERT INTO search_index (rowid, words) {_documents(f'e.id = {number} AND NOT e.imported')};"
    return f"DELETE FROM search_index WHERE rowid = {number}; {insert}"


def _index_on_postgresql() -> None:
    op.execute("CREATE TABLE search_index (enquiry_id integer PRIMARY KEY, words tsvector NOT NULL)")
    blanks = " " * len(PUNCTUATION)
    old, new = (PUNCTUATION + CAPITALS).replace("'", "''"), blanks + SMALL
    vector = f"to_tsvector('danish', translate({_words('string_agg')}, '{old}', '{new}'))"
    rows = f"SELECT e.id, {vector} FROM enquiry e WHERE NOT e.imported"
    op.execute(
        sa.text(
            "CREATE FUNCTION search_refresh(number integer) RETURNS void LANGUAGE sql AS $$ "
            f"INSERT INTO search_index (enquiry_id, words) {rows} AND e.id = number "
            "ON CONFLICT (enquiry_id) DO UPDATE SET words = EXCLUDED.words $$"
        )
    )
    for table in ("enquiry", *SOURCES):
        _trigger_on_postgresql(table)
    op.execute(sa.text(f"INSERT INTO search_index (enquiry_id, words) {rows}"))
    op.execute("CREATE INDEX ix_search_index_words ON search_index USING gin (words) WITH (fastupdate = off)")


def _trigger_on_postgresql(table: str) -> None:
    number, columns = ("id", COLUMNS) if table == "enquiry" else ("enquiry_id", SOURCES[table])
    op.execute(
        f"CREATE FUNCTION search_{table}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"PERFORM search_refresh(coalesce(NEW.{number}, OLD.{number})); RETURN NULL; END $$"
    )
    verbs = f"INSERT OR UPDATE OF {columns}" + (" OR DELETE" if table != "enquiry" else "")
    op.execute(f"CREATE TRIGGER search_{table} AFTER {verbs} ON {table} FOR EACH ROW EXECUTE FUNCTION search_{table}()")
