"""`add` and `delete`: the texts that new agents begin with, and whatever should go for good."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Optional

import typer

from memgpt_autogen.cli.app import DONE, KEEPING, command, group
from memgpt_autogen.cli.options import Agent, DryRun, Home, Yes
from memgpt_autogen.home import TextKind

Name = Annotated[str, typer.Argument(help="Its name.")]
Text = Annotated[Optional[str], typer.Option("--text", "-t", help="The text itself.")]
File = Annotated[
    Optional[Path], typer.Option("--file", "-f", help="A file that holds it; - is standard input.")
]
Replace = Annotated[bool, typer.Option("--replace", help="Also where there is one of that name.")]


def add_to(app: typer.Typer) -> None:
    adding = group("Add a text that new agents can begin with.")
    command(adding, "persona")(add_persona)
    command(adding, "human")(add_human)
    app.add_typer(adding, name="add", rich_help_panel=KEEPING)
    deleting = group("Delete for good.")
    command(deleting, "agent")(delete_agent)
    command(deleting, "source")(delete_source)
    command(deleting, "persona")(delete_persona)
    command(deleting, "human")(delete_human)
    app.add_typer(deleting, name="delete", rich_help_panel=KEEPING)


def add_persona(
    name: Name, *, text: Text = None, file: File = None, replace: Replace = False, home: Home = None
) -> None:
    """A text about who an agent is."""
    _add("persona", name, text, file, home, replace=replace)


def add_human(
    name: Name, *, text: Text = None, file: File = None, replace: Replace = False, home: Home = None
) -> None:
    """A text about whom an agent talks to."""
    _add("human", name, text, file, home, replace=replace)


def delete_agent(
    name: Annotated[str, typer.Argument(help="The agent.")],
    *,
    dry_run: DryRun = False,
    yes: Yes = False,
    home: Home = None,
) -> int:
    """An agent with all that is its alone. What it shares with others stays, and so does what they heard of it."""
    from memgpt_autogen.cli import output
    from memgpt_autogen.home import remove_agent
    from memgpt_autogen.settings import Settings

    shown, settings = output.console(), Settings.load(home=home)
    if dry_run or not yes:
        output.say(shown, str(remove_agent(name, settings, dry_run=True)))
    if not dry_run and (yes or typer.confirm("There is no way back. Delete it?")):
        output.say(shown, str(remove_agent(name, settings)))
    return DONE


def delete_source(
    source: Annotated[str, typer.Argument(help="The source, as list sources names it.")],
    *,
    agent: Agent = None,
    yes: Yes = False,
    home: Home = None,
) -> None:
    """The passages of one source from an agent's archive. What was said about it stays; forget reaches that."""
    from memgpt_autogen.cli import output
    from memgpt_autogen.cli.agents import the_memory
    from memgpt_autogen.errors import ConfigurationError
    from memgpt_autogen.settings import Settings

    shown, settings = output.console(), Settings.load(home=home)
    memory = the_memory(agent, settings)
    sources = memory.archival.sources()
    if source not in sources:
        there = ", ".join(sources) or "none"
        raise ConfigurationError(f"{memory.name} has no passages of '{source}'; its sources are: {there}.")
    output.say(shown, f"{memory.name} has {sources[source]:,} passages of {source}")
    if yes or typer.confirm("There is no way back. Delete them?"):
        known = any(each.name == source for each in memory.readable.own)
        if known:
            memory.detach(source)
        else:
            memory.archival.delete_source(source)
        output.say(shown, f"deleted {sources[source]:,} passages")


def delete_persona(name: Name, *, home: Home = None) -> None:
    """A persona. Agents that began with it keep it."""
    _delete("persona", name, home)


def delete_human(name: Name, *, home: Home = None) -> None:
    """A human. Agents that began with it keep it."""
    _delete("human", name, home)


def _add(
    kind: TextKind, name: str, text: str | None, file: Path | None, home: Path | None, *, replace: bool
) -> None:
    from memgpt_autogen.cli import output
    from memgpt_autogen.home import NamedTexts
    from memgpt_autogen.settings import Settings

    told = text if text is not None else text_of(file)
    path = NamedTexts(Settings.load(home=home).home, kind).add(name, told, replace=replace)
    output.say(output.console(), f"{name} is in {path}; memgpt-autogen run --{kind} {name} begins with it")


def _delete(kind: TextKind, name: str, home: Path | None) -> None:
    from memgpt_autogen.cli import output
    from memgpt_autogen.home import NamedTexts
    from memgpt_autogen.settings import Settings

    NamedTexts(Settings.load(home=home).home, kind).delete(name)
    output.say(output.console(), f"deleted the {kind} {name}")


def text_of(file: Path | None) -> str:
    """What a file, or standard input, holds."""
    from memgpt_autogen.errors import ConfigurationError

    if file is None:
        raise ConfigurationError(
            "there is no text. Give --text, or --file with a path, or --file - to type it."
        )
    if str(file) == "-":
        return sys.stdin.read()
    try:
        return file.expanduser().read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"the file {file} cannot be read as text: {error}") from error
