"""`export`, `import`, `import-chat`, `forget`, `reembed` and `copied`."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Optional

import typer

from memgpt_autogen.cli import output
from memgpt_autogen.cli.agents import FIRST, exact_settings, load_settings, open_agent
from memgpt_autogen.cli.app import DONE, FAILED, MOVE, command
from memgpt_autogen.cli.options import DryRun, Home, Yes
from memgpt_autogen.cli.remote.choice import server_client
from memgpt_autogen.errors import ConfigurationError
from memgpt_autogen.rendering.plain_text import counted


class DateOrder(Enum):
    DMY = "dmy"
    MDY = "mdy"
    YMD = "ymd"


class SharedBlocks(Enum):
    JOIN = "join"
    OWN = "own"


def add_to(app: typer.Typer) -> None:
    command(app, rich_help_panel=MOVE)(export)
    command(app, "import", rich_help_panel=MOVE)(import_agent)
    command(
        app,
        "import-chat",
        rich_help_panel=MOVE,
        here="Run it on the server's machine, or load the file as a document: memgpt-autogen load.",
    )(import_chat)
    command(app, rich_help_panel=MOVE)(forget)
    command(app, rich_help_panel=MOVE, here="Run it on the server's machine.")(reembed)
    command(app, rich_help_panel=MOVE, here="Run it on the server's machine.")(copied)


def export(
    agent: Annotated[str, typer.Argument(help="The agent to export.")],
    path: Annotated[Path, typer.Argument(help="The file to write, such as sam.zip.")],
    home: Home = None,
    *,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that exists.")] = False,
) -> None:
    """Write an agent's whole memory into one file. A file that exists is replaced only with --force."""
    shown, memory = output.console(), open_agent(agent, exact_settings(home))
    if path.expanduser().is_file() and not force:
        raise ConfigurationError(
            f"the file {path} exists, and nothing was written. Give another name, or --force to replace it."
        )
    with output.progress(shown, f"exporting {agent}") as progress:
        file = memory.export(path, progress=progress)
    output.say(shown, f"wrote {file}")


def import_agent(
    path: Annotated[
        Path,
        typer.Argument(
            help="A file of export, an agent file of Letta (.af), or a home of MemGPT 0.3 (~/.memgpt)."
        ),
    ],
    *,
    name: Annotated[Optional[str], typer.Option(help="A new name for the agent.")] = None,
    agent: Annotated[
        Optional[str],
        typer.Option("--agent", "-a", help="Only this agent of an agent file or of MemGPT's home."),
    ] = None,
    archive: Annotated[Optional[str], typer.Option(help="A shared archive for the passages.")] = None,
    shared_blocks: Annotated[
        Optional[SharedBlocks],
        typer.Option(
            help="If this home has another text in a shared block: 'join' uses the home's text, 'own' keeps "
            "the agent's."
        ),
    ] = None,
    dry_run: DryRun = False,
    home: Home = None,
) -> int:
    """Import an agent from a file of export, or agents of MemGPT 0.3 or Letta.

    The whole file is checked first. An agent is imported completely or not at all, and an agent that is here
    is never changed.
    """
    from memgpt_autogen.compat.import_agents import form_of, import_agents
    from memgpt_autogen.home import check_import, import_memory

    shown, settings = output.console(), exact_settings(home)
    options: dict[str, Any] = {
        "archive": archive,
        "shared_blocks": shared_blocks.value if shared_blocks else None,
    }
    path = path.expanduser()
    if (client := server_client()) is not None:
        if form_of(path) != "bundle" or dry_run or shared_blocks or agent:
            raise ConfigurationError(
                "with --server, a file of export is imported, with --name and --archive. For other files and "
                "options, import into a home of this machine, and export from that."
            )
        made = client.import_agent(path, name=name, archive=archive)
        output.say(shown, f"imported {made.name} into {client.base_url}")
        return DONE
    if form_of(path) != "bundle":
        bar = nullcontext() if dry_run else output.progress(shown, f"importing {path.name}")
        with bar as progress:
            done = import_agents(
                path, settings, agent=agent, name=name, dry_run=dry_run, progress=progress, **options
            )
        output.report(shown, done)
        came = sum(each.state == "imported" for each in done.agents)
        if came:
            output.say(shown, f"imported {counted(came, 'agent')} into {settings.home}")
        return DONE if done.complete else FAILED
    if agent is not None:
        raise ConfigurationError("--agent is for files with several agents; a file of export has one.")
    contents = check_import(path, name, settings, **options)
    output.report(shown, contents)
    if dry_run:
        return DONE
    with output.progress(shown, f"importing {contents.name}") as progress:
        import_memory(path, name, settings, progress=progress, **options)
    output.say(shown, f"imported {contents.name} into {settings.home}")
    return DONE


