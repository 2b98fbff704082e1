"""A stand-in for vLLM 0.3x, after its source and its users' reports; no real one was run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from memgpt_autogen.testing.engines.base import EngineServer
from memgpt_autogen.testing.local_http import HTTPFailure
from memgpt_autogen.testing.server import Response


class VLLMServer(EngineServer):
    """Reports its window in the list of models, and refuses a prompt that leaves no room for the answer."""

    def respond_ready(self, method: str, path: str, body: Mapping[str, Any]) -> Response | None:
        if (method, path) == ("GET", "/health"):
            return HTTPFailure(200, "")
        if (method, path) == ("GET", "/version"):
            return {"version": "0.32.0"}
        if (method, path) == ("GET", "/v1/models"):
            entry = {"object": "model", "created": 1, "owned_by": "vllm", "parent": None, "permission": []}
            listed = [
                {"id": name, "root": name, "max_model_len": self.window, **entry} for name in self.models
            ]
            return {"object": "list", "data": listed}
        if path in ("/v1/chat/completions", "/v1/embeddings"):
            return None
        return HTTPFailure(404, {"detail": "Not Found"})

    def refusal(self, body: Mapping[str, Any]) -> HTTPFailure | None:
        if body.get("model") in self.models:
            return None
        return _failure(404, f"The model `{body.get('model')}` does not exist.", "NotFoundError", "model")

    def tools_refusal(self, model: str) -> HTTPFailure:
        return _failure(
            400,
            '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set',
            "BadRequestError",
        )

    def answer_room(self, body: Mapping[str, Any]) -> int:
        # without a limit it gives what the prompt leaves, and wants one token at least
        asked = body.get("max_completion_tokens") or body.get("max_tokens") or 1
        return int(asked)

    def overflow(self, tokens: int, answer_tokens: int) -> HTTPFailure:
        # the tokenizer stops at the first token that is too much, so it does not know the whole length
        counted = min(tokens, self.window - answer_tokens + 1)
        return _failure(
            400,
            f"This model's maximum context length is {self.window} tokens. However, you requested "
            f"{answer_tokens} output tokens and your prompt contains at least {counted} input tokens, for a "
            f"total of at least {counted + answer_tokens} tokens. Please reduce the length of the input "
            f"prompt or the number of requested output tokens. (parameter=input_tokens, value={counted})",
            "BadRequestError",
            "input_tokens",
        )


def _failure(status: int, message: str, kind: str, param: str | None = None) -> HTTPFailure:
    return HTTPFailure(status, {"error": {"message": message, "type": kind, "param": param, "code": status}})
