"""A stand-in for llama.cpp's server, as a real one (b11549) was measured."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
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


class LlamaCppRouter(LlamaCppServer):
    """llama.cpp's server without a model of its own: it loads one of `models` at the first request for it.

    It follows the documentation of b11000; no real one was run. It knows only exact names, and tells the
    window of a model only once that is loaded. Without `autoload`, it refuses a request for a model that is
    not. The models in `loading_now` are listed as loading until the first request for them.
    """

    def __init__(
        self,
        *answers: ServerAnswer,
        autoload: bool = True,
        loading_now: Collection[str] = (),
        **options: Unpack[EngineOptions],
    ) -> None:
        super().__init__(*answers, **options)
        self.autoload = autoload
        self.loading_now = set(loading_now)
        self.loaded: set[str] = set()
        """The names of the models that are loaded."""

    def respond_ready(self, method: str, path: str, body: Mapping[str, Any]) -> Response | None:
        if (method, path) == ("GET", "/props"):
            return self._props(str(body.get("model") or ""), autoload=body.get("autoload") != "false")
        if path in ("/v1/models", "/models", "/api/tags"):
            return {"object": "list", "data": [*map(self._listed, self.models)]}
        return super().respond_ready(method, path, body)

    def refusal(self, body: Mapping[str, Any]) -> HTTPFailure | None:
        return self._loaded(str(body.get("model")), autoload=True)

    def _props(self, name: str, *, autoload: bool) -> Response:
        if not name:
            settings = {"params": {}, "n_ctx": 0}
            return {"role": "router", "max_instances": 4, "default_generation_settings": settings}
        failure = self._loaded(name, autoload=autoload)
        own = super().respond_ready("GET", "/props", {})
        return failure or own or {}

    def _loaded(self, name: str, *, autoload: bool) -> HTTPFailure | None:
        """Load a model; return why it is not loaded, where that is so."""
        if name not in self.models:
            return _failure(400, f"model '{name}' not found", "invalid_request_error")
        if name not in self.loaded and not (autoload and self.autoload):
            return _failure(400, "model is not loaded", "invalid_request_error")
        self.loading_now.discard(name)
        self.loaded.add(name)
        return None

    def _listed(self, name: str) -> dict[str, Any]:
        value = "loaded" if name in self.loaded else "loading" if name in self.loading_now else "unloaded"
        args = ["llama-server", "--ctx-size", str(self.window * self.slots), "--alias", name]
        entry = {"id": name, "object": "model", "created": 1, "owned_by": "llamacpp", "aliases": []}
        meta = {"meta": {"n_ctx_train": self.trained_window}} if name in self.loaded else {}
        return {**entry, "status": {"value": value, "args": args}, **meta}


def _failure(status: int, message: str, kind: str, **more: Any) -> HTTPFailure:
    return HTTPFailure(status, {"error": {"code": status, "message": message, "type": kind, **more}})
