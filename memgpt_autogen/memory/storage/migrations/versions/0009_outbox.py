"""The outbox: passages that were inserted while the server of their archive was away."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("archive_id", sa.String(80), nullable=False, index=True),
        sa.Column("passage_id", sa.String(36), nullable=False),
        sa.Column("payload", sa.Text, nullable=False),
        sa.Column("claimed_until", sa.String(32)),
        sqlite_autoincrement=True,
    )
