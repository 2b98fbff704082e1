"""Moving and forgetting in the terminal: an agent into a file, out of one, and what it should not remember any more."""

from __future__ import annotations

from dataclasses import replace
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, Optional

import typer

from memgpt_autogen.cli.app import MOVING, command
from memgpt_autogen.cli.options import DryRun, Home, Yes

if TYPE_CHECKING:
    from memgpt_autogen.settings import Settings


class SharedBlocks(Enum):
    JOIN = "join"
    OWN = "own"


def add_to(app: typer.Typer) -> None:
    command(app, rich_help_panel=MOVING)(export)
    command(app, "import", rich_help_panel=MOVING)(bring)
    command(app, rich_help_panel=MOVING)(forget)
    command(app, rich_help_panel=MOVING)(reembed)


def export(
    agent: Annotated[str, typer.Argument(help="The agent to export.")],
    path: Annotated[Path, typer.Argument(help="The file to write, such as sam.zip.")],
    home: Home = None,
) -> None:
    """Write everything an agent remembers into one file."""
    from memgpt_autogen.cli import output
    from memgpt_autogen.home import open_existing

    shown = output.console()
    memory = open_existing(agent, _settings(home))
    with output.progress(shown, f"exporting {agent}") as progress:
        file = memory.export(path, progress=progress)
    output.say(shown, f"{agent} is in {file}")


def bring(
    path: Annotated[Path, typer.Argument(help="A file that export wrote.")],
    *,
    name: Annotated[
        Optional[str], typer.Option(help="The agent's name here, if it is to be another.")
    ] = None,
    archive: Annotated[Optional[str], typer.Option(help="A shared archive to put the passages in.")] = None,
    shared_blocks: Annotated[
        Optional[SharedBlocks],
        typer.Option(
            help="What counts where a shared block here has another text: join takes the one here, own keeps the agent's."
        ),
    ] = None,
    dry_run: DryRun = False,
    home: Home = None,
) -> None:
    """Bring an agent from another home, after checking the whole file."""
    from memgpt_autogen.cli import output
    from memgpt_autogen.home import check_import, import_memory

    shown, settings = output.console(), _settings(home)
    counts: Literal["join", "own"] | None = shared_blocks.value if shared_blocks else None
    contents = check_import(path, name, settings, archive=archive, shared_blocks=counts)
    output.say(shown, str(contents))
    if dry_run:
        return
    with output.progress(shown, f"importing {contents.name}") as progress:
        import_memory(path, name, settings, archive=archive, shared_blocks=counts, progress=progress)
    output.say(shown, f"imported into {settings.home}")


def forget(
    agent: Annotated[str, typer.Argument(help="The agent that is to forget.")],
    *,
    speaker: Annotated[Optional[str], typer.Option(help="What this participant said.")] = None,
    source: Annotated[Optional[str], typer.Option(help="The passages of this source.")] = None,
    start: Annotated[Optional[str], typer.Option(help="From this day on, YYYY-MM-DD.")] = None,
    end: Annotated[Optional[str], typer.Option(help="Up to this day, YYYY-MM-DD, included.")] = None,
    query: Annotated[Optional[str], typer.Option(help="What contains these words.")] = None,
    blocks: Annotated[bool, typer.Option("--blocks", help="Cut core memory too.")] = False,
    shared: Annotated[bool, typer.Option("--shared", help="Also from what other agents share.")] = False,
    dry_run: DryRun = False,
    yes: Yes = False,
    home: Home = None,
) -> None:
    """Make an agent forget for good what fits every condition, and what quotes it."""
    from memgpt_autogen.cli import output
    from memgpt_autogen.home import open_existing
    from memgpt_autogen.memory.upkeep.forget_report import ForgetRequest
    from memgpt_autogen.tools.memory.dates import date_range

    shown = output.console()
    memory = open_existing(agent, _settings(home))
    # days in the agent's time zone, both included
    first, last = date_range(start, end, memory.zone)
    request = ForgetRequest(speaker, source, first, last, query, blocks, shared, dry_run=True)
    if dry_run or not yes:
        output.say(shown, str(memory.run_forget(request)))
    if not dry_run and (yes or typer.confirm("There is no way back. Forget it?")):
        output.say(shown, str(memory.run_forget(replace(request, dry_run=False))))


def reembed(
    agent: Annotated[
        str, typer.Option("--agent", "-a", help="The agent whose archive is to be embedded anew.")
    ],
    *,
    embedding_model: Annotated[
        Optional[str],
        typer.Option(
            help="Such as wordllama or fastembed:NAME; 'none' is search by words. Else the settings' model."
        ),
    ] = None,
    archive: Annotated[Optional[str], typer.Option(help="A shared archive that the agent uses.")] = None,
    home: Home = None,
) -> None:
    """Put an archive into the space of another embedding model; what broke off goes on."""
    from memgpt_autogen.cli import output
    from memgpt_autogen.errors import ConfigurationError
    from memgpt_autogen.home import open_existing

    shown, settings = output.console(), _settings(home)
    wanted = embedding_model or settings.embedding_model
    if wanted is None:
        raise ConfigurationError(
            "no embedding model is configured. Give --embedding-model, or --embedding-model none for search by words."
        )
    given = None if wanted == settings.embedding_model else wanted
    memory = open_existing(agent, settings, embedder=given, archive=archive)
    model = memory.archival.embedding_model
    with output.progress(shown, f"embedding {archive or agent}") as progress:
        done = memory.archival.reembed(progress=progress)
    memory.archival.close()
    space = f"embedded with {model}" if model else "searched by words"
    output.say(shown, f"{archive or agent}: {done:,} passages are {space} now")
    if given is not None:
        output.say(
            shown, f"to search them, set MEMGPT_AUTOGEN_EMBEDDING_MODEL={wanted}, or give embedder={wanted!r}"
        )


def _settings(home: Path | None) -> Settings:
    from memgpt_autogen.settings import Settings

    return Settings.load(home=home)
