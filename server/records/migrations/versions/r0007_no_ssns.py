"""Remove stored SSNs that are not SSNs: words, parts and placeholders from earlier imports."""

from collections import Counter

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    from server.records.ssn import is_own_key
    from server.records.stored_ssns import find_no_ssns, has_ssns, in_words, stored_ssns, take_out

    connection = op.get_bind()
    attributes = op.get_context().config.attributes  # type: ignore[union-attr]
    tell, key = attributes.get("tell", print), attributes.get("key")
    if not has_ssns(connection):
        return
    if key is None or not is_own_key(connection, key()):
        tell(
            "Stored SSNs were not looked through, because their key is not at hand. Do it with: "
            "caseload-server ssn check --take-out"
        )
        return
    counts = Counter(one.what for one in take_out(connection, find_no_ssns(stored_ssns(connection), key()), "server"))
    if counts:
        tell(
            f"Of the stored SSNs {counts.total():,} were none, and were taken out: {in_words(counts)}. They could have "
            "found or contradicted a participant. Look for rarer ones with: caseload-server ssn check --thorough"
        )
