"""Fuzzing: whatever a model, an endpoint or another agent sends becomes a result, an event or an error."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Optional
from zoneinfo import ZoneInfo

import pytest
from fuzzing import TORTURE, examples
from hypothesis import example, given
from hypothesis import strategies as st

from memgpt_autogen.adapter.messages import read_message
from memgpt_autogen.assembly import open_loop, open_memory
from memgpt_autogen.display.event_lines import event_line
from memgpt_autogen.errors import ModelError, ToolError
from memgpt_autogen.events import ToolReturned, TurnEnded
from memgpt_autogen.llm.embedders.openai import OpenAIEmbedder
from memgpt_autogen.llm.openai import OpenAILLM
from memgpt_autogen.llm.text_calls.arguments import read_arguments
from memgpt_autogen.llm.wire.chat import read_answer, request_body
from memgpt_autogen.loop.turn import Limits
from memgpt_autogen.memory.context.block import Block
from memgpt_autogen.memory.hierarchy import MemoryHierarchy
from memgpt_autogen.messages import Message, ToolCall, pack_event, spoken_text, to_wire
from memgpt_autogen.rendering.plain_text import CONTROLS
from memgpt_autogen.settings import Settings
from memgpt_autogen.testing import HashingEmbedder, ScriptedLLM, ScriptedServer, says
from memgpt_autogen.testing.server import HTTPFailure
from memgpt_autogen.tools.tool import Tool
from memgpt_autogen.tools.toolbox import ERROR_CHARS, Toolbox

pytestmark = pytest.mark.timeout(3000 if TORTURE else 120)

NASTY = st.sampled_from(
    [
        "\0",
        "\ud800",
        "\udfff",
        "\u2028",
        "\x1b[2J",
        "\x9b31m",
        "\u202e",
        "</human>",
        '"',
        "\\",
        "{",
        "}",
        "{{",
        "```json",
        "%s",
    ]
)
ANY_TEXT = st.text(st.characters(codec=None, exclude_categories=()), max_size=30)
TEXT = ANY_TEXT | st.lists(NASTY | ANY_TEXT, max_size=6).map("".join)
NUMBERS = (
    st.integers() | st.floats() | st.sampled_from([10**400, -(10**400), float("nan"), float("inf"), 1e308])
)
JSON = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)
GRAMMAR = st.lists(
    st.sampled_from(
        [
            '"',
            "'",
            "{",
            "}",
            "[",
            "]",
            ":",
            ",",
            "\\",
            "\n",
            " ",
            "message",
            "true",
            "null",
            "1e9",
            "-",
            "//",
            "/*",
            "```",
            "\\u12",
            "\0",
            "None",
            "+",
        ]
    )
    | st.text(max_size=3),
    max_size=40,
).map("".join)
WHEN = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
ZONE = ZoneInfo("UTC")


@st.composite
def broken(draw: st.DrawFn) -> str:
    """Arguments as JSON, with some characters lost, doubled or put in."""
    text = json.dumps(draw(JSON), ensure_ascii=draw(st.booleans()))
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, len(text)))
        text = text[:at] + draw(GRAMMAR) + text[at + draw(st.integers(0, 3)) :]
    return text[: draw(st.integers(0, len(text)))] if draw(st.booleans()) else text


@examples(150)
@given(broken() | GRAMMAR)
@example("{" * 3000)
@example('{"a":' * 100_000)
@example("[" * 100_000 + "{}" + "]" * 100_000)
@example('{"a": ' + "9" * 5000 + "}")
@example("{'a': " + "-" * 50_000 + "1}")
def test_the_repair_gives_an_object_or_a_short_refusal(text: str) -> None:
    try:
        arguments = read_arguments(text)
    except ToolError as error:
        arguments = {"refused": str(error)}

    assert isinstance(arguments, dict)
    assert len(arguments.get("refused", "")) < 500 or "refused" in text


@examples(100)
@given(st.sampled_from(["message", "heartbeat", "alert"]), TEXT, TEXT | st.none())
def test_a_packed_event_is_one_line_that_reads_back_as_it_was(kind: Any, text: str, name: str | None) -> None:
    wire = pack_event(kind, text, WHEN, ZONE, name)

    wire.encode()
    assert wire.splitlines() == [wire]
    assert not set(wire) & {"\x1b", "\x9b", "\u202e"}
    event = json.loads(wire)
    joined = text.encode("utf-16", "surrogatepass")
    assert event["message"].encode("utf-16", "surrogatepass") == joined
    assert list(event) == ["type", *(["name"] if name is not None else []), "message", "time"]


@examples(100)
@given(TEXT, TEXT, TEXT, st.booleans())
def test_every_message_has_a_form_that_utf_8_carries(text: str, name: str, arguments: str, ok: bool) -> None:
    call = ToolCall(name, name, arguments)
    messages = [
        Message.said_by(name, text),
        Message("assistant", text, "step", tool_calls=(call,)),
        Message.result_of(call, text, ok=ok),
        Message.event("alert", text),
    ]
    spoken_text(ToolCall("1", "send_message", arguments))

    request = request_body([to_wire(message, ZONE) for message in messages], (), None)

    json.dumps(request, ensure_ascii=False).encode()
    result = json.loads(request["messages"][2]["content"])
    assert result["status"] == ("OK" if ok else "Failed")


@pytest.fixture(scope="module")
def sam() -> Iterator[MemoryHierarchy]:
    with tempfile.TemporaryDirectory() as home:
        blocks = [Block("notes", read_only=True), Block("team", shared=True, limit=300)]
        yield open_memory("sam", Settings.load(home=Path(home)), blocks=blocks, embedder=HashingEmbedder())


@pytest.fixture(scope="module")
def toolbox(sam: MemoryHierarchy) -> Toolbox:
    def weigh(
        number: int,
        factor: float,
        words: list[str],
        table: dict[str, int],
        deep: Optional[dict[str, Any]] = None,
    ) -> Any:
        """A tool of the user."""
        return {"number": number, "factor": factor, "words": words, "table": table, "deep": deep}

    loop = open_loop(sam, ScriptedLLM(), tools=[weigh], timed_heartbeats=True)
    return loop.toolbox


VALUES = JSON | st.sampled_from(
    ["human", "persona", "notes", "team", "2026-01-01", "all", "user", 0, -1, 2**63, 10**30]
)
CALLED = st.sampled_from(
    [
        "send_message",
        "core_memory_append",
        "core_memory_replace",
        "memory_insert",
        "memory_rethink",
        "conversation_search",
        "conversation_search_date",
        "archival_memory_insert",
        "archival_memory_search",
        "pause_heartbeats",
        "weigh",
        "no_such_tool",
    ]
)
KNOWN = [
    "message",
    "label",
    "content",
    "old_content",
    "new_content",
    "line",
    "new_memory",
    "query",
    "speaker",
    "role",
    "start_date",
    "end_date",
    "page",
    "tags",
    "tag_match_mode",
    "minutes",
    "number",
    "factor",
    "words",
    "table",
    "deep",
    "request_heartbeat",
    "inner_thoughts",
]


@st.composite
def call_of_a_tool(draw: st.DrawFn, toolbox: Toolbox) -> tuple[str, str]:
    """Usually the tool's own arguments with values of any type, some missing, some strange, some twice."""
    name = draw(CALLED)
    tool = next((tool for tool in toolbox if tool.name == name), None)
    own = list(tool.parameters["properties"]) if tool else KNOWN
    given = draw(st.lists(st.tuples(st.sampled_from([*own, *own, *KNOWN]) | TEXT, VALUES), max_size=7))
    if tool and draw(st.booleans()):
        given = [(key, draw(VALUES)) for key in own] + given
    pairs = ", ".join(f"{json.dumps(key)}: {json.dumps(value)}" for key, value in given)
    return name, f"{{{pairs}}}" if draw(st.integers(0, 9)) else draw(broken())


