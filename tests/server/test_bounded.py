"""Bodies within bounds: bytes, depth, files, and the time that they take."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from fastapi.testclient import TestClient
from server_apps import MakeClient
from server_world import API
from starlette.types import Message

from memgpt_autogen.server.bounded import MOST_DEPTH, MOST_FIELDS, hurried, parsed
from memgpt_autogen.server.problems import ProblemError

AS_JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize("path", ["login", "agents", "agents/nobody/runs", "agents/nobody/forget"])
def test_only_uploads_may_be_as_large_as_uploads(make_client: MakeClient, path: str) -> None:
    """Also where a body says that it is one, and before a password is looked at."""
    client = make_client(body_bytes=1000)
    as_upload = {"Content-Type": "multipart/form-data; boundary=x"}

    answers = [
        client.post(f"{API}/{path}", content=body, headers=as_upload)
        for body in (b"x" * 1001, iter([b"x" * 600, b"x" * 600]))
    ]

    assert [answer.status_code for answer in answers] == [413, 413]


@pytest.mark.parametrize(("open_", "close"), [("[", "]"), ('{"a":', "}")])
@pytest.mark.parametrize("depth", [MOST_DEPTH + 1, 900, 5_000, 100_000])
def test_json_that_is_nested_too_deep_is_refused_before_it_is_parsed(
    admin: TestClient, open_: str, close: str, depth: int
) -> None:
    admin.post(f"{API}/agents", json={"name": "sam"})
    body = f"{open_ * depth}1{close * depth}"

    answer = admin.post(f"{API}/agents/sam/tools/send_message/run", content=body, headers=AS_JSON)

    assert answer.status_code == 400
    assert f"more than {MOST_DEPTH} levels deep" in answer.json()["detail"]


def test_brackets_in_texts_are_no_depth() -> None:
    texts = ["[" * 200, '\\"' + "{" * 200, '"[', "\\"]
    wide = {"list": [[]] * 300, "texts": texts}

    assert parsed(json.dumps(wide).encode()) == wide


def test_a_body_that_is_not_utf_8_is_told_so(admin: TestClient) -> None:
    answer = admin.post(f"{API}/agents", content='{"name": "sam"}'.encode("utf-16"), headers=AS_JSON)

    assert answer.status_code == 400
    assert "UTF-8" in answer.json()["detail"]


def test_a_form_has_one_file_and_few_fields(admin: TestClient) -> None:
    admin.post(f"{API}/agents", json={"name": "sam"})
    two: Any = [("file", ("a.txt", b"a")), ("file", ("b.txt", b"b"))]

    files = admin.post(f"{API}/agents/sam/sources", files=two)
    fields = admin.post(f"{API}/agents/sam/sources", data={f"f{n}": "x" for n in range(MOST_FIELDS + 1)})

    assert (files.status_code, fields.status_code) == (400, 400)
    assert admin.get(f"{API}/jobs").json()["items"] == []


def test_a_body_that_comes_too_slowly_is_refused() -> None:
    async def receive_slowly() -> Message:
        await asyncio.sleep(3600)
        raise AssertionError

    with pytest.raises(ProblemError, match="did not come in time") as caught:
        asyncio.run(_first(hurried(receive_slowly, 0.01)))

    assert caught.value.status_code == 408


def test_after_a_body_nothing_is_hurried() -> None:
    """A stream waits for the end of its connection as long as it lasts."""
    messages = iter([{"type": "http.request", "body": b"x", "more_body": False}])

    async def receive() -> Message:
        message = next(messages, None)
        if message is None:
            await asyncio.sleep(0.05)
            return {"type": "http.disconnect"}
        return message

    async def both() -> list[str]:
        receiving = hurried(receive, 0.01)
        return [(await receiving())["type"] for _ in range(2)]

    assert asyncio.run(both()) == ["http.request", "http.disconnect"]


async def _first(receive: Any) -> Message:
    message: Message = await receive()
    return message
