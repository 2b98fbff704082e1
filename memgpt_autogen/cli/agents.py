"""The settings and agents that a command works on, opened from its options.

What takes long to import is imported inside the functions, so that help is quick.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from memgpt_autogen.cli.remote.choice import server_address, server_chosen, server_client
from memgpt_autogen.errors import ConfigurationError, NotFoundError

if TYPE_CHECKING:
    from memgpt_autogen.client.http_client import Client
    from memgpt_autogen.llm.discover import Backend
    from memgpt_autogen.loop.heartbeat import HeartbeatLoop
    from memgpt_autogen.memory.hierarchy import MemoryHierarchy
    from memgpt_autogen.memory.storage.agents import AgentRecord
    from memgpt_autogen.memory.upkeep.remove import Removed
    from memgpt_autogen.named_texts import AnyTexts, TextKind
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

    if home is not None and server_chosen():
        raise ConfigurationError(
            f"--home is for a home of this machine, and the commands work on the server {server_address()}. "
            "Leave one of them out; MEMGPT_AUTOGEN_SERVER names a server too."
        )
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
    names = agent_names(settings) if name is None else [name]
    if not names:
        raise ConfigurationError(f"{place_of(settings)} has no agent yet. memgpt-autogen run creates one.")
    if len(names) > 1:
        raise several_agents(settings, names)
    return open_existing(names[0], settings, **options)


def several_agents(settings: Settings, names: Sequence[str]) -> ConfigurationError:
    return ConfigurationError(
        f"{place_of(settings)} has several agents: {', '.join(names)}. Name one with --agent."
    )


def place_of(settings: Settings) -> str:
    """Return the home, or the server, as it is named to a person."""
    return server_address() or str(settings.home)


def newest_agent(settings: Settings) -> str:
    """The agent of the last conversation, or the name of the first agent."""
    return next((each.name for each in list_agents(settings)), FIRST)


# of the home of this machine, or of the server


def _client(settings: Settings) -> Client | None:
    """Return the client of the server; None for the home of this machine."""
    if settings.owner is not None and server_chosen():
        raise ConfigurationError(
            "with --server, a key says whose agents are meant. Give a key of that user, without --owner."
        )
    return server_client()


def agent_names(settings: Settings) -> list[str]:
    """Return the names of the agents, in alphabetical order."""
    if server_chosen():
        return sorted(each.name for each in list_agents(settings))
    from memgpt_autogen.home import agent_names

    return agent_names(settings)


def archive_names(settings: Settings) -> list[str]:
    """Return the names of the shared archives, in alphabetical order."""
    client = _client(settings)
    if client is not None:
        return sorted(each.name for each in client.iterate(client.list_archives, limit=200))
    from memgpt_autogen.home import archive_names

    return archive_names(settings)


def list_agents(settings: Settings) -> list[AgentRecord]:
    """Return the agents; the one that was active last comes first."""
    from memgpt_autogen.memory.storage.agents import AgentRecord

    client = _client(settings)
    if client is None:
        from memgpt_autogen.home import list_agents

        return list_agents(settings)
    found = sorted(
        client.iterate(client.list_agents, limit=200),
        key=lambda each: each.active_at or each.created_at,
        reverse=True,
    )
    return [AgentRecord(each.name, each.created_at, each.messages, each.active_at, each.id) for each in found]


def open_existing(name: str, settings: Settings, **options: Any) -> MemoryHierarchy:
    """Return the memory of an agent that exists."""
    client = _client(settings)
    if client is not None:
        from memgpt_autogen.cli.remote.memory import open_remote

        try:
            # it has what commands use
            return cast("MemoryHierarchy", open_remote(client, name, settings.zone))
        except NotFoundError:
            names = ", ".join(agent_names(settings)) or "none"
            raise NotFoundError(
                f"there is no agent '{name}' in {client.base_url}; there are: {names}."
            ) from None
    from memgpt_autogen.home import open_existing

    return open_existing(name, settings, **options)


def find_or_create(name: str, settings: Settings, **options: Any) -> MemoryHierarchy:
    """Return the memory of an agent, which is created if it does not exist."""
    client = _client(settings)
    if client is not None:
        from memgpt_autogen.cli.remote.memory import find_or_create_remote

        given = {key: options.get(key) for key in ("archive", "persona", "human")}
        made = find_or_create_remote(client, name, settings.zone, **given)
        return cast("MemoryHierarchy", made)  # what commands use of it
    from memgpt_autogen.assembly import open_memory

    return open_memory(name, settings, **options)


def remove_agent(name: str, settings: Settings, *, dry_run: bool = False) -> Removed:
    """Delete an agent, or report what that would delete."""
    client = _client(settings)
    if client is not None:
        return open_existing(name, settings).remove(dry_run=dry_run)
    from memgpt_autogen.home import remove_agent

    return remove_agent(name, settings, dry_run=dry_run)


def texts_of(settings: Settings, kind: TextKind) -> AnyTexts:
    """Return the named personas, or humans."""
    client = _client(settings)
    if client is not None:
        from memgpt_autogen.cli.remote.texts import RemoteTexts

        return cast("AnyTexts", RemoteTexts(client, kind))  # the same methods
    from memgpt_autogen.named_texts import named_texts

    return named_texts(settings, kind)


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
    from memgpt_autogen.assembly import open_loop
    from memgpt_autogen.chosen_models import choose_llm

    if server_chosen():
        from memgpt_autogen.cli.remote.loop import RemoteLoop

        given = options.get("me"), bool(options.get("stream")), options.get("approve")
        return cast("HeartbeatLoop", RemoteLoop(cast("Any", memory), *given))  # what commands use of it
    options.pop("me", None)
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
