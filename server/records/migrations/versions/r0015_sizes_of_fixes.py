"""How much the fixes of an upload take is kept beside them, to be counted without reading them."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "upload_fix_sizes",
        sa.Column("upload_id", sa.String(length=32), nullable=False),
        sa.Column("bytes", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["upload_id"], ["uploads.id"], name=op.f("fk_upload_fix_sizes_upload_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("upload_id", name=op.f("pk_upload_fix_sizes")),
    )
    # In characters, which is near enough for those that are there already.
    op.execute(
        "INSERT INTO upload_fix_sizes (upload_id, bytes) SELECT upload_id, "
        "sum(length(column_header) + length(value) + length(code) + length(replacement) + length(rows) + 64) "
        "FROM upload_fixes GROUP BY upload_id"
    )
