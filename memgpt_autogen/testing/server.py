"""An OpenAI-compatible server that answers from a list: real HTTP on a free local port, without a model."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Union, cast
from urllib.parse import parse_qsl

from typing_extensions import Self

from memgpt_autogen.concurrency import Lock
from memgpt_autogen.errors import ContextOverflowError
from memgpt_autogen.llm.protocols import Completion, Usage
from memgpt_autogen.llm.tokens import ApproximateCounter
from memgpt_autogen.testing.embedder import HashingEmbedder
from memgpt_autogen.testing.local_http import HTTPFailure, LocalConnection, LocalServer
from memgpt_autogen.testing.scripted import Request


@dataclass(frozen=True, slots=True)
class Delayed:
    """An answer after `seconds`, or when the server closes."""

    seconds: float
    answer: ServerAnswer


@dataclass(frozen=True, slots=True)
class InPieces:
    """An answer that is streamed in pieces of `size` characters, which can split an escape sequence.

    A request without streaming gets the whole answer.
    """

    answer: Completion
    size: int = 1
    cut: int | None = None
    """The number of pieces after which the server closes the connection."""
    between: Callable[[], object] | None = None
    """What is called after each piece, such as a wait: as long as the model needs for the next one."""


Given = Union[Completion, HTTPFailure, InPieces]

Scripted = Union[Given, Exception]

ServerAnswer = Union[Scripted, Delayed, Callable[[Request], Scripted]]

Response = Union[Mapping[str, Any], HTTPFailure]
"""JSON with status 200, or another status."""


class ScriptedServer:
    """The server answers requests for completions, embeddings and models in its `with` block.

    It serves `/v1/chat/completions` (whole or streamed), `/v1/embeddings` and `/v1/models`. It serves the
    same paths below `/v1/openai/deployments/NAME`, as Azure does.

    It takes the answers of `ScriptedLLM`: a `Completion` (see `says`), an exception, or a function of the
    `Request` that returns or raises one of them. A `ContextOverflowError` becomes a refusal with
    `context_length_exceeded`, others a server error. `HTTPFailure`, `Delayed` and `InPieces` are for servers
    only. After the last answer it returns `otherwise`. Without that it refuses the request, and the `with`
    block raises an `AssertionError`, since more requests than expected are a bug.

    Usage is the answer's own, or an estimate if that is zero.
    """

    def __init__(
        self,
        *answers: ServerAnswer,
        otherwise: ServerAnswer | None = None,
        model: str = "scripted",
        models: Sequence[str] = (),
        dimension: int = 64,
    ) -> None:
        self.model = model
        self.models = tuple(models) or (model,)
        """The names that `/v1/models` lists."""
        self.requests: list[dict[str, Any]] = []
        """The body of every chat request, in order."""
        self.headers: list[dict[str, str]] = []
        """The headers of every chat request, with names in lower case."""
        self.paths: list[str] = []
        """The path of every chat and embedding request, with its query."""
        self.embedding_requests: list[dict[str, Any]] = []
        self.exhausted = 0
        """The number of requests for which no answer was left."""
        self.embedder = HashingEmbedder(dimension)
        self.closing = threading.Event()
        self._answers = list(answers)
        self._otherwise = otherwise
        self._lock = Lock("the scripted server")
        self._server = _Server(self)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)

    @property
    def url(self) -> str:
        """The base URL for clients, with `/v1` at the end."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    @property
    def llm_config(self) -> dict[str, Any]:
        """A new AutoGen configuration of this server."""
        entry = {"model": self.model, "base_url": self.url, "api_key": "not-needed"}
        # without a price AutoGen warns of an unknown model
        return {"config_list": [{**entry, "price": [0.0, 0.0]}], "cache_seed": None}

    @property
    def unused(self) -> int:
        """The number of answers that were not used."""
        return len(self._answers)

    def start(self) -> Self:
        self._thread.start()
        return self

    def close(self) -> None:
        self.closing.set()
        if self._thread.is_alive():
            self._server.shutdown()
        self._server.server_close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        self.close()
        if error is None and self.exhausted:
            raise AssertionError(
                f"the script had {len(self.requests) - self.exhausted} answers for {len(self.requests)} "
                "requests"
            )

    def respond(self, method: str, path: str, body: Mapping[str, Any]) -> Response | None:
        """Return the answer to a request of this path; None where it is one of the paths above.

        A stand-in for another server has paths of its own here. `body` is empty where the request has none;
        for GET it has the query.
        """
        return None

    def take(self, body: dict[str, Any], headers: dict[str, str]) -> Given:
        """Return the answer to a chat request."""
        with self._lock:
            self.requests.append(body)
            self.headers.append(headers)
            answer = self._answers.pop(0) if self._answers else self._otherwise
            self.exhausted += answer is None
            number = len(self.requests)
        if answer is None:
            return _failure(400, f"the script has no answer left for request {number}", "script_exhausted")
        while isinstance(answer, Delayed):
            self.closing.wait(answer.seconds)
            answer = answer.answer
        if callable(answer):
            try:
                answer = answer(Request(body["messages"], body.get("tools", []), body.get("tool_choice")))
            except Exception as error:  # noqa: BLE001 - an answer like any other exception
                answer = error
        if isinstance(answer, ContextOverflowError):
            return _failure(400, str(answer), "context_length_exceeded")
        if isinstance(answer, Exception):
            return _failure(500, str(answer), "server_error")
        return answer


