"""Who was given a turn of the queue of uploads, and in which round last."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "upload_turns",
        sa.Column("staff_key", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("last_round", sa.Integer(), server_default="0", nullable=False),
        sa.Column("last_small_round", sa.Integer(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["staff_key"], ["staff.key"], name=op.f("fk_upload_turns_staff_key"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_upload_turns_site_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("staff_key", name=op.f("pk_upload_turns")),
    )
