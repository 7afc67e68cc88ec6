"""When an SSN was tried, by the database's clock, in the place of the day by a process's calendar."""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from server.records.column_kinds import Instant

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    connection = op.get_bind()
    kept = connection.execute(sa.text("SELECT site_id, participant_key, staff_key, ssn_hash FROM ssn_tries")).all()
    op.drop_table("ssn_tries")
    made = op.create_table(
        "ssn_tries",
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("tried_at", Instant(), nullable=False),
        sa.Column("participant_key", sa.Integer(), nullable=False),
        sa.Column("staff_key", sa.Integer(), nullable=False),
        sa.Column("ssn_hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_ssn_tries_site_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["staff_key"], ["staff.key"], name=op.f("fk_ssn_tries_staff_key"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("site_id", "participant_key", "staff_key", "ssn_hash", name=op.f("pk_ssn_tries")),
        sqlite_with_rowid=False,
    )
    # Of what was tried on a day nobody knows the hour, so from now on it counts for a day.
    now = datetime.now(UTC)
    if kept:
        connection.execute(sa.insert(made), [{**row._mapping, "tried_at": now} for row in kept])
