"""A server's app on a real socket, in a thread of the test."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from fastapi import FastAPI

from memgpt_autogen.server.serving import uvicorn_options


@contextmanager
def serving(app: FastAPI, port: int = 0) -> Iterator[str]:
    """Serve the app on a port of this machine, by default a free one, and yield its address."""
    config = uvicorn.Config(app, port=port, **uvicorn_options(app.state.options))
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, name="live-app", daemon=True)
    thread.start()
    end = time.monotonic() + 60
    while not server.started:
        assert thread.is_alive()
        assert time.monotonic() < end
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    app.state.uvicorn = server
    try:
        yield f"{'https' if config.is_ssl else 'http'}://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(60)
