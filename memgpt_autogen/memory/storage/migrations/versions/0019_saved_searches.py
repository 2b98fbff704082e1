"""Searches of an agent's memory that people saved, each with what it is expected to find."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from memgpt_autogen.memory.storage.migrations.moved_homes import refuse_writes_as_before

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    op.create_table(
        "saved_searches",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column(
            "agent_id",
            sa.String(36),
            sa.ForeignKey("agents.id", ondelete="CASCADE"),
            nullable=False,
            index=True,
        ),
        sa.Column("request", sa.Text, nullable=False),
        sa.Column("tier", sa.String(16), nullable=False),
        sa.Column("hit", sa.Text, nullable=False),
        sa.Column("within", sa.Integer, nullable=False),
        sa.Column("rank", sa.Integer),
        sa.Column("created_at", sa.String(32), nullable=False),
    )
    refuse_writes_as_before("saved_searches")
