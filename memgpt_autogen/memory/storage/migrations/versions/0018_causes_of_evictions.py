"""Why messages were evicted: the cause, how many left, and the size of the prompt against its limit."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    op.add_column("summaries", sa.Column("cause", sa.String(16)))
    for name in ("messages", "prompt_tokens", "limit_tokens"):
        op.add_column("summaries", sa.Column(name, sa.Integer))
