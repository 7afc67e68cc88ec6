"""The words of a name in every way in which it is written, where the first one had been kept."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    from server.records.names import recount_names  # with all that compares names, as in 0005

    connection = op.get_bind()
    for (site_id,) in connection.execute(sa.text("SELECT id FROM sites ORDER BY id")).all():
        recount_names(connection, site_id)
