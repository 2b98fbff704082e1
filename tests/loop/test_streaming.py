"""Replies that are told while the model writes them, against the scripted server."""

from __future__ import annotations

import json
from collections.abc import Iterable
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loops import HELLO, MemoryFactory, story

from memgpt_autogen.assembly import open_loop
from memgpt_autogen.errors import ContextOverflowError, ModelError
from memgpt_autogen.events import Event, Replied, ReplyPart, TurnEnded
from memgpt_autogen.llm.openai import OpenAILLM
from memgpt_autogen.llm.protocols import Completion, StreamingLLM, Usage
from memgpt_autogen.llm.text_calls.plain import AdaptiveLLM, PlainLLM
from memgpt_autogen.llm.wire.stream import StreamedAnswer
from memgpt_autogen.loop.heartbeat import HeartbeatLoop
from memgpt_autogen.loop.streaming import spoken_so_far
from memgpt_autogen.loop.turn import Limits
from memgpt_autogen.messages import ToolCall
from memgpt_autogen.testing import HTTPFailure, InPieces, ScriptedLLM, ScriptedServer, call, says

ASKED = [{"role": "user", "content": "hello"}]
WORDS = 'Tea "for" two:\n\\ 😀 déjà vu'
TELL = says("Hm.", call("send_message", inner_thoughts="Greet.", message=WORDS))


def llm_of(server: ScriptedServer, **settings: Any) -> OpenAILLM:
    return OpenAILLM("scripted", base_url=server.url, sleep=lambda _: None, **settings)


@pytest.fixture
def streaming(make_memory: MemoryFactory) -> Any:
    def loop(server: ScriptedServer, *, protocol: str = "memgpt", **options: Any) -> HeartbeatLoop:
        return open_loop(make_memory(protocol=protocol), llm_of(server), stream=True, **options)

    return loop


def shown(events: Iterable[Event]) -> list[str]:
    """What a reader has on its screen whenever a reply comes or is taken back, and at the end."""
    screen, seen = "", []
    for event in events:
        if isinstance(event, ReplyPart):
            if event.anew and screen:
                seen.append(screen)
            screen = event.text if event.anew else screen + event.text
        elif isinstance(event, Replied) and screen:
            seen.append(screen)
            screen = ""
    return [*seen, screen] if screen else seen


def keep(told: list[Event], events: Iterable[Event]) -> None:
    """Events one by one, so that those before an error are there."""
    for event in events:
        told.append(event)  # noqa: PERF402


def parts(events: Iterable[Event]) -> list[str]:
    return [event.text for event in events if isinstance(event, ReplyPart)]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_words_come_in_parts_and_the_reply_is_the_whole(streaming: Any, size: int) -> None:
    with ScriptedServer(InPieces(TELL, size)) as server:
        events = list(streaming(server).run([HELLO]))

    assert shown(events) == [WORDS]
    assert [event.text for event in events if isinstance(event, Replied)] == [WORDS]
    assert (len(parts(events)) > 1) == (size < 1000)
    assert [isinstance(event, ReplyPart) and event.anew for event in events].count(True) == 1


def test_escapes_are_split_anywhere_and_never_shown_by_halves(streaming: Any) -> None:
    arguments = json.dumps({"message": WORDS})  # ASCII only: a surrogate pair as two escapes
    with ScriptedServer(InPieces(says("", ToolCall("c1", "send_message", arguments)), 1)) as server:
        told = parts(streaming(server).run([HELLO]))

    assert "".join(told) == WORDS
    assert "😀" in told
    assert not any("\\u" in part or "\ud83d" in part or "\ufffd" in part for part in told)


def test_without_being_asked_nothing_is_streamed(make_memory: MemoryFactory) -> None:
    with ScriptedServer(InPieces(TELL, 1)) as server:
        events = list(open_loop(make_memory(), llm_of(server)).run([HELLO]))

    assert "stream" not in server.requests[0]
    assert parts(events) == []


