"""What the stand-ins for engines share: a window, a count of their own, and a record of what was read."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, TypedDict

from memgpt_autogen.concurrency import Lock
from memgpt_autogen.llm.protocols import Completion, Usage
from memgpt_autogen.testing.engines.template import common_tokens, count_tokens, rendered, size_of
from memgpt_autogen.testing.local_http import HTTPFailure
from memgpt_autogen.testing.scripted import call, says
from memgpt_autogen.testing.server import Given, InPieces, Response, ScriptedServer, ServerAnswer

Message = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Read:
    """One chat request as the engine took it."""

    sent: Sequence[Message]
    """The messages of the request."""
    messages: Sequence[Message]
    """Those that the model read; none where the request was refused."""
    prompt_tokens: int
    """By the engine's count, of what was read or refused."""
    cached_tokens: int = 0
    """How many of them were read before, so that the engine had not to read them again."""
    refused: bool = False

    @property
    def left_out(self) -> list[Message]:
        """The messages that were silently left out."""
        return [] if self.refused else [each for each in self.sent if each not in self.messages]


class EngineOptions(TypedDict, total=False):
    """What every stand-in takes; `EngineServer` says what each means."""

    otherwise: ServerAnswer | None
    model: str
    models: Sequence[str]
    window: int
    trained_window: int
    refuses_tools: bool
    loading: int


class EngineServer(ScriptedServer):
    """A `ScriptedServer` that behaves like one engine.

    It takes the same answers. Without any, it sends `Noted.` in the way that the request asks for: by a call
    of `send_message`, as the JSON of the plain protocol, or as a text.

    `window` is what is served, `trained_window` what the model can. With `refuses_tools`, a request with
    tools is refused in the engine's words. The first `loading` requests find a model that is still loading.
    `tool_choice` is ignored, as by most engines.
    """

    MODEL: ClassVar[str] = "small"
    """The name of the model where none is given."""

    LOADING: ClassVar[HTTPFailure] = HTTPFailure(0)
    """The answer while the model is loading; a closed connection, where the server starts with the model."""

    def __init__(
        self,
        *answers: ServerAnswer,
        otherwise: ServerAnswer | None = None,
        model: str | None = None,
        models: Sequence[str] = (),
        window: int = 4096,
        trained_window: int = 32_768,
        refuses_tools: bool = False,
        loading: int = 0,
        dimension: int = 64,
    ) -> None:
        super().__init__(
            *answers, otherwise=otherwise, model=model or self.MODEL, models=models, dimension=dimension
        )
        self.window = window
        self.trained_window = trained_window
        self.refuses_tools = refuses_tools
        self.loading = loading
        self.read: list[Read] = []
        """Every chat request that came as far as the model, in order."""
        self._before = ""
        self._reading = Lock("what a stand-in has read")

    @property
    def root(self) -> str:
        """The address without `/v1`."""
        return self.url.removesuffix("/v1")

    # What an engine does in its own way

    def tools_refusal(self, model: str) -> HTTPFailure:
        """Return the answer to a request with tools that the engine cannot use."""
        raise NotImplementedError

    def overflow(self, tokens: int, answer_tokens: int) -> HTTPFailure:
        """Return the answer to a prompt that does not fit."""
        raise NotImplementedError

    def refusal(self, body: Mapping[str, Any]) -> HTTPFailure | None:
        """Return why a request is refused whatever its length is; None where it is not."""
        return None

    def fitted(self, messages: Sequence[Message], tools: Sequence[Message]) -> Sequence[Message]:
        """Return the messages that the model reads, without those that the engine leaves out silently."""
        return messages

    def answer_room(self, body: Mapping[str, Any]) -> int:
        """Return the tokens that are kept for the answer."""
        return 0

    # What is the same for all

    def take(self, body: dict[str, Any], headers: dict[str, str]) -> Given:
        """Return the answer to a chat request, after the engine has checked, cut and counted it."""
        tools: Sequence[Message] = body.get("tools") or ()
        if tools and self.refuses_tools:
            return self._refused(body, headers, self.tools_refusal(str(body.get("model"))))
        refusal = self.refusal(body)
        if refusal is not None:
            return self._refused(body, headers, refusal)
        messages = self.fitted(body["messages"], tools)
        tokens, room = size_of(messages, tools), self.answer_room(body)
        if tokens + room > self.window:
            with self._reading:
                self.read.append(Read(body["messages"], (), tokens, refused=True))
            return self._refused(body, headers, self.overflow(tokens, room))
        return self._counted(self._answer(body, headers), body["messages"], messages, tools)

    def respond(self, method: str, path: str, body: Mapping[str, Any]) -> Response | None:
        if self._is_loading():
            return self.LOADING
        return self.respond_ready(method, path, body)

    def respond_ready(self, method: str, path: str, body: Mapping[str, Any]) -> Response | None:
        """Return the answer to a request of this path, from an engine that has started; see `respond`."""
        return None

    def _is_loading(self) -> bool:
        with self._reading:
            loading = self.loading > 0
            self.loading -= loading
            return loading

    def _refused(self, body: dict[str, Any], headers: dict[str, str], failure: HTTPFailure) -> HTTPFailure:
        with self._lock:
            self.requests.append(body)
            self.headers.append(headers)
        return failure

    def _answer(self, body: dict[str, Any], headers: dict[str, str]) -> Given:
        if self._answers or self._otherwise is not None:
            return super().take(body, headers)
        with self._lock:
            self.requests.append(body)
            self.headers.append(headers)
        return noted(body)

    def _counted(
        self, answer: Given, sent: Sequence[Message], read: Sequence[Message], tools: Sequence[Message]
    ) -> Given:
        """Return the answer with the engine's own count of what it read."""
        if isinstance(answer, HTTPFailure):
            return answer
        prompt = "".join(rendered(read, tools))
        with self._reading:
            cached, self._before = common_tokens(self._before, prompt), prompt
            self.read.append(Read(sent, read, count_tokens(prompt), cached))
        completion = answer.answer if isinstance(answer, InPieces) else answer
        if completion.usage == Usage():
            spoken = completion.text + "".join(each.name + each.arguments for each in completion.tool_calls)
            completion = replace(completion, usage=self.usage(self.read[-1], count_tokens(spoken)))
        return replace(answer, answer=completion) if isinstance(answer, InPieces) else completion

    def usage(self, read: Read, completion_tokens: int) -> Usage:
        """Return the usage as the engine reports it."""
        return Usage(read.prompt_tokens, completion_tokens)


def noted(body: Mapping[str, Any]) -> Completion:
    """Return `Noted.` in the way that a request asks for an answer."""
    if any(tool["function"]["name"] == "send_message" for tool in body.get("tools") or ()):
        return says("", call("send_message", message="Noted."))
    if "response_format" in body:
        answer = {
            "heard": "fact",
            "thought": "A note.",
            "function": "send_message",
            "arguments": {"message": "Noted."},
        }
        return says(json.dumps(answer))
    return says("Noted.")
