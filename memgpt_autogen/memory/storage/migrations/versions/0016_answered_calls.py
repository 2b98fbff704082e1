"""What a run's calls were answered with, as digests, so that an answer that comes twice is known."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.add_column("runs", sa.Column("answered", sa.Text))
