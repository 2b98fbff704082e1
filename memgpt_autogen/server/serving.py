"""Listen and serve: what is checked before, in one process or several, until a signal ends it."""

from __future__ import annotations

import errno
import os
import socket
import tempfile
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import uvicorn
from fastapi import FastAPI

from memgpt_autogen.errors import ConfigurationError
from memgpt_autogen.server.app import create_app
from memgpt_autogen.server.home_lock import only_server_of
from memgpt_autogen.server.logs import log_as_json
from memgpt_autogen.server.metrics import FOLDER
from memgpt_autogen.server.options import ServerOptions
from memgpt_autogen.server.password import VARIABLES, AdminPassword
from memgpt_autogen.settings import Settings

OPTIONS = "MEMGPT_AUTOGEN_SERVER_OPTIONS"
SETTINGS = "MEMGPT_AUTOGEN_SERVER_SETTINGS"
"""What the parent of several workers tells them, as JSON. It has no passwords or keys."""


def check_options(options: ServerOptions, settings: Settings, password: AdminPassword) -> None:
    """Raise `ConfigurationError` if the server must not start so; the text names the way out."""
    if not (options.is_loopback or password.chosen):
        raise ConfigurationError(
            f"--host {options.host} can be reached by other machines, and nobody has set an admin password. "
            f"Set {VARIABLES[0]}, or give --admin-password-file; or listen on 127.0.0.1 only."
        )
    if options.workers > 1 and settings.qdrant_url is None:
        raise ConfigurationError(
            f"--workers {options.workers}: the archives of {settings.home} are embedded, and these belong to "
            "one process. Give a Qdrant server (MEMGPT_AUTOGEN_QDRANT_URL), or --workers 1 with more --turns."
        )
    if (options.ssl_cert is None) != (options.ssl_key is None):
        raise ConfigurationError("TLS needs both --ssl-cert and --ssl-key.")
    for file in (options.ssl_cert, options.ssl_key):
        if file is not None and not os.access(file, os.R_OK):
            raise ConfigurationError(f"the file {file} for TLS cannot be read.")
    if options.root_path and not options.root_path.startswith("/"):
        raise ConfigurationError(f"--root-path begins with /, as /{options.root_path}.")


def bind(options: ServerOptions) -> socket.socket:
    """Return a socket that listens where the options say. Raises `ConfigurationError` if it cannot."""
    family = socket.AF_INET6 if ":" in options.host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    if os.name == "posix":  # elsewhere it would let two servers have one port
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((options.host, options.port))
        bound.listen(2048)
    except OSError as error:
        bound.close()
        if error.errno == errno.EADDRINUSE:
            raise ConfigurationError(
                f"the port {options.port} of {options.host} is in use. Stop the server that listens "
                "there, or give another --port."
            ) from None
        raise ConfigurationError(
            f"cannot listen at {options.host}, port {options.port}: {error.strerror or error}. Give another "
            "--host or --port."
        ) from None
    return bound


def serve(
    settings: Settings,
    options: ServerOptions,
    password: AdminPassword,
    *,
    started: Callable[[str], object] = lambda _: None,
    overrides: dict[str, Any] | None = None,
) -> None:
    """Serve until a signal ends it. `started` is called with the address once the port is taken.

    `overrides` are the settings that come neither from the environment nor from the home's file.
    """
    check_options(options, settings, password)
    bound = bind(options)
    host, port = bound.getsockname()[:2]
    options = options.model_copy(update={"port": port})
    with nullcontext() if settings.qdrant_url else only_server_of(settings.home):
        started(_address(options, host))
        if options.workers == 1:
            log_as_json()
            _serve_here(create_app(settings, options, password=password), options, bound)
        else:
            bound.close()  # the parent of the workers binds it again
            _serve_by_workers(settings, options, overrides or {})


def worker_app() -> FastAPI:
    """The app of one of several workers, from what their parent told them."""
    log_as_json()
    options = ServerOptions.model_validate_json(os.environ[OPTIONS])
    return create_app(Settings.load(**_loaded(os.environ[SETTINGS])), options)


def _serve_here(app: FastAPI, options: ServerOptions, bound: socket.socket) -> None:
    uvicorn.Server(uvicorn.Config(app, **_uvicorn(options))).run(sockets=[bound])


def _serve_by_workers(settings: Settings, options: ServerOptions, overrides: dict[str, Any]) -> None:
    given = {"home": str(settings.home), **overrides}
    with tempfile.TemporaryDirectory(prefix="memgpt-metrics-") as folder:
        os.environ |= {
            OPTIONS: options.model_dump_json(),
            SETTINGS: _dumped(given),
            FOLDER: folder,
        }
        uvicorn.run(
            f"{__name__}:worker_app",
            factory=True,
            host=options.host,
            port=options.port,
            workers=options.workers,
            **_uvicorn(options),
        )


def _uvicorn(options: ServerOptions) -> dict[str, Any]:
    return {
        "log_config": None,  # ours are JSON
        "access_log": False,
        "ws": "none",
        "server_header": False,
        "timeout_graceful_shutdown": int(options.drain_seconds) + 5,
        "ssl_certfile": options.ssl_cert,
        "ssl_keyfile": options.ssl_key,
    }


def _address(options: ServerOptions, host: str) -> str:
    scheme = "http" if options.ssl_cert is None else "https"
    named = f"[{host}]" if ":" in host else host
    return f"{scheme}://{named}:{options.port}{options.root_path}"


def _dumped(values: dict[str, Any]) -> str:
    import json

    return json.dumps({name: value for name, value in values.items() if value is not None})


def _loaded(text: str) -> dict[str, Any]:
    import json

    values: dict[str, Any] = json.loads(text)
    return values
