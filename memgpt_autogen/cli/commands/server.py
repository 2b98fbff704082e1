"""`server`: serve the home's agents over HTTP."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Optional

import typer

from memgpt_autogen.cli import output
from memgpt_autogen.cli.agents import load_settings, with_local_model
from memgpt_autogen.cli.app import TALK, command
from memgpt_autogen.cli.options import BaseUrl, Home, Model, Window
from memgpt_autogen.errors import ConfigurationError


def add_to(app: typer.Typer) -> None:
    command(app, "server", rich_help_panel=TALK, here="It starts one on this machine: leave --server out.")(
        server
    )


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
    keep_events: Annotated[
        float, typer.Option(help="For how many days the events of runs can be read after their end.")
    ] = 30,
    keep_runs: Annotated[
        float, typer.Option(help="For how many days runs are listed, and an Idempotency-Key counts.")
    ] = 365,
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
    trusted_proxy: Annotated[
        Optional[list[str]],
        typer.Option(
            help="A reverse proxy on another machine, whose X-Forwarded headers are believed, by its address "
            "or network. It can be given several times."
        ),
    ] = None,
    kind: Annotated[str, typer.Option("--type", hidden=True)] = "rest",
    home: Home = None,
    model: Model = None,
    base_url: BaseUrl = None,
    window: Window = None,
    *,
    no_mcp_programs: Annotated[
        bool,
        typer.Option(help="Refuse MCP servers that are programs: the admin's code, run as this user."),
    ] = False,
) -> None:
    """Serve the agents of a home over HTTP, for many users.

    It prints its address and where the admin password is; in a terminal also a link that logs in. Ctrl-C
    ends it.
    """
    if kind != "rest":
        raise ConfigurationError(
            f"--type {kind} is not served. Send POST /api/v1/agents/AGENT/runs, and read its events as a "
            "stream (SSE), which needs no WebSocket."
        )
    from memgpt_autogen.chosen_models import choose_llm
    from memgpt_autogen.memory.storage.runs.retention import Kept
    from memgpt_autogen.server.login_codes import LASTS, link, make_login_code
    from memgpt_autogen.server.options import ServerOptions
    from memgpt_autogen.server.password import find_password
    from memgpt_autogen.server.serving import check_options, serve

    shown = output.console()
    given = {"model": model, "base_url": base_url, "window_tokens": window}
    settings, found = with_local_model(
        load_settings(home, **given), lambda text: output.say(shown, text, "dim")
    )
    options = ServerOptions(
        host=host.removeprefix("[").removesuffix("]"),  # as in a URL
        port=port,
        root_path=root_path.rstrip("/"),
        workers=workers,
        turns=turns,
        drain_seconds=drain,
        kept=Kept(keep_events, keep_runs),
        mcp_programs=not no_mcp_programs,
        ssl_cert=ssl_cert,
        ssl_key=ssl_key,
        password_file=admin_password_file,
        proxies=tuple(trusted_proxy or ()),
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
        if sys.stdout.isatty():  # elsewhere it would stay in a log
            code = make_login_code(settings, password)
            minutes = LASTS.total_seconds() / 60
            output.say(shown, f"This link logs you in, once, within {minutes:.0f} minutes:")
            shown.print(output.plain(link(address, code)), soft_wrap=True)
        output.say(shown, f"It serves {settings.home} with the model {answers}.", "dim")
        output.say(shown, f"The admin password is in {password.source}.", "dim")

    used = {name: getattr(settings, name) for name in (*given, "timezone")}
    serve(settings, options, password, started=say_start, overrides=used)
