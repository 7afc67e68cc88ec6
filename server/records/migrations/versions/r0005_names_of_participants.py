"""The names of the participants, counted, and the forms by which each is found."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "names",
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("firsts", sa.Integer(), nullable=False),
        sa.Column("lasts", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_names_site_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("site_id", "key", name=op.f("pk_names")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "name_forms",
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_name_forms_site_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("site_id", "form", "key", name=op.f("pk_name_forms")),
        sqlite_with_rowid=False,
    )
    connection = op.get_bind()
    sites = connection.execute(sa.text("SELECT id FROM sites ORDER BY id")).scalars().all()
    if sites:  # a new database has none, and does not wait for all that compares names to be loaded
        from server.records.names import recount_names

        for site_id in sites:
            recount_names(connection, site_id)
