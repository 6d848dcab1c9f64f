"""Other authorities and what is sent on to them; mails that are split into parts."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

ONE, MANY = (
    "CONSTRAINT uq_enquiry_raw_mail_id UNIQUE (raw_mail_id)",
    "CONSTRAINT uq_enquiry_raw_mail_id_part UNIQUE (raw_mail_id, part)",
)


def upgrade() -> None:
    op.create_table(
        "authority",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("address", sa.String(length=320), nullable=False),
        sa.Column("guide", sa.String(), nullable=False),
        sa.Column("letter", sa.String(), nullable=False),
        sa.Column("retired", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_authority")),
        sa.UniqueConstraint("name", name=op.f("uq_authority_name")),
    )
    op.create_table(
        "referral",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("enquiry_id", sa.Integer(), nullable=False),
        sa.Column("authority_id", sa.Integer(), nullable=True),
        sa.Column("address", sa.String(length=320), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("forwarded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["authority_id"], ["authority.id"], name=op.f("fk_referral_authority_id_authority")),
        sa.ForeignKeyConstraint(["enquiry_id"], ["enquiry.id"], name=op.f("fk_referral_enquiry_id_enquiry")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referral")),
    )
    op.create_index("ix_referral_enquiry_id", "referral", ["enquiry_id"])
    op.add_column("enquiry", sa.Column("part", sa.Integer(), nullable=False, server_default="0"))
    op.execute(
        "ALTER TABLE enquiry ADD COLUMN split_from_id INTEGER "
        "CONSTRAINT fk_enquiry_split_from_id_enquiry REFERENCES enquiry (id)"
    )
    op.create_index(op.f("ix_enquiry_split_from_id"), "enquiry", ["split_from_id"])
    _replace_constraint(ONE, MANY)


def downgrade() -> None:
    # A part has its mail's bytes for itself from here on, under a key of its own.
    op.execute(
        "INSERT INTO raw_mail (address, folder, key, sha256, size, content, received_at, taken_at) "
        "SELECT r.address, r.folder, r.key || '#' || e.id, r.sha256, r.size, r.content, r.received_at, r.taken_at "
        "FROM enquiry e JOIN raw_mail r ON r.id = e.raw_mail_id WHERE e.part > 0"
    )
    op.execute(
        "UPDATE enquiry SET raw_mail_id = (SELECT mine.id FROM raw_mail whole JOIN raw_mail mine "
        "ON mine.address = whole.address AND mine.folder = whole.folder AND mine.key = whole.key || '#' || enquiry.id "
        "WHERE whole.id = enquiry.raw_mail_id) WHERE part > 0"
    )
    _replace_constraint(MANY, ONE)
    op.drop_index(op.f("ix_enquiry_split_from_id"), "enquiry")
    op.execute("ALTER TABLE enquiry DROP COLUMN split_from_id")
    op.drop_column("enquiry", "part")
    op.drop_table("referral")
    op.drop_table("authority")


def _replace_constraint(old: str, new: str) -> None:
    if op.get_bind().dialect.name != "sqlite":
        op.execute(f"ALTER TABLE enquiry DROP {' '.join(old.split()[:2])}")
        op.execute(f"ALTER TABLE enquiry ADD {new}")
        return
    _make_anew(old, new)


def _make_anew(old: str, new: str) -> None:
    """SQLite cannot drop a constraint: the table is made anew as its own text says, all but that (sqlite.org/lang_altertable).

    Its references are not looked at meanwhile, which SQLite allows between transactions only.
    """
    bind = op.get_bind()
    connection = bind.connection.dbapi_connection
    connection.commit()
    bind.exec_driver_sql("PRAGMA foreign_keys=OFF")
    made = "SELECT sql FROM sqlite_master WHERE tbl_name = 'enquiry' AND type = ? AND sql IS NOT NULL"
    (table,) = (row[0] for row in connection.execute(made, ("table",)).fetchall())
    indexes = [row[0] for row in connection.execute(made, ("index",)).fetchall()]
    connection.execute("BEGIN IMMEDIATE")
    head, _, columns = table.replace(old, new).partition("(")
    connection.execute(f"{head.replace('enquiry', 'enquiry_anew')}({columns}")
    connection.execute("INSERT INTO enquiry_anew SELECT * FROM enquiry")
    connection.execute("DROP TABLE enquiry")
    connection.execute("ALTER TABLE enquiry_anew RENAME TO enquiry")
    for index in indexes:
        connection.execute(index)
    connection.commit()
    bind.exec_driver_sql("PRAGMA foreign_keys=ON")
