"""SSNs tried on a day, counted; audit lines that cannot be replaced."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ssn_tries",
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("participant_key", sa.Integer(), nullable=False),
        sa.Column("staff_key", sa.Integer(), nullable=False),
        sa.Column("ssn_hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_ssn_tries_site_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["staff_key"], ["staff.key"], name=op.f("fk_ssn_tries_staff_key"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("site_id", "participant_key", "staff_key", "ssn_hash", name=op.f("pk_ssn_tries")),
        sqlite_with_rowid=False,
    )
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE TRIGGER audit_added BEFORE INSERT ON audit "
            "WHEN EXISTS (SELECT 1 FROM audit WHERE key = NEW.key) "
            "OR NEW.number <> (SELECT coalesce(max(number), 0) + 1 FROM audit WHERE site_id = NEW.site_id) "
            "BEGIN SELECT RAISE(ABORT, 'The audit trail is only added to.'); END"
        )
