"""`apply`: make the agents that a file declares."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Optional

import typer

from memgpt_autogen.cli import output
from memgpt_autogen.cli.agents import load_settings
from memgpt_autogen.cli.app import FAILED, MACHINE, command
from memgpt_autogen.cli.options import AsJson, DryRun, Home, Yes
from memgpt_autogen.errors import ConfigurationError, StorageError


def add_to(app: typer.Typer) -> None:
    advice = "Run it on the server's machine, or send the file: POST /api/v1/apply."
    command(app, "apply", rich_help_panel=MACHINE, here=advice)(apply)


def apply(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The file, such as agents.toml.")],
    home: Home = None,
    *,
    dry_run: DryRun = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace texts that agents have edited themselves.")
    ] = False,
    prune: Annotated[
        bool,
        typer.Option(
            "--prune",
            help="Take blocks, archives and documents away from agents whose table does not name them.",
        ),
    ] = False,
    remove: Annotated[
        Optional[list[str]],
        typer.Option(help="Delete this agent, which the file does not have. It can be given several times."),
    ] = None,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Create and change the agents that a file declares: first what differs, then the changes.

    It can be repeated without harm. Nothing is deleted without --prune and --remove.
    """
    from dataclasses import asdict, replace

    from memgpt_autogen.service.agents_file import read_agents_file
    from memgpt_autogen.service.apply import apply_file
    from memgpt_autogen.service.planned import Options

    declared = read_agents_file(_read(file), str(file))
    settings, folder, shown = load_settings(home), file.expanduser().absolute().parent, output.console()
    options = Options(True, overwrite, prune, tuple(remove or ()))
    done = apply_file(settings, declared, options, folder=folder)
    gone = [each for each in done.items if each.action == "remove"]
    if not dry_run:
        if gone and not yes:
            output.report(shown, done)
            if not typer.confirm("What is marked remove is deleted, which cannot be undone. Go on?"):
                return
        done = apply_file(settings, declared, replace(options, dry_run=False), folder=folder)
    if as_json:
        output.print_json({"dry_run": done.dry_run, "items": [asdict(each) for each in done.items]})
    else:
        output.report(shown, done)
    if done.failed:
        raise typer.Exit(FAILED)


def _read(file: Path) -> str:
    try:
        return file.expanduser().read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise ConfigurationError(f"the file {file} is not UTF-8 text.") from None
    except OSError as error:
        raise StorageError(f"the file {file} cannot be read: {error.strerror or error}.") from None
