"""`list`: what a home has."""

from __future__ import annotations

import typer

from memgpt_autogen.cli.app import KEEPING, command, group
from memgpt_autogen.cli.options import Agent, AsJson, Home
from memgpt_autogen.home import TextKind


def add_to(app: typer.Typer) -> None:
    part = group("List what a home has.")
    command(part)(agents)
    command(part)(sources)
    command(part)(personas)
    command(part)(humans)
    app.add_typer(part, name="list", rich_help_panel=KEEPING)


def agents(home: Home = None, *, as_json: AsJson = False) -> None:
    """The agents, the one you talked to last standing first."""
    from memgpt_autogen.cli import output
    from memgpt_autogen.home import list_agents
    from memgpt_autogen.settings import Settings

    settings = Settings.load(home=home)
    there = list_agents(settings)
    if as_json:
        keys = ("name", "messages", "last", "made")
        output.as_json([{key: getattr(each, key) for key in keys} for each in there])
        return
    rows = [
        (
            each.name,
            each.messages,
            each.last.astimezone(settings.zone) if each.last else "never",
            each.made.astimezone(settings.zone),
        )
        for each in there
    ]
    output.table(
        output.console(),
        ("agent", "messages", "last", "made"),
        rows,
        empty=f"there is no agent in {settings.home} yet; memgpt-autogen run makes one",
    )


def sources(agent: Agent = None, home: Home = None, *, as_json: AsJson = False) -> None:
    """The documents that agents can read, and what else their passages came from; for one agent or all."""
    from memgpt_autogen.cli import output
    from memgpt_autogen.home import agent_names, open_existing
    from memgpt_autogen.llm.embedders.open import NONE
    from memgpt_autogen.settings import Settings

    settings = Settings.load(home=home)
    rows: list[tuple[str, str, str | None, int]] = []
    for name in agent_names(settings) if agent is None else [agent]:
        memory = open_existing(name, settings, embedder=NONE)
        documents = memory.sources()
        rows += [(name, each.name, each.archive, each.passages) for each in documents]
        known = {each.name for each in documents if each.archive is None}
        others = memory.archival.sources().items()
        rows += [(name, source, None, count) for source, count in others if source not in known]
        memory.archival.close()
    if as_json:
        keys = ("agent", "source", "archive", "passages")
        output.as_json([dict(zip(keys, row, strict=True)) for row in rows])
        return
    heads = ("agent", "source", "archive", "passages")
    output.table(
        output.console(), heads, rows, empty="nothing came from a source; memgpt-autogen load reads one"
    )


def personas(home: Home = None, *, as_json: AsJson = False) -> None:
    """The personas that new agents can begin with: run --persona NAME."""
    _texts("persona", home, as_json=as_json)


def humans(home: Home = None, *, as_json: AsJson = False) -> None:
    """The humans that new agents can begin with: run --human NAME."""
    _texts("human", home, as_json=as_json)


def _texts(kind: TextKind, home: Home, *, as_json: bool) -> None:
    from memgpt_autogen.cli import output
    from memgpt_autogen.home import NamedTexts
    from memgpt_autogen.rendering.plain_text import shorten
    from memgpt_autogen.settings import Settings

    texts = NamedTexts(Settings.load(home=home).home, kind)
    if as_json:
        output.as_json([{"name": name, "text": texts[name]} for name in texts])
        return
    rows = [(name, shorten(" ".join(texts[name].split()), 80)) for name in texts]
    empty = f"there is no {kind} yet; memgpt-autogen add {kind} NAME --text ... makes one"
    output.table(output.console(), (kind, "text"), rows, empty=empty)
