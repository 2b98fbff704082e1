"""A model behind a scripted server, and its errors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from memgpt_autogen.errors import ModelError
from memgpt_autogen.llm.openai import OpenAILLM
from memgpt_autogen.testing import HTTPFailure, ScriptedServer

HELLO = [{"role": "user", "content": "hello"}]
TOOL = {
    "type": "function",
    "function": {"name": "send_message", "parameters": {"type": "object", "properties": {}}},
}
SECRET = "sk-test-4f9a1c7788"


def llm_of(server: ScriptedServer, waits: list[float] | None = None, **settings: Any) -> OpenAILLM:
    sleep: Callable[[float], None] = (waits if waits is not None else []).append
    return OpenAILLM("scripted", base_url=server.url, sleep=sleep, **settings)


def error_of(*answers: Any, waits: list[float] | None = None, **settings: Any) -> ModelError:
    with ScriptedServer(*answers) as server, pytest.raises(ModelError) as caught:
        llm_of(server, waits, **settings).complete(HELLO)
    return caught.value


def refusal(message: str, status: int = 400, **error: Any) -> HTTPFailure:
    return HTTPFailure(status, {"error": {"message": message, **error}})
