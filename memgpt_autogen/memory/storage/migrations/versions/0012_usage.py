"""What deleted runs had used, how long runs keep their events, and who cleans up."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from memgpt_autogen.memory.storage.migrations.moved_homes import refuse_writes_as_before

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.add_column("runs", sa.Column("model", sa.Text))
    op.add_column("runs", sa.Column("trace", sa.String(64)))
    op.add_column("runs", sa.Column("has_events", sa.Boolean, nullable=False, server_default=sa.true()))
    op.create_index("runs_ended", "runs", ["has_events", "ended_at"])
    op.add_column("jobs", sa.Column("attempts", sa.Integer, nullable=False, server_default="0"))
    op.create_table(
        "usage",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("owner_id", sa.String(36), nullable=False),
        sa.Column("agent_id", sa.String(36), nullable=False),
        sa.Column("key_id", sa.String(36)),
        sa.Column("model", sa.Text),
        sa.Column("time", sa.String(32), nullable=False, index=True),
        sa.Column("runs", sa.Integer, nullable=False),
        sa.Column("failed", sa.Integer, nullable=False),
        sa.Column("steps", sa.BigInteger, nullable=False),
        sa.Column("prompt_tokens", sa.BigInteger, nullable=False),
        sa.Column("completion_tokens", sa.BigInteger, nullable=False),
        sa.Column("cost", sa.Float),
    )
    op.create_table(
        "chores",
        sa.Column("name", sa.String(32), primary_key=True),
        sa.Column("until", sa.Float, nullable=False),
    )
    refuse_writes_as_before("usage", "chores")
