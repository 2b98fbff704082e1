"""Answers: what a server sent, as values or errors."""

from __future__ import annotations

import json
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

import httpx
from pydantic import ValidationError

from memgpt_autogen._version import __version__
from memgpt_autogen.client.errors import ApiError, ServerAwayError, UnreadableAnswerError, api_error
from memgpt_autogen.client.operation import Operation
from memgpt_autogen.client.operations.runs import CREATE_RUN
from memgpt_autogen.client.retries import NOT_SENT
from memgpt_autogen.client.run_events import RunReader
from memgpt_autogen.messages import now
from memgpt_autogen.service.schemas.problems import Problem

T = TypeVar("T")


def value_of(operation: Operation[T], response: httpx.Response, address: str) -> T:
    """Return what an operation answered; `response` was read. Raises `ApiError` for a problem."""
    if response.status_code not in operation.also:
        check_answer(response, address)
    if operation.answer is None:
        return None  # type: ignore[return-value]  # the type of such an operation
    if operation.answer is str:
        return response.text  # type: ignore[return-value]  # the type of such an operation
    try:
        return operation.reader.validate_json(response.content)
    except ValidationError as error:
        raise UnreadableAnswerError(
            f"the answer of {address} to {operation.name} is not what this client expects "
            f"({error.error_count()} faults; the client is {__version__}). Is it a memgpt-autogen server, of "
            "this version?"
        ) from None


def check_answer(response: httpx.Response, address: str) -> None:
    """Raise the error that a response is, if it is one. It was read then."""
    if response.is_success:
        return
    if response.is_redirect:
        to = response.headers.get("location", "elsewhere")
        raise UnreadableAnswerError(f"{address} sends elsewhere: to {to}. Give that server as base_url.")
    raise api_error(_problem(response, address), _seconds(response.headers.get("retry-after")))


def lost(address: str, operation: Operation[Any], error: httpx.TransportError) -> ServerAwayError:
    """Return the error of a request that got no answer."""
    if isinstance(error, NOT_SENT):
        return ServerAwayError(
            f"no server answers at {address} ({_reason(error)}). Start one with `memgpt-autogen server`, or "
            "give the address of another one as base_url."
        )
    done = "" if operation.method == "GET" else " Perhaps it was done: look before you ask again."
    return ServerAwayError(f"the connection to {address} broke in {operation.name} ({_reason(error)}).{done}")


def stream_lost(address: str, reader: RunReader, error: Exception | None) -> Exception:
    """Return the error of a stream whose server did not come back."""
    if isinstance(error, ApiError):
        return error
    if reader.run_id is None and isinstance(error, httpx.TransportError):
        return lost(address, CREATE_RUN, error)
    reason = "it sends nothing" if error is None else _reason(error)
    return ServerAwayError(
        f"the server at {address} did not come back ({reason}). The run {reader.run_id} goes on with it: "
        f"read on with follow_run({reader.run_id!r}, after={reader.after})."
    )


def _reason(error: Exception) -> str:
    return str(error) or type(error).__name__


def _problem(response: httpx.Response, address: str) -> Problem:
    try:
        return Problem.model_validate(json.loads(response.content))
    except (ValueError, RecursionError):  # pydantic's error is a ValueError
        pass
    return Problem(
        title=response.reason_phrase,
        status=response.status_code,
        detail=f"{address} answered {response.status_code} {response.reason_phrase} without saying why. "
        "Something between here and the server answered, or it is no memgpt-autogen server.",
        instance=response.url.path,
        request_id=response.headers.get("x-request-id", ""),
    )


def _seconds(value: str | None) -> float | None:
    """Return how many seconds a header Retry-After means, which is a number or a date."""
    if value is None:
        return None
    if value.strip().isdecimal():
        return float(value.strip()[:9])
    try:
        return max(0.0, (parsedate_to_datetime(value) - now()).total_seconds())
    except (TypeError, ValueError):
        return None
