"""What history needs (entries out of sight, where in the log a summary was made), and the leases of turns."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("entries", sa.Column("hidden", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("summaries", sa.Column("at_seq", sa.Integer, nullable=False, server_default="0"))
    op.execute(
        "UPDATE summaries SET at_seq = COALESCE((SELECT MAX(seq) FROM entries WHERE entries.agent_id = "
        "summaries.agent_id AND entries.created_at <= summaries.created_at), through_seq)"
    )
    op.create_table(
        "leases",
        sa.Column(
            "agent_id", sa.String(36), sa.ForeignKey("agents.id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("token", sa.String(36), nullable=False),
        sa.Column("holder", sa.Text, nullable=False),
        sa.Column("since", sa.String(32), nullable=False),
        sa.Column("until", sa.Float, nullable=False),
    )
