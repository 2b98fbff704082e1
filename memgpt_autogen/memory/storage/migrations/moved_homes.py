"""Databases whose memory was moved elsewhere: their new tables refuse writes, as the old ones do."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


def refuse_writes_as_before(*tables: str) -> None:
    """Let these tables, which a migration has made, refuse writes if the memory was moved elsewhere."""
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        moved = "SELECT tgname FROM pg_trigger WHERE tgname = 'moved_agents' AND tgrelid = 'agents'::regclass"
        for table in tables if connection.scalar(sa.text(moved)) else ():
            op.execute(
                f"CREATE TRIGGER moved_{table} BEFORE INSERT OR UPDATE OR DELETE ON {table} "
                "EXECUTE FUNCTION memory_was_moved()"
            )
        return
    moved = (
        "SELECT sql FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'moved\\_agents\\_%' ESCAPE '\\'"
    )
    for (sql,) in connection.exec_driver_sql(moved).all():
        start, begin, rest = str(sql).partition(" BEGIN ")
        for table in tables:
            renamed = start.replace("moved_agents_", f"moved_{table}_").replace("ON agents", f"ON {table}")
            connection.exec_driver_sql(f"{renamed}{begin}{rest}")