def import_chat(
    path: Annotated[
        Path,
        typer.Argument(
            help="A file, .zip or folder that WhatsApp, Slack, Discord, Telegram, ChatGPT or Claude exported."
        ),
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
    zone: Annotated[
        Optional[str],
        typer.Option(help="The zone of times without one, such as Europe/Lisbon. Default: the agent's."),
    ] = None,
    speaker_me: Annotated[
        Optional[str],
        typer.Option(help="The name of the person whom exports of ChatGPT and Claude do not name."),
    ] = None,
    speaker_agent: Annotated[
        Optional[str],
        typer.Option(
            help="The speaker who is the agent itself. Default: the assistant of ChatGPT and Claude."
        ),
    ] = None,
    chat: Annotated[Optional[str], typer.Option(help="Another name of the chat.")] = None,
    date_order: Annotated[
        Optional[DateOrder], typer.Option(help="The order of day, month and year, if no date tells it.")
    ] = None,
    dry_run: DryRun = False,
    home: Home = None,
) -> None:
    """Import a chat into recall, as what was said, with its speakers and times.

    The chat is imported completely or not at all. Turns that were imported before are not imported again, so
    a newer export adds what is new. To load a chat as a document: memgpt-autogen load.
    """
    from memgpt_autogen.assembly import open_memory
    from memgpt_autogen.home import agent_names

    shown, settings = output.console(), load_settings(home)
    names = agent_names(settings)
    if agent is None and len(names) > 1:
        raise ConfigurationError(
            f"{settings.home} has several agents: {', '.join(names)}. Name one with --agent."
        )
    agent = agent or next(iter(names), FIRST)
    new = agent not in names
    memory = open_memory(agent, settings)
    try:
        with output.progress(shown, f"importing {path.name}") as progress:
            done = memory.import_chat(
                path,
                zone=zone,
                speaker_me=speaker_me,
                speaker_agent=speaker_agent,
                chat=chat,
                date_order=date_order.value if date_order else None,
                dry_run=dry_run,
                progress=progress,
            )
    except BaseException:
        if new:
            memory.remove()  # an agent that nobody asked for but for this chat
        raise
    output.report(shown, done)
    if new and dry_run:
        memory.remove()
    elif new:
        output.say(shown, f"created {agent} in {settings.home}")


def forget(
    agent: Annotated[str, typer.Argument(help="The agent.")],
    *,
    speaker: Annotated[Optional[str], typer.Option(help="Messages of this speaker.")] = None,
    source: Annotated[Optional[str], typer.Option(help="Passages of this source.")] = None,
    start: Annotated[Optional[str], typer.Option(help="From this day on, YYYY-MM-DD.")] = None,
    end: Annotated[Optional[str], typer.Option(help="Up to and including this day, YYYY-MM-DD.")] = None,
    query: Annotated[Optional[str], typer.Option(help="What contains these words, blocks too.")] = None,
    blocks: Annotated[
        Optional[bool],
        typer.Option(
            "--blocks/--no-blocks",
            help="Cut it from the agent's own blocks of core memory too: the default with --query. "
            "--no-blocks leaves them.",
        ),
    ] = None,
    shared: Annotated[
        bool, typer.Option("--shared", help="Remove it from shared blocks and archives too.")
    ] = False,
    alike: Annotated[
        bool,
        typer.Option("--alike", help="Remove what is only alike too, such as Jose for José."),
    ] = False,
    dry_run: DryRun = False,
    yes: Yes = False,
    home: Home = None,
) -> int:
    """Remove what matches all conditions from an agent's memory for good, with every quote of it.

    A speaker or a source that there is not is an error.
    """
    from memgpt_autogen.memory.upkeep.forget_report import ForgetRequest
    from memgpt_autogen.tools.memory.dates import date_range

    shown, memory = output.console(), open_agent(agent, load_settings(home))
    first, last = date_range(start, end, memory.zone)  # days in the agent's time zone
    request = ForgetRequest(speaker, source, first, last, query, blocks, shared, dry_run=True, alike=alike)
    if dry_run or not yes:
        found = memory.run_forget(request)
        output.report(shown, found)
        if found.known_names is not None:
            return FAILED
        if dry_run or not typer.confirm("This cannot be undone. Forget it?"):
            return DONE
    done = memory.run_forget(replace(request, dry_run=False))
    output.report(shown, done)
    return DONE if done.known_names is None else FAILED


def reembed(
    agent: Annotated[str, typer.Option("--agent", "-a", help="The agent that uses the archive.")],
    *,
    embedding_model: Annotated[
        Optional[str],
        typer.Option(
            help="Such as wordllama or fastembed:NAME; 'none' means search by words. Default: the settings."
        ),
    ] = None,
    archive: Annotated[
        Optional[str], typer.Option(help="A shared archive. The default is the agent's own.")
    ] = None,
    home: Home = None,
) -> None:
    """Embed an archive again, with another embedding model. To resume an interrupted run, run it again."""
    shown, settings = output.console(), load_settings(home)
    wanted = embedding_model or settings.embedding_model
    if wanted is None:
        raise ConfigurationError(
            "no embedding model is configured. Give --embedding-model, or --embedding-model none for search "
            "by words."
        )
    changes = wanted != (settings.embedding_model or "none")
    memory = open_agent(agent, settings, embedder=wanted if changes else None, archive=archive)
    model = memory.archival.embedding_model
    with output.progress(shown, f"embedding {archive or agent}") as progress:
        done = memory.archival.reembed(progress=progress)
    memory.archival.close()
    how = f"embedded with {model}" if model else "found by words"
    output.say(shown, f"{archive or agent}: {counted(done, 'passage')}, now {how}")
    if changes:
        output.say(
            shown, f"To use this model from now on: memgpt-autogen configure --embedding-model {wanted}"
        )


def copied(
    *,
    own: Annotated[
        bool, typer.Option("--own", help="Copy the archives on the server, so that this home has its own.")
    ] = False,
    original: Annotated[
        bool,
        typer.Option("--original", help="Go on in the place of an original that is not used any more."),
    ] = False,
    home: Home = None,
) -> None:
    """Say what a copy of a home is, if both use one Qdrant server: a home of its own, or the original."""
    from memgpt_autogen.home import go_on_as_original, make_archives_own

    shown, settings = output.console(), exact_settings(home)
    if own == original:
        raise ConfigurationError("give one of --own and --original.")
    if original:
        taken = go_on_as_original(settings)
        output.say(shown, f"{counted(taken, 'archive')} on the server, recall included, are this home's now")
        return
    with output.progress(shown, "copying archives") as progress:
        prefix, points = make_archives_own(settings, progress=progress)
    output.say(shown, f"copied {counted(points, 'point')}; qdrant_prefix is {prefix} in this home's settings")