def test_a_turn_is_the_same_with_and_without_parts(streaming: Any, make_memory: MemoryFactory) -> None:
    note = call("core_memory_append", label="human", content="likes tea", request_heartbeat=True)
    answers = [
        says("To keep.", note, usage=Usage(90, 9, 40)),
        says("", TELL.tool_calls[0], usage=Usage(99, 5)),
    ]
    with ScriptedServer(*(InPieces(answer, 4) for answer in answers)) as server:
        told = [event for event in streaming(server).run([HELLO]) if not isinstance(event, ReplyPart)]
    with ScriptedServer(*answers) as server:
        whole = list(open_loop(make_memory("eve"), llm_of(server)).run([HELLO]))

    assert story(told) == story(whole)
    assert told[-1] == whole[-1] == TurnEnded("yielded", 2, Usage(189, 14, 40))


def test_two_messages_of_a_step_are_lines(streaming: Any) -> None:
    both = says("", call("send_message", message="One."), call("send_message", message="Two."))
    with ScriptedServer(InPieces(both, 2)) as server:
        events = list(streaming(server).run([HELLO]))

    assert shown(events) == ["One.\nTwo."]
    assert [event.text for event in events if isinstance(event, Replied)] == ["One.", "Two."]


def test_thoughts_and_other_calls_are_not_shown(streaming: Any) -> None:
    note = call("core_memory_append", label="human", content="likes tea", request_heartbeat=True)
    with ScriptedServer(InPieces(says("I will keep it.", note), 3), InPieces(TELL, 3)) as server:
        events = list(streaming(server).run([HELLO]))

    assert shown(events) == [WORDS]


def test_plain_text_is_shown_where_it_is_the_answer(streaming: Any) -> None:
    with ScriptedServer(InPieces(says("Hello, boss. How are you?"), 4)) as server:
        events = list(streaming(server, protocol="native").run([HELLO]))

    assert shown(events) == ["Hello, boss. How are you?"]
    assert len(parts(events)) > 3


def test_text_that_turns_out_to_be_a_thought_is_taken_back(streaming: Any) -> None:
    search = says("Let me look.", call("conversation_search", query="boat"))
    with ScriptedServer(InPieces(search, 4), InPieces(says("Nothing."), 4)) as server:
        events = list(streaming(server, protocol="native").run([HELLO]))

    assert shown(events) == ["Let me look.", "Nothing."]
    first = next(place for place, event in enumerate(events) if event == ReplyPart("", anew=True))
    assert not any(isinstance(event, Replied) for event in events[:first])


@pytest.mark.parametrize("text", ["<think>Who is it?</think>\n\nHello.", "Who is it?</think>Hello."])
def test_reasoning_is_not_left_standing(streaming: Any, text: str) -> None:
    with ScriptedServer(InPieces(says(text), 3)) as server:
        events = list(streaming(server, protocol="native").run([HELLO]))

    assert shown(events)[-1] == "Hello."
    if text.startswith("<think>"):
        assert shown(events) == ["Hello."]


def test_a_call_as_text_is_not_shown(streaming: Any) -> None:
    as_text = '{"name": "conversation_search", "arguments": {"query": "boat"}}'
    with ScriptedServer(InPieces(says(as_text), 5), InPieces(says("Nothing."), 5)) as server:
        events = list(streaming(server, protocol="native").run([HELLO]))

    assert shown(events) == ["Nothing."]


def test_what_was_shown_is_taken_back_when_the_call_does_not_count(streaming: Any) -> None:
    search = call("conversation_search", query="boat", request_heartbeat=True)
    hi = call("send_message", message="Hi!")
    with ScriptedServer(InPieces(says("", hi, search), 3), InPieces(says("", hi), 3)) as server:
        events = list(streaming(server, limits=Limits(same_call=2)).run([HELLO]))

    assert shown(events) == ["Hi!", "Hi!"]
    assert [event.text for event in events if isinstance(event, Replied)] == ["Hi!"]
    assert events[-2:] == [ReplyPart("", anew=True), events[-1]]


@pytest.mark.parametrize("cut", [2, 9, 14])
def test_an_answer_that_breaks_off_is_asked_for_again_whole(streaming: Any, cut: int) -> None:
    begun = says("", call("send_message", message="Good evening, everybody!"))
    with ScriptedServer(InPieces(begun, 3, cut=cut), TELL) as server:
        events = list(streaming(server).run([HELLO]))

    assert [request.get("stream") for request in server.requests] == [True, None]
    assert [event.text for event in events if isinstance(event, Replied)] == [WORDS]
    assert shown(events)[-1] == WORDS
    assert len(shown(events)) == (1 if cut < 9 else 2)


