"""A span for each request where OpenTelemetry is installed and configured; nothing otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any

from starlette.types import Scope

from memgpt_autogen._version import __version__

_INSTALLED = find_spec("opentelemetry.trace") is not None if find_spec("opentelemetry") else False


class Span:
    """The span of a request; without OpenTelemetry it does nothing."""

    def __init__(self, span: Any = None) -> None:
        self._span = span

    def answered(self, route: str, status: int) -> None:
        if self._span is not None:
            self._span.set_attribute("http.route", route)
            self._span.set_attribute("http.response.status_code", status)
            self._span.update_name(route)


@contextmanager
def request_span(scope: Scope, request_id: str) -> Iterator[Span]:
    """Open the span of a request, in the trace that the client's headers name. It has no contents."""
    if not _INSTALLED:
        yield Span()
        return
    from opentelemetry import propagate, trace

    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    tracer = trace.get_tracer("memgpt_autogen", __version__)
    with tracer.start_as_current_span(
        "request",
        context=propagate.extract(headers),
        kind=trace.SpanKind.SERVER,
        attributes={"http.request.method": scope["method"], "memgpt.request_id": request_id},
        record_exception=False,
    ) as span:
        yield Span(span)
