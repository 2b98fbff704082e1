"""Whether a home can be used now: its database, its archives and its model. Nothing is changed."""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from memgpt_autogen.chosen_models import choose_llm
from memgpt_autogen.errors import MemGPTError
from memgpt_autogen.home_stores import create_home, open_home_database, qdrant_version
from memgpt_autogen.memory.storage.agents import stored_agent_names
from memgpt_autogen.memory.storage.tables import HEAD
from memgpt_autogen.settings import Settings
from memgpt_autogen.web.places import is_local

# an answer that takes longer is no answer
_CONNECT_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a home, and how it is, in words that name no address."""

    name: Literal["database", "index", "model"]
    ok: bool
    detail: str


def check_home(settings: Settings) -> list[Part]:
    """Return how database, index and model are."""
    return [
        _checked_database(settings),
        _checked("index", lambda: _index(settings)),
        _checked("model", lambda: _model(settings)),
    ]


def _checked(name: Literal["database", "index", "model"], check: Callable[[], str]) -> Part:
    try:
        return Part(name, ok=True, detail=check())
    except (MemGPTError, OSError) as error:
        return Part(name, ok=False, detail=f"not usable now ({type(error).__name__})")


def _checked_database(settings: Settings) -> Part:
    schema: str | None = None

    def check() -> str:
        nonlocal schema
        create_home(settings.home)
        database = open_home_database(settings)
        stored_agent_names(database)
        schema = database.schema()
        return f"{database.dialect}, schema {schema}"

    part = _checked("database", check)
    if schema in (None, HEAD):
        return part
    # a newer version has migrated the database while this one was running
    return Part("database", ok=False, detail=f"{part.detail}; this version has schema {HEAD}: restart it")


def _index(settings: Settings) -> str:
    if settings.qdrant_url is None:
        return "embedded"
    return f"Qdrant {qdrant_version(settings)}"


def _model(settings: Settings) -> str:
    model = choose_llm(settings).model
    address = settings.base_url
    if address is None or not is_local(address):
        return model if model == "offline" else f"{model} (not tried)"
    place = urlsplit(address)
    port = place.port or (443 if place.scheme == "https" else 80)
    socket.create_connection((place.hostname or "", port), timeout=_CONNECT_SECONDS).close()
    return f"{model} listens"
