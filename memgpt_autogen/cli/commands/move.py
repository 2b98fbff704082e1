"""`move`: a whole home to servers, and from servers to the home's folder."""

from __future__ import annotations

from typing import Annotated, Any, Optional

import typer

from memgpt_autogen.cli import output
from memgpt_autogen.cli.agents import load_settings
from memgpt_autogen.cli.app import DONE, FAILED, MOVE, command
from memgpt_autogen.cli.options import Home, Yes
from memgpt_autogen.errors import ConfigurationError

HOME = "home"
"""What stands for the home's folder, in place of the URL of a server."""


def add_to(app: typer.Typer) -> None:
    command(app, rich_help_panel=MOVE, here="A home moves on its own machine: run it there.")(move)


def move(
    *,
    database_url: Annotated[
        Optional[str],
        typer.Option(help="The PostgreSQL database to move to, or 'home' for the file in the home's folder."),
    ] = None,
    qdrant_url: Annotated[
        Optional[str],
        typer.Option(help="The Qdrant server to move to, or 'home' for archives in the home's folder."),
    ] = None,
    wait: Annotated[float, typer.Option(help="How many seconds to wait for turns to end.", min=0)] = 60,
    remove: Annotated[
        bool, typer.Option("--remove", help="Delete what was moved from the old place, after the comparison.")
    ] = False,
    yes: Yes = False,
    home: Home = None,
) -> int:
    """Move all agents of a home to a database or a Qdrant server, or back into the home's folder.

    The settings say where the memory is now. Nobody can write during the move. All of it is compared before
    the old place refuses every write. If it is interrupted, run it again.
    """
    from pydantic import SecretStr

    from memgpt_autogen.home_move import move_home
    from memgpt_autogen.memory.storage.engine import database_url as checked_url
    from memgpt_autogen.settings import PREFIX, without_passwords

    shown, settings = output.console(), load_settings(home)
    if database_url is None and qdrant_url is None:
        raise ConfigurationError("nothing says where to move to. Give --database-url, --qdrant-url or both.")
    update: dict[str, Any] = {}
    if database_url is not None:
        if database_url != HOME:
            checked_url(database_url)
        update["database_url"] = None if database_url == HOME else SecretStr(database_url)
    if qdrant_url is not None:
        given = {} if qdrant_url == HOME else {"qdrant_url": qdrant_url}
        update["qdrant_url"] = load_settings(home, **given).qdrant_url if given else None
    if not yes and not typer.confirm("Nobody can write to this home until the move is done. Move it?"):
        return FAILED
    with output.progress(shown, "moving") as progress:
        moved = move_home(
            settings, settings.model_copy(update=update), wait=wait, remove=remove, progress=progress
        )
    output.report(shown, moved)
    for name, value in (("database_url", database_url), ("qdrant_url", qdrant_url)):
        variable = f"{PREFIX}{name.upper()}"
        if value == HOME:
            output.say(shown, f"now remove the setting {name} ({variable})")
        elif value is not None:
            output.say(shown, f"now set {name} ({variable}) to {without_passwords(value)}")
    return DONE
