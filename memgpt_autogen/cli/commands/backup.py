"""`backup` and `restore`: a whole home in one file, and back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from memgpt_autogen.cli import output
from memgpt_autogen.cli.agents import exact_settings
from memgpt_autogen.cli.app import DONE, FAILED, MOVE, command
from memgpt_autogen.cli.options import DryRun, Home
from memgpt_autogen.cli.remote.choice import server_client
from memgpt_autogen.errors import ConfigurationError


def add_to(app: typer.Typer) -> None:
    command(app, rich_help_panel=MOVE)(backup)
    command(app, rich_help_panel=MOVE, here="Stop the server, and run it on its machine.")(restore)


def backup(
    file: Annotated[Path, typer.Argument(help="The file to write, such as home.backup.")],
    *,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that exists.")] = False,
    home: Home = None,
) -> None:
    """Write a whole home into one file, while servers and terminals use it: all users, agents and archives.

    It works for a home on PostgreSQL and Qdrant, too. Only you can read the file. With --server, the admin
    gets the home of the server.
    """
    client = server_client()
    if client is not None:
        _of_server(client, file, force=force)
        return
    from memgpt_autogen.home_backup import back_up

    shown, settings = output.console(), exact_settings(home)
    with output.progress(shown, f"backing up {settings.home}") as progress:
        made = back_up(settings, file, replace=force, progress=progress)
    output.report(shown, made)


def _of_server(client: Any, file: Path, *, force: bool) -> None:
    from memgpt_autogen.home_backup import read_backup

    if file.exists() and not force:
        raise ConfigurationError(
            f"the file {file} exists, and nothing was written. Give another name, or --force to replace it."
        )
    with output.progress(output.console(), "backing up the home of the server"):
        client.backup(file)
    output.report(output.console(), read_backup(file))


def restore(
    file: Annotated[Path, typer.Argument(help="A file of backup.")],
    *,
    force: Annotated[
        bool, typer.Option("--force", help="Replace what the home has, after a backup of that.")
    ] = False,
    original: Annotated[
        bool,
        typer.Option(
            "--original",
            help="Replace archives on the Qdrant server: their home is not used any more.",
        ),
    ] = False,
    wait: Annotated[float, typer.Option(help="How many seconds to wait for turns to end.", min=0)] = 60,
    dry_run: DryRun = False,
    home: Home = None,
) -> int:
    """Read a backup into an empty home, which may use another database or another Qdrant.

    The whole file is checked first. Stop the servers of the home before. If it is interrupted, run it again.
    """
    from memgpt_autogen.home_backup import read_backup
    from memgpt_autogen.home_restore import restore_home

    shown, settings = output.console(), exact_settings(home)
    if dry_run:
        with output.progress(shown, f"checking {file.name}") as progress:
            found = read_backup(file, progress=progress)
        output.report(shown, found)
        return DONE
    with output.progress(shown, f"restoring {file.name}") as progress:
        done = restore_home(settings, file, force=force, original=original, wait=wait, progress=progress)
    output.report(shown, done)
    return FAILED if done.trouble else DONE
