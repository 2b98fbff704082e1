"""Runs with their events, and jobs: what a server was asked for, and how far it is."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from memgpt_autogen.memory.storage.migrations.moved_homes import refuse_writes_as_before

revision = "0011"
down_revision = "0010"

RUNNING = sa.text("state = 'running'")

UNFINISHED = sa.text("state IN ('queued', 'running', 'suspended')")


def upgrade() -> None:
    op.create_table(
        "runs",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("id", sa.String(36), nullable=False, unique=True),
        _refers_to("users", "owner_id", nullable=False),
        _refers_to("agents", "agent_id", nullable=False),
        sa.Column("key_id", sa.String(36)),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("stop_reason", sa.String(16)),
        sa.Column("input", sa.Text, nullable=False),
        sa.Column("urgent", sa.Boolean, nullable=False),
        sa.Column("on_disconnect", sa.String(16), nullable=False),
        sa.Column("cancelled", sa.Boolean, nullable=False),
        sa.Column("idempotency", sa.String(64)),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("created_at", sa.String(32), nullable=False),
        sa.Column("started_at", sa.String(32)),
        sa.Column("ended_at", sa.String(32)),
        sa.Column("worker", sa.Text),
        sa.Column("until", sa.Float),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("heard_seq", sa.Integer),
        sa.Column("results", sa.Text),
        sa.Column("expires", sa.Float),
        sa.Column("error", sa.Text),
        sa.Column("prompt_tokens", sa.Integer, nullable=False),
        sa.Column("completion_tokens", sa.Integer, nullable=False),
        sa.Column("steps", sa.Integer, nullable=False),
        sa.Column("cost", sa.Float),
        sa.UniqueConstraint("owner_id", "idempotency"),
        sqlite_autoincrement=True,
    )
    op.create_index("runs_agents", "runs", ["agent_id", "number"])
    op.create_index("runs_owners", "runs", ["owner_id", "number"])
    op.create_index(
        "runs_running", "runs", ["agent_id"], unique=True, sqlite_where=RUNNING, postgresql_where=RUNNING
    )
    op.create_index(
        "runs_unfinished", "runs", ["state", "number"], sqlite_where=UNFINISHED, postgresql_where=UNFINISHED
    )
    op.create_table(
        "run_events",
        sa.Column("id", sa.Integer, primary_key=True),
        _refers_to("runs", "run_id", nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("seq", sa.Integer),
        sa.Column("data", sa.Text, nullable=False),
        sa.Column("time", sa.String(32), nullable=False),
        sa.UniqueConstraint("run_id", "number"),
    )
    op.create_table(
        "jobs",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("id", sa.String(36), nullable=False, unique=True),
        _refers_to("users", "owner_id", nullable=False, index=True),
        _refers_to("agents", "agent_id", index=True),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("what", sa.Text, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("done", sa.Integer, nullable=False),
        sa.Column("total", sa.Integer),
        sa.Column("result", sa.Text),
        sa.Column("error", sa.Text),
        sa.Column("created_at", sa.String(32), nullable=False),
        sa.Column("ended_at", sa.String(32)),
        sa.Column("worker", sa.Text, nullable=False),
        sa.Column("until", sa.Float, nullable=False),
        sqlite_autoincrement=True,
    )
    refuse_writes_as_before("runs", "run_events", "jobs")


def _refers_to(table: str, name: str, **options: Any) -> sa.Column[str]:
    """Return a column with the id of another row, and which is deleted with that."""
    rule = sa.ForeignKey(f"{table}.id", ondelete="CASCADE")
    return sa.Column(name, sa.String(36), rule, **options)
