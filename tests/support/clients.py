"""Clients of each kind, as the admin of a test's home."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from anyio.from_thread import start_blocking_portal
from blocking import Blocking
from running_servers import running
from server_apps import PASSWORD, make_app

from memgpt_autogen.client import AsyncClient, Client, LocalClient
from memgpt_autogen.llm.protocols import LLM

KINDS = ["Client", "AsyncClient", "LocalClient"]


@contextmanager
def open_client(kind: str, *, llm: LLM | None = None) -> Iterator[Any]:
    """Open a client of a kind, as the admin of this test's home."""
    if kind == "LocalClient":
        with LocalClient(llm=llm) as local:
            yield local
        return
    with running(make_app(llm=llm)) as address:
        if kind == "Client":
            with Client(address, PASSWORD) as client:
                yield client
        else:
            with start_blocking_portal() as portal:
                asynchronous = AsyncClient(address, PASSWORD)
                yield Blocking(asynchronous, portal)
                portal.call(asynchronous.aclose)
