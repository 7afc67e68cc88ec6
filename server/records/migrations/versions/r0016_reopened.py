"""Which records were opened again after they had been ended, and when."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "reopened",
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("record_id", sa.Integer(), nullable=False),
        sa.Column("next_record", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_reopened_site_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("site_id", "record_id", name=op.f("pk_reopened")),
        sqlite_with_rowid=False,
    )
