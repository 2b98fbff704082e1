"""What an engine really serves of a model, which is often less than the model can.

Engines on this machine and in private networks are asked.

Ollama says it of a loaded model only, so the model is loaded first; LM Studio and llama.cpp's router, too.
llama.cpp tells the window of one slot, and vLLM the window of its model.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Optional

from memgpt_autogen.llm.discover import (
    Ask,
    FoundModel,
    entries,
    find_server,
    get_json,
    lm_studio_models,
    loaded_windows,
    ollama_model,
    routed_props,
)
from memgpt_autogen.llm.model_names import ollama_name
from memgpt_autogen.llm.wire.redaction import bare_address
from memgpt_autogen.web.engine_address import engine_root
from memgpt_autogen.web.places import is_local, is_private, listens

logger = logging.getLogger(__name__)

ASK_SECONDS = 2.0  # for an answer; an engine that is loading a model takes its time
LOAD_SECONDS = 120.0  # for loading a model, which the first request would have to wait for too
OLLAMA_WINDOW = 4096  # what Ollama serves where nothing else is configured or reported
PAUSE = 0.5  # seconds between two questions whether a model is loaded
WORKABLE = 16_384  # a window of this size is not called small, whatever the model can

WAYS_OUT: Mapping[str, str] = {
    "Ollama": "`memgpt-autogen configure` offers a copy of the model with a larger window (no bytes are "
    "copied); or start Ollama with OLLAMA_CONTEXT_LENGTH={wanted}",
    "LM Studio": "load it with a larger context length: lms load {model} --context-length {wanted}",
    "llama.cpp": "start llama-server with a larger --ctx-size, which all its slots share: "
    "--ctx-size {wanted} --parallel 1",
    "vLLM": "start vLLM with --max-model-len {wanted}",
}


@dataclass(frozen=True, slots=True)
class ServedModel:
    """One model of an engine. Sizes are tokens."""

    kind: str
    """The engine: one of `discover.KINDS`."""
    base_url: str
    model: str
    window_tokens: Optional[int] = None
    """What is served; None when the engine does not report it."""
    trained_tokens: Optional[int] = None
    """What the model was trained with; None when the engine does not report it."""

    @property
    def is_small(self) -> bool:
        """Whether much less is served than the model can."""
        window, trained = self.window_tokens or 0, self.trained_tokens or 0
        return 0 < window < WORKABLE and window <= trained // 2

    def __str__(self) -> str:
        place = f"{self.kind} at {bare_address(self.base_url)}"
        if not self.window_tokens:
            return f"{place} does not report the window of {self.model}"
        can = f", of {self.trained_tokens:,} that the model can" if self.is_small else ""
        return f"{place} serves {self.model} with a window of {self.window_tokens:,} tokens{can}"

    @property
    def way_out(self) -> str:
        """How the person gets a larger window from this engine."""
        wanted = min(self.trained_tokens or WORKABLE, WORKABLE)
        return WAYS_OUT.get(self.kind, "start the server with a larger context").format(
            model=self.model, wanted=wanted
        )


def served_model(
    base_url: str, model: str, *, seconds: float = ASK_SECONDS, load_seconds: float = LOAD_SECONDS
) -> ServedModel | None:
    """Return what a near server serves of this model, after loading it where that must be.

    None for an address that is neither on this machine nor in a private network, where nothing answers, and
    for a model that the server does not have. Names are not looked up for that: a name of the internet is no
    near address. No request waits longer than `seconds`, and loading no longer than `load_seconds`.
    """
    address = engine_root(base_url)
    if not is_local(base_url) and not (is_private(base_url, look_up=False) and listens(address, seconds)):
        return None

    def ask(path: str, body: Mapping[str, Any] | None = None) -> Any:
        return get_json(address + path, body, seconds)

    def load(path: str, body: Mapping[str, Any] | None) -> None:
        get_json(address + path, body, load_seconds)

    found = _ollama(ask, load, model) or _lm_studio(ask, load, model, load_seconds)
    if found is None:
        found = _others(address, model, seconds, load)
    if found is None:
        return None
    kind, about = found
    return ServedModel(kind, base_url, model, about.window_tokens, about.trained_tokens)


def served_window(
    base_url: str, model: str, *, seconds: float = ASK_SECONDS, load_seconds: float = LOAD_SECONDS
) -> int | None:
    """Return the window in tokens that a near server serves this model with.

    None when it reports none, and for an address that is not near.
    """
    found = served_model(base_url, model, seconds=seconds, load_seconds=load_seconds)
    return found.window_tokens if found else None


def warn_if_small(served: ServedModel, given: int | None = None) -> None:
    """Say once in a process that an engine serves much less than the model can, or than was given."""
    if (served.base_url, served.model) in _warned or not served.window_tokens:
        return
    less = given is not None and served.window_tokens < given
    if less or (served.is_small and given is None):
        _warned.add((served.base_url, served.model))
        instead = f", so that is used in place of the configured {given:,}" if less else ""
        logger.warning("%s%s. For more: %s.", served, instead, served.way_out)


_warned: set[tuple[str, str]] = set()

Load = Callable[[str, Optional[Mapping[str, Any]]], None]
Found = Optional[tuple[str, FoundModel]]


def _ollama(ask: Ask, load: Load, model: str) -> Found:
    tags = ask("/api/tags")
    if entries(tags, "models", "name") is None or "data" in tags:  # llama.cpp answers too, with both lists
        return None
    about = ask("/api/show", {"model": model})
    if not isinstance(about, Mapping) or ollama_model(model, about, None).embeds:
        return None
    name = ollama_name(model)
    # without a prompt it only loads; a model that another program loaded with its own window is loaded anew
    # with the one that a chat gets
    load("/api/generate", {"model": model})
    found = ollama_model(name, about, loaded_windows(ask("/api/ps")).get(name))
    window = found.window_tokens or min(OLLAMA_WINDOW, found.trained_tokens or OLLAMA_WINDOW)
    return "Ollama", FoundModel(name, window, found.trained_tokens)


def _lm_studio(ask: Ask, load: Load, model: str, load_seconds: float) -> Found:
    def listed() -> FoundModel | None:
        _, models = lm_studio_models(ask) or ("", [])
        return next((each for each in models if each.name == model and not each.embeds), None)

    found, end = listed(), time.monotonic() + load_seconds
    while found is not None and found.loading and time.monotonic() < end:
        time.sleep(PAUSE)  # a request would perhaps load it a second time
        found = listed()
    if found is not None and found.window_tokens is None and not found.loading:
        hello = {"model": model, "messages": [{"role": "user", "content": "Hi"}], "max_tokens": 1}
        load("/v1/chat/completions", hello)  # it loads a model at its first request
        found = listed()
    return None if found is None else ("LM Studio", found)


def _others(address: str, model: str, seconds: float, load: Load) -> Found:
    backend = find_server(address, seconds)
    found = backend.find(model) if backend else None
    if backend is None or found is None:
        return None
    if backend.kind == "llama.cpp" and not found.any_name and found.window_tokens is None:
        load(routed_props(found.name), None)  # its router loads a model at the first question about it
        backend = find_server(address, seconds) or backend
        found = backend.find(model) or found
    return backend.kind, found
