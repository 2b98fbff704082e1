"""Presets: named sets of first texts for new agents. One, MemGPT's own, there is always."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field, ValidationError

from memgpt_autogen.assembly import PERSONA
from memgpt_autogen.errors import ConfigurationError, NotAllowedError, NotFoundError, TakenError, quoted
from memgpt_autogen.messages import now
from memgpt_autogen.service import templates
from memgpt_autogen.service.memgpt.asker import Asker
from memgpt_autogen.service.memgpt.config import PRESET, system_text
from memgpt_autogen.service.memgpt.ids import named_id
from memgpt_autogen.service.memgpt.shapes import CreatedPreset, Preset, Presets, Said
from memgpt_autogen.service.memgpt.tools import check_known, schemas

# how many templates are read at once
_PAGE = 200


class NewPreset(BaseModel):
    """A preset that a client sends. A name of a text, without that text, is of one that is stored."""

    name: str
    id: str | None = None
    description: str | None = None
    system: str | None = None
    system_name: str | None = None
    persona: str | None = None
    persona_name: str | None = None
    human: str | None = None
    human_name: str | None = None
    functions_schema: list[dict[str, Any]] = Field(default_factory=list)


class _Stored(BaseModel):
    """What is stored of a preset."""

    created_at: datetime | None = None
    description: str | None = None
    system: str = ""
    persona: str = ""
    persona_name: str | None = None
    human: str = ""
    human_name: str | None = None
    functions: list[str] = Field(default_factory=list)


def list_presets(asker: Asker) -> Presets:
    """Return all presets."""
    return Presets(presets=[usual_preset(asker), *_own(asker)])


def find_preset(asker: Asker, name: str) -> Preset:
    """Return a preset by its name. Raises `NotFoundError` where there is none."""
    if name == PRESET:
        return usual_preset(asker)
    return _preset(asker, templates.find(asker.settings, "preset", name))


def usual_preset(asker: Asker) -> Preset:
    """Return the preset that there always is: what a new agent has without any."""
    return Preset(
        name=PRESET,
        id=named_id(asker.user_id, "preset", PRESET),
        user_id=asker.user_id,
        description="what a new agent begins with",
        system=system_text(asker.settings),
        system_name=PRESET,
        persona=PERSONA,
        functions_schema=schemas(asker),
    )


def create_preset(asker: Asker, new: NewPreset) -> CreatedPreset:
    """Store a preset. Raises `TakenError` for a name that is taken.

    Raises `NotFoundError` for a function that agents cannot have, or a text that is not there.
    """
    if new.name in [each.name for each in list_presets(asker).presets]:
        raise TakenError(
            f"there is a preset {quoted(new.name)} already. Delete it first, or give another name."
        )
    names = [each.get("name") for each in new.functions_schema]
    if not all(isinstance(name, str) and name for name in names):
        raise ConfigurationError("each schema of functions_schema has the name of a function.")
    check_known(asker, [str(name) for name in names])
    stored = _Stored(
        created_at=now(),
        description=new.description,
        system=new.system or "",
        persona=new.persona or _named(asker, "persona", new.persona_name),
        persona_name=new.persona_name,
        human=new.human or _named(asker, "human", new.human_name),
        human_name=new.human_name,
        functions=[str(name) for name in names],
    )
    made, _ = templates.put(asker.settings, "preset", new.name, stored.model_dump_json())
    return CreatedPreset(preset=_preset(asker, made))


def delete_preset(asker: Asker, preset_id: str) -> Said:
    """Delete a preset by its id. Raises `NotFoundError` where there is none.

    Raises `NotAllowedError` for the one that there always is.
    """
    if preset_id == named_id(asker.user_id, "preset", PRESET):
        raise NotAllowedError(f"the preset '{PRESET}' is what agents begin with without any. It stays.")
    found = next((each for each in _own(asker) if each.id == preset_id), None)
    if found is None:
        raise NotFoundError(f"there is no preset with the id {quoted(preset_id)}.")
    templates.remove(asker.settings, "preset", found.name)
    return Said(message=f"Preset preset_id={preset_id} successfully deleted")


def _own(asker: Asker) -> Iterator[Preset]:
    cursor = None
    while True:
        page = templates.list_templates(asker.settings, "preset", limit=_PAGE, cursor=cursor)
        for each in page.items:
            yield _preset(asker, each)
        cursor = page.next
        if cursor is None:
            return


def _preset(asker: Asker, template: templates.NamedText) -> Preset:
    try:
        stored = _Stored.model_validate_json(template.text)
    except ValidationError:  # one that was not made by this API is a system text
        stored = _Stored(system=template.text)
    known = {each["name"]: each for each in schemas(asker)}
    functions = [known[name] for name in stored.functions if name in known]
    return Preset(
        name=template.name,
        id=named_id(asker.user_id, "preset", template.name),
        user_id=asker.user_id,
        **stored.model_dump(exclude={"functions", "system", "persona"}),
        system=stored.system or system_text(asker.settings),
        persona=stored.persona or PERSONA,
        functions_schema=functions,
    )


def _named(asker: Asker, kind: Any, name: str | None) -> str:
    return templates.find(asker.settings, kind, name).text if name else ""
