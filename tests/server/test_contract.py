"""The server does what its OpenAPI file says, for requests that schemathesis makes of the file.

The short form tries some hundred requests of each kind of caller, the same ones each time. The long form
(`make torture`) tries other ones each time, and follows what one answer names into the next request.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fuzzing import TORTURE
from live_app import serving
from server_apps import PASSWORD, make_app
from server_world import API

from memgpt_autogen.llm.protocols import Completion
from memgpt_autogen.testing import ScriptedLLM, call, says

pytestmark = pytest.mark.slow

SCOPES = ["read", "talk", "write", "speak-for"]

CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,"
    "response_schema_conformance,negative_data_rejection,missing_required_header,unsupported_method,"
    "allow_header_conformance,use_after_free"
)
"""All but those that know nothing of rules between fields, and `ignored_auth`, which guesses passwords."""

CONFIGURATION = """
[checks]
negative_data_rejection.expected-statuses = [400, 401, 403, 404, 405, 406, 409, 412, 413, 415, 422, 429]
"""

SECONDS = 180 if TORTURE else 100
"""How long one kind of caller tries, in the short form at most."""

Record = Callable[[str, object], None]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, dict[str, str | None]]]:
    """Yield the address of a server whose model answers at once, and credentials by the kind of caller."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MEMGPT_AUTOGEN_HOME", str(tmp_path_factory.mktemp("contract")))
        patch.setenv("MEMGPT_AUTOGEN_DISCOVER", "false")
        with serving(make_app(llm=ScriptedLLM(otherwise=answer), mcp_programs=False)) as address:
            admin = httpx.Client(base_url=address + API, headers={"Authorization": f"Bearer {PASSWORD}"})
            admin.post("/users", json={"name": "ada"}).raise_for_status()
            keys: dict[str, str | None] = {"no key": None, "a wrong key": "mga_" + "0" * 43}
            for kind, user, scopes in (("an admin", "home", [*SCOPES, "admin"]), ("a user", "ada", SCOPES)):
                made = admin.post(f"/users/{user}/keys", json={"name": "contract", "scopes": scopes})
                keys[kind] = made.raise_for_status().json()["key"]
            admin.close()
            yield address, keys


def answer(_request: Any) -> Completion:
    return says("They are here.", call("send_message", message="Noted."))


@pytest.mark.parametrize("caller", ["no key", "a wrong key", "an admin", "a user"])
@pytest.mark.timeout(SECONDS * 2 + 120)
def test_every_answer_is_one_that_the_openapi_file_names(
    caller: str,
    world: tuple[str, dict[str, str | None]],
    tmp_path: Path,
    record_property: Record,
) -> None:
    address, keys = world
    (tmp_path / "schemathesis.toml").write_text(CONFIGURATION)
    credentials = () if keys[caller] is None else ("-H", f"Authorization: Bearer {keys[caller]}")

    tried = run(f"{address}/openapi.json", *credentials, *amount(caller), folder=tmp_path)

    assert tried.returncode == 0, tried.stdout[-6000:] + tried.stderr[-2000:]
    counted = re.search(r"(\d+) generated", tried.stdout)
    assert counted is not None, tried.stdout[-2000:]
    record_property("tried: requests against the OpenAPI file", int(counted[1]))


def amount(caller: str) -> tuple[str, ...]:
    """How much is tried: in the short form less where every answer is 401."""
    if TORTURE:
        amount = ("--max-time", str(SECONDS), "--generation-database", "none", "--max-examples", "50")
        return "--phases", "examples,coverage,fuzzing,stateful", *amount
    few = "1" if caller in ("no key", "a wrong key") else "2"
    return "--phases", "examples,fuzzing", "--max-examples", few, "--seed", "7", "--generation-deterministic"


def run(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "schemathesis.cli", "run", *arguments, "--checks", CHECKS]
    options = ["--no-color", "--no-shrink", "--warnings", "off", "--continue-on-failure"]
    options += ["--suppress-health-check", "all"]
    return subprocess.run(
        [*command, *options],
        cwd=folder,
        check=False,
        capture_output=True,
        text=True,
        timeout=SECONDS * 2 + 60,
    )