class _Server(LocalServer):
    def __init__(self, script: ScriptedServer) -> None:
        self.script = script
        super().__init__(_Connection)


# where Azure has its models
DEPLOYMENT = re.compile(r"\A/openai/deployments/[^/]+")


class _Connection(LocalConnection):
    server: _Server

    def answer(self) -> None:
        if self.command == "GET":
            self._list()
        elif self.command == "DELETE":
            self._delete()
        else:
            self._take()

    def _list(self) -> None:
        if self._responded("GET", dict(parse_qsl(self.path.partition("?")[2]))):
            return
        if self._path == "/models":
            self._send_json({"object": "list", "data": [*map(_model, self.server.script.models)]})
        else:
            self._send_failure(_failure(404, f"unknown path {self.path}", "not_found"))

    def _take(self) -> None:
        text = self.rfile.read(int(self.headers.get("content-length", 0)))
        try:
            body = json.loads(text)
        except ValueError:
            return self._send_failure(_failure(400, "the body is not JSON", "invalid_json"))
        self.server.script.paths.append(self.path)
        if self._responded("POST", body):
            return None
        if self._path == "/chat/completions" and isinstance(body.get("messages"), list):
            return self._chat(body)
        if self._path == "/embeddings" and "input" in body:
            return self._embed(body)
        return self._send_failure(_failure(404, f"unknown path or body for {self.path}", "not_found"))

    def _delete(self) -> None:
        text = self.rfile.read(int(self.headers.get("content-length", 0)))
        if not self._responded("DELETE", json.loads(text or "{}")):
            self._send_failure(_failure(404, f"unknown path {self.path}", "not_found"))

    def _responded(self, method: str, body: Any) -> bool:
        """Send the server's own answer to a request, if it has one."""
        fields = body if isinstance(body, dict) else {}
        answer = self.server.script.respond(method, self.path.partition("?")[0], fields)
        if isinstance(answer, HTTPFailure):
            self._send_failure(answer)
        elif answer is not None:
            self._send_json(answer)
        return answer is not None

    @property
    def _path(self) -> str:
        return DEPLOYMENT.sub("", self.path.partition("?")[0].removeprefix("/v1"))

    def _chat(self, body: dict[str, Any]) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        answer = self.server.script.take(body, headers)
        if isinstance(answer, HTTPFailure):
            self._send_failure(answer)
        elif body.get("stream"):
            self._send_stream(body, answer)
        else:
            self._send_json(_whole(body, answer.answer if isinstance(answer, InPieces) else answer))

    def _embed(self, body: dict[str, Any]) -> None:
        script = self.server.script
        script.embedding_requests.append(body)
        texts = [body["input"]] if isinstance(body["input"], str) else body["input"]
        rows = [
            {"object": "embedding", "index": index, "embedding": vector}
            for index, vector in enumerate(script.embedder.embed(texts))
        ]
        tokens = sum(map(ApproximateCounter().count, texts))
        usage = {"prompt_tokens": tokens, "total_tokens": tokens}
        self._send_json({"object": "list", "model": body.get("model"), "data": rows, "usage": usage})

    def _send_json(self, content: Mapping[str, Any], status: int = 200) -> None:
        self.send(status, {"Content-Type": "application/json"}, json.dumps(content))

    def _send_failure(self, failure: HTTPFailure) -> None:
        if failure.status == 0:
            self.close_connection = True
            return
        body = failure.body
        if body is None:
            phrase = HTTPStatus(failure.status).phrase
            body = {"error": {"message": phrase, "type": "server_error", "code": None}}
        kind = "text/plain" if isinstance(body, str) else "application/json"
        text = body if isinstance(body, str) else json.dumps(body)
        self.send(failure.status, {"Content-Type": kind, **failure.headers}, text)

    def _send_stream(self, body: Mapping[str, Any], answer: Completion | InPieces) -> None:
        pieces = answer if isinstance(answer, InPieces) else None
        whole = pieces.answer if pieces else cast("Completion", answer)
        chunks = _chunks(body, whole, pieces.size if pieces else None)
        events = [f"data: {json.dumps(chunk)}\n\n" for chunk in chunks]
        if pieces and pieces.cut is not None:
            # the header promises more than is sent, so that the client notices
            headers = {"Content-Type": "text/event-stream", "Content-Length": str(sum(map(len, events)))}
            self.send(200, headers, *events[: pieces.cut], length=False)
            return
        self.send(200, {"Content-Type": "text/event-stream"}, length=False)
        for event in (*events, "data: [DONE]\n\n"):
            self.wfile.write(event.encode())
            if pieces and pieces.between:
                self.wfile.flush()
                pieces.between()


