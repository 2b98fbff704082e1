"""`RESTClient`: MemGPT's methods on a server, by MemGPT's own paths."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import IO, Any, Optional, TypeVar, Union

import httpx
from pydantic import BaseModel

from memgpt_autogen.client.memgpt.base import Id, MemGPTClient, in_path
from memgpt_autogen.client.memgpt.errors import RefusedError
from memgpt_autogen.client.memgpt.http import Line, Sent, check
from memgpt_autogen.service.memgpt import messages, shapes, texts
from memgpt_autogen.service.memgpt.asker import Asker

S = TypeVar("S", bound=BaseModel)


class RESTClient(MemGPTClient):
    """A client of the server at `base_url`. `token` is a key, or the admin password."""

    def __init__(
        self,
        base_url: str,
        token: Optional[str] = None,
        debug: bool = False,  # noqa: ARG002, FBT001, FBT002 - MemGPT's
    ) -> None:
        self._line = Line(base_url, token)
        self.base_url = self._line.base_url

    def __repr__(self) -> str:
        return f"RESTClient({self.base_url!r})"

    def close(self) -> None:
        """Close the connections."""
        self._line.http.close()

    def run_command(self, agent_id: Id, command: str) -> shapes.CommandAnswer:
        path = f"/api/agents/{in_path(agent_id)}/command"
        return self._line.ask(Sent("POST", path, shapes.CommandAnswer, {"command": command}))

    def _call(self, sent: Sent[S], local: Callable[[Asker], S]) -> S:  # noqa: ARG002 - for homes
        return self._line.ask(sent)

    def _say(self, agent: str, new: messages.NewMessage) -> shapes.Answered:
        path = f"/api/agents/{in_path(agent)}/messages"
        return self._line.ask(Sent("POST", path, shapes.Answered, _body(new)))

    def _stream(self, agent: str, new: messages.NewMessage) -> Iterator[dict[str, Any]]:
        url = f"{self.base_url}/api/agents/{in_path(agent)}/messages"
        try:
            with self._line.http.stream("POST", url, json=_body(new)) as response:
                if not response.is_success:
                    response.read()
                check(response)
                for line in response.iter_lines():
                    if line.startswith("data: {"):
                        yield _chunk(line)
        except httpx.TransportError as error:
            raise self._line.away(error) from error

    def _load(self, source: str, name: str, content: Union[bytes, IO[bytes]]) -> shapes.Job:
        return self._line.upload(f"/api/sources/{in_path(source)}/upload", name, content, shapes.Job)

    def _update_text(self, kind: texts.Kind, name: str, text: str) -> shapes.Template:
        # MemGPT's server had no path for that
        path = f"/api/v1/templates/{kind}/{in_path(name)}"
        self._line.ask(Sent("PUT", path, shapes.Shape, {"text": text}))
        return self._line.ask(Sent("GET", f"/api/{kind}s/{in_path(name)}", shapes.Template))


def _body(new: messages.NewMessage) -> dict[str, Any]:
    return new.model_dump(mode="json", exclude_defaults=True)


def _chunk(line: str) -> dict[str, Any]:
    chunk: dict[str, Any] = json.loads(line.removeprefix("data: "))
    if "error" in chunk:
        raise RefusedError(str(chunk["error"]), 502)
    return chunk
