"""Templates: named texts of an owner for the first blocks of new agents."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import delete, insert, select, update

from memgpt_autogen.errors import NotFoundError, TakenError, quoted
from memgpt_autogen.memory.storage.accounts.owners import owned
from memgpt_autogen.memory.storage.database import Database
from memgpt_autogen.memory.storage.refusals import repeatable
from memgpt_autogen.memory.storage.tables import from_column, templates, to_column
from memgpt_autogen.messages import now
from memgpt_autogen.text.safe import clean_text

TemplateKind = Literal["persona", "human", "preset"]


@dataclass(frozen=True, slots=True)
class Template:
    """A named text."""

    id: str
    kind: TemplateKind
    name: str
    text: str
    created_at: datetime
    updated_at: datetime


def stored_templates(database: Database, kind: TemplateKind) -> list[Template]:
    """Return the owner's templates of this kind in the order of their names."""
    query = select(templates).where(owned(templates, database), templates.c.kind == kind)
    with database.reading() as connection:
        return sorted(map(_template, connection.execute(query)), key=lambda each: each.name)


def find_template(database: Database, kind: TemplateKind, name: str) -> Template:
    """Return the owner's template of that name. Raises `NotFoundError` where there is none."""
    with database.reading() as connection:
        row = connection.execute(select(templates).where(*_named(database, kind, name))).first()
    if row is None:
        names = ", ".join(each.name for each in stored_templates(database, kind)) or "none"
        raise NotFoundError(f"there is no {kind} {quoted(name)}; there are: {names}.")
    return _template(row)


@repeatable
def put_template(
    database: Database, kind: TemplateKind, name: str, text: str, *, replace: bool = False
) -> Template:
    """Store a text under a name. Raises `TakenError` where the name is taken, unless it is to `replace` it.

    Whoever calls it checks that the name and the text are valid.
    """
    time = now()
    text = clean_text(text)
    with database.writing(alone=True) as connection:
        named = _named(database, kind, name)
        row = connection.execute(select(templates).where(*named)).first()
        if row is None:
            made = Template(str(uuid.uuid4()), kind, name, text, time, time)
            values = {"id": made.id, "owner_id": database.owner, "kind": kind, "name": name, "text": text}
            times = {"created_at": to_column(time), "updated_at": to_column(time)}
            connection.execute(insert(templates).values(**values, **times))
            return made
        if not replace:
            raise TakenError(f"there is a {kind} '{name}' already. Give another name, or replace it.")
        connection.execute(update(templates).where(*named).values(text=text, updated_at=to_column(time)))
    return Template(row.id, kind, name, text, from_column(row.created_at), time)


@repeatable
def delete_template(database: Database, kind: TemplateKind, name: str) -> None:
    """Delete a template of the owner. Raises `NotFoundError` where there is none of that name."""
    find_template(database, kind, name)
    with database.writing() as connection:
        connection.execute(delete(templates).where(*_named(database, kind, name)))


def _named(database: Database, kind: TemplateKind, name: str) -> tuple[Any, ...]:
    return owned(templates, database), templates.c.kind == kind, templates.c.name == name


def _template(row: Any) -> Template:
    times = from_column(row.created_at), from_column(row.updated_at)
    return Template(row.id, row.kind, row.name, row.text, *times)
