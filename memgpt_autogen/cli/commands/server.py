"""`server`: serve the home's agents over HTTP."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Optional

import typer

from memgpt_autogen.cli import output
from memgpt_autogen.cli.agents import load_settings, with_local_model
from memgpt_autogen.cli.app import TALK, command
from memgpt_autogen.cli.options import BaseUrl, Home, Model, Window
from memgpt_autogen.errors import ConfigurationError


def add_to(app: typer.Typer) -> None:
    command(app, "server", rich_help_panel=TALK)(server)


def server(
    host: Annotated[str, typer.Option(help="The address to listen at.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(help="The port to listen at; 0 takes a free one.", min=0, max=65535)
    ] = 8283,
    root_path: Annotated[
        str, typer.Option(help="The path under which a reverse proxy serves it, such as /memory.")
    ] = "",
    workers: Annotated[
        int, typer.Option(help="How many processes serve. More than one needs a Qdrant server.", min=1)
    ] = 1,
    turns: Annotated[int, typer.Option(help="How many turns run at once in a process.", min=1)] = 8,
    drain: Annotated[
        float, typer.Option(help="How many seconds the end of the server waits for running turns.", min=0)
    ] = 10,
    ssl_cert: Annotated[Optional[Path], typer.Option(help="The file with the certificate for TLS.")] = None,
    ssl_key: Annotated[Optional[Path], typer.Option(help="The file with the key for TLS.")] = None,
    admin_password_file: Annotated[
        Optional[Path], typer.Option(help="A file with the admin password; else MEMGPT_SERVER_PASS has it.")
    ] = None,
    allowed_host: Annotated[
        Optional[list[str]],
        typer.Option(help="A further name by which clients reach the server. It can be given several times."),
    ] = None,
    allowed_origin: Annotated[
        Optional[list[str]],
        typer.Option(help="A web page whose scripts may call the server, such as https://app.example.com."),
    ] = None,
    kind: Annotated[str, typer.Option("--type", hidden=True)] = "rest",
    home: Home = None,
    model: Model = None,
    base_url: BaseUrl = None,
    window: Window = None,
) -> None:
    """Serve the agents of a home over HTTP, for many users.

    It prints its address and where the admin password is. Ctrl-C ends it.
    """
    if kind != "rest":
        raise ConfigurationError(
            f"--type {kind} is not served. Send POST /api/v1/agents/AGENT/runs, and read its events as a "
            "stream (SSE), which needs no WebSocket."
        )
    from memgpt_autogen.assembly import choose_llm
    from memgpt_autogen.server.options import ServerOptions
    from memgpt_autogen.server.password import find_password
    from memgpt_autogen.server.serving import check_options, serve

    shown = output.console()
    given = {"model": model, "base_url": base_url, "window_tokens": window}
    settings, found = with_local_model(
        load_settings(home, **given), lambda text: output.say(shown, text, "dim")
    )
    options = ServerOptions(
        host=host,
        port=port,
        root_path=root_path.rstrip("/"),
        workers=workers,
        turns=turns,
        drain_seconds=drain,
        ssl_cert=ssl_cert,
        ssl_key=ssl_key,
        password_file=admin_password_file,
        hosts=tuple(allowed_host or ()),
        origins=tuple(allowed_origin or ()),
    )
    password = find_password(settings.home, admin_password_file)
    check_options(options, settings, password)
    answers = choose_llm(settings).model

    def say_start(address: str) -> None:
        for backend in found:
            output.say(shown, f"found {backend}", "dim")
        output.say(shown, f"The server listens at {address} (its paths: {address}/docs). Ctrl-C ends it.")
        output.say(shown, f"It serves {settings.home} with the model {answers}.", "dim")
        output.say(shown, f"The admin password is in {password.source}.", "dim")

    used = {name: getattr(settings, name) for name in (*given, "timezone")}
    serve(settings, options, password, started=say_start, overrides=used)
