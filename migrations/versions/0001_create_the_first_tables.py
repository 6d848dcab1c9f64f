"""Create the first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


APPEND_ONLY = ("event", "label", "lesson")


def forbid_changes(table: str) -> None:
    """The database itself refuses to change or delete what was written down."""
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
    else:
        op.execute(
            f"CREATE FUNCTION {table}_append_only() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{table} is append-only'; END $$"
        )
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION {table}_append_only()"
        )


def allow_changes(table: str) -> None:
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("update", "delete"):
            op.execute(f"DROP TRIGGER {table}_no_{verb}")
    else:
        op.execute(f"DROP TRIGGER {table}_append_only ON {table}")
        op.execute(f"DROP FUNCTION {table}_append_only()")


def upgrade() -> None:
    op.create_table(
        "case",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=100), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case")),
        sa.UniqueConstraint("number", name=op.f("uq_case_number")),
    )
    op.create_table(
        "mailbox",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("address", sa.String(length=320), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mailbox")),
        sa.UniqueConstraint("address", name=op.f("uq_mailbox_address")),
    )
    op.create_table(
        "mailbox_cursor",
        sa.Column("address", sa.String(length=320), nullable=False),
        sa.Column("folder", sa.String(length=20), nullable=False),
        sa.Column("cursor", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("address", "folder", name=op.f("pk_mailbox_cursor")),
    )
    op.create_table(
        "model_snapshot",
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_model_snapshot")),
    )
    op.create_table(
        "raw_mail",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("address", sa.String(length=320), nullable=False),
        sa.Column("folder", sa.String(length=20), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_raw_mail")),
        sa.UniqueConstraint("address", "folder", "key", name=op.f("uq_raw_mail_address_folder_key")),
    )
    with op.batch_alter_table("raw_mail", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_raw_mail_sha256"), ["sha256"], unique=False)
        batch_op.create_index(
            "ix_raw_mail_untaken",
            ["id"],
            unique=False,
            sqlite_where=sa.text("taken_at IS NULL"),
            postgresql_where=sa.text("taken_at IS NULL"),
        )

    op.create_table(
        "service_area",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_area")),
        sa.UniqueConstraint("name", name=op.f("uq_service_area_name")),
    )
    op.create_table(
        "setting",
        sa.Column("key", sa.String(length=50), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_setting")),
    )
    op.create_table(
        "unit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("area_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("address", sa.String(length=320), nullable=False),
        sa.Column("subject_code", sa.String(length=100), nullable=False),
        sa.Column("guide", sa.String(), nullable=False),
        sa.Column("mode", sa.String(length=20), nullable=False),
        sa.Column("stopped", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["service_area.id"], name=op.f("fk_unit_area_id_service_area")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit")),
        sa.UniqueConstraint("address", name=op.f("uq_unit_address")),
        sa.UniqueConstraint("name", name=op.f("uq_unit_name")),
    )
    op.create_table(
        "account",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(length=320), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=True),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_account_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("email", name=op.f("uq_account_email")),
    )
    op.create_table(
        "enquiry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("raw_mail_id", sa.Integer(), nullable=False),
        sa.Column("mailbox", sa.String(length=320), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("hop", sa.Integer(), nullable=False),
        sa.Column("returns", sa.Integer(), nullable=False),
        sa.Column("imported", sa.Boolean(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("sender_name", sa.String(), nullable=False),
        sa.Column("sender_address", sa.String(length=320), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("html", sa.String(), nullable=True),
        sa.Column("message_id", sa.String(length=998), nullable=True),
        sa.Column("in_reply_to", sa.String(length=998), nullable=True),
        sa.Column("quarantine", sa.String(length=100), nullable=True),
        sa.Column("reason", sa.String(length=100), nullable=True),
        sa.Column("follows_id", sa.Integer(), nullable=True),
        sa.Column("unit_id", sa.Integer(), nullable=True),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("case_id", sa.Integer(), nullable=True),
        sa.Column("routed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("automatic", sa.Boolean(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_enquiry_case_id_case")),
        sa.ForeignKeyConstraint(["follows_id"], ["enquiry.id"], name=op.f("fk_enquiry_follows_id_enquiry")),
        sa.ForeignKeyConstraint(["owner_id"], ["account.id"], name=op.f("fk_enquiry_owner_id_account")),
        sa.ForeignKeyConstraint(["raw_mail_id"], ["raw_mail.id"], name=op.f("fk_enquiry_raw_mail_id_raw_mail")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_enquiry_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enquiry")),
        sa.UniqueConstraint("raw_mail_id", name=op.f("uq_enquiry_raw_mail_id")),
    )
    with op.batch_alter_table("enquiry", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_enquiry_follows_id"), ["follows_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_enquiry_message_id"), ["message_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_enquiry_received_at"), ["received_at"], unique=False)
        batch_op.create_index("ix_enquiry_state_due_on", ["state", "due_on"], unique=False)
        batch_op.create_index("ix_enquiry_unit_id_state", ["unit_id", "state"], unique=False)

    op.create_table(
        "attachment",
        sa.Column("enquiry_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("filename", sa.String(length=255), nullable=False),
        sa.Column("content_type", sa.String(length=200), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["enquiry_id"], ["enquiry.id"], name=op.f("fk_attachment_enquiry_id_enquiry")),
        sa.PrimaryKeyConstraint("enquiry_id", "position", name=op.f("pk_attachment")),
    )
    op.create_table(
        "case_document",
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("enquiry_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=100), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("filed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_case_document_case_id_case")),
        sa.ForeignKeyConstraint(["enquiry_id"], ["enquiry.id"], name=op.f("fk_case_document_enquiry_id_enquiry")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_case_document")),
    )
    with op.batch_alter_table("case_document", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_case_document_case_id"), ["case_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_case_document_enquiry_id"), ["enquiry_id"], unique=False)

    op.create_table(
        "deadline",
        sa.Column("enquiry_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=100), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("met_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["enquiry_id"], ["enquiry.id"], name=op.f("fk_deadline_enquiry_id_enquiry")),
        sa.PrimaryKeyConstraint("enquiry_id", name=op.f("pk_deadline")),
    )
    op.create_table(
        "decision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("enquiry_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=50), nullable=False),
        sa.Column("limit", sa.Double(), nullable=True),
        sa.Column("confidence", sa.Double(), nullable=False),
        sa.Column("ranking", sa.JSON(), nullable=False),
        sa.Column("model_position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["enquiry_id"], ["enquiry.id"], name=op.f("fk_decision_enquiry_id_enquiry")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_decision_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision")),
    )
    with op.batch_alter_table("decision", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_decision_enquiry_id"), ["enquiry_id"], unique=False)

    op.create_table(
        "event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=320), nullable=False),
        sa.Column("kind", sa.String(length=50), nullable=False),
        sa.Column("enquiry_id", sa.Integer(), nullable=True),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["enquiry_id"], ["enquiry.id"], name=op.f("fk_event_enquiry_id_enquiry")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event")),
    )
    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_event_enquiry_id"), ["enquiry_id"], unique=False)
        batch_op.create_index("ix_event_kind_at", ["kind", "at"], unique=False)

    op.create_table(
        "forward",
        sa.Column("message_id", sa.String(length=255), nullable=False),
        sa.Column("enquiry_id", sa.Integer(), nullable=False),
        sa.Column("hop", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["enquiry_id"], ["enquiry.id"], name=op.f("fk_forward_enquiry_id_enquiry")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_forward_unit_id_unit")),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_forward")),
        sa.UniqueConstraint("enquiry_id", "hop", name=op.f("uq_forward_enquiry_id_hop")),
    )
    op.create_table(
        "held_work",
        sa.Column("workflow_id", sa.String(length=100), nullable=False),
        sa.Column("enquiry_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["enquiry_id"], ["enquiry.id"], name=op.f("fk_held_work_enquiry_id_enquiry")),
        sa.PrimaryKeyConstraint("workflow_id", name=op.f("pk_held_work")),
    )
    op.create_table(
        "label",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("enquiry_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("revokes_id", sa.Integer(), nullable=True),
        sa.Column("source", sa.String(length=20), nullable=False),
        sa.Column("by", sa.String(length=320), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("suggested_unit_id", sa.Integer(), nullable=True),
        sa.Column("suggested_confidence", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(["enquiry_id"], ["enquiry.id"], name=op.f("fk_label_enquiry_id_enquiry")),
        sa.ForeignKeyConstraint(["revokes_id"], ["label.id"], name=op.f("fk_label_revokes_id_label")),
        sa.ForeignKeyConstraint(["suggested_unit_id"], ["unit.id"], name=op.f("fk_label_suggested_unit_id_unit")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_label_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_label")),
        sa.UniqueConstraint("revokes_id", name=op.f("uq_label_revokes_id")),
    )
    with op.batch_alter_table("label", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_label_at"), ["at"], unique=False)
        batch_op.create_index(batch_op.f("ix_label_enquiry_id"), ["enquiry_id"], unique=False)

    op.create_table(
        "prediction",
        sa.Column("enquiry_id", sa.Integer(), nullable=False),
        sa.Column("ranking", sa.JSON(), nullable=False),
        sa.Column("confidence", sa.Double(), nullable=False),
        sa.Column("model_position", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["enquiry_id"], ["enquiry.id"], name=op.f("fk_prediction_enquiry_id_enquiry")),
        sa.PrimaryKeyConstraint("enquiry_id", name=op.f("pk_prediction")),
    )
    op.create_table(
        "reply",
        sa.Column("raw_mail_id", sa.Integer(), nullable=False),
        sa.Column("enquiry_id", sa.Integer(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["enquiry_id"], ["enquiry.id"], name=op.f("fk_reply_enquiry_id_enquiry")),
        sa.ForeignKeyConstraint(["raw_mail_id"], ["raw_mail.id"], name=op.f("fk_reply_raw_mail_id_raw_mail")),
        sa.PrimaryKeyConstraint("raw_mail_id", "enquiry_id", name=op.f("pk_reply")),
    )
    with op.batch_alter_table("reply", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_reply_enquiry_id"), ["enquiry_id"], unique=False)

    op.create_table(
        "lesson",
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("label_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["label_id"], ["label.id"], name=op.f("fk_lesson_label_id_label")),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_lesson")),
        sa.UniqueConstraint("label_id", name=op.f("uq_lesson_label_id")),
    )
    op.create_table(
        "receipt",
        sa.Column("label_id", sa.Integer(), nullable=False),
        sa.Column("rescored", sa.Integer(), nullable=False),
        sa.Column("changed", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["label_id"], ["label.id"], name=op.f("fk_receipt_label_id_label")),
        sa.PrimaryKeyConstraint("label_id", name=op.f("pk_receipt")),
    )
    for table in APPEND_ONLY:
        forbid_changes(table)


def downgrade() -> None:
    for table in APPEND_ONLY:
        allow_changes(table)
    op.drop_table("receipt")
    op.drop_table("lesson")
    with op.batch_alter_table("reply", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_reply_enquiry_id"))

    op.drop_table("reply")
    op.drop_table("prediction")
    with op.batch_alter_table("label", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_label_enquiry_id"))
        batch_op.drop_index(batch_op.f("ix_label_at"))

    op.drop_table("label")
    op.drop_table("held_work")
    op.drop_table("forward")
    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.drop_index("ix_event_kind_at")
        batch_op.drop_index(batch_op.f("ix_event_enquiry_id"))

    op.drop_table("event")
    with op.batch_alter_table("decision", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_decision_enquiry_id"))

    op.drop_table("decision")
    op.drop_table("deadline")
    with op.batch_alter_table("case_document", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_case_document_enquiry_id"))
        batch_op.drop_index(batch_op.f("ix_case_document_case_id"))

    op.drop_table("case_document")
    op.drop_table("attachment")
    with op.batch_alter_table("enquiry", schema=None) as batch_op:
        batch_op.drop_index("ix_enquiry_unit_id_state")
        batch_op.drop_index("ix_enquiry_state_due_on")
        batch_op.drop_index(batch_op.f("ix_enquiry_received_at"))
        batch_op.drop_index(batch_op.f("ix_enquiry_message_id"))
        batch_op.drop_index(batch_op.f("ix_enquiry_follows_id"))

    op.drop_table("enquiry")
    op.drop_table("account")
    op.drop_table("unit")
    op.drop_table("setting")
    op.drop_table("service_area")
    with op.batch_alter_table("raw_mail", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_raw_mail_untaken",
            sqlite_where=sa.text("taken_at IS NULL"),
            postgresql_where=sa.text("taken_at IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_raw_mail_sha256"))

    op.drop_table("raw_mail")
    op.drop_table("model_snapshot")
    op.drop_table("mailbox_cursor")
    op.drop_table("mailbox")
    op.drop_table("case")
