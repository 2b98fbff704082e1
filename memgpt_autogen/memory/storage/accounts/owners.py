"""The one function that keeps the agents, shared blocks and shared archives of owners apart.

A name means something of one owner. So each statement that looks a row up by its name, or lists names, has
this condition. Ids are found by names only, or given by the tables of an agent that was found so.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, Table

from memgpt_autogen.memory.storage.database import Database


def owned(table: Table, database: Database) -> ColumnElement[bool]:
    """Return the condition for the rows of a table that belong to the owner of this database."""
    condition: ColumnElement[bool] = table.c.owner_id == database.owner
    return condition
