"""Remembered fixes with an id, the value as it was, its problem, and who asked for it."""

import uuid

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    made = op.create_table(
        "remembered_fixes",
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("column_header", sa.Text(), nullable=False),
        sa.Column("value_key", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("replacement", sa.Text(), nullable=False),
        sa.Column("staff_key", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["site_id"], ["sites.id"], name=op.f("fk_remembered_fixes_site_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["staff_key"], ["staff.key"], name=op.f("fk_remembered_fixes_staff_key"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("site_id", "column_header", "value_key", name=op.f("pk_remembered_fixes")),
        sa.UniqueConstraint("id", name=op.f("uq_remembered_fixes_id")),
    )
    aliases = sa.table(
        "aliases",
        sa.column("site_id", sa.Integer()),
        sa.column("column_header", sa.Text()),
        sa.column("value_key", sa.Text()),
        sa.column("replacement", sa.Text()),
        sa.column("created_at", sa.DateTime(timezone=True)),
    )
    connection = op.get_bind()
    known = [
        {**row, "id": uuid.uuid4().hex, "value": row["value_key"], "code": "", "staff_key": None}
        for row in connection.execute(sa.select(aliases)).mappings()
    ]
    if known:
        connection.execute(made.insert(), known)
    op.drop_table("aliases")