def test_an_end_without_an_end_is_a_break_too(streaming: Any) -> None:
    deltas = [{"choices": [{"index": 0, "delta": {"content": text}}]} for text in ("Good ", "mor")]
    sent = "".join(f"data: {json.dumps(delta)}\n\n" for delta in deltas)
    half = HTTPFailure(200, sent, {"Content-Type": "text/event-stream"})
    with ScriptedServer(half, says("Good morning!")) as server:
        events = list(streaming(server, protocol="native").run([HELLO]))

    assert parts(events) == ["Good mor", "ning!"]
    assert [event.text for event in events if isinstance(event, Replied)] == ["Good morning!"]


def test_parts_are_taken_back_when_no_answer_comes_at_all(streaming: Any) -> None:
    told: list[Event] = []
    with ScriptedServer(InPieces(TELL, 3, cut=25), otherwise=HTTPFailure(400)) as server:
        turn = streaming(server).run([HELLO])
        with pytest.raises(ModelError, match="answered 400"):
            keep(told, turn)

    assert any(isinstance(event, ReplyPart) and event.text for event in told)
    assert told[-1] == ReplyPart("", anew=True)


def test_a_server_that_takes_no_notice_of_stream_answers_whole(streaming: Any) -> None:
    message = {"role": "assistant", "content": "Hello."}
    body = {
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 7},
    }
    with ScriptedServer(HTTPFailure(200, body)) as server:
        events = list(streaming(server, protocol="native").run([HELLO]))

    assert "says Hello." in story(events)
    assert parts(events) == []
    assert events[-1] == TurnEnded("yielded", 1, Usage(7))


def test_a_server_that_refuses_to_stream_is_asked_once() -> None:
    refusal = HTTPFailure(400, {"error": {"message": "Unrecognized argument: stream_options"}})
    with ScriptedServer(refusal, otherwise=says("Hi.")) as server:
        llm = llm_of(server)
        answers = [list(llm.stream(ASKED)) for _ in range(2)]

    assert [[answer.text for answer in each] for each in answers] == [["Hi."], ["Hi."]]
    assert [request.get("stream") for request in server.requests] == [True, None, None]


def test_a_passing_failure_before_the_first_piece_is_retried() -> None:
    with ScriptedServer(HTTPFailure(503), InPieces(says("Hi."), 1)) as server:
        assert list(llm_of(server).stream(ASKED))[-1].text == "Hi."

    assert [request["stream"] for request in server.requests] == [True, True]


def test_a_prompt_that_is_too_long_is_an_overflow_here_too(streaming: Any) -> None:
    error = {
        "error": {
            "message": "the request exceeds the available context size",
            "type": "exceed_context_size_error",
        }
    }
    late = HTTPFailure(200, f"data: {json.dumps(error)}\n\n", {"Content-Type": "text/event-stream"})
    with ScriptedServer(ContextOverflowError("too long"), late) as server:
        for _ in range(2):
            with pytest.raises(ContextOverflowError):
                list(llm_of(server).stream(ASKED))


def test_a_reader_that_leaves_closes_the_stream() -> None:
    with ScriptedServer(InPieces(says("word " * 200), 1)) as server:
        llm = llm_of(server)
        answers = llm.stream(ASKED)
        next(answers)
        answers.close()

        assert list(answers) == []


@pytest.mark.parametrize("wrapped", [PlainLLM, AdaptiveLLM])
def test_the_plain_protocol_streams_too(make_memory: MemoryFactory, wrapped: Any) -> None:
    step = {"thought": "A greeting.", "function": "send_message", "arguments": {"message": WORDS}}
    with ScriptedServer(InPieces(says(json.dumps(step)), 3)) as server:
        llm = wrapped(llm_of(server))
        llm.function_calling = "plain"
        events = list(open_loop(make_memory(), llm, stream=True).run([HELLO]))

    assert shown(events) == [WORDS]
    assert len(parts(events)) > 5
    assert f"says {WORDS}" in story(events)


