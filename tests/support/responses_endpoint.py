"""A local endpoint of OpenAI's Responses API that is as strict about calls and outputs as the real one."""

from __future__ import annotations

import itertools
import json
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from typing_extensions import Self

Answer = Callable[[Mapping[str, Any]], list[dict[str, Any]]]
"""Returns the items of a response to the body of a request."""

_numbers = itertools.count(1)


def calls(name: str, **arguments: Any) -> dict[str, Any]:
    """A function call with ids like the real endpoint's."""
    return {
        "type": "function_call",
        "id": f"fc_{next(_numbers)}",
        "call_id": f"call_{next(_numbers):024}",
        "name": name,
        "arguments": json.dumps(arguments),
        "status": "completed",
    }


def says(text: str) -> dict[str, Any]:
    part = {"type": "output_text", "text": text, "annotations": []}
    return {
        "type": "message",
        "id": f"msg_{next(_numbers)}",
        "role": "assistant",
        "status": "completed",
        "content": [part],
    }


class ResponsesEndpoint:
    """Answers `/v1/responses` with `answer`, and keeps the `requests` and why it `refused` some of them."""

    def __init__(self, answer: Answer) -> None:
        self.requests: list[dict[str, Any]] = []
        self.refused: list[str] = []
        self.forgets = False
        """Whether it has lost its responses, so that none can be continued."""
        self._answer = answer
        self._calls: dict[str, list[str]] = {}
        self._before: dict[str, str | None] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)

    def llm_config(self, api_type: str) -> dict[str, Any]:
        url = f"http://127.0.0.1:{self._server.server_port}/v1"
        entry = {"api_type": api_type, "model": "gpt-4.1-mini", "api_key": "not-needed", "base_url": url}
        return {"config_list": [entry]}

    def take(self, request: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Return the status and the body of the response."""
        self.requests.append(request)
        if why := self._wrong(request):
            self.refused.append(why)
            return 400, {"error": {"message": why, "type": "invalid_request_error", "code": None}}
        output = self._answer(request)
        response_id = f"resp_{next(_numbers)}"
        self._calls[response_id] = [item["call_id"] for item in output if item["type"] == "function_call"]
        self._before[response_id] = request.get("previous_response_id")
        details = {
            "input_tokens_details": {"cached_tokens": 0},
            "output_tokens_details": {"reasoning_tokens": 0},
        }
        return 200, {
            "id": response_id,
            "object": "response",
            "created_at": 1,
            "status": "completed",
            "model": "gpt-4.1-mini",
            "output": output,
            "parallel_tool_calls": True,
            "tool_choice": "auto",
            "tools": [],
            "usage": {"input_tokens": 5, "output_tokens": 5, "total_tokens": 10, **details},
        }

    def _wrong(self, request: Mapping[str, Any]) -> str | None:
        items = [item for item in request["input"] if "type" in item]
        outputs = [item["call_id"] for item in items if item["type"] == "function_call_output"]
        known = {item["call_id"] for item in items if item["type"] == "function_call"}
        previous = request.get("previous_response_id")
        if previous and (self.forgets or previous not in self._calls):
            return f"Previous response with id '{previous}' not found."
        open_calls = known | set(self._calls.get(previous, ()))
        while previous:
            known |= set(self._calls[previous])
            previous = self._before[previous]
        for call_id in outputs:
            if call_id not in known:
                return f"No tool call found for function call output with call_id {call_id}."
        for call_id in open_calls - set(outputs):
            return f"No tool output found for function call {call_id}."
        return None

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: object) -> None:
                pass

            def do_POST(self) -> None:
                request = json.loads(self.rfile.read(int(self.headers["content-length"])))
                status, answer = endpoint.take(request)
                body = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        return Handler

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
