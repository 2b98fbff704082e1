"""Humans and personas: named texts for the first blocks of new agents."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel

from memgpt_autogen.errors import TakenError, quoted
from memgpt_autogen.service import templates
from memgpt_autogen.service.memgpt.asker import Asker
from memgpt_autogen.service.memgpt.ids import named_id
from memgpt_autogen.service.memgpt.shapes import Humans, Personas, Said, Template

Kind = Literal["human", "persona"]

# how many templates are read at once
_PAGE = 200


class NewText(BaseModel):
    """A named text."""

    name: str
    text: str


def list_humans(asker: Asker) -> Humans:
    """Return the texts for the block `human`."""
    return Humans(humans=_all(asker, "human"))


def list_personas(asker: Asker) -> Personas:
    """Return the texts for the block `persona`."""
    return Personas(personas=_all(asker, "persona"))


def find_text(asker: Asker, kind: Kind, name: str) -> Template:
    """Return a named text. Raises `NotFoundError` where there is none."""
    return _template(asker, templates.find(asker.settings, kind, name))


def create_text(asker: Asker, kind: Kind, new: NewText) -> Template:
    """Store a named text. Raises `TakenError` for a name that is taken."""
    if new.name in [each.name for each in _all(asker, kind)]:
        raise TakenError(
            f"there is a {kind} {quoted(new.name)} already. Delete it first, or give another name."
        )
    return update_text(asker, kind, new)


def update_text(asker: Asker, kind: Kind, new: NewText) -> Template:
    """Store a named text, in place of the one of that name if there is one."""
    return _template(asker, templates.put(asker.settings, kind, new.name, new.text)[0])


def delete_text(asker: Asker, kind: Kind, name: str) -> Said:
    """Delete a named text."""
    templates.remove(asker.settings, kind, name)
    return Said(message=f"{kind.capitalize()} {name} successfully deleted")


def _all(asker: Asker, kind: Kind) -> list[Template]:
    found: list[Template] = []
    cursor = None
    while True:
        page = templates.list_templates(asker.settings, kind, limit=_PAGE, cursor=cursor)
        found += [_template(asker, each) for each in page.items]
        cursor = page.next
        if cursor is None:
            return found


def _template(asker: Asker, named: templates.NamedText) -> Template:
    id_ = named_id(asker.user_id, named.kind, named.name)
    return Template(id=id_, name=named.name, text=named.text, user_id=asker.user_id)
