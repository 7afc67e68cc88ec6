"""When what a remembered fix had put into a cell was corrected again."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("remembered_fixes", recreate="auto") as table:
        table.add_column(sa.Column("corrected_at", sa.DateTime(timezone=True), nullable=True))
