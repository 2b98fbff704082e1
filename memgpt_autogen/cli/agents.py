"""The settings and agents that a command works on, opened from its options.

What takes long to import is imported inside the functions, so that help is quick.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING, Any

from memgpt_autogen.errors import ConfigurationError

if TYPE_CHECKING:
    from memgpt_autogen.llm.discover import Backend
    from memgpt_autogen.loop.heartbeat import HeartbeatLoop
    from memgpt_autogen.memory.hierarchy import MemoryHierarchy
    from memgpt_autogen.settings import Settings

logger = logging.getLogger(__name__)

_owner: ContextVar[str | None] = ContextVar("_owner", default=None)

FIRST = "sam"
"""The name of a new agent when `--agent` names none."""


OFFLINE = "offline"
"""The name of the built-in rules, where a model is named."""


def load_settings(home: Path | None, **given: Any) -> Settings:
    """The settings of this home, with the options of a command first.

    Where nothing names a time zone, it is that of this machine: a person reads the times.
    """
    from memgpt_autogen.cli.zone import machine_zone

    settings = exact_settings(home, **given)
    if "timezone" not in settings.model_fields_set:
        settings = settings.model_copy(update={"timezone": machine_zone()})
    if given.get("model") == OFFLINE:
        settings = with_model(settings, OFFLINE, given.get("window_tokens"))
    return settings


def exact_settings(home: Path | None, **given: Any) -> Settings:
    """The settings as a program in Python has them, for what leaves this machine."""
    from memgpt_autogen.settings import Settings

    return Settings.load(home=home, **{"owner": _owner.get(), **given})


def choose_owner(owner: str | None) -> None:
    """Take the option `--owner`, which stands before every command."""
    _owner.set(owner)


def with_model(settings: Settings, model: str, window_tokens: int | None = None) -> Settings:
    """The settings with another model. The offline rules need no window of a model that is configured."""
    update: dict[str, Any] = {"model": model}
    if model == OFFLINE or window_tokens is not None:
        update["window_tokens"] = window_tokens
    return settings.model_copy(update=update)


def open_agent(name: str | None, settings: Settings, **options: Any) -> MemoryHierarchy:
    """Return the memory of this agent, or of the only agent.

    Raises `ConfigurationError` if there is no agent, or if there are several and none is named.
    """
    from memgpt_autogen.home import agent_names, open_existing

    names = agent_names(settings) if name is None else [name]
    if not names:
        raise ConfigurationError(f"{settings.home} has no agent yet. memgpt-autogen run creates one.")
    if len(names) > 1:
        raise ConfigurationError(
            f"{settings.home} has several agents: {', '.join(names)}. Name one with --agent."
        )
    return open_existing(names[0], settings, **options)


def newest_agent(settings: Settings) -> str:
    """The agent of the last conversation, or the name of the first agent."""
    from memgpt_autogen.home import list_agents

    return next((each.name for each in list_agents(settings)), FIRST)


def find_models(
    settings: Settings, say: Callable[[str], None], addresses: Sequence[str] | None = None
) -> tuple[Backend, ...]:
    """Return what `discover` finds. If it is only servers that are still loading, wait for one of them."""
    from memgpt_autogen.llm.discover import discover

    environ: dict[str, str] | None = None if addresses is None else {}
    found = discover(environ, addresses=addresses)
    end = time.monotonic() + settings.loading_seconds
    loading = [each for each in found if each.loading]
    if loading and not any(map(_is_usable, found)):
        say(f"{loading[0]}; waiting up to {settings.loading_seconds:g} seconds for it")
    while loading and not any(map(_is_usable, found)) and time.monotonic() < end:
        time.sleep(min(1.0, max(0.0, end - time.monotonic())))
        found = discover(environ, addresses=addresses)
        loading = [each for each in found if each.loading]
    return found


def _is_usable(backend: Backend) -> bool:
    return bool(backend.key_from or (backend.models and not backend.loading))


def with_local_model(
    settings: Settings, say: Callable[[str], None] = lambda _: None
) -> tuple[Settings, tuple[Backend, ...]]:
    """Return the settings with a model, and the servers that were found on this machine.

    If the settings name no model, they get one of a server on this machine. A local server comes before a
    key, since it costs nothing.
    """
    if settings.model or settings.base_url or settings.api_key or not settings.discover:
        return settings, ()
    found = find_models(settings, say)
    for backend in found:
        for model in backend.models:
            update = {"model": model.name, "base_url": backend.base_url}
            return settings.model_copy(update=update), found
    return settings, found


def open_loop(memory: MemoryHierarchy, settings: Settings, **options: Any) -> HeartbeatLoop:
    """A loop with the model of the settings."""
    from memgpt_autogen.assembly import choose_llm, open_loop

    window = without_trained_window(settings).window_tokens
    return open_loop(memory, choose_llm(settings), window_tokens=window, **options)


def without_trained_window(settings: Settings) -> Settings:
    """Return the settings without a window that an older `quickstart` wrote, and delete it from the file.

    It wrote what the model was trained with, where the server serves less.
    """
    from memgpt_autogen.llm.served import served_model
    from memgpt_autogen.settings import stored_setting, write_settings

    written = stored_setting(settings.home, "window_tokens")
    if written is None or written != settings.window_tokens or not settings.discover:
        return settings
    served = served_model(settings.base_url or "", settings.model or "")
    if served is None or served.trained_tokens != written or (served.window_tokens or written) >= written:
        return settings
    file = write_settings(settings.home, {"window_tokens": None})
    logger.warning(
        "window_tokens = %s is deleted from %s: the model was trained with that, but %s.",
        written,
        file,
        served,
    )
    return settings.model_copy(update={"window_tokens": None})


def check_server(base_url: str) -> None:
    """Raise `ConfigurationError` if no server listens at an address of this machine."""
    import socket
    from urllib.parse import urlsplit

    from memgpt_autogen.web.places import is_local

    place = urlsplit(base_url)
    if not is_local(base_url):  # for other addresses there may be a proxy
        return
    try:
        port = place.port or (443 if place.scheme == "https" else 80)
        socket.create_connection((place.hostname or "", port), timeout=3).close()
    except (OSError, ValueError) as error:
        raise ConfigurationError(
            f"no server answers at {place.scheme}://{place.hostname}:{place.port or ''} ({error}). Start the "
            "server, give another --base-url, or run memgpt-autogen doctor. With --no-verify the "
            "conversation begins anyway."
        ) from None
