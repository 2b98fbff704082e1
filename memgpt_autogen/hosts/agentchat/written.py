"""What a component's configuration has of an agent or a memory: names, never keys or objects."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from autogen_core import ComponentModel
from autogen_core.tools import BaseTool, FunctionTool

from memgpt_autogen.adapter.arguments import load_settings
from memgpt_autogen.errors import ConfigurationError
from memgpt_autogen.hosts.agentchat.calls import ChatTool
from memgpt_autogen.loop.turn import Limits
from memgpt_autogen.memory.context.block import Block
from memgpt_autogen.settings import Settings, without_passwords
from memgpt_autogen.tools.tool import Tool

NAMED = (
    "owner",
    "qdrant_prefix",
    "model",
    "base_url",
    "window_tokens",
    "embedding_model",
    "embedding_base_url",
    "timezone",
)
"""The settings that are written, with the home."""

STORES = ("database_url", "qdrant_url")
"""Where the memory is, if not in the home. These may contain passwords, so they are never written."""


def written_settings(given: Settings | None, home: str | Path | None) -> dict[str, Any]:
    """Return the settings of an agent as JSON values.

    Raises `ConfigurationError` for an address with a password, and where the written settings would be those
    of another memory.
    """
    settings = load_settings(given, home)
    written = {name: value for name in NAMED if (value := getattr(settings, name)) is not None}
    for name, value in written.items():
        if isinstance(value, str) and without_passwords(value) != value:
            raise ConfigurationError(
                f"{name} contains a user and a password, which no component may contain. Give the address "
                "without them, and set the key as MEMGPT_AUTOGEN_API_KEY in the environment."
            )
    written["home"] = str(settings.home.absolute())
    read = Settings.load(**written)
    for name in STORES:
        if getattr(read, name) != getattr(settings, name):
            raise ConfigurationError(
                f"{name} is not written into a component, which would open another memory without it. Set "
                f"MEMGPT_AUTOGEN_{name.upper()} in the environment."
            )
    return written


def written_options(agent: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the other options of an agent as JSON values. Raises `ConfigurationError` for objects."""
    written = {name: value for name, value in options.items() if value is not None}
    for name in ("settings", "home"):  # they are written as settings
        written.pop(name, None)
    embedder = written.get("embedder", "")
    objects: list[str] = [name for name in ("memory", "llm", "approve") if name in written]
    objects += [] if isinstance(embedder, str) else ["embedder"]
    if objects:
        raise ConfigurationError(
            f"agent '{agent}' was given {', '.join(objects)} as objects, which no component contains. Name "
            "the home, the model and the embedder instead: home=..., settings=Settings.load(model=...)."
        )
    if "blocks" in written:
        written["blocks"] = [asdict(block) for block in written["blocks"]]
    if "limits" in written:
        written["limits"] = asdict(written["limits"])
    return written


def read_options(written: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options that `written_options` has written."""
    options = dict(written)
    if "blocks" in options:
        options["blocks"] = [Block(**block) for block in options["blocks"]]
    if "limits" in options:
        options["limits"] = Limits(**options["limits"])
    return options


def written_tool(tool: ChatTool) -> ComponentModel:
    """Return a tool as a component. AgentChat writes the source of a function into it."""
    if isinstance(tool, BaseTool):
        return tool.dump_component()
    if isinstance(tool, Tool):
        raise ConfigurationError(
            f"tool '{tool.name}' cannot be written into a component. Give it as a function or as a tool of "
            "AgentChat."
        )
    return FunctionTool(tool, description=inspect.getdoc(tool) or "").dump_component()
