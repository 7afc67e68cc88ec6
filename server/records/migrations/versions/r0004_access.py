"""Tokens found by their prefix, an audit trail that is numbered, sealed and only added to, key fingerprints."""

import hashlib
import json
from datetime import UTC

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

APPEND_ONLY = {
    "sqlite": (
        "CREATE TRIGGER audit_unchanged BEFORE UPDATE ON audit "
        "BEGIN SELECT RAISE(ABORT, 'The audit trail is only added to.'); END",
        "CREATE TRIGGER audit_kept BEFORE DELETE ON audit "
        "BEGIN SELECT RAISE(ABORT, 'The audit trail is only added to.'); END",
    ),
    "postgresql": (
        "CREATE FUNCTION audit_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'The audit trail is only added to.'; END $$",
        "CREATE TRIGGER audit_unchanged BEFORE UPDATE OR DELETE ON audit "
        "FOR EACH ROW EXECUTE FUNCTION audit_append_only()",
        "CREATE TRIGGER audit_kept BEFORE TRUNCATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION audit_append_only()",
    ),
}


def upgrade() -> None:
    op.create_table(
        "key_fingerprints",
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_key_fingerprints")),
    )
    _find_tokens_by_prefix()
    _seal_audit_trail()


def _find_tokens_by_prefix() -> None:
    """Makes the table anew, since SQLite gives a table a further column in no other way. The prefix of the tokens
    that are there is not known any more; they go on being found by their hash."""
    connection = op.get_bind()
    names = ("key", "site_id", "staff_key", "token_hash", "label")
    moments = ("created_at", "expires_at", "revoked_at", "last_used_at")
    columns: list[sa.ColumnClause[object]] = [sa.column(name) for name in names]
    columns += [sa.column(name, sa.DateTime(timezone=True)) for name in moments]
    kept = [row._asdict() for row in connection.execute(sa.select(sa.table("tokens", *columns)))]
    op.drop_table("tokens")
    made = op.create_table(
        "tokens",
        sa.Column("key", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("staff_key", sa.Integer(), nullable=False),
        sa.Column("prefix", sa.String(length=8), nullable=True),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("label", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_tokens_site_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["staff_key"], ["staff.key"], name=op.f("fk_tokens_staff_key"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_tokens")),
        sa.UniqueConstraint("prefix", name=op.f("uq_tokens_prefix")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_tokens_token_hash")),
    )
    if not kept:
        return
    op.bulk_insert(made, kept)
    if connection.dialect.name == "postgresql":
        op.execute("SELECT setval(pg_get_serial_sequence('tokens', 'key'), (SELECT max(key) FROM tokens))")


def _seal_audit_trail() -> None:
    """Makes the table anew, and fills it with its old lines, each site's in the order in which they were written."""
    connection = op.get_bind()
    old = sa.table(
        "audit",
        *(sa.column(name) for name in ("key", "site_id", "who", "what", "upload_id", "detail")),
        sa.column("at", sa.DateTime(timezone=True)),
    )
    lines = connection.execute(sa.select(old).order_by(old.c.key)).all()
    op.drop_table("audit")
    made = op.create_table(
        "audit",
        sa.Column("key", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("upload_id", sa.String(length=32), nullable=True),
        sa.Column("detail", sa.Text(), server_default="", nullable=False),
        sa.Column("seal", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_audit_site_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_audit")),
        sa.UniqueConstraint("site_id", "number", name=op.f("uq_audit_site_id_number")),
    )
    assert made is not None
    last: dict[int, tuple[int, str]] = {}
    for line in lines:
        at = line.at.replace(tzinfo=UTC) if line.at.tzinfo is None else line.at.astimezone(UTC)
        before, seal = last.get(line.site_id, (0, ""))
        moment = at.isoformat(timespec="microseconds")
        told = [seal, line.site_id, before + 1, moment, line.who, line.what, line.upload_id, line.detail]
        seal = hashlib.sha256(json.dumps(told).encode("ascii")).hexdigest()
        last[line.site_id] = (before + 1, seal)
        connection.execute(
            sa.insert(made).values(
                site_id=line.site_id,
                number=before + 1,
                at=at if connection.dialect.name != "sqlite" else at.replace(tzinfo=None),
                who=line.who,
                what=line.what,
                upload_id=line.upload_id,
                detail=line.detail,
                seal=seal,
            )
        )
    for statement in APPEND_ONLY[connection.dialect.name]:
        op.execute(statement)
