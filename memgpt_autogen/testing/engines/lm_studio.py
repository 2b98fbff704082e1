"""A stand-in for LM Studio 0.4, after its documentation and its users' reports; no real one was run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from typing_extensions import Unpack

from memgpt_autogen.testing.engines.base import EngineOptions, EngineServer, Message
from memgpt_autogen.testing.engines.template import size_of
from memgpt_autogen.testing.local_http import HTTPFailure
from memgpt_autogen.testing.server import Response, ServerAnswer

# answers to a prompt that does not fit, by the version that sent them first
WORDS = {
    "0.4": "Cannot truncate prompt with n_keep ({tokens}) >= n_ctx ({window})",
    "0.3.20": "The number of tokens to keep from the initial prompt is greater than the context length. Try "
    "to load the model with a larger context length, or provide a shorter input",
    "0.3.13": "Trying to keep the first {tokens} tokens when context the overflows. However, the model is "
    "loaded with context length of only {window} tokens, which is not enough. Try to load the model with a "
    "larger context length, or provide a shorter input",
}


class LMStudioServer(EngineServer):
    """Knows what is loaded, loads a model at its first request, and answers a wrong path with status 200.

    With `cuts_middle`, messages in the middle of too long a prompt are left out silently, as by its policy
    «truncate middle». `words` is one of `WORDS`. It may refuse too
    long a prompt with status 200 (`refuses_with`), as 0.4.21 was seen to do. The first `listed_loading` lists
    of models say of each that it is loading.
    """

    MODEL: ClassVar[str] = "qwen/qwen3-4b"

    def __init__(
        self,
        *answers: ServerAnswer,
        cuts_middle: bool = False,
        words: str = "0.4",
        refuses_with: int = 400,
        listed_loading: int = 0,
        embedding_models: Sequence[str] = ("text-embedding-nomic-embed-text-v1.5",),
        **options: Unpack[EngineOptions],
    ) -> None:
        super().__init__(*answers, **options)
        self.cuts_middle = cuts_middle
        self.words = words
        self.refuses_with = refuses_with
        self.listed_loading = listed_loading
        self.embedding_models = tuple(embedding_models)
        self.loaded: dict[str, int] = {}
        """The windows of the models that are loaded, by name."""

    def respond_ready(self, method: str, path: str, body: Mapping[str, Any]) -> Response | None:
        if (method, path) == ("GET", "/api/v0/models"):
            return {"object": "list", "data": [*self._listed_models(), *self._embedders()]}
        if (method, path) == ("GET", "/api/v1/models"):
            return {"models": [*map(self._listed_v1, self.models)]}
        if (method, path) == ("POST", "/api/v1/models/load"):
            window = int(body.get("context_length") or self.window)
            self.loaded[str(body.get("model"))] = self.window = window
            return {"type": "llm", "instance_id": body.get("model"), "status": "loaded"}
        if (method, path) == ("GET", "/v1/models"):
            names = (*self.models, *self.embedding_models)
            listed = [{"id": name, "object": "model", "owned_by": "organization_owner"} for name in names]
            return {"object": "list", "data": listed}
        if path in ("/v1/chat/completions", "/v1/embeddings"):
            return None
        return {"error": f"Unexpected endpoint or method. ({method} {path})"}  # with status 200

    def _listed_models(self) -> list[dict[str, Any]]:
        listed = [self._listed(name) for name in self.models]
        if self.listed_loading == 0:
            return listed
        self.listed_loading -= 1
        self.loaded |= dict.fromkeys(self.models, self.window)  # the next list has them
        return [{**each, "state": "loading"} for each in listed]

    def _listed(self, name: str) -> dict[str, Any]:
        listed = {
            "id": name,
            "object": "model",
            "type": "llm",
            "publisher": name.partition("/")[0],
            "arch": "qwen3",
            "compatibility_type": "gguf",
            "quantization": "Q4_K_M",
            "state": "loaded" if name in self.loaded else "not-loaded",
            "max_context_length": self.trained_window,
            "capabilities": [] if self.refuses_tools else ["tool_use"],
        }
        return listed | ({"loaded_context_length": self.loaded[name]} if name in self.loaded else {})

    def _embedders(self) -> list[dict[str, Any]]:
        return [
            {
                "id": name,
                "object": "model",
                "type": "embeddings",
                "state": "not-loaded",
                "max_context_length": 2048,
            }
            for name in self.embedding_models
        ]

    def _listed_v1(self, name: str) -> dict[str, Any]:
        window = self.loaded.get(name)
        instances = [] if window is None else [{"id": name, "config": {"context_length": window}}]
        return {
            "type": "llm",
            "key": name,
            "loaded_instances": instances,
            "max_context_length": self.trained_window,
        }

    def refusal(self, body: Mapping[str, Any]) -> HTTPFailure | None:
        name = str(body.get("model"))
        if name in self.embedding_models:
            return HTTPFailure(400, {"error": f"Model '{name}' is not an LLM."})
        if name not in self.models:
            return HTTPFailure(
                404, {"error": {"message": f"Model '{name}' not found", "code": "model_not_found"}}
            )
        self.loaded.setdefault(name, self.window)
        return None

    def tools_refusal(self, model: str) -> HTTPFailure:
        return HTTPFailure(400, {"error": f"Model '{model}' does not support tools."})

    def fitted(self, messages: Sequence[Message], tools: Sequence[Message]) -> Sequence[Message]:
        kept = list(messages)
        while self.cuts_middle and len(kept) > 3 and size_of(kept, tools) > self.window:
            del kept[len(kept) // 2]
        return kept

    def overflow(self, tokens: int, answer_tokens: int) -> HTTPFailure:
        return HTTPFailure(
            self.refuses_with, {"error": WORDS[self.words].format(tokens=tokens, window=self.window)}
        )
