"""What clients of OpenAI's API get with a key: whether its chats are forks, and what it may instruct and see."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    op.add_column("keys", sa.Column("clients", sa.Text))
