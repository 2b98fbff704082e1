"""`add` and `delete`: texts for new agents, and what is deleted for good."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from memgpt_autogen.cli import output
from memgpt_autogen.cli.agents import load_settings, open_agent, remove_agent, texts_of
from memgpt_autogen.cli.app import MEMORY, command, group
from memgpt_autogen.cli.options import Agent, DryRun, File, Home, Yes
from memgpt_autogen.errors import ConfigurationError
from memgpt_autogen.rendering.plain_text import counted

if TYPE_CHECKING:
    from memgpt_autogen.named_texts import AnyTexts, TextKind

Name = Annotated[str, typer.Argument(help="Its name.")]
Text = Annotated[Optional[str], typer.Option("--text", "-t", help="The text.")]
Replace = Annotated[bool, typer.Option("--replace", help="Replace the text that has this name.")]

NO_WAY_BACK = "This cannot be undone. Delete?"


def add_to(app: typer.Typer) -> None:
    adding = group("Add a persona or a human: texts that new agents begin with.")
    command(adding, "persona")(add_persona)
    command(adding, "human")(add_human)
    app.add_typer(adding, name="add", rich_help_panel=MEMORY)
    deleting = group("Delete an agent, a source, a persona or a human for good.")
    command(deleting, "agent")(delete_agent)
    command(deleting, "source")(delete_source)
    command(deleting, "persona")(delete_persona)
    command(deleting, "human")(delete_human)
    app.add_typer(deleting, name="delete", rich_help_panel=MEMORY)


def add_persona(
    name: Name, *, text: Text = None, file: File = None, replace: Replace = False, home: Home = None
) -> None:
    """Add a text about the agent itself."""
    _add("persona", name, text, file, home, replace=replace)


def add_human(
    name: Name, *, text: Text = None, file: File = None, replace: Replace = False, home: Home = None
) -> None:
    """Add a text about the person that an agent talks to."""
    _add("human", name, text, file, home, replace=replace)


def delete_agent(
    name: Annotated[str, typer.Argument(help="The agent.")],
    *,
    dry_run: DryRun = False,
    yes: Yes = False,
    home: Home = None,
) -> None:
    """Delete an agent and what belongs to it alone.

    Shared blocks and archives stay, and so does what other agents heard from it.
    """
    shown, settings = output.console(), load_settings(home)
    if dry_run or not yes:
        output.report(shown, remove_agent(name, settings, dry_run=True))
    if not dry_run and (yes or typer.confirm(NO_WAY_BACK)):
        output.report(shown, remove_agent(name, settings))


def delete_source(
    source: Annotated[str, typer.Argument(help="The source, as list sources shows it.")],
    *,
    agent: Agent = None,
    yes: Yes = False,
    home: Home = None,
) -> None:
    """Delete the passages of one source from an agent's archive.

    Messages about the source stay. To remove them: memgpt-autogen forget.
    """
    shown, memory = output.console(), open_agent(agent, load_settings(home))
    sources = memory.archival.sources()
    if source not in sources:
        names = ", ".join(sources) or "none"
        raise ConfigurationError(f"{memory.name} has no source '{source}'. Its sources: {names}.")
    passages = counted(sources[source], "passage")
    output.say(shown, f"{memory.name} has {passages} of {source}")
    if yes or typer.confirm(NO_WAY_BACK):
        if any(each.name == source for each in memory.readable.own):
            memory.detach(source)
        else:
            memory.archival.delete_source(source)
        output.say(shown, f"deleted {passages}")


def delete_persona(name: Name, *, home: Home = None) -> None:
    """Delete a persona. Agents that began with it keep their text."""
    _delete("persona", name, home)


def delete_human(name: Name, *, home: Home = None) -> None:
    """Delete a human. Agents that began with it keep their text."""
    _delete("human", name, home)


def read_text(file: Path | None) -> str:
    """The text of a file, or of standard input."""
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


def _add(
    kind: TextKind, name: str, text: str | None, file: Path | None, home: Path | None, *, replace: bool
) -> None:
    path = _texts(kind, home).add(name, read_text(file) if text is None else text, replace=replace)
    done = f"stored the {kind} {name}" if path is None else f"wrote {path}"
    output.say(output.console(), f"{done}. To begin an agent with it: memgpt-autogen run --{kind} {name}")


def _delete(kind: TextKind, name: str, home: Path | None) -> None:
    _texts(kind, home).delete(name)
    output.say(output.console(), f"deleted the {kind} {name}")


def _texts(kind: TextKind, home: Path | None) -> AnyTexts:
    return texts_of(load_settings(home), kind)
