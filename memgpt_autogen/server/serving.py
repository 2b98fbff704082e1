"""Listen and serve: what is checked before, in one process or several, until a signal ends it."""

from __future__ import annotations

import errno
import inspect
import ipaddress
import os
import socket
import ssl
import tempfile
from collections.abc import Callable
from contextlib import closing, nullcontext
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI
from uvicorn.supervisors import Multiprocess

from memgpt_autogen.errors import ConfigurationError, StorageError
from memgpt_autogen.home_lock import only_server_of
from memgpt_autogen.home_stores import create_home
from memgpt_autogen.server.app import create_app, open_home
from memgpt_autogen.server.freed_memory import keep_memory_together
from memgpt_autogen.server.logs import log_as_json
from memgpt_autogen.server.metrics import FOLDER
from memgpt_autogen.server.options import ServerOptions
from memgpt_autogen.server.password import VARIABLES, AdminPassword
from memgpt_autogen.server.patient import Patient
from memgpt_autogen.settings import Settings

OPTIONS = "MEMGPT_AUTOGEN_SERVER_OPTIONS"
SETTINGS = "MEMGPT_AUTOGEN_SERVER_SETTINGS"
"""What the parent of several workers tells them, as JSON. It has no passwords or keys."""


_THIS_MACHINE = ("127.0.0.1", "::1")

# the exit code of uvicorn for an app that does not start; its name has moved between versions
_STARTUP_FAILURE = 3

# longer than nginx keeps a connection that nobody uses, so that it sends no request on one that just closes
_KEEP_SECONDS = 75


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
    for option, file in (("--ssl-cert", options.ssl_cert), ("--ssl-key", options.ssl_key)):
        if file is not None and not (file.is_file() and os.access(file, os.R_OK)):
            raise ConfigurationError(f"{option} {file}: the file for TLS cannot be read.")
    if options.ssl_cert is not None and options.ssl_key is not None:
        _check_certificate(options.ssl_cert, options.ssl_key)
    for proxy in options.proxies:
        if not _is_network(proxy):
            raise ConfigurationError(
                f"--trusted-proxy {proxy} is no address and no network. Give one, such as 10.0.0.5 or "
                "10.0.0.0/8."
            )
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
        raise ConfigurationError(_why_not(error, options)) from None
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
    keep_memory_together()
    create_home(settings.home)
    bound = bind(options)
    host, port = bound.getsockname()[:2]
    options = options.model_copy(update={"port": port})
    with closing(bound), nullcontext() if settings.qdrant_url else only_server_of(settings.home):
        # what is wrong with the database is said here, in words, and not in the log of each worker
        database = open_home(settings)
        started(_address(options, host))
        log_as_json()
        if options.workers == 1:
            _serve_here(create_app(settings, options, password=password), options, bound)
        else:
            database.close()
            _serve_by_workers(settings, options, bound, overrides or {})


def worker_app() -> FastAPI:
    """The app of one of several workers, from what their parent told them."""
    log_as_json()
    keep_memory_together()
    options = ServerOptions.model_validate_json(os.environ[OPTIONS])
    return create_app(Settings.load(**_loaded(os.environ[SETTINGS])), options)


def _serve_here(app: FastAPI, options: ServerOptions, bound: socket.socket) -> None:
    uvicorn.Server(uvicorn.Config(app, **uvicorn_options(options))).run(sockets=[bound])


def _serve_by_workers(
    settings: Settings, options: ServerOptions, bound: socket.socket, overrides: dict[str, Any]
) -> None:
    given = {"home": str(settings.home), **overrides}
    with tempfile.TemporaryDirectory(prefix="memgpt-metrics-") as folder:
        os.environ |= {
            OPTIONS: options.model_dump_json(),
            SETTINGS: _dumped(given),
            FOLDER: folder,
        }
        config = uvicorn.Config(
            f"{__name__}:worker_app", factory=True, workers=options.workers, **uvicorn_options(options)
        )
        bound.set_inheritable(True)
        supervisor: Any = Multiprocess(config, sockets=[bound], **_older_uvicorn(config))
        supervisor.run()
    if any(getattr(each, "exitcode", None) == _STARTUP_FAILURE for each in supervisor.processes):
        raise StorageError("a worker did not start. The lines above say why; --workers 1 says it in words.")


def _older_uvicorn(config: uvicorn.Config) -> dict[str, Any]:
    """Return what older versions of uvicorn want to be told besides."""
    wanted = inspect.signature(Multiprocess.__init__).parameters
    return {"target": uvicorn.Server(config).run} if "target" in wanted else {}


def uvicorn_options(options: ServerOptions) -> dict[str, Any]:
    """Return how uvicorn serves the app, without where it listens."""
    return {
        "log_config": None,  # ours are JSON
        "access_log": False,
        "ws": "none",
        "http": Patient,
        "server_header": False,
        "forwarded_allow_ips": [*_THIS_MACHINE, *options.proxies],
        "timeout_keep_alive": _KEEP_SECONDS,
        "timeout_graceful_shutdown": int(options.drain_seconds) + 5,
        "ssl_certfile": options.ssl_cert,
        "ssl_keyfile": options.ssl_key,
    }


def _check_certificate(certificate: Path, key: Path) -> None:
    try:
        # without a password here, OpenSSL would ask for one in the terminal, and wait
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key, password=lambda: "")
    except (ssl.SSLError, OSError, ValueError) as error:
        reason = getattr(error, "reason", None) or str(error)
        raise ConfigurationError(
            f"--ssl-cert {certificate} and --ssl-key {key} are no certificate and its key: {reason}. Both "
            "are PEM files; the certificate's has the whole chain, and the key has no password."
        ) from None


def _why_not(error: OSError, options: ServerOptions) -> str:
    """Say why the server cannot listen there, and which option helps."""
    if error.errno == errno.EADDRINUSE:
        return (
            f"the port {options.port} of {options.host} is in use. Stop the server that listens there, or "
            "give another --port."
        )
    if error.errno in (errno.EACCES, errno.EPERM):
        return (
            f"this user may not listen at port {options.port}. Give a --port from 1024 on, and let a reverse "
            "proxy serve the other one."
        )
    if error.errno == errno.EADDRNOTAVAIL or isinstance(error, socket.gaierror):
        return (
            f"--host {options.host} is no address of this machine. Give one of its addresses, 127.0.0.1 for "
            "this machine only, or 0.0.0.0 for all."
        )
    reason = error.strerror or error
    return f"cannot listen at {options.host}, port {options.port}: {reason}. Give another --host or --port."


def _is_network(text: str) -> bool:
    try:
        ipaddress.ip_network(text)
    except ValueError:
        return False
    return True


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