@examples(80)
@given(data=st.data())
def test_any_call_of_any_tool_gives_a_short_text_and_changes_all_or_nothing(
    sam: MemoryHierarchy, toolbox: Toolbox, data: st.DataObject
) -> None:
    name, arguments = data.draw(call_of_a_tool(toolbox))
    before = {block.label: block.value for block in sam.core}
    logged = sam.log.count(spoken=False)

    reading = toolbox.read(ToolCall("1", name, arguments))
    outcome = toolbox.run(reading)

    outcome.text.encode()
    assert isinstance(json.loads(reading.call.arguments), dict)
    assert len(outcome.text) <= (12_500 if outcome.ok else ERROR_CHARS)
    after = {block.label: block.value for block in sam.core}
    assert after["notes"] == before["notes"]
    if not outcome.ok:
        assert after == before
        assert sam.log.count(spoken=False) == logged


@examples(15)
@given(
    st.lists(st.tuples(CALLED | TEXT, broken() | GRAMMAR, TEXT), min_size=1, max_size=4),
    st.sampled_from(["stop", "length"]),
)
def test_a_turn_ends_whatever_the_model_calls(
    sam: MemoryHierarchy, steps: list[tuple[str, str, str]], reason: str
) -> None:
    answers = [
        replace(says(text, ToolCall("same", name, arguments)), finish_reason=reason)
        for name, arguments, text in steps
    ]
    llm = ScriptedLLM(*answers, otherwise=says("done"))
    loop = open_loop(sam, llm, limits=Limits(steps=6))

    events = list(loop.run([Message.said_by("ada", "hi")]))

    assert isinstance(events[-1], TurnEnded)
    for event in events:
        told = event_line(event)
        assert told is None or (not CONTROLS.search(told) and told.encode())
        assert not isinstance(event, ToolReturned) or event.text.encode()
    json.dumps(request_body(sam.compile(), loop.schemas(), None), ensure_ascii=False).encode()


