"""Who the citizen of a mail is, apart from who wrote it; web forms that write in a citizen's name; both are searched."""

import unicodedata
from contextlib import suppress

import idna
import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

PUNCTUATION = "@._-/:;,!?()[]{}<>\"''|#&*+=~^`%$–—’‘“”«»…§·•\N{NO-BREAK SPACE}"
CAPITALS, SMALL = "ÆØÅÉÈÖÄÜ", "æøåéèöäü"
CAP = 100_000
SOURCES = {"attachment": "filename", "case_document": "title", "note": "text"}
OLD_COLUMNS = "subject, sender_name, sender_address, text, unit_id, case_id, imported"
COLUMNS = f"{OLD_COLUMNS}, citizen_name, citizen_address"
OTHERS = (
    " || CASE WHEN e.citizen_address <> e.sender_address OR e.citizen_name <> e.sender_name "
    "THEN ' ' || e.citizen_name || ' ' || e.citizen_address ELSE '' END"
)
"""The citizen's words, where they are not the sender's."""
CHUNK = 5_000


def upgrade() -> None:
    op.create_table(
        "form_sender",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("senders", sa.String(), nullable=False),
        sa.Column("mailbox", sa.String(length=320), nullable=False),
        sa.Column("address_labels", sa.String(), nullable=False),
        sa.Column("name_labels", sa.String(), nullable=False),
        sa.Column("confirmed", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_form_sender")),
        sa.UniqueConstraint("name", name=op.f("uq_form_sender_name")),
    )
    text = {"nullable": False, "server_default": ""}
    op.add_column("enquiry", sa.Column("citizen_name", sa.String(), **text))
    op.add_column("enquiry", sa.Column("citizen_address", sa.String(length=320), **text))
    op.add_column("enquiry", sa.Column("citizen_key", sa.String(length=320), **text))
    op.add_column("enquiry", sa.Column("citizen_source", sa.String(length=20), nullable=True))
    op.add_column("enquiry", sa.Column("citizen_candidates", sa.JSON(), nullable=False, server_default="[]"))
    op.create_index("ix_enquiry_citizen_key", "enquiry", ["citizen_key"])
    _take_senders_for_citizens()
    _search(COLUMNS, OTHERS)


def downgrade() -> None:
    _search(OLD_COLUMNS, "")
    op.drop_index("ix_enquiry_citizen_key", "enquiry")
    for column in ("citizen_candidates", "citizen_source", "citizen_key", "citizen_address", "citizen_name"):
        op.drop_column("enquiry", column)
    op.drop_table("form_sender")


def _take_senders_for_citizens() -> None:
    """Until a mail is read again its sender is the citizen; the index of words has those already."""
    op.execute("UPDATE enquiry SET citizen_name = sender_name, citizen_address = sender_address")
    enquiry = sa.table("enquiry", sa.column("sender_address"), sa.column("citizen_key"))
    bind = op.get_bind()
    senders = bind.execute(sa.select(enquiry.c.sender_address).where(enquiry.c.sender_address != "").distinct())
    keys = [{"sender": sender, "key": _key(sender)} for (sender,) in senders]
    change = sa.update(enquiry).where(enquiry.c.sender_address == sa.bindparam("sender"))
    for start in range(0, len(keys), CHUNK):
        bind.execute(change.values(citizen_key=sa.bindparam("key")), keys[start : start + CHUNK])


def _key(address: str) -> str:
    local, at, host = unicodedata.normalize("NFC", address.strip()).rpartition("@")
    with suppress(idna.IDNAError, UnicodeError):
        host = host if host.isascii() else idna.encode(host, uts46=True).decode("ascii")
    return f"{local}{at}{host}".lower()


def _sqlite() -> bool:
    return bool(op.get_bind().dialect.name == "sqlite")


def _search(columns: str, others: str) -> None:
    """Let the triggers of the index of words look at these columns of an enquiry."""
    if _sqlite():
        for name, (when, what) in _sqlite_triggers(columns, others).items():
            op.execute(f"DROP TRIGGER {name}")
            op.execute(f"CREATE TRIGGER {name} {when} BEGIN {what} END")
        return
    blanks = " " * len(PUNCTUATION)
    old, new = (PUNCTUATION + CAPITALS).replace("'", "''"), blanks + SMALL
    vector = f"to_tsvector('danish', translate({_words('string_agg', others)}, '{old}', '{new}'))"
    rows = f"SELECT e.id, {vector} FROM enquiry e WHERE NOT e.imported AND e.id = number"
    op.execute(
        sa.text(
            "CREATE OR REPLACE FUNCTION search_refresh(number integer) RETURNS void LANGUAGE sql AS $$ "
            f"INSERT INTO search_index (enquiry_id, words) {rows} "
            "ON CONFLICT (enquiry_id) DO UPDATE SET words = EXCLUDED.words $$"
        )
    )
    op.execute("DROP TRIGGER search_enquiry ON enquiry")
    _trigger_on_postgresql(columns)


def _trigger_on_postgresql(columns: str) -> None:
    verbs = f"INSERT OR UPDATE OF {columns}"
    op.execute(f"CREATE TRIGGER search_enquiry AFTER {verbs} ON enquiry FOR EACH ROW EXECUTE FUNCTION search_enquiry()")


def _words(gathered: str, others: str) -> str:
    """All words of the enquiry `e`, as SQL; `gathered` is the database's function that joins rows of text."""
    mine = " || ' ' || ".join(
        f"coalesce((SELECT {gathered}({column}, ' ') FROM {table} WHERE enquiry_id = e.id), '')"
        for table, column in SOURCES.items()
    )
    case = "coalesce((SELECT number FROM \"case\" WHERE id = e.case_id), '')"
    unit = "coalesce('sluseunit' || e.unit_id, '')"
    own = f"e.subject || ' ' || e.sender_name || ' ' || e.sender_address{others}"
    return f"{unit} || ' ' || {own} || ' ' || {case} || ' ' || {mine} || ' ' || substr(e.text, 1, {CAP})"


def _sqlite_triggers(columns: str, others: str) -> dict[str, tuple[str, str]]:
    """Name → (when, what). Imported history is not searched."""

    def refresh(row: str) -> str:
        return _refresh_sqlite(row, others)

    found = {
        "search_enquiry_insert": ("AFTER INSERT ON enquiry WHEN NOT NEW.imported", refresh("NEW.id")),
        "search_enquiry_update": (
            f"AFTER UPDATE OF {columns} ON enquiry WHEN NOT (NEW.imported AND OLD.imported)",
            refresh("NEW.id"),
        ),
    }
    for table, column in SOURCES.items():
        for verb, row in (("INSERT", "NEW"), (f"UPDATE OF {column}", "NEW"), ("DELETE", "OLD")):
            name = f"search_{table}_{verb.split()[0].lower()}"
            imported = f"(SELECT imported FROM enquiry WHERE id = {row}.enquiry_id)"
            found[name] = (f"AFTER {verb} ON {table} WHEN NOT {imported}", refresh(f"{row}.enquiry_id"))
    return found


def _refresh_sqlite(number: str, others: str) -> str:
    documents = f"SELECT e.id, {_words('group_concat', others)} FROM enquiry e WHERE e.id = {number} AND NOT e.imported"
    insert = f"INSERT INTO search_index (rowid, words) {documents};"
    return f"DELETE FROM search_index WHERE rowid = {number}; {insert}"
