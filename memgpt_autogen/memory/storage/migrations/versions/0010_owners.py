"""Users with keys, limits, grants, templates and an audit, and the owner of each agent, block and archive."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import sqlalchemy as sa
from alembic import op

from memgpt_autogen.memory.storage.migrations.moved_homes import refuse_writes_as_before

revision = "0010"
down_revision = "0009"

HOME = "00000000-0000-0000-0000-000000000000"
"""The user that owns what was there before, and what the terminal and notebooks make."""


def upgrade() -> None:
    _create_accounts()
    made = datetime.now(timezone.utc).replace(tzinfo=None).isoformat(timespec="microseconds")
    op.get_bind().execute(
        sa.text("INSERT INTO users (id, name, role, created_at) VALUES (:id, 'home', 'admin', :made)"),
        {"id": HOME, "made": made},
    )
    if op.get_bind().dialect.name == "sqlite":
        _make_anew()
    else:
        _alter()
    op.create_index("blocks_owners", "blocks", ["owner_id", "label"])
    refuse_writes_as_before(*NEW)


def _create_accounts() -> None:
    op.create_table(
        "users",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("name", sa.Text, nullable=False, unique=True),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("password", sa.Text),
        sa.Column("created_at", sa.String(32), nullable=False),
        sa.Column("suspended_at", sa.String(32)),
    )
    op.create_table(
        "keys",
        sa.Column("id", sa.String(36), primary_key=True),
        _owner("CASCADE"),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False, unique=True),
        sa.Column("shown", sa.String(16), nullable=False),
        sa.Column("scopes", sa.Text, nullable=False),
        sa.Column("agents", sa.Text),
        sa.Column("created_at", sa.String(32), nullable=False),
        sa.Column("expires_at", sa.String(32)),
        sa.Column("used_at", sa.String(32)),
        sa.Column("revoked_at", sa.String(32)),
    )
    op.create_index("keys_owners", "keys", ["owner_id"])
    op.create_table(
        "limits",
        sa.Column("what", sa.String(16), primary_key=True),
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("turns_at_once", sa.Integer),
        sa.Column("turns_a_day", sa.Integer),
        sa.Column("tokens_a_day", sa.BigInteger),
        sa.Column("cost_a_day", sa.Float),
    )
    op.create_table(
        "grants",
        sa.Column("what", sa.String(16), primary_key=True),
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("user_id", sa.String(36), sa.ForeignKey("users.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("may", sa.String(16), nullable=False),
        sa.Column("created_at", sa.String(32), nullable=False),
    )
    op.create_table(
        "templates",
        sa.Column("id", sa.String(36), primary_key=True),
        _owner("CASCADE"),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("created_at", sa.String(32), nullable=False),
        sa.Column("updated_at", sa.String(32), nullable=False),
        sa.UniqueConstraint("owner_id", "kind", "name"),
    )
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("owner_id", sa.String(36), nullable=False),
        sa.Column("key_id", sa.String(36)),
        sa.Column("time", sa.String(32), nullable=False),
        sa.Column("action", sa.String(32), nullable=False),
        sa.Column("what", sa.String(16), nullable=False),
        sa.Column("target_id", sa.String(36)),
        sa.Column("name", sa.Text),
        sa.Column("detail", sa.Text, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("audit_owners", "audit", ["owner_id", "id"])


def _owner(ondelete: str | None = None) -> sa.Column[str]:
    return sa.Column("owner_id", sa.String(36), sa.ForeignKey("users.id", ondelete=ondelete), nullable=False)


def _make_anew() -> None:
    """Copy the tables of SQLite, which can neither add such a column nor drop the unique names.

    Foreign keys are off in a migration, so that dropping the old table deletes nothing of others.
    """
    _replace(
        "agents",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("created_at", sa.String(32), nullable=False),
        sa.Column("paused_until", sa.String(32)),
        unique=True,
    )
    _replace(
        "blocks",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("label", sa.Text, nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("char_limit", sa.Integer, nullable=False),
        sa.Column("description", sa.Text, nullable=False),
        sa.Column("shared", sa.Boolean, nullable=False),
        sa.Column("updated_at", sa.String(32), nullable=False),
    )
    _replace(
        "archives",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        unique=True,
    )


def _replace(table: str, *columns: sa.Column[Any], unique: bool = False) -> None:
    connection = op.get_bind()
    triggers = connection.execute(
        sa.text("SELECT sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :table"),
        {"table": table},
    )
    kept = [str(sql) for (sql,) in triggers]
    names = ", ".join(column.name for column in columns)
    rules = (sa.UniqueConstraint("owner_id", "name"),) if unique else ()
    op.create_table(f"new_{table}", *columns, _owner(), *rules)
    op.execute(f"INSERT INTO new_{table} ({names}, owner_id) SELECT {names}, '{HOME}' FROM {table}")  # noqa: S608
    op.drop_table(table)
    op.rename_table(f"new_{table}", table)
    for sql in kept:
        connection.exec_driver_sql(sql)


def _alter() -> None:
    inspector = sa.inspect(op.get_bind())
    for table in ("agents", "blocks", "archives"):
        op.execute(
            f"ALTER TABLE {table} ADD COLUMN owner_id varchar(36) NOT NULL DEFAULT '{HOME}' "
            "REFERENCES users (id)"
        )
        op.execute(f"ALTER TABLE {table} ALTER COLUMN owner_id DROP DEFAULT")
        for rule in inspector.get_unique_constraints(table):
            op.drop_constraint(str(rule["name"]), table)
        if table != "blocks":
            op.create_unique_constraint(None, table, ["owner_id", "name"])


NEW = ("users", "keys", "limits", "grants", "templates", "audit")