MESSAGE = st.fixed_dictionaries(
    {},
    optional={
        "role": st.sampled_from(["user", "assistant", "tool", "function", "system"]) | JSON,
        "name": JSON,
        "content": JSON,
        "tool_calls": JSON | st.lists(st.fixed_dictionaries({"function": JSON}, optional={"id": JSON})),
        "function_call": JSON,
        "tool_responses": JSON | st.lists(st.fixed_dictionaries({"tool_call_id": JSON, "content": JSON})),
        "tool_call_id": JSON,
    },
)


@examples(100)
@given(MESSAGE | TEXT)
@example({"role": "assistant", "tool_calls": [None]})
def test_any_message_of_another_agent_is_read(message: Any) -> None:
    for heard in read_message(message, "eve", "sam", dict, lambda _: False):
        str(to_wire(heard, ZONE)["content"]).encode()  # the log keeps what no text can hold
        json.dumps(dict(heard.extra))
        assert heard.kind in ("message", "spoken")


@examples(100)
@given(message=JSON | MESSAGE, usage=JSON | st.fixed_dictionaries({"prompt_tokens": JSON}), reason=JSON)
def test_any_answer_of_a_client_is_a_completion(message: Any, usage: Any, reason: Any) -> None:
    completion = read_answer(message, usage, reason)

    assert isinstance(completion.text, str)
    assert completion.usage.prompt_tokens >= 0
    assert all(isinstance(call.arguments, str) for call in completion.tool_calls)
    assert isinstance(completion.finish_reason, str)


CHOICE = st.fixed_dictionaries({}, optional={"message": MESSAGE | JSON, "finish_reason": JSON, "index": JSON})
BODY = st.fixed_dictionaries(
    {},
    optional={
        "choices": st.lists(CHOICE, max_size=2) | JSON,
        "usage": st.fixed_dictionaries({"prompt_tokens": JSON, "completion_tokens": JSON}) | JSON,
        "error": st.fixed_dictionaries({"message": JSON, "code": JSON, "type": JSON}) | JSON,
        "data": st.lists(
            st.fixed_dictionaries({"embedding": st.lists(NUMBERS, max_size=4) | JSON, "index": JSON}),
            max_size=2,
        )
        | JSON,
        "n_prompt_tokens": JSON,
        "object": JSON,
    },
)
STATUS = st.sampled_from([200, 200, 200, 204, 301, 400, 401, 404, 413, 418, 429, 500, 0])
HEADERS = st.sampled_from(
    [
        {},
        {"Content-Type": "text/html"},
        {"Content-Type": "text/event-stream"},
        {"Content-Type": "application/json; charset=utf-16"},
        {"Content-Encoding": "gzip"},
        {"Retry-After": "never"},
        {"Retry-After": "9" * 400},
        {"Location": "http://[::1"},
    ]
)
OVERFLOWS = st.sampled_from(
    [
        "maximum context length",
        "received ,",
        "requested " + "9" * 5000,
        "token count " * 500,
        "prompt is too long: 1,2,3 tokens",
    ]
)


@st.composite
def http_answer(draw: st.DrawFn) -> HTTPFailure:
    body = draw(BODY | JSON | OVERFLOWS.map(lambda text: {"error": {"message": text}}))
    text = json.dumps(body)
    kind = draw(st.integers(0, 3))
    if kind == 1:
        at = draw(st.integers(0, len(text)))
        text = text[:at] + draw(GRAMMAR) + text[at + draw(st.integers(0, 9)) :]
    if kind == 2:
        text = f"data: {text}\n\ndata: [DONE]\n\n"
    headers = {"Content-Type": "application/json", **draw(HEADERS)}
    return HTTPFailure(draw(STATUS), text.encode("utf-8", "replace").decode(), headers)


