"""An index of the entries that are not from imported chats: a prompt has only such, and a log may have few of them."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_index(
        "entries_not_imported",
        "entries",
        ["agent_id", "seq"],
        sqlite_where=sa.text("kind <> 'imported'"),
        postgresql_where=sa.text("kind <> 'imported'"),
    )
