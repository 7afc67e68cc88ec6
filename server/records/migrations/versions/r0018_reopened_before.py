"""What was opened again by undos before it was kept which records were."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    from server.records.changes import read_reversals
    from server.records.reopened import note_reopened
    from workbook.files.packing import unpack

    connection = op.get_bind()
    undone = sa.text(
        "SELECT uploads.site_id, uploads.id FROM uploads JOIN upload_sheets ON upload_sheets.upload_id = uploads.id "
        "WHERE upload_sheets.kind = 'undone' ORDER BY uploads.site_id, uploads.id"
    )
    sheet = sa.text("SELECT packed FROM upload_sheets WHERE upload_id = :upload AND kind = 'undone'")
    found: dict[int, set[int]] = {}
    for site_id, upload_id in connection.execute(undone).all():
        packed = bytes(connection.execute(sheet, {"upload": upload_id}).scalar_one())
        lines = read_reversals(unpack(packed))
        found.setdefault(site_id, set()).update(line.record_id for line in lines if line.outcome == "reopened")
    # When each was opened is not known. As of now is on the safe side: what an earlier upload ended is not opened
    # beside it. Those that are kept already are known better.
    open_now = sa.text(
        "SELECT record_id FROM assignments WHERE site_id = :site AND end_date = '' UNION ALL "
        "SELECT record_id FROM enrollments WHERE site_id = :site AND end_date = ''"
    )
    known = sa.text("SELECT record_id FROM reopened WHERE site_id = :site")
    for site_id, records in found.items():
        site = {"site": site_id}
        records.intersection_update(connection.execute(open_now, site).scalars())
        records.difference_update(connection.execute(known, site).scalars())
        note_reopened(connection, site_id, records)
