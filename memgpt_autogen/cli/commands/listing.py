"""`list`: what a home contains."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from memgpt_autogen.cli import output
from memgpt_autogen.cli.agents import (
    agent_names,
    list_agents,
    load_settings,
    open_existing,
    place_of,
    texts_of,
)
from memgpt_autogen.cli.app import MEMORY, command, group, print_error
from memgpt_autogen.cli.options import AsJson, Home
from memgpt_autogen.cli.remote.choice import server_chosen
from memgpt_autogen.rendering.plain_text import counted, glance

if TYPE_CHECKING:
    from memgpt_autogen.named_texts import TextKind
    from memgpt_autogen.settings import Settings


def add_to(app: typer.Typer) -> None:
    part = group("List agents, sources, personas or humans.")
    for function in (agents, sources, personas, humans):
        command(part)(function)
    app.add_typer(part, name="list", rich_help_panel=MEMORY)


def agents(home: Home = None, *, as_json: AsJson = False) -> None:
    """List the agents, the one of your last conversation first."""
    settings = _settings(home)
    heads, found = ("name", "messages", "last", "made"), list_agents(settings)
    rows = [[getattr(each, head) for head in heads] for each in found]
    if not as_json:
        heads = ("agent", "messages", "last message", "created")
        rows = [
            [name, count, last.astimezone(settings.zone) if last else "never", made.astimezone(settings.zone)]
            for name, count, last, made in rows
        ]
    empty = f"{place_of(settings)} has no agent yet. To create one: memgpt-autogen run"
    if settings.owner is not None:
        empty = f"{settings.owner} has no agent yet."
    output.table_or_json(heads, rows, as_json=as_json, empty=empty)
    if settings.owner is None and not as_json and not server_chosen():
        _say_of_users(settings)


def _say_of_users(settings: Settings) -> None:
    """Say in one line how many agents belong to users of the home."""
    from memgpt_autogen.service.user_removal import agents_of_users

    count, users = agents_of_users(settings)
    if count:
        more = f"{counted(count, 'agent')} of {counted(users, 'user')}: memgpt-autogen users list"
        output.say(output.console(), f"not in this list: {more}", "dim")


def sources(
    agent: Annotated[
        Optional[str], typer.Option("--agent", "-a", help="Only the sources of this agent.")
    ] = None,
    home: Home = None,
    *,
    as_json: AsJson = False,
) -> None:
    """List the documents that agents can search, and the other sources of their passages."""
    from memgpt_autogen.llm.model_kinds import NONE

    settings = _settings(home)
    rows: list[tuple[str, str, str | None, int]] = []
    for name in agent_names(settings) if agent is None else [agent]:
        memory = open_existing(name, settings, embedder=NONE)
        documents = memory.sources()
        rows += [(name, each.name, each.archive, each.passages) for each in documents]
        own = {each.name for each in documents if each.archive is None}
        others = memory.archival.sources().items()
        rows += [(name, source, None, count) for source, count in others if source not in own]
        memory.archival.close()
    empty = "there are no sources. To read documents: memgpt-autogen load"
    output.table_or_json(("agent", "source", "archive", "passages"), rows, as_json=as_json, empty=empty)


def personas(home: Home = None, *, as_json: AsJson = False) -> None:
    """List the personas that a new agent can begin with, by run --persona NAME."""
    _texts("persona", home, as_json=as_json)


def humans(home: Home = None, *, as_json: AsJson = False) -> None:
    """List the humans that a new agent can begin with, by run --human NAME."""
    _texts("human", home, as_json=as_json)


def _settings(home: Path | None) -> Settings:
    """Return the settings, and say on standard error where the memory was moved to, if it was."""
    from memgpt_autogen.home import moved_away

    settings = load_settings(home)
    if not server_chosen() and (told := moved_away(settings)):
        print_error(told)
    return settings


def _texts(kind: TextKind, home: Path | None, *, as_json: bool) -> None:
    texts = texts_of(load_settings(home), kind)
    rows = [(name, texts[name] if as_json else glance(texts[name], 80)) for name in texts]
    empty = f"there is no {kind} yet. To add one: memgpt-autogen add {kind} NAME --text TEXT"
    output.table_or_json(("name", "text"), rows, as_json=as_json, empty=empty)
