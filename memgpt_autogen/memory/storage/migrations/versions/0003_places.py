"""Places: how far apart in a conversation things were said, for searches that look at what stands around; and quick lists by date."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

PAUSE = {
    "sqlite": "abs(julianday(created_at) - julianday(before)) > 0.25",
    "postgresql": "abs(extract(epoch FROM created_at::timestamp - before::timestamp)) > 21600",
}
"""Six hours."""


def upgrade() -> None:
    op.add_column("entries", sa.Column("place", sa.Integer))
    dialect = op.get_bind().dialect.name
    op.execute(
        "UPDATE entries SET place = placed.place FROM (SELECT id, "  # noqa: S608 - nothing of it is foreign
        f"sum(CASE WHEN {PAUSE[dialect]} THEN 16 ELSE 1 END) OVER (PARTITION BY agent_id ORDER BY seq) AS place "
        "FROM (SELECT id, agent_id, seq, created_at, "
        "lag(created_at) OVER (PARTITION BY agent_id ORDER BY seq) AS before FROM entries WHERE spoken IS NOT NULL"
        ") AS spoken) AS placed WHERE placed.id = entries.id"
    )
    op.create_index("entries_places", "entries", ["agent_id", "place"], unique=True)
    op.create_index("entries_times", "entries", ["agent_id", "created_at"])
    op.create_index(
        "entries_hidden",
        "entries",
        ["agent_id", "place"],
        sqlite_where=sa.text("hidden = 1"),
        postgresql_where=sa.text("hidden"),
    )
