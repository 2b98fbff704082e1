"""OpenTelemetry: a request, its run and the calls of its model are one trace, and no span has contents."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode
from server_apps import client_of, make_app
from server_world import API

from memgpt_autogen.llm.protocols import Usage
from memgpt_autogen.testing import ScriptedLLM
from memgpt_autogen.testing.scripted import call, says

RUNS = f"{API}/agents/sam/runs"

TRACE = "0af7651916cd43dd8448eb211c80319c"

CLIENT = "b7ad6b7169203331"

HEADERS = {"traceparent": f"00-{TRACE}-{CLIENT}-01"}

_EXPORTER = InMemorySpanExporter()


@pytest.fixture
def spans() -> Iterator[InMemorySpanExporter]:
    """The spans of this test. A process has one provider."""
    if not isinstance(trace.get_tracer_provider(), TracerProvider):
        provider = TracerProvider()
        provider.add_span_processor(SimpleSpanProcessor(_EXPORTER))
        trace.set_tracer_provider(provider)
    _EXPORTER.clear()
    yield _EXPORTER
    _EXPORTER.clear()


@pytest.fixture
def admin() -> Iterator[TestClient]:
    think = says("A secret thought.", call("conversation_search", query="secret", request_heartbeat=True))
    hello = says("", call("send_message", message="A secret."), usage=Usage(10, 5))
    with client_of(make_app(llm=ScriptedLLM(think, otherwise=hello))) as client:
        client.post(f"{API}/agents", json={"name": "sam_the_spy"})
        yield client


def finished(spans: InMemorySpanExporter, name: str) -> list[ReadableSpan]:
    return [span for span in spans.get_finished_spans() if span.name.endswith(name)]


def ids(span: ReadableSpan) -> tuple[str, str | None, str]:
    """The trace, the parent and the id of a span."""
    context = span.get_span_context()
    assert context is not None
    parent = None if span.parent is None else f"{span.parent.span_id:016x}"
    return f"{context.trace_id:032x}", parent, f"{context.span_id:016x}"


def test_request_run_and_model_calls_are_linked_in_the_trace_of_the_client(
    admin: TestClient, spans: InMemorySpanExporter
) -> None:
    path = f"{API}/agents/sam_the_spy/runs"
    answer = admin.post(path, json={"input": "A secret?", "background": False}, headers=HEADERS)
    assert answer.json()["state"] == "ended"
    app: Any = admin.app
    app.state.streams.stop(5.0)

    (request,) = finished(spans, "/agents/{agent}/runs")
    (run,) = finished(spans, "run")
    calls = finished(spans, "model call")

    assert ids(request)[:2] == (TRACE, CLIENT)
    assert ids(run)[:2] == (TRACE, ids(request)[2])
    assert [ids(each)[:2] for each in calls] == [(TRACE, ids(run)[2])] * 2
    attributes = dict(calls[-1].attributes or {})
    assert attributes["gen_ai.request.model"] == "scripted"
    assert attributes["gen_ai.usage.input_tokens"] == 10
    assert dict(run.attributes or {})["memgpt.state"] == "ended"


def test_no_span_has_contents(admin: TestClient, spans: InMemorySpanExporter) -> None:
    path = f"{API}/agents/sam_the_spy/runs"
    admin.post(path, json={"input": "A secret?", "background": False}, headers=HEADERS)
    admin.get(f"{API}/agents/sam_the_spy/log")
    app: Any = admin.app
    app.state.streams.stop(5.0)

    text = "".join(span.to_json() for span in spans.get_finished_spans())

    assert text.count("trace_id") > 4
    for hidden in ("ecret", "spy"):
        assert hidden not in text


def test_a_run_of_another_worker_is_in_the_trace_of_its_request(
    admin: TestClient, spans: InMemorySpanExporter
) -> None:
    app: Any = admin.app
    app.state.streams.stop(1.0)
    run = admin.post(f"{API}/agents/sam_the_spy/runs", json={"input": "Hello!"}, headers=HEADERS).json()
    hello = says("", call("send_message", message="Hello."))
    with client_of(make_app(llm=ScriptedLLM(otherwise=hello))) as later:
        with later.stream("GET", f"{API}/runs/{run['id']}/events") as stream:
            assert "turn_ended" in "".join(stream.iter_lines())
        later_app: Any = later.app
        later_app.state.streams.stop(5.0)

    (played,) = finished(spans, "run")
    (request,) = finished(spans, "/agents/{agent}/runs")

    assert ids(played)[:2] == (TRACE, ids(request)[2])


def test_a_failed_turn_is_a_failed_span_without_the_text_of_its_error(spans: InMemorySpanExporter) -> None:
    class Broken:
        model = "broken"

        def complete(self, *_: Any) -> Any:
            raise RuntimeError("a secret")

    with client_of(make_app(llm=Broken())) as admin:  # type: ignore[arg-type]  # it never answers
        admin.post(f"{API}/agents", json={"name": "sam"})
        admin.post(RUNS, json={"input": "Hello!", "background": False})
        app: Any = admin.app
        app.state.streams.stop(5.0)

    for name in ("run", "model call"):
        (span,) = finished(spans, name)
        assert span.status.status_code == StatusCode.ERROR
        assert "secret" not in span.to_json()
