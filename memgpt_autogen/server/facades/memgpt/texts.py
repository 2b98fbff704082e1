"""Humans, personas and presets: what new agents begin with."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Request

from memgpt_autogen.server.authentication import Reader, Writer
from memgpt_autogen.server.facades.facade import foreign_area
from memgpt_autogen.server.facades.memgpt.askers import asker_of, whole_asker
from memgpt_autogen.service.memgpt import presets, shapes, texts

router = foreign_area("templates", "/api")

NamePath = Annotated[str, Path(max_length=64, description="The name of a template.")]


@router.get("/humans")
def list_memgpt_humans(request: Request, caller: Reader) -> shapes.Humans:
    """Return the texts for the block `human`."""
    return texts.list_humans(asker_of(request, caller))


@router.post("/humans")
def create_memgpt_human(request: Request, caller: Writer, body: texts.NewText) -> shapes.Template:
    """Store a text for the block `human`."""
    return texts.create_text(whole_asker(request, caller), "human", body)


@router.get("/humans/{name}")
def get_memgpt_human(request: Request, caller: Reader, name: NamePath) -> shapes.Template:
    """Return a text for the block `human`."""
    return texts.find_text(asker_of(request, caller), "human", name)


@router.delete("/humans/{name}")
def delete_memgpt_human(request: Request, caller: Writer, name: NamePath) -> shapes.Said:
    """Delete a text for the block `human`."""
    return texts.delete_text(whole_asker(request, caller), "human", name)


@router.get("/personas")
def list_memgpt_personas(request: Request, caller: Reader) -> shapes.Personas:
    """Return the texts for the block `persona`."""
    return texts.list_personas(asker_of(request, caller))


@router.post("/personas")
def create_memgpt_persona(request: Request, caller: Writer, body: texts.NewText) -> shapes.Template:
    """Store a text for the block `persona`."""
    return texts.create_text(whole_asker(request, caller), "persona", body)


@router.get("/personas/{name}")
def get_memgpt_persona(request: Request, caller: Reader, name: NamePath) -> shapes.Template:
    """Return a text for the block `persona`."""
    return texts.find_text(asker_of(request, caller), "persona", name)


@router.delete("/personas/{name}")
def delete_memgpt_persona(request: Request, caller: Writer, name: NamePath) -> shapes.Said:
    """Delete a text for the block `persona`."""
    return texts.delete_text(whole_asker(request, caller), "persona", name)


@router.get("/presets")
def list_memgpt_presets(request: Request, caller: Reader) -> shapes.Presets:
    """Return all presets."""
    return presets.list_presets(asker_of(request, caller))


@router.post("/presets")
def create_memgpt_preset(request: Request, caller: Writer, body: presets.NewPreset) -> shapes.CreatedPreset:
    """Store a preset."""
    return presets.create_preset(whole_asker(request, caller), body)


@router.get("/presets/{name}")
def get_memgpt_preset(request: Request, caller: Reader, name: NamePath) -> shapes.Preset:
    """Return a preset by its name."""
    return presets.find_preset(asker_of(request, caller), name)


@router.delete("/presets/{preset}")
def delete_memgpt_preset(
    request: Request, caller: Writer, preset: Annotated[str, Path(max_length=64)]
) -> shapes.Said:
    """Delete a preset by its id."""
    return presets.delete_preset(whole_asker(request, caller), preset)