def test_a_format_that_is_refused_is_not_asked_for_again_when_streaming() -> None:
    refusal = HTTPFailure(400, {"error": {"message": "response_format is not supported"}})
    tools = [{"type": "function", "function": {"name": "send_message", "parameters": {}}}]
    step = json.dumps({"function": "send_message", "arguments": {"message": "Hi!"}})
    with ScriptedServer(refusal, refusal, otherwise=InPieces(says(step), 9)) as server:
        llm = PlainLLM(llm_of(server))
        for _ in range(2):
            assert list(llm.stream(ASKED, tools))[-1].tool_calls

    formats = [request.get("response_format", {}).get("type") for request in server.requests]
    assert formats == ["json_schema", "json_object", None, None]


def test_a_model_that_learns_how_it_is_asked_learns_from_streams(make_memory: MemoryFactory) -> None:
    as_text = says(json.dumps({"name": "send_message", "arguments": {"message": "Hi!"}}))
    with ScriptedServer(InPieces(as_text, 4)) as server:
        llm = AdaptiveLLM(llm_of(server))
        list(open_loop(make_memory(), llm, stream=True).run([HELLO]))

    assert llm.function_calling == "plain"


def test_a_model_that_does_not_stream_is_asked_as_ever(make_memory: MemoryFactory) -> None:
    events = list(open_loop(make_memory(), ScriptedLLM(TELL), stream=True).run([HELLO]))

    assert not isinstance(ScriptedLLM(), StreamingLLM)
    assert isinstance(OpenAILLM("x", base_url="http://localhost:1/v1"), StreamingLLM)
    assert parts(events) == []


def pieces_of(*deltas: dict[str, Any]) -> Completion:
    pieces = StreamedAnswer()
    for delta in deltas:
        pieces.add({"choices": [{"index": 0, "delta": delta}]})
    return pieces.so_far()


def test_calls_are_put_together_by_their_index() -> None:
    def piece(index: int, arguments: str, **first: Any) -> dict[str, Any]:
        name = {"name": first["name"]} if first else {}
        return {**first, "index": index, "function": {**name, "arguments": arguments}}

    answer = pieces_of(
        {"tool_calls": [piece(0, "", id="a", name="one"), piece(1, '{"x"', id="b", name="two")]},
        {"tool_calls": [piece(1, ": 2}"), piece(0, '{"x": 1}')]},
    )

    assert answer.tool_calls == (ToolCall("a", "one", '{"x": 1}'), ToolCall("b", "two", '{"x": 2}'))


@pytest.mark.parametrize("index", [{}, {"index": 0}])
def test_servers_that_do_not_number_their_calls_are_understood(index: dict[str, int]) -> None:
    def piece(call_id: str, name: str, arguments: Any) -> dict[str, Any]:
        return {"tool_calls": [{**index, "id": call_id, "function": {"name": name, "arguments": arguments}}]}

    answer = pieces_of(piece("a", "one", '{"x": 1}'), piece("b", "one", {"x": 2}), piece("b", "one", ""))

    assert answer.tool_calls == (ToolCall("a", "one", '{"x": 1}'), ToolCall("b", "one", '{"x": 2}'))


def test_reasoning_in_pieces_is_a_thought() -> None:
    answer = pieces_of({"reasoning_content": "Who "}, {"reasoning_content": "is it?"}, {"content": "Hello."})

    assert (answer.thought, answer.text) == ("Who is it?", "Hello.")


@given(words=st.text(), others=st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=2))
def test_what_is_shown_only_ever_grows_into_what_is_said(words: str, others: dict[str, str]) -> None:
    for ascii_only in (True, False):
        arguments = json.dumps({**others, "message": words}, ensure_ascii=ascii_only)
        seen = [
            spoken_so_far(
                Completion(tool_calls=(ToolCall("c", "send_message", arguments[:end]),)), text=False
            )
            for end in range(len(arguments) + 1)
        ]

        assert seen[-1] == words.replace("\0", "\ufffd")
        assert all(later.startswith(earlier) for earlier, later in pairwise(seen))


def test_line_breaks_that_a_model_leaves_as_they_are_are_shown() -> None:
    arguments = '{\n  "message": "One.\nTwo\\nThree'

    assert spoken_so_far(Completion(tool_calls=(ToolCall("c", "send_message", arguments),)), text=False) == (
        "One.\nTwo\nThree"
    )
