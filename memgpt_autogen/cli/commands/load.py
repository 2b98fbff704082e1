"""`load`, `attach` and `detach`: documents and shared archives."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Optional

import typer

from memgpt_autogen.cli import output
from memgpt_autogen.cli.agents import (
    FIRST,
    agent_names,
    find_or_create,
    load_settings,
    open_agent,
    place_of,
    several_agents,
)
from memgpt_autogen.cli.app import DONE, FAILED, MEMORY, command, print_error
from memgpt_autogen.cli.options import Agent, Home
from memgpt_autogen.cli.pointers import PATHS
from memgpt_autogen.errors import ConfigurationError, MemGPTError
from memgpt_autogen.rendering.plain_text import counted

# what MemGPT's load took before its options
OLD_WAYS = ("database", "directory", "index", "vector-database", "webpage")


def add_to(app: typer.Typer) -> None:
    for function in (load, attach, detach):
        command(app, rich_help_panel=MEMORY)(function)


def load(
    what: Annotated[
        list[str], typer.Argument(help="Files, folders or web addresses.", metavar="PATH_OR_URL")
    ],
    *,
    agent: Annotated[
        Optional[str],
        typer.Option(
            "--agent",
            "-a",
            help="The agent, which is created if it does not exist. Needed if the home has several agents.",
        ),
    ] = None,
    name: Annotated[
        Optional[str],
        typer.Option(
            help="The name in citations; for several files or a folder, the first part of their names."
        ),
    ] = None,
    archive: Annotated[Optional[str], typer.Option(help="A shared archive that the agent uses.")] = None,
    allow_private: Annotated[
        bool, typer.Option("--allow-private", help="Also fetch from this machine and private networks.")
    ] = False,
    everything: Annotated[
        bool,
        typer.Option("--all", help="Also read a folder's style sheets, scripts, images and their like."),
    ] = False,
    home: Home = None,
) -> int:
    """Load documents into archival memory.

    It reads text, Markdown, HTML, PDF, Word, PowerPoint, OpenDocument, rich text, spreadsheets, CSV, JSON,
    notebooks, books, subtitles, e-mail, calendars, contacts and chats, folders of these, and web pages. A
    folder's style sheets, scripts, images and their like are skipped. To resume an interrupted load, run it
    again: what is loaded already is not loaded twice. The exit code is 1 if anything cannot be read. To make
    a chat a part of recall, use import-chat.
    """
    from memgpt_autogen.memory.documents.attach import is_address

    for each in what:
        _check_place(each)  # before an agent is created for it
    shown, settings, failed = output.console(), load_settings(home), False
    names = agent_names(settings)
    if agent is None and len(names) > 1:
        raise several_agents(settings, names)
    agent = agent or next(iter(names), FIRST)
    new = agent not in names
    memory = find_or_create(agent, settings, archive=archive)
    for each in what:
        called = f"{name}/{each.rstrip('/').rpartition('/')[2]}" if name and len(what) > 1 else name
        try:
            with output.load_progress(shown, each) as update:
                place = each if is_address(each) else Path(each)
                attached = memory.attach(
                    place, name=called, allow_private=allow_private, assets=everything, told=update
                )
        except MemGPTError as error:
            failed = True
            print_error(str(error))
        else:
            failed = failed or bool(attached.failed)
            output.print_attached(shown, attached)
    if new and memory.sources():
        output.say(shown, f"created {agent} in {place_of(settings)}")
    elif new:
        memory.remove()  # an agent that nobody asked for but for these documents
    return FAILED if failed else DONE


def _check_place(what: str) -> None:
    """Raise the error of a path that does not exist."""
    from memgpt_autogen.memory.documents.attach import is_address

    if not what.strip():
        raise ConfigurationError("a path is empty. Give files, folders or web addresses.")
    if not is_address(what) and not Path(what).expanduser().exists():
        old = f" {PATHS}" if what in OLD_WAYS else ""
        raise ConfigurationError(
            f"{what} is not there.{old or ' Give the path of a file or folder, or an address with https://.'}"
        )


def attach(
    archive: Annotated[str, typer.Argument(help="A shared archive of the home.")],
    agent: Agent = None,
    home: Home = None,
) -> None:
    """Let an agent search a shared archive, next to its own. Nothing is copied."""
    memory = open_agent(agent, load_settings(home))
    memory.attach(archive=archive)
    documents = counted(sum(source.archive == archive for source in memory.sources()), "document")
    output.say(output.console(), f"{memory.name} can now search {archive}: {documents}")


def detach(
    archive: Annotated[str, typer.Argument(help="A shared archive that was attached.")],
    agent: Agent = None,
    home: Home = None,
) -> None:
    """Stop an agent from searching a shared archive. The archive keeps its passages.

    To remove a document of the agent's own: memgpt-autogen delete source.
    """
    memory = open_agent(agent, load_settings(home))
    memory.detach(archive=archive)
    output.say(output.console(), f"{memory.name} no longer searches {archive}")
