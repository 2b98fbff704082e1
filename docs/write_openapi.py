"""Writes the OpenAPI file of the server, and the methods of its client: `python docs/write_openapi.py`.

Tests compare both with what is committed.
"""

from __future__ import annotations

import runpy
from pathlib import Path

from memgpt_autogen.server.app import create_app
from memgpt_autogen.server.openapi import FILE, openapi_text
from memgpt_autogen.server.password import AdminPassword
from memgpt_autogen.settings import Settings


def text() -> str:
    settings = Settings.load(home=Path("nowhere"))  # nothing is opened before the app starts
    return openapi_text(create_app(settings, password=AdminPassword.of("", "nothing")))


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
    runpy.run_path(str(Path(__file__).with_name("write_client.py")), run_name="__main__")
