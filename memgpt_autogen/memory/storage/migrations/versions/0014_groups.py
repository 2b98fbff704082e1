"""Group chats that agents take part in, and which of their entries were heard and said there."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from memgpt_autogen.memory.storage.migrations.moved_homes import refuse_writes_as_before

revision = "0014"
down_revision = "0013"

IN_GROUP = sa.text("group_id IS NOT NULL")


def upgrade() -> None:
    op.create_table(
        "groups",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("owner_id", sa.String(36), sa.ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("slot", sa.Integer, nullable=False),
        sa.Column("token", sa.String(36), nullable=False),
        sa.Column("holder", sa.Text, nullable=False),
        sa.Column("created_at", sa.String(32), nullable=False),
        sa.Column("ended_at", sa.String(32)),
        sa.UniqueConstraint("owner_id", "digest", "slot"),
    )
    op.create_table(
        "group_members",
        sa.Column(
            "group_id", sa.String(36), sa.ForeignKey("groups.id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column(
            "agent_id",
            sa.String(36),
            sa.ForeignKey("agents.id", ondelete="CASCADE"),
            primary_key=True,
            index=True,
        ),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("joined_at", sa.String(32), nullable=False),
    )
    op.add_column("entries", sa.Column("group_id", sa.String(36)))
    op.add_column("entries", sa.Column("group_number", sa.BigInteger))
    op.create_index(
        "entries_groups",
        "entries",
        ["group_id", "group_number"],
        sqlite_where=IN_GROUP,
        postgresql_where=IN_GROUP,
    )
    refuse_writes_as_before("groups", "group_members")
