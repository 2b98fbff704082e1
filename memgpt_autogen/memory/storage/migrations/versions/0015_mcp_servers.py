"""MCP servers whose tools a server offers its agents, with the tools that were found there."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from memgpt_autogen.memory.storage.migrations.moved_homes import refuse_writes_as_before

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.create_table(
        "mcp_servers",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("name", sa.Text, nullable=False, unique=True),
        sa.Column("user_id", sa.String(36), sa.ForeignKey("users.id", ondelete="CASCADE")),
        sa.Column("agents", sa.Text),
        sa.Column("place", sa.Text, nullable=False),
        sa.Column("tools", sa.Text, nullable=False),
        sa.Column("approval", sa.Boolean, nullable=False),
        sa.Column("version", sa.String(36), nullable=False),
        sa.Column("created_at", sa.String(32), nullable=False),
        sa.Column("checked_at", sa.String(32)),
    )
    refuse_writes_as_before("mcp_servers")