def _model(name: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": 0, "owned_by": "memgpt_autogen"}


def _failure(status: int, message: str, code: str) -> HTTPFailure:
    kind = "invalid_request_error" if status < 500 else "server_error"
    return HTTPFailure(status, {"error": {"message": message, "type": kind, "param": None, "code": code}})


def _whole(body: Mapping[str, Any], answer: Completion) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": answer.text or None}
    if answer.tool_calls:
        message["tool_calls"] = [call.to_wire() for call in answer.tool_calls]
    choice = {"index": 0, "message": message, "finish_reason": answer.finish_reason, "logprobs": None}
    return {**_head(body, "chat.completion"), "choices": [choice], "usage": _usage(body, answer)}


def _chunks(body: Mapping[str, Any], answer: Completion, size: int | None) -> Iterator[dict[str, Any]]:
    head = _head(body, "chat.completion.chunk")

    def chunk(delta: Mapping[str, Any], finish_reason: str | None = None) -> dict[str, Any]:
        return {**head, "choices": [{"index": 0, "delta": delta, "finish_reason": finish_reason}]}

    yield chunk({"role": "assistant", "content": ""})
    for part in _parts(answer.text, size):
        yield chunk({"content": part})
    for index, call in enumerate(answer.tool_calls):
        wire = call.to_wire()
        start = {**wire, "function": {"name": call.name, "arguments": ""}}
        parts = _parts(call.arguments, size) if size else [call.arguments]
        for each in (start, *({"function": {"arguments": part}} for part in parts)):
            yield chunk({"tool_calls": [{"index": index, **each}]})
    yield chunk({}, answer.finish_reason)
    if (body.get("stream_options") or {}).get("include_usage"):
        yield {**head, "choices": [], "usage": _usage(body, answer)}


def _parts(text: str, size: int | None) -> list[str]:
    """Split a text into pieces of `size` characters; without a size, into lines."""
    if size is None:
        return text.splitlines(keepends=True)
    return [text[place : place + size] for place in range(0, len(text), size)]


def _head(body: Mapping[str, Any], kind: str) -> dict[str, Any]:
    created, model = int(time.time()), body.get("model")
    return {"id": "chatcmpl-scripted", "object": kind, "created": created, "model": model}


def _usage(body: Mapping[str, Any], answer: Completion) -> dict[str, Any]:
    usage = answer.usage
    if usage == Usage():
        count = ApproximateCounter().count
        prompt = json.dumps([body["messages"], body.get("tools", [])], ensure_ascii=False)
        spoken = answer.text + "".join(call.name + call.arguments for call in answer.tool_calls)
        usage = Usage(count(prompt), count(spoken))
    counts: dict[str, Any] = {
        "prompt_tokens": usage.prompt_tokens,
        "completion_tokens": usage.completion_tokens,
        "total_tokens": usage.prompt_tokens + usage.completion_tokens,
    }
    if usage.cached_tokens:
        counts["prompt_tokens_details"] = {"cached_tokens": usage.cached_tokens}
    if usage.cost is not None:
        counts["cost"] = usage.cost
    return counts
