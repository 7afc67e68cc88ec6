"""Mails of which too many wait are told of in one; those that wait for a recipient are found without the others."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "mails_in_short",
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("mails", sa.Integer(), nullable=False),
        sa.Column("numbers", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_mails_in_short_site_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("site_id", "recipient", "subject", name=op.f("pk_mails_in_short")),
    )
    op.create_index(op.f("ix_outbox_recipient_sent_at"), "outbox", ["recipient", "sent_at"], unique=False)