@pytest.fixture(scope="module")
def endpoint() -> Iterator[tuple[ScriptedServer, list[HTTPFailure]]]:
    """A server that gives the answer that stands in the list."""
    answers: list[HTTPFailure] = []
    with ScriptedServer(otherwise=lambda _: answers[0]) as server:
        yield server, answers


@examples(40)
@given(http_answer())
@example(HTTPFailure(200, '{"choices": ' + "[" * 50_000, {"Content-Type": "application/json"}))
@example(HTTPFailure(200, '{"choices": [null]}', {"Content-Type": "application/json"}))
@example(HTTPFailure(400, '{"error": {"message": "received ,"}}', {"Content-Type": "application/json"}))
@example(HTTPFailure(400, "maximum input length " * 10_000))
def test_an_endpoint_gives_a_completion_or_a_model_error(
    endpoint: tuple[ScriptedServer, list[HTTPFailure]], failure: HTTPFailure
) -> None:
    server, answers = endpoint
    answers[:] = [failure]
    llm = OpenAILLM("m", base_url=server.url, max_retries=0, sleep=lambda _: None)

    try:
        completion = llm.complete([{"role": "user", "content": "hi"}])
        told = completion.text
    except ModelError as error:
        told = str(error)[:2000]
        told.encode()

    assert isinstance(told, str)
    assert len(told) < 1500


@pytest.mark.parametrize(
    "vectors",
    [
        None,
        [],
        [None],
        ["x"],
        [[]],
        [["a"]],
        [[None]],
        [[1.0]],
        [[float("nan")] * 64],
        [[[1.0]] * 64],
        [[10**400] * 64],
    ],
    ids=str,
)
def test_an_embedder_that_answers_nonsense_is_a_failed_result(make_memory: Any, vectors: Any) -> None:
    class Strange(HashingEmbedder):
        def embed(self, texts: Any) -> Any:
            return vectors

        def embed_query(self, text: str) -> Any:
            return vectors[0] if vectors else vectors

    memory = make_memory(embedder=Strange())
    toolbox = open_loop(memory, ScriptedLLM()).toolbox

    stored = toolbox.run(toolbox.read(ToolCall("1", "archival_memory_insert", '{"content": "tea at four"}')))
    found = toolbox.run(toolbox.read(ToolCall("2", "archival_memory_search", '{"query": "tea"}')))

    assert not stored.ok
    assert not found.ok or "No results" in found.text
    assert memory.archival.count() == 0


@examples(25)
@given(st.lists(NUMBERS, max_size=5) | JSON, st.integers(0, 3))
def test_an_embeddings_endpoint_gives_vectors_or_a_model_error(
    endpoint: tuple[ScriptedServer, list[HTTPFailure]], vector: Any, rows: int
) -> None:
    class Strange(HashingEmbedder):
        def embed(self, texts: Any) -> Any:
            return [vector] * rows

    server, _ = endpoint
    server.embedder = Strange()
    embedder = OpenAIEmbedder("m", base_url=server.url, max_retries=0)

    try:
        vectors = embedder.embed(["text"])
    except ModelError:
        vectors = [[1.0]]

    assert len(vectors) == 1
    assert all(isinstance(value, float) for value in vectors[0])


class UnspeakableError(Exception):
    def __str__(self) -> str:
        raise ValueError("no words")


class Unprintable:
    def __str__(self) -> str:
        raise ValueError("no words")

    __repr__ = __str__


def cyclic() -> Any:
    loop: list[Any] = []
    loop.append(loop)
    return loop


def deep() -> Any:
    value: Any = 1
    for _ in range(100_000):
        value = [value]
    return value


def failing() -> Any:
    raise UnspeakableError


@pytest.mark.parametrize(
    "made",
    [
        cyclic,
        failing,
        Unprintable,
        lambda: b"\xff",
        lambda: "\ud800\0",
        lambda: 10**5000,
        lambda: float("nan"),
        object,
        deep,
    ],
)
@pytest.mark.parametrize("own", [True, False])
def test_whatever_a_tool_returns_or_raises_is_a_text(made: Any, own: bool) -> None:
    def make() -> Any:
        return made()

    toolbox = Toolbox([Tool.from_function(make, own=own)], result_chars=500)

    outcome = toolbox.run(toolbox.read(ToolCall("1", "make")))

    outcome.text.encode()
    assert len(outcome.text) <= 1100
