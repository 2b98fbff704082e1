"""The mark of a home and where its database is, and what its archives on a Qdrant server should have."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_table(
        "home",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("id", sa.String(36), nullable=False),
    )
    op.create_table(
        "holdings",
        sa.Column("archive_id", sa.String(80), primary_key=True),
        sa.Column("server", sa.Text, nullable=False),
        sa.Column("passages", sa.Integer, nullable=False),
    )
