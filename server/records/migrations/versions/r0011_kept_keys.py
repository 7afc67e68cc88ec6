"""Hash stored idempotency keys: clients make them from rows, and SSNs could be found by trying what makes one."""

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    from server.records.ssn import SsnHasher, is_own_key
    from server.records.uploads import kept_key

    connection = op.get_bind()
    stored = connection.execute(sa.text("SELECT id, idempotency_key FROM uploads")).all()
    if not stored:
        return
    attributes = op.get_context().config.attributes  # type: ignore[union-attr]
    tell, key = attributes.get("tell", print), attributes.get("key")
    hasher = SsnHasher(key()) if key is not None and is_own_key(connection, key()) else None
    if hasher is None:
        tell(
            "The keys under which uploads were sent are forgotten, because they are hashed now and the key for that is "
            "not at hand. An upload that is sent again is another one."
        )
    connection.execute(
        sa.text("UPDATE uploads SET idempotency_key = :kept WHERE id = :id"),
        [
            {"id": one.id, "kept": secrets.token_hex(32) if hasher is None else kept_key(hasher, one.idempotency_key)}
            for one in stored
        ],
    )
