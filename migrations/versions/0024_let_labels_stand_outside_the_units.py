"""Labels of what belongs to no unit, and what the model says of it. Every label there is stays as it was."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

COLUMNS = (
    "id",
    "enquiry_id",
    "unit_id",
    "revokes_id",
    "source",
    '"by"',
    "at",
    "suggested_unit_id",
    "suggested_confidence",
    "taught",
)
SAME = {
    "ix_label_at": ["at"],
    "ix_label_enquiry_id": ["enquiry_id"],
    "ix_label_unit_id_source_id": ["unit_id", "source", "id"],
    "ix_label_source": ["source"],
    "ix_label_taught": ["taught"],
}
BEFORE = {
    "ix_label_weekly": ["at", "suggested_unit_id", "unit_id", "source"],
    "ix_label_tally": ["unit_id", "suggested_unit_id", "source"],
    "ix_label_by_unit": ["unit_id", "id", "suggested_unit_id"],
}
AFTER = {name: [*columns, "suggested_outside"] for name, columns in BEFORE.items()} | {
    "ix_label_outside": ["outside", "id"]
}
SOMEWHERE = "(unit_id IS NULL) != (outside IS NULL)"
TOLD = ("prediction", "decision")


def upgrade() -> None:
    for table in TOLD:
        op.add_column(table, sa.Column("outside", sa.JSON(), server_default="[]", nullable=False))
    if _is_sqlite():
        _rebuild(outside=True)
        return
    op.add_column("label", sa.Column("outside", sa.String(length=60), nullable=True))
    op.add_column("label", sa.Column("suggested_outside", sa.String(length=60), nullable=True))
    op.alter_column("label", "unit_id", existing_type=sa.Integer(), nullable=True)
    op.create_check_constraint(op.f("ck_label_belongs_somewhere"), "label", SOMEWHERE)
    _index(BEFORE, AFTER)


def downgrade() -> None:
    """What was taught outside the units is forgotten; the model is folded anew from what is left."""
    _forget_outside()
    if _is_sqlite():
        _rebuild(outside=False)
    else:
        _index(AFTER, BEFORE)
        op.drop_constraint(op.f("ck_label_belongs_somewhere"), "label", type_="check")
        op.alter_column("label", "unit_id", existing_type=sa.Integer(), nullable=False)
        op.drop_column("label", "suggested_outside")
        op.drop_column("label", "outside")
    for table in reversed(TOLD):
        op.drop_column(table, "outside")


def _is_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def _index(old: dict[str, list[str]], new: dict[str, list[str]]) -> None:
    for name in old:
        op.drop_index(name, "label")
    for name, columns in new.items():
        op.create_index(name, "label", columns)


def _rebuild(*, outside: bool) -> None:
    """Make the table of labels anew: SQLite cannot let a column be empty afterwards.

    Other tables point to its rows. SQLite counts what points nowhere, and the same rows coming back make that none again
    before the end; nothing else may be written in between, so it is one transaction.
    """
    _begin()
    op.execute("PRAGMA defer_foreign_keys = ON")
    columns = ", ".join(COLUMNS)
    op.execute(f"CREATE TABLE label_before AS SELECT {columns} FROM label")
    op.execute("DROP TABLE label")
    _create(outside=outside)
    op.execute(f"INSERT INTO label ({columns}) SELECT {columns} FROM label_before ORDER BY id")
    op.execute("DROP TABLE label_before")
    for name, indexed in (SAME | (AFTER if outside else BEFORE)).items():
        op.create_index(name, "label", indexed)
    _forbid_changes("label")


def _begin() -> None:
    """Python's driver opens a transaction before it writes rows, not before it makes tables."""
    connection = op.get_bind().connection.dbapi_connection
    if connection is not None and not connection.in_transaction:
        op.execute("BEGIN IMMEDIATE")


def _create(*, outside: bool) -> None:
    more = (
        sa.Column("outside", sa.String(length=60), nullable=True),
        sa.Column("suggested_outside", sa.String(length=60), nullable=True),
        sa.CheckConstraint(SOMEWHERE, name=op.f("ck_label_belongs_somewhere")),
    )
    op.create_table(
        "label",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("enquiry_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=outside),
        sa.Column("revokes_id", sa.Integer(), nullable=True),
        sa.Column("source", sa.String(length=20), nullable=False),
        sa.Column("by", sa.String(length=320), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("suggested_unit_id", sa.Integer(), nullable=True),
        sa.Column("suggested_confidence", sa.Double(), nullable=True),
        sa.Column("taught", sa.Boolean(), server_default=sa.true(), nullable=False),
        *(more if outside else ()),
        sa.ForeignKeyConstraint(["enquiry_id"], ["enquiry.id"], name=op.f("fk_label_enquiry_id_enquiry")),
        sa.ForeignKeyConstraint(["revokes_id"], ["label.id"], name=op.f("fk_label_revokes_id_label")),
        sa.ForeignKeyConstraint(["suggested_unit_id"], ["unit.id"], name=op.f("fk_label_suggested_unit_id_unit")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_label_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_label")),
        sa.UniqueConstraint("revokes_id", name=op.f("uq_label_revokes_id")),
    )


def _forget_outside() -> None:
    """Take labels outside the units out of the log, and close the gaps they leave among the lessons' positions."""
    if not op.get_bind().scalar(sa.text("SELECT count(*) FROM label WHERE unit_id IS NULL")):
        return
    gone = "SELECT id FROM label WHERE unit_id IS NULL"
    for table in ("label", "lesson"):
        _allow_changes(table)
    op.execute("CREATE TABLE lesson_before AS SELECT * FROM lesson")
    for table in ("lesson", "receipt", "amended_label"):
        op.execute(f"DELETE FROM {table}" + ("" if table == "lesson" else f" WHERE label_id IN ({gone})"))
    op.execute(
        "INSERT INTO lesson (position, label_id, at) SELECT row_number() OVER (ORDER BY position), label_id, at"
        f" FROM lesson_before WHERE label_id NOT IN ({gone})"
    )
    op.execute("DROP TABLE lesson_before")
    op.execute("DELETE FROM label WHERE unit_id IS NULL AND revokes_id IS NOT NULL")
    op.execute("DELETE FROM label WHERE unit_id IS NULL")
    op.execute("DELETE FROM model_snapshot")
    op.execute("UPDATE amendment SET first_position = 1")
    for table in ("label", "lesson"):
        _forbid_changes(table)


def _forbid_changes(table: str) -> None:
    """The database itself refuses to change or delete what was written down, as from the first migration on."""
    if not _is_sqlite():
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION {table}_append_only()"
        )
        return
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )


def _allow_changes(table: str) -> None:
    names = (f"{table}_no_update", f"{table}_no_delete") if _is_sqlite() else (f"{table}_append_only",)
    for name in names:
        op.execute(f"DROP TRIGGER {name}" + ("" if _is_sqlite() else f" ON {table}"))
