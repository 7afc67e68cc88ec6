"""Link enrollments to records of a source, and clean stored Participant IDs.

IDs with decomposed accents or invisible characters are then found as they are read now; conflicts are reported.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "enrollment_sources",
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("record_id", sa.Integer(), nullable=False),
        sa.Column("start_date", sa.String(length=10), server_default="", nullable=False),
        sa.Column("end_date", sa.String(length=10), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["site_id"], ["sites.id"], name=op.f("fk_enrollment_sources_site_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("site_id", "source_id", name=op.f("pk_enrollment_sources")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_enrollment_sources_site_id_record_id"), "enrollment_sources", ["site_id", "record_id"], unique=False
    )
    from server.records.stored_ids import clean_all_ids

    tell = op.get_context().config.attributes.get("tell", print)  # type: ignore[union-attr]
    for sentence in clean_all_ids(op.get_bind()):
        tell(sentence)
