"""Requests to MemGPT's paths, and their answers in its shapes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, Optional, TypeVar

import httpx
from pydantic import BaseModel, ValidationError

from memgpt_autogen.client.memgpt.errors import RefusedError
from memgpt_autogen.client.requests import address_of, client_options

S = TypeVar("S", bound=BaseModel)

SECONDS = 600.0
"""After how many seconds without a byte a request has failed: a turn may take long."""


@dataclass(frozen=True, slots=True)
class Sent(Generic[S]):
    """What is sent, and the shape of its answer."""

    method: str
    path: str
    answer: type[S]
    body: Optional[Mapping[str, Any]] = None
    query: Mapping[str, Any] = field(default_factory=dict)


class Line:
    """The connection to a server."""

    def __init__(self, base_url: str, token: Optional[str]) -> None:
        self.base_url = address_of(base_url)
        self.http = httpx.Client(**client_options(self.base_url, token, SECONDS, verify=True))

    def ask(self, sent: Sent[S]) -> S:
        """Send a request, and return its answer. Raises `RefusedError`."""
        query = {name: value for name, value in sent.query.items() if value is not None}
        return self._read(sent.answer, sent.method, sent.path, params=query, json=sent.body)

    def upload(self, path: str, name: str, content: Any, answer: type[S]) -> S:
        """Send a file, and return the answer. Raises `RefusedError`."""
        return self._read(answer, "POST", path, files={"file": (name, content)})

    def _read(self, answer: type[S], method: str, path: str, **given: Any) -> S:
        try:
            response = self.http.request(method, f"{self.base_url}{path}", **given)
        except httpx.TransportError as error:
            raise self.away(error) from error
        check(response)
        try:
            return answer.model_validate_json(response.content)
        except ValidationError as error:
            text = f"what answers at {self.base_url} is no server of MemGPT's API."
            raise RefusedError(text, response.status_code) from error

    def away(self, error: httpx.TransportError) -> RefusedError:
        """Return the error for a server that does not answer."""
        return RefusedError(f"no server answers at {self.base_url}: {type(error).__name__}.", 503)


def check(response: httpx.Response) -> None:
    """Raise `RefusedError` with what the server says, if it refused."""
    if response.is_success:
        return
    try:
        text = str(response.json()["detail"])
    except (ValueError, KeyError, TypeError):
        text = f"the server answered {response.status_code}."
    raise RefusedError(text, response.status_code)
