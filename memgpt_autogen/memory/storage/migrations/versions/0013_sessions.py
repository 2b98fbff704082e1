"""Sessions of browsers know the key that began them, and end with it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.add_column("keys", sa.Column("session_of", sa.String(36)))
