"""Create topics."""

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "place",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_place")),
        sa.UniqueConstraint("name", name=op.f("uq_place_name")),
    )
    op.create_table(
        "term",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("key", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("weights", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_term")),
        sa.UniqueConstraint("kind", "key", name=op.f("uq_term_kind_key")),
    )
    op.create_table(
        "term_tally",
        sa.Column("quarter", sa.Date(), nullable=False),
        sa.Column("against_year", sa.Boolean(), nullable=False),
        sa.Column("level", sa.String(length=20), nullable=False),
        sa.Column("part_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("voices", sa.Integer(), nullable=False),
        sa.Column("voices_before", sa.Integer(), nullable=False),
        sa.Column("tested", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("quarter", "against_year", "level", "part_id", name=op.f("pk_term_tally")),
    )
    op.create_table(
        "term_count",
        sa.Column("quarter", sa.Date(), nullable=False),
        sa.Column("against_year", sa.Boolean(), nullable=False),
        sa.Column("level", sa.String(length=20), nullable=False),
        sa.Column("part_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("term_id", sa.Integer(), nullable=False),
        sa.Column("voices", sa.Integer(), nullable=False),
        sa.Column("voices_before", sa.Integer(), nullable=False),
        sa.Column("mails", sa.Integer(), nullable=False),
        sa.Column("chance", sa.Double(), nullable=False),
        sa.Column("found", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["term_id"], ["term.id"], name=op.f("fk_term_count_term_id_term")),
        sa.PrimaryKeyConstraint("quarter", "against_year", "level", "part_id", "term_id", name=op.f("pk_term_count")),
    )
    op.create_table(
        "enquiry_words",
        sa.Column("enquiry_id", sa.Integer(), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("voice", sa.BigInteger(), nullable=False),
        sa.Column("letter", sa.BigInteger(), nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=False),
        sa.Column("names", sa.LargeBinary(), nullable=False),
        sa.Column("places", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["enquiry_id"], ["enquiry.id"], name=op.f("fk_enquiry_words_enquiry_id_enquiry")),
        sa.PrimaryKeyConstraint("enquiry_id", name=op.f("pk_enquiry_words")),
    )
    with op.batch_alter_table("enquiry_words", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_enquiry_words_received_on"), ["received_on"], unique=False)

    op.create_table(
        "term_mail",
        sa.Column("term_id", sa.Integer(), nullable=False),
        sa.Column("enquiry_id", sa.Integer(), nullable=False),
        sa.Column("quarter", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["enquiry_id"], ["enquiry.id"], name=op.f("fk_term_mail_enquiry_id_enquiry")),
        sa.ForeignKeyConstraint(["term_id"], ["term.id"], name=op.f("fk_term_mail_term_id_term")),
        sa.PrimaryKeyConstraint("term_id", "enquiry_id", name=op.f("pk_term_mail")),
    )
    with op.batch_alter_table("term_mail", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_term_mail_enquiry_id"), ["enquiry_id"], unique=False)
        batch_op.create_index("ix_term_mail_quarter", ["quarter", "term_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("term_mail", schema=None) as batch_op:
        batch_op.drop_index("ix_term_mail_quarter")
        batch_op.drop_index(batch_op.f("ix_term_mail_enquiry_id"))

    op.drop_table("term_mail")
    with op.batch_alter_table("enquiry_words", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_enquiry_words_received_on"))

    op.drop_table("enquiry_words")
    op.drop_table("term_count")
    op.drop_table("term_tally")
    op.drop_table("term")
    op.drop_table("place")
