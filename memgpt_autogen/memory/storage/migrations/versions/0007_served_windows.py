"""The windows that an agent has learned: what an endpoint serves of a model, where that is less than was thought."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "served_windows",
        sa.Column(
            "agent_id", sa.String(36), sa.ForeignKey("agents.id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("endpoint", sa.Text, primary_key=True),
        sa.Column("model", sa.Text, primary_key=True),
        sa.Column("believed_tokens", sa.Integer, nullable=False),
        sa.Column("window_tokens", sa.Integer, nullable=False),
        sa.Column("learned_at", sa.String(32), nullable=False),
    )
