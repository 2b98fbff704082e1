"""A stand-in for llama.cpp's server, as a real one (b11549) was measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from typing_extensions import Unpack

from memgpt_autogen.llm.protocols import Usage
from memgpt_autogen.testing.engines.base import EngineOptions, EngineServer, Message, Read
from memgpt_autogen.testing.engines.template import size_of
from memgpt_autogen.testing.local_http import HTTPFailure
from memgpt_autogen.testing.server import Response, ServerAnswer


class LlamaCppServer(EngineServer):
    """Refuses a prompt that is longer than the window of a slot, with both numbers.

    `window` is that of one slot; all `slots` together have it as many times. With `shifts_context` it leaves
    out the middle silently, as older builds do, and newer ones that were started with `--context-shift`.
    """

    LOADING: ClassVar[HTTPFailure] = HTTPFailure(
        503, {"error": {"code": 503, "message": "Loading model", "type": "unavailable_error"}}
    )

    def __init__(
        self,
        *answers: ServerAnswer,
        slots: int = 4,
        shifts_context: bool = False,
        **options: Unpack[EngineOptions],
    ) -> None:
        super().__init__(*answers, **options)
        self.slots = slots
        self.shifts_context = shifts_context

    def respond_ready(self, method: str, path: str, body: Mapping[str, Any]) -> Response | None:
        if (method, path) == ("GET", "/health"):
            return {"status": "ok"}
        if (method, path) == ("GET", "/props"):
            return {
                "default_generation_settings": {"n_ctx": self.window, "params": {"n_keep": 0}},
                "total_slots": self.slots,
                "model_path": f"/models/{self.model}.gguf",
                "chat_template": "{{ messages }}",
                "build_info": "b11549",
            }
        if path in ("/v1/models", "/models", "/api/tags"):  # the last for programs that know only Ollama
            meta = {"n_ctx_train": self.trained_window, "n_params": 1_500_000_000}
            entry = {"id": self.model, "object": "model", "created": 1, "owned_by": "llamacpp", "meta": meta}
            named = {"name": self.model, "model": self.model, "type": "model", "details": {"format": "gguf"}}
            return {"models": [named], "object": "list", "data": [entry]}
        # with and without /v1
        known = path.removeprefix("/v1") in ("/chat/completions", "/embeddings")
        return None if known else _failure(404, "File Not Found", "not_found_error")

    def tools_refusal(self, model: str) -> HTTPFailure:
        return _failure(500, "tools param requires --jinja flag", "server_error")

    def fitted(self, messages: Sequence[Message], tools: Sequence[Message]) -> Sequence[Message]:
        kept = list(messages)
        while self.shifts_context and len(kept) > 3 and size_of(kept, tools) > self.window:
            del kept[len(kept) // 2]
        return kept

    def overflow(self, tokens: int, answer_tokens: int) -> HTTPFailure:
        words = (
            f"request ({tokens} tokens) exceeds the available context size ({self.window} tokens), "
            "try increasing it"
        )
        return _failure(400, words, "exceed_context_size_error", n_prompt_tokens=tokens, n_ctx=self.window)

    def usage(self, read: Read, completion_tokens: int) -> Usage:
        return Usage(read.prompt_tokens, completion_tokens, cached_tokens=read.cached_tokens)


def _failure(status: int, message: str, kind: str, **more: Any) -> HTTPFailure:
    return HTTPFailure(status, {"error": {"code": status, "message": message, "type": kind, **more}})
