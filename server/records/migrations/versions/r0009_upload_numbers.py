"""Short numbers of uploads, given in order of arrival, and a site's limit of a caseload."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "upload_numbers",
        sa.Column("upload_id", sa.String(length=32), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["upload_id"], ["uploads.id"], name=op.f("fk_upload_numbers_upload_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_upload_numbers_site_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("upload_id", name=op.f("pk_upload_numbers")),
        sa.UniqueConstraint("site_id", "number", name=op.f("uq_upload_numbers_site_id_number")),
    )
    op.create_table(
        "upload_counters",
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_upload_counters_site_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("site_id", name=op.f("pk_upload_counters")),
    )
    op.create_table(
        "load_limits",
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("most", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_load_limits_site_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("site_id", name=op.f("pk_load_limits")),
    )
    op.execute(
        "INSERT INTO upload_numbers (upload_id, site_id, number) SELECT id, site_id, "
        "row_number() OVER (PARTITION BY site_id ORDER BY submitted_at, id) FROM uploads"
    )
    op.execute(
        "INSERT INTO upload_counters (site_id, last) SELECT site_id, max(number) FROM upload_numbers GROUP BY site_id"
    )
