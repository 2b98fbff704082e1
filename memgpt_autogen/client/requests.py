"""Requests: what an operation sends, as httpx takes it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
from pydantic_core import to_jsonable_python

from memgpt_autogen._version import __version__
from memgpt_autogen.client.files import opened_file
from memgpt_autogen.client.operation import Operation
from memgpt_autogen.client.operations.runs import CREATE_RUN, READ_RUN_EVENTS
from memgpt_autogen.client.run_events import RunReader
from memgpt_autogen.client.texts import check_texts
from memgpt_autogen.errors import ConfigurationError, quoted
from memgpt_autogen.web.places import needs_no_proxy

API = "/api/v1"

USUAL_ADDRESS = "http://127.0.0.1:8283"

# what is done once, however often it is asked for
_REPEATABLE = frozenset({"create_run", "cancel_run", "give_run_results"})

# names that a path cannot have: they mean another path
_NO_NAMES = frozenset({"", ".", ".."})


def address_of(base_url: str) -> str:
    """Return the address of a server without what follows from it.

    Raises `ConfigurationError` for what is no address of HTTP, or has a password in it.
    """
    try:
        url = httpx.URL(base_url.strip())
    except (httpx.InvalidURL, TypeError) as error:
        raise ConfigurationError(f"base_url {quoted(str(base_url))} is no address: {error}.") from None
    if url.scheme not in ("http", "https") or not url.host:
        raise ConfigurationError(
            f"base_url {quoted(base_url)} is no address of a server. Write it like {USUAL_ADDRESS}."
        )
    if url.userinfo:
        raise ConfigurationError("base_url has a user or a password in it. Give the key as `key`.")
    if url.query or url.fragment:
        raise ConfigurationError("base_url has a query or a fragment. Leave out all from ? or # on.")
    return str(url).rstrip("/").removesuffix(API)


def client_options(base_url: str, key: str | None, timeout: float, verify: Any) -> dict[str, Any]:
    """Return what both kinds of clients of httpx are made with."""
    headers = {"User-Agent": f"memgpt-autogen/{__version__}"}
    if key:
        if not key.isascii() or not key.isprintable():
            raise ConfigurationError("the key has characters that no key has. Copy it again.")
        headers["Authorization"] = f"Bearer {key}"
    return {
        "headers": headers,
        "timeout": httpx.Timeout(timeout, connect=min(timeout, CONNECT_SECONDS)),
        "verify": verify,
        "trust_env": not needs_no_proxy(base_url),
    }


CONNECT_SECONDS = 10.0
"""The most time for a connection."""

STREAM_SECONDS = 60.0
"""After how many seconds without a byte a stream is lost. The server sends one every 15 seconds."""


def url_of(base_url: str, operation: Operation[Any], values: Mapping[str, Any]) -> str:
    """Return the address of an operation.

    Raises `ConfigurationError` for a name by which the path would be that of something else.
    """
    check_names(operation, values)
    check_texts(operation, values)
    path = operation.path
    for name, value in operation.at("path", values).items():
        path = path.replace(f"{{{name}}}", quote(str(value), safe=""))
    return base_url + path


def check_names(operation: Operation[Any], values: Mapping[str, Any]) -> None:
    """Raise `ConfigurationError` for a name by which a path would be that of something else."""
    for name, value in operation.at("path", values).items():
        if _NO_NAMES & set(str(value).split("/")):
            raise ConfigurationError(f"{name} is {quoted(str(value))}, which is no name of anything.")


def seconds_of(operation: Operation[Any], timeout: float) -> httpx.Timeout:
    """Return the time limits of a request. What changes or copies a whole memory may take longer."""
    is_quick = operation.method == "GET" and operation.answer is not Path
    return httpx.Timeout(timeout if is_quick else timeout * 10, connect=min(timeout, CONNECT_SECONDS))


def stream_arguments(
    base_url: str, reader: RunReader, asked: Mapping[str, Any] | None, timeout: float
) -> dict[str, Any]:
    """Return what httpx needs for the next stream of a run: of a new one, if none is known yet."""
    headers = {"Accept": "text/event-stream"}
    # the server sends something every 15 seconds, however long the turn takes
    found: dict[str, Any] = {"headers": headers, "timeout": httpx.Timeout(timeout, read=STREAM_SECONDS)}
    if reader.run_id is None and asked is not None:
        key = {"idempotency-key": str(asked["idempotency_key"])}
        body = to_jsonable_python({**CREATE_RUN.of_body(asked), "stream": True})
        url = url_of(base_url, CREATE_RUN, asked)
        return {**found, "method": "POST", "url": url, "json": body, "headers": {**headers, **key}}
    url = url_of(base_url, READ_RUN_EVENTS, {"run": reader.run_id})
    return {**found, "method": "GET", "url": url, "params": {"after": reader.after}}


def with_key(operation: Operation[Any], values: dict[str, Any]) -> dict[str, Any]:
    """Return the values with a key that makes the run unique, where one is asked for without any."""
    if operation.name == "create_run" and not values.get("idempotency_key"):
        return {**values, "idempotency_key": f"client-{uuid.uuid4()}"}
    return values


def may_be_sent_again(operation: Operation[Any], values: Mapping[str, Any]) -> bool:
    """Return whether a request that was perhaps done already can be sent again without harm."""
    if operation.method == "PUT":  # it does the same again, unless it is for one revision only
        return not values.get("if_match") and not values.get("if_none_match")
    return operation.method == "GET" or operation.name in _REPEATABLE


def request_arguments(
    operation: Operation[Any], values: Mapping[str, Any], files: ExitStack
) -> dict[str, Any]:
    """Return query, headers and body as httpx takes them. `files` closes what is opened."""
    headers = {name: _header(name, value) for name, value in operation.at("header", values).items()}
    headers["Accept"] = "application/json"
    found: dict[str, Any] = {"params": _plain(operation.at("query", values)), "headers": headers}
    if operation.body is not None:
        found["json"] = to_jsonable_python(operation.of_body(values))
        return found
    parts: list[tuple[str, Any]] = []
    for name, value in operation.at("form", values).items():
        if name == "file":
            parts.append((name, opened_file(value, files)))
        else:
            texts = _plain({name: value})[name]
            parts += [(name, (None, each)) for each in (texts if isinstance(texts, list) else [texts])]
    if parts:  # also without a file: other forms may not be as long
        found["files"] = parts
    return found


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return values as texts of an address or a form; a value of several is a list."""
    return {name: _text(value) for name, value in to_jsonable_python(dict(values)).items()}


def _text(value: Any) -> Any:
    if isinstance(value, list):
        return [_text(each) for each in value]
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _header(name: str, value: Any) -> str:
    text = str(value)
    if name in ("if-match", "if-none-match") and text != "*" and '"' not in text:
        return f'"{text}"'  # as the standard wants it; a revision is given without
    return text
