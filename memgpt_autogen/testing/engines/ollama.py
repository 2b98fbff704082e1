"""A stand-in for Ollama 0.32, as a real one was measured on a machine without a GPU."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from typing_extensions import Unpack

from memgpt_autogen.llm.model_names import ollama_name
from memgpt_autogen.testing.engines.base import EngineOptions, EngineServer, Message
from memgpt_autogen.testing.engines.template import size_of
from memgpt_autogen.testing.local_http import HTTPFailure
from memgpt_autogen.testing.server import Response, ServerAnswer


@dataclass(frozen=True, slots=True)
class OllamaModel:
    """A model that Ollama has."""

    name: str
    """With its tag, such as `small:latest`."""
    trained_window: int = 32_768
    num_ctx: int | None = None
    """The window in its own parameters."""
    capabilities: Sequence[str] = ("completion", "tools")
    size: int = 1_900_000_000
    """In bytes."""
    family: str = "qwen2"
    parameters: Sequence[str] = field(default=())
    """Other lines of its parameters."""

    @property
    def shown_parameters(self) -> str:
        own = [f"{'num_ctx':<30} {self.num_ctx}"] if self.num_ctx else []
        return "\n".join([*own, *self.parameters])


class OllamaServer(EngineServer):
    """Leaves out the oldest messages of too long a prompt, with status 200, and serves less than it shows.

    `/api/show` has what the model was trained with; only `/api/ps` has what is served, and only of models
    that are loaded. A chat, or a generate without a prompt, loads a model.
    """

    LOADING: ClassVar[HTTPFailure] = HTTPFailure(
        500, {"error": {"message": "unexpected server status: llm server loading model", "type": "api_error"}}
    )

    MODEL: ClassVar[str] = "small:latest"

    def __init__(
        self,
        *answers: ServerAnswer,
        others: Sequence[OllamaModel] = (),
        version: str = "0.32.15",
        **options: Unpack[EngineOptions],
    ) -> None:
        """`window` serves models without a `num_ctx`; `others` are more models, listed after the first."""
        super().__init__(*answers, **options)
        first = OllamaModel(with_tag(self.model), self.trained_window)
        if self.refuses_tools:
            first = replace(first, capabilities=("completion",))
        self.pulled: dict[str, OllamaModel] = {each.name: each for each in (first, *others)}
        """The models by name."""
        self.loaded: dict[str, int] = {}
        """The windows of the models that are loaded, by name."""
        self.default_window = self.window
        self.version = version

    # The native interface

    def respond_ready(self, method: str, path: str, body: Mapping[str, Any]) -> Response | None:
        native: dict[str, Callable[[], Response]] = {
            "GET /": lambda: HTTPFailure(200, "Ollama is running"),
            "GET /api/version": lambda: {"version": self.version},
            "GET /api/tags": lambda: {"models": [self._listed(each) for each in self.pulled.values()]},
            "GET /api/ps": self._running,
            "GET /v1/models": self._openai_models,
            "POST /api/show": lambda: self._show(body),
            "POST /api/generate": lambda: self._generate(body),
            "POST /api/create": lambda: self._create(body),
        }
        if (answer := native.get(f"{method} {path}")) is not None:
            return answer()
        if path in ("/v1/chat/completions", "/v1/embeddings"):
            return None
        return HTTPFailure(404, "404 page not found")

    def _listed(self, model: OllamaModel) -> dict[str, Any]:
        details = {"format": "gguf", "family": model.family, "families": [model.family]}
        digest = f"{abs(hash(model.name)):x}".zfill(16)
        return {
            "name": model.name,
            "model": model.name,
            "size": model.size,
            "digest": digest,
            "details": details,
        }

    def _running(self) -> Response:
        return {
            "models": [
                {**self._listed(self.pulled[name]), "size_vram": 0, "context_length": window}
                for name, window in self.loaded.items()
            ]
        }

    def _openai_models(self) -> Response:
        listed = [
            {"id": name, "object": "model", "created": 1, "owned_by": "library"} for name in self.pulled
        ]
        return {"object": "list", "data": listed or None}

    def _show(self, body: Mapping[str, Any]) -> Response:
        model = self._named(body)
        if model is None:
            return self._no_model(body)
        shown: dict[str, Any] = {
            "modelfile": f"FROM {model.name}",
            "template": "{{ .Prompt }}",
            "details": {"format": "gguf", "family": model.family},
            "model_info": {
                "general.architecture": model.family,
                f"{model.family}.context_length": model.trained_window,
                f"{model.family}.block_count": 28,
                f"{model.family}.attention.head_count": 12,
                f"{model.family}.attention.head_count_kv": 2,
                f"{model.family}.embedding_length": 1536,
            },
            "capabilities": list(model.capabilities),
        }
        if model.shown_parameters:  # it is left out, not null, where there are none
            shown["parameters"] = model.shown_parameters
        return shown

    def _generate(self, body: Mapping[str, Any]) -> Response:
        model = self._named(body)
        if model is None:
            return self._no_model(body)
        if "completion" not in model.capabilities:
            return HTTPFailure(400, {"error": f'"{model.name}" does not support generate'})
        options = body.get("options") or {}
        reason = "load"
        if body.get("keep_alive") in (0, "0"):
            self.loaded.pop(model.name, None)
            reason = "unload"
        else:
            self._load(model, options.get("num_ctx"))
        return {"model": model.name, "response": "", "done": True, "done_reason": reason}

    def _create(self, body: Mapping[str, Any]) -> Response:
        source = self._named({"model": body.get("from")})
        if source is None:
            return self._no_model({"model": body.get("from")})
        name = with_tag(str(body.get("model")))
        parameters = body.get("parameters") or {}
        self.pulled[name] = replace(source, name=name, num_ctx=parameters.get("num_ctx", source.num_ctx))
        self.loaded.pop(name, None)
        steps = ["using existing layer", "writing manifest", "success"]
        if body.get("stream", True):
            return HTTPFailure(200, "".join(json.dumps({"status": step}) + "\n" for step in steps))
        return {"status": "success"}

    def _named(self, body: Mapping[str, Any]) -> OllamaModel | None:
        asked = ollama_name(str(body.get("model") or body.get("name")))
        return next((each for name, each in self.pulled.items() if ollama_name(name) == asked), None)

    def _no_model(self, body: Mapping[str, Any]) -> HTTPFailure:
        return HTTPFailure(404, {"error": f"model '{body.get('model')}' not found"})

    def _load(self, model: OllamaModel, num_ctx: int | None = None) -> int:
        """Load a model, anew where it is loaded with another window."""
        window = num_ctx or model.num_ctx or self.default_window
        self.loaded[model.name] = min(window, model.trained_window)
        return self.loaded[model.name]

    # The chat interface

    def refusal(self, body: Mapping[str, Any]) -> HTTPFailure | None:
        model = self._named(body)
        if model is None:
            return _failure(404, f"model '{body.get('model')}' not found", "not_found_error")
        if body.get("tools") and "tools" not in model.capabilities:
            return self.tools_refusal(model.name)
        if "completion" not in model.capabilities:
            return _failure(400, f'"{model.name}" does not support chat')
        if not all(map(_is_object, _arguments(body["messages"]))):
            return _failure(400, "invalid tool call arguments")
        self.window = self._load(model)  # `num_ctx` and `options` in a chat request are ignored
        return None

    def tools_refusal(self, model: str) -> HTTPFailure:
        return _failure(400, f"registry.ollama.ai/library/{model} does not support tools")

    def fitted(self, messages: Sequence[Message], tools: Sequence[Message]) -> Sequence[Message]:
        """All system messages and the last message stay; the oldest others leave."""
        kept = list(messages)
        while size_of(kept, tools) > self.window:
            oldest = next((at for at, each in enumerate(kept[:-1]) if each["role"] != "system"), None)
            if oldest is None:
                break
            del kept[oldest]
        return kept

    def overflow(self, tokens: int, answer_tokens: int) -> HTTPFailure:
        inner = {
            "code": 400,
            "message": f"request ({tokens} tokens) exceeds the available context size ({self.window} "
            "tokens), try increasing it",
            "type": "exceed_context_size_error",
            "n_prompt_tokens": tokens,
            "n_ctx": self.window,
        }
        return _failure(400, json.dumps({"error": inner}, separators=(",", ":")))


def with_tag(name: str) -> str:
    """Return a model's name as Ollama knows it: without a tag, it means the latest."""
    return name if ":" in name.rpartition("/")[2] else f"{name}:latest"


def _failure(status: int, message: str, kind: str = "invalid_request_error") -> HTTPFailure:
    return HTTPFailure(status, {"error": {"message": message, "type": kind, "param": None, "code": None}})


def _arguments(messages: Sequence[Message]) -> list[str]:
    return [call["function"]["arguments"] for each in messages for call in each.get("tool_calls") or ()]


def _is_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except ValueError:
        return False
