"""The first tables: what a site knows, what was uploaded, and what must still be sent."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sites",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("date_order", sa.String(length=3), server_default="MDY", nullable=False),
        sa.Column("duplicate_check", sa.Text(), nullable=False),
        sa.Column("one_primary", sa.Boolean(), nullable=False),
        sa.Column("revision", sa.Integer(), server_default="1", nullable=False),
        sa.Column("next_record", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("date_order IN ('MDY', 'DMY')", name=op.f("ck_sites_date_order")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sites")),
        sa.UniqueConstraint("name", name=op.f("uq_sites_name")),
    )
    op.create_table(
        "aliases",
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("column_header", sa.Text(), nullable=False),
        sa.Column("value_key", sa.Text(), nullable=False),
        sa.Column("replacement", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_aliases_site_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("site_id", "column_header", "value_key", name=op.f("pk_aliases")),
    )
    op.create_table(
        "audit",
        sa.Column("key", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("upload_id", sa.String(length=32), nullable=True),
        sa.Column("detail", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_audit_site_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_audit")),
    )
    op.create_table(
        "feeder_values",
        sa.Column("key", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("feeder", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_feeder_values_site_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_feeder_values")),
        sa.UniqueConstraint("site_id", "feeder", "value", name=op.f("uq_feeder_values_site_id_feeder_value")),
    )
    op.create_table(
        "outbox",
        sa.Column("key", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_outbox_site_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_outbox")),
    )
    op.create_index(op.f("ix_outbox_sent_at_next_attempt_at"), "outbox", ["sent_at", "next_attempt_at"], unique=False)
    op.create_table(
        "participants",
        sa.Column("key", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("participant_id", sa.Text(), nullable=False),
        sa.Column("id_key", sa.Text(), nullable=False),
        sa.Column("first_name", sa.Text(), server_default="", nullable=False),
        sa.Column("last_name", sa.Text(), server_default="", nullable=False),
        sa.Column("first_key", sa.Text(), server_default="", nullable=False),
        sa.Column("last_key", sa.Text(), server_default="", nullable=False),
        sa.Column("birth_date", sa.String(length=10), server_default="", nullable=False),
        sa.Column("case_number", sa.Text(), server_default="", nullable=False),
        sa.Column("case_key", sa.Text(), server_default="", nullable=False),
        sa.Column("ssn_hash", sa.String(length=64), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_participants_site_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_participants")),
        sa.UniqueConstraint("site_id", "participant_id", name=op.f("uq_participants_site_id_participant_id")),
    )
    op.create_index(op.f("ix_participants_site_id_birth_date"), "participants", ["site_id", "birth_date"], unique=False)
    op.create_index(op.f("ix_participants_site_id_case_key"), "participants", ["site_id", "case_key"], unique=False)
    op.create_index(op.f("ix_participants_site_id_first_key"), "participants", ["site_id", "first_key"], unique=False)
    op.create_index(op.f("ix_participants_site_id_id_key"), "participants", ["site_id", "id_key"], unique=False)
    op.create_index(
        op.f("ix_participants_site_id_last_key_first_key"),
        "participants",
        ["site_id", "last_key", "first_key"],
        unique=False,
    )
    op.create_index(op.f("ix_participants_site_id_ssn_hash"), "participants", ["site_id", "ssn_hash"], unique=False)
    op.create_table(
        "programs",
        sa.Column("key", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("program_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_programs_site_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_programs")),
        sa.UniqueConstraint("site_id", "program_id", name=op.f("uq_programs_site_id_program_id")),
    )
    op.create_table(
        "staff",
        sa.Column("key", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Text(), nullable=False),
        sa.Column("first_name", sa.Text(), server_default="", nullable=False),
        sa.Column("last_name", sa.Text(), server_default="", nullable=False),
        sa.Column("email", sa.Text(), server_default="", nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("caseload_access", sa.Boolean(), nullable=False),
        sa.Column("administrator", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_staff_site_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_staff")),
        sa.UniqueConstraint("site_id", "staff_id", name=op.f("uq_staff_site_id_staff_id")),
    )
    op.create_table(
        "access",
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("staff_key", sa.Integer(), nullable=False),
        sa.Column("program_key", sa.Integer(), nullable=False),
        sa.Column("own", sa.Boolean(), nullable=False),
        sa.Column("others", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["program_key"], ["programs.key"], name=op.f("fk_access_program_key"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_access_site_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["staff_key"], ["staff.key"], name=op.f("fk_access_staff_key"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("staff_key", "program_key", name=op.f("pk_access")),
    )
    op.create_table(
        "assignments",
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("record_id", sa.Integer(), nullable=False),
        sa.Column("participant_key", sa.Integer(), nullable=False),
        sa.Column("program_key", sa.Integer(), nullable=True),
        sa.Column("staff_key", sa.Integer(), nullable=False),
        sa.Column("relationship_key", sa.Integer(), nullable=True),
        sa.Column("status_key", sa.Integer(), nullable=True),
        sa.Column("start_date", sa.String(length=10), server_default="", nullable=False),
        sa.Column("end_date", sa.String(length=10), server_default="", nullable=False),
        sa.Column("reason_key", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("begun_by", sa.String(length=32), nullable=True),
        sa.Column("ended_by", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(["participant_key"], ["participants.key"], name=op.f("fk_assignments_participant_key")),
        sa.ForeignKeyConstraint(["program_key"], ["programs.key"], name=op.f("fk_assignments_program_key")),
        sa.ForeignKeyConstraint(["reason_key"], ["feeder_values.key"], name=op.f("fk_assignments_reason_key")),
        sa.ForeignKeyConstraint(
            ["relationship_key"], ["feeder_values.key"], name=op.f("fk_assignments_relationship_key")
        ),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_assignments_site_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["staff_key"], ["staff.key"], name=op.f("fk_assignments_staff_key")),
        sa.ForeignKeyConstraint(["status_key"], ["feeder_values.key"], name=op.f("fk_assignments_status_key")),
        sa.PrimaryKeyConstraint("site_id", "record_id", name=op.f("pk_assignments")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_assignments_open",
        "assignments",
        ["site_id", "staff_key", "end_date"],
        unique=False,
        sqlite_where=sa.text("end_date = ''"),
        postgresql_where=sa.text("end_date = ''"),
    )
    op.create_index(op.f("ix_assignments_participant_key"), "assignments", ["participant_key"], unique=False)
    op.create_table(
        "enrollments",
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("record_id", sa.Integer(), nullable=False),
        sa.Column("participant_key", sa.Integer(), nullable=False),
        sa.Column("program_key", sa.Integer(), nullable=False),
        sa.Column("start_date", sa.String(length=10), server_default="", nullable=False),
        sa.Column("end_date", sa.String(length=10), server_default="", nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.ForeignKeyConstraint(["participant_key"], ["participants.key"], name=op.f("fk_enrollments_participant_key")),
        sa.ForeignKeyConstraint(["program_key"], ["programs.key"], name=op.f("fk_enrollments_program_key")),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_enrollments_site_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("site_id", "record_id", name=op.f("pk_enrollments")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_enrollments_participant_key"), "enrollments", ["participant_key"], unique=False)
    op.create_table(
        "tokens",
        sa.Column("key", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("staff_key", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("label", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_tokens_site_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["staff_key"], ["staff.key"], name=op.f("fk_tokens_staff_key"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_tokens")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_tokens_token_hash")),
    )
    op.create_table(
        "uploads",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("staff_key", sa.Integer(), nullable=False),
        sa.Column("idempotency_key", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("received", sa.Integer(), nullable=False),
        sa.Column("accepted", sa.Integer(), server_default="0", nullable=False),
        sa.Column("left_out", sa.Integer(), server_default="0", nullable=False),
        sa.Column("done", sa.Integer(), server_default="0", nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("leased_by", sa.Text(), nullable=True),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('received', 'validating', 'needs-fixes', 'writing', 'complete', 'failed', 'cancelled', "
            "'undone')",
            name=op.f("ck_uploads_state"),
        ),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_uploads_site_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["staff_key"], ["staff.key"], name=op.f("fk_uploads_staff_key")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_uploads")),
        sa.UniqueConstraint(
            "site_id", "staff_key", "idempotency_key", name=op.f("uq_uploads_site_id_staff_key_idempotency_key")
        ),
    )
    op.create_index(op.f("ix_uploads_site_id_submitted_at"), "uploads", ["site_id", "submitted_at"], unique=False)
    op.create_index(op.f("ix_uploads_state_submitted_at"), "uploads", ["state", "submitted_at"], unique=False)
    op.create_table(
        "upload_fixes",
        sa.Column("upload_id", sa.String(length=32), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("column_header", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("replacement", sa.Text(), nullable=False),
        sa.Column("remember", sa.Boolean(), nullable=False),
        sa.Column("rows", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["upload_id"], ["uploads.id"], name=op.f("fk_upload_fixes_upload_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("upload_id", "position", name=op.f("pk_upload_fixes")),
    )
    op.create_table(
        "upload_left_out",
        sa.Column("upload_id", sa.String(length=32), nullable=False),
        sa.Column("sheet_row", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["upload_id"], ["uploads.id"], name=op.f("fk_upload_left_out_upload_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("upload_id", "sheet_row", name=op.f("pk_upload_left_out")),
    )
    op.create_table(
        "upload_sheets",
        sa.Column("upload_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("packed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["upload_id"], ["uploads.id"], name=op.f("fk_upload_sheets_upload_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("upload_id", "kind", name=op.f("pk_upload_sheets")),
    )
