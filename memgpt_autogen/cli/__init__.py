"""The command line, `memgpt-autogen`. Starts without importing AutoGen; only the demo needs it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Optional

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
def version() -> None:
    """Print the version."""
    typer.echo(__version__)
