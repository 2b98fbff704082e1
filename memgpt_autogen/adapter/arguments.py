"""Arguments of an agent that belong together: settings and home, an open memory and what is in it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from memgpt_autogen.errors import ConfigurationError
from memgpt_autogen.memory.hierarchy import MemoryHierarchy
from memgpt_autogen.settings import Settings


def load_settings(settings: Settings | None, home: str | Path | None, **given: str | None) -> Settings:
    """Return the settings, changed by the agent's own arguments.

    Raises `ConfigurationError` where there are two homes.
    """
    if settings is None:
        return Settings.load(home=home, **given)
    if home is not None:
        raise ConfigurationError("give home or settings, not both: settings have a home of their own.")
    return settings.model_copy(update={name: value for name, value in given.items() if value})


def check_memory(name: str, memory: MemoryHierarchy, options: Mapping[str, object]) -> None:
    """Raise `ConfigurationError` for options that have no effect, and for another agent's memory."""
    ignored = [option for option, value in options.items() if value]
    if ignored:
        raise ConfigurationError(
            f"memory= is open already, so {', '.join(ignored)} would have no effect. Give them to "
            "open_memory instead."
        )
    if memory.name != name:
        raise ConfigurationError(
            f"agent '{name}' cannot have the memory of '{memory.name}'; open_memory('{name}') opens its own."
        )
