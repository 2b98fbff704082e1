"""Spans where OpenTelemetry is installed and configured; nothing otherwise. None of them has contents.

A request is a span in the trace that the client's headers name. The run that it asks for is a span under it,
whichever worker plays it, and each call of a model is one under the run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any

from starlette.types import Scope

from memgpt_autogen._version import __version__
from memgpt_autogen.llm.protocols import Usage

_INSTALLED = find_spec("opentelemetry.trace") is not None if find_spec("opentelemetry") else False

_HEADER = "traceparent"

Attributes = dict[str, Any]


class Span:
    """A span; without OpenTelemetry it does nothing."""

    def __init__(self, span: Any = None) -> None:
        self._span = span

    def set(self, attributes: Attributes, *, name: str | None = None, failed: bool = False) -> None:
        """Add attributes, and say how it went. The text of an error is told nowhere."""
        if self._span is None:
            return
        from opentelemetry.trace import Status, StatusCode

        self._span.set_attributes(attributes)
        if name is not None:
            self._span.update_name(name)
        if failed:
            self._span.set_status(Status(StatusCode.ERROR))

    def answered(self, route: str, status: int) -> None:
        self.set({"http.route": route, "http.response.status_code": status}, name=route, failed=status >= 500)


@contextmanager
def request_span(scope: Scope, request_id: str) -> Iterator[Span]:
    """Open the span of a request, in the trace that the client's headers name."""
    if not _is_configured():
        yield Span()
        return
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    about = {"http.request.method": scope["method"], "memgpt.request_id": request_id}
    with _span("request", about, headers, kind="SERVER") as span:
        yield span


@contextmanager
def run_span(trace: str | None, run_id: str) -> Iterator[Span]:
    """Open the span of a run, under that of the request that asked for it."""
    with _span("run", {"memgpt.run_id": run_id}, {} if trace is None else {_HEADER: trace}) as span:
        yield span


@contextmanager
def model_span(model: str) -> Iterator[Callable[[Usage], object]]:
    """Open the span of a call of a model. What it used is told in it."""
    with _span("model call", {"gen_ai.request.model": model}, None, kind="CLIENT") as span:

        def told(usage: Usage) -> None:
            span.set(
                {
                    "gen_ai.usage.input_tokens": usage.prompt_tokens,
                    "gen_ai.usage.output_tokens": usage.completion_tokens,
                }
            )

        yield told


def current_trace() -> str | None:
    """Return the span that is open now, as the header `traceparent` names it."""
    if not _is_configured():
        return None
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    headers: dict[str, str] = {}
    TraceContextTextMapPropagator().inject(headers)
    return headers.get(_HEADER)


def _is_configured() -> bool:
    """Return whether anybody keeps spans. Without that, to open them takes long and is of no use."""
    if not _INSTALLED:
        return False
    from opentelemetry.trace import ProxyTracerProvider, get_tracer_provider

    return not isinstance(get_tracer_provider(), ProxyTracerProvider)


@contextmanager
def _span(
    name: str, attributes: Attributes, headers: dict[str, str] | None, *, kind: str = "INTERNAL"
) -> Iterator[Span]:
    """Open a span in the trace that these headers name; without headers, under the span that is open."""
    if not _is_configured():
        yield Span()
        return
    from opentelemetry import propagate, trace

    tracer = trace.get_tracer("memgpt_autogen", __version__)
    with tracer.start_as_current_span(
        name,
        context=None if headers is None else propagate.extract(headers),
        kind=trace.SpanKind[kind],
        attributes=attributes,
        record_exception=False,
        set_status_on_exception=False,
    ) as opened:
        span = Span(opened)
        try:
            yield span
        except Exception:
            span.set({}, failed=True)
            raise
