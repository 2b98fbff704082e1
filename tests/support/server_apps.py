"""Apps of a test's home, and clients of them. The clients speak HTTP to the app without a socket."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import FastAPI
from fastapi.testclient import TestClient

from memgpt_autogen.llm.protocols import LLM
from memgpt_autogen.server.app import create_app
from memgpt_autogen.server.options import ServerOptions
from memgpt_autogen.server.password import AdminPassword
from memgpt_autogen.settings import Settings

PASSWORD = "correct horse battery staple"

ADDRESS = "http://127.0.0.1:8283"

MakeClient = Callable[..., TestClient]
"""Takes the credentials as `key`, and an `app`, or the options of a new one."""


def make_app(*, llm: LLM | None = None, **options: Any) -> FastAPI:
    """Return the app of this test's home, whose admin password is `PASSWORD`. `llm` is its model."""
    return create_app(
        Settings.load(), ServerOptions(**options), password=AdminPassword.of(PASSWORD, "a test"), llm=llm
    )


def client_of(app: FastAPI, key: str | None = PASSWORD) -> TestClient:
    """Return a client with these credentials. It starts the app when it is entered."""
    headers = {} if key is None else {"Authorization": f"Bearer {key}"}
    return TestClient(app, ADDRESS, headers=headers, raise_server_exceptions=False)
