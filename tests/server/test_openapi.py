"""The OpenAPI file is what the app does."""

from __future__ import annotations

import json
import runpy
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient

from memgpt_autogen.server.openapi import FILE

ROOT = Path(__file__).parents[2]

OPERATIONS = {"get", "put", "post", "patch", "delete"}


def test_the_committed_file_is_what_the_app_says() -> None:
    written = runpy.run_path(str(ROOT / "docs/write_openapi.py"))["text"]()

    assert FILE.read_text(encoding="utf-8") == written, "run: python docs/write_openapi.py"


def test_the_app_serves_it_without_a_key_under_its_prefix(admin: TestClient) -> None:
    served = admin.get("/openapi.json", headers={"Authorization": ""}).json()

    assert served == json.loads(FILE.read_text(encoding="utf-8"))
    assert served["openapi"].startswith("3.1")


def test_every_operation_has_words_an_id_of_its_own_and_problems() -> None:
    described = json.loads(FILE.read_text(encoding="utf-8"))
    operations: list[dict[str, Any]] = [
        operation for path in described["paths"].values() for operation in path.values()
    ]

    for operation in operations:
        assert operation["summary"]
        assert operation["description"]
        assert {"4XX", "5XX"} <= operation["responses"].keys()
    names = [operation["operationId"] for operation in operations]
    assert len(set(names)) == len(names)
