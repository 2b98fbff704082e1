"""The command line, `memgpt-autogen`. Starts without importing AutoGen; only the demo needs it."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated, Literal, Optional

import typer

from memgpt_autogen._version import __version__

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="MemGPT agents: they remember.",
)

Home = Annotated[Optional[Path], typer.Option(help="The folder where memory lives.")]
Model = Annotated[
    Optional[str], typer.Option(help="The chat model; 'offline' is the built-in rule-based one.")
]
BaseUrl = Annotated[
    Optional[str], typer.Option(help="An OpenAI-compatible endpoint, such as http://localhost:11434/v1.")
]


class SharedBlocks(Enum):
    JOIN = "join"
    OWN = "own"


Window = Annotated[Optional[int], typer.Option(help="The model's window in tokens.", min=1)]


@app.command()
def chat(
    agent: Annotated[
        str, typer.Option(help="The agent to talk to; made if there is none of that name.")
    ] = "sam",
    me: Annotated[str, typer.Option(help="Your name, as the agent hears it.")] = "user",
    home: Home = None,
    model: Model = None,
    base_url: BaseUrl = None,
    window: Window = None,
) -> None:
    """Talk to an agent. An empty line or Ctrl-D ends; what was said is kept."""
    from memgpt_autogen.cli.chat import converse

    raise typer.Exit(converse(agent, me, home=home, model=model, base_url=base_url, window_tokens=window))


@app.command()
def demo(
    home: Home = None,
    model: Model = None,
    base_url: BaseUrl = None,
    window: Window = None,
    part: Annotated[int, typer.Option(hidden=True)] = 0,
) -> None:
    """A group chat, a process that ends, and a new one that answers from memory."""
    from memgpt_autogen.cli.demo import show

    raise typer.Exit(show(part, home=home, model=model, base_url=base_url, window_tokens=window))


@app.command()
def export(
    agent: Annotated[str, typer.Argument(help="The agent to export.")],
    path: Annotated[Path, typer.Argument(help="The file to write, such as sam.zip.")],
    home: Home = None,
) -> None:
    """Write everything an agent remembers into one file."""
    from memgpt_autogen.cli import moving

    raise typer.Exit(moving.export(agent, path, home))


@app.command("import")
def import_(
    path: Annotated[Path, typer.Argument(help="A file that export wrote.")],
    *,
    name: Annotated[
        Optional[str], typer.Option(help="The agent's name here, if it is to be another.")
    ] = None,
    archive: Annotated[Optional[str], typer.Option(help="A shared archive to put the passages in.")] = None,
    shared_blocks: Annotated[
        Optional[SharedBlocks],
        typer.Option(
            help="What counts where a shared block here has another text: here's, or the agent's own."
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Check the file and tell what would be.")
    ] = False,
    home: Home = None,
) -> None:
    """Bring an agent from another home, after checking the whole file."""
    from memgpt_autogen.cli import moving

    counts: Literal["join", "own"] | None = shared_blocks.value if shared_blocks else None
    raise typer.Exit(moving.bring(path, name, home, archive, counts, dry_run=dry_run))


@app.command()
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
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what would go.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    home: Home = None,
) -> None:
    """Make an agent forget for good what fits every condition, and what quotes it."""
    from memgpt_autogen.cli import moving

    raise typer.Exit(
        moving.forget(
            agent,
            home,
            speaker=speaker,
            source=source,
            start=start,
            end=end,
            query=query,
            blocks=blocks,
            shared=shared,
            dry_run=dry_run,
            yes=yes,
        )
    )


@app.command()
def load(
    what: Annotated[
        list[str], typer.Argument(help="Files, folders or web addresses.", metavar="PATH_OR_URL")
    ],
    *,
    agent: Annotated[str, typer.Option(help="Whose archival memory it goes into; made if there is none.")],
    name: Annotated[
        Optional[str],
        typer.Option(help="What citations say; of folders and several files, what names begin with."),
    ] = None,
    archive: Annotated[Optional[str], typer.Option(help="A shared archive that the agent uses.")] = None,
    allow_private: Annotated[
        bool, typer.Option("--allow-private", help="Also fetch from this machine and private networks.")
    ] = False,
    home: Home = None,
) -> None:
    """Load documents: text, Markdown, HTML, PDF, Word, PowerPoint, CSV, JSON, e-mail, folders of them, pages of the web.

    A load that was interrupted goes on where it ended; what is there already is not loaded again.
    """
    from memgpt_autogen.cli.loading import load as loaded

    raise typer.Exit(loaded(what, agent, name=name, archive=archive, home=home, allow_private=allow_private))


@app.command()
def reembed(
    agent: Annotated[str, typer.Option(help="The agent whose archive is to be embedded anew.")],
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
    from memgpt_autogen.cli import moving

    raise typer.Exit(moving.reembed(agent, home, embedding_model, archive))


@app.command()
def version() -> None:
    """Print the version."""
    typer.echo(__version__)
