"""The events of a turn as each of MemGPT's streams."""

from __future__ import annotations

import json
from typing import Any

import pytest

from memgpt_autogen.service.memgpt.chunks import Form, Telling, as_sse
from memgpt_autogen.service.memgpt.ids import entry_id
from memgpt_autogen.service.turns.following import Streamed

AGENT = "5de58ed6-5f23-444d-938d-1182dde6fdef"

RUN = "855af807-babc-4c21-b24c-43e7c6a50c64"

TIME = "2026-11-29T04:04:03.704731Z"

USAGE = {"prompt_tokens": 40, "completion_tokens": 2, "cached_tokens": 0, "cost": None}


def event(kind: str, seq: int | None = None, **data: Any) -> Streamed:
    return Streamed(kind, {"run_id": RUN, "seq": seq, "time": TIME, **data}, 1)


def part(text: str, *, anew: bool = False) -> Streamed:
    return Streamed("reply_part", {"run_id": RUN, "text": text, "anew": anew})


def called(name: str, seq: int, **arguments: Any) -> Streamed:
    return event("tool_called", seq, call={"id": f"c{seq}", "name": name, "arguments": json.dumps(arguments)})


def returned(name: str, seq: int, text: str = "Sent.", *, ok: bool = True) -> Streamed:
    return event("tool_returned", seq, call={"id": "c", "name": name, "arguments": "{}"}, text=text, ok=ok)


def replied(text: str, seq: int) -> Streamed:
    return event("replied", seq, text=text, fallback=False)


def ended(reason: str = "yielded") -> Streamed:
    return event("turn_ended", stop_reason=reason, steps=2, usage=USAGE)


SEARCH_AND_SAY = [
    event("heard", 3, message={}),
    event("thought", 4, text="I look."),
    called("conversation_search", 4, query="cat"),
    returned("conversation_search", 6, "no matches", ok=False),
    called("send_message", 8, message="Tosca"),
    returned("send_message", 9),
    replied("Tosca", 8),
    ended(),
]


def told(form: Form, events: list[Streamed]) -> list[Any]:
    """All that is sent, without ids and dates."""
    telling = Telling(AGENT, form)
    chunks = [chunk for each in events for chunk in telling.tell(each)] + telling.close()
    return [
        each if isinstance(each, str) else {k: v for k, v in each.items() if k not in ("id", "date")}
        for each in chunks
    ]


def call(**about: str) -> dict[str, Any]:
    return {"function_call": about}


SAID = {"assistant_message": "Tosca"}

NOTHING_FOUND = {"function_return": "no matches", "status": "error"}

SENT = {"function_return": "Sent.", "status": "success"}


def test_steps_are_told_whole_with_markers() -> None:
    assert told("steps", SEARCH_AND_SAY) == [
        {"internal_monologue": "I look."},
        call(id="c4", name="conversation_search", arguments='{"query": "cat"}'),
        NOTHING_FOUND,
        "[DONE_STEP]",
        call(id="c8", name="send_message", arguments='{"message": "Tosca"}'),
        SENT,
        SAID,
        "[DONE_STEP]",
        "[DONE]",
    ]


def test_the_older_form_has_calls_as_text_and_no_markers() -> None:
    assert told("old", SEARCH_AND_SAY) == [
        {"internal_monologue": "I look."},
        {"function_call": "conversation_search({'query': 'cat'})"},
        NOTHING_FOUND,
        {"function_call": "send_message({'message': 'Tosca'})"},
        SENT,
        SAID,
    ]


def test_tokens_are_told_as_they_come() -> None:
    events = [*SEARCH_AND_SAY[:4], part("To"), part('sca "'), *SEARCH_AND_SAY[4:]]
    events[6] = called("send_message", 8, message='Tosca "the" cat')

    found = told("tokens", events)

    assert found[:6] == [
        {"internal_monologue": "I look."},
        call(id="c4", name="conversation_search"),
        call(arguments='{"query": "cat"}'),
        "[DONE_GEN]",
        NOTHING_FOUND,
        "[DONE_STEP]",
    ]
    pieces = [each["function_call"] for each in found[6:] if "function_call" in each]
    assert set(pieces[0]) == {"id", "name"}
    assert [each["arguments"] for each in pieces[1:]] == ['{"message": "', "To", 'sca \\"', 'the\\" cat"}']
    assert found[6 + len(pieces) :] == ["[DONE_GEN]", SENT, SAID, "[DONE_STEP]", "[DONE]"]


def test_words_that_are_taken_back_end_their_call_and_what_replaces_them_is_another() -> None:
    events = [part("Tea"), part("Coffee", anew=True), *SEARCH_AND_SAY[4:]]

    found = told("tokens", events)

    calls: list[str] = []
    for each in found:
        about = each["function_call"] if isinstance(each, dict) and "function_call" in each else {}
        if "name" in about:
            calls.append("")
        calls[-1:] = [calls[-1] + about.get("arguments", "")] if calls else []
    assert [json.loads(each)["message"] for each in calls] == ["Tea", "Coffee", "Tosca"]


def test_words_that_are_taken_back_for_good_end_their_call() -> None:
    found = told("tokens", [part("Tea"), part("", anew=True), ended()])

    assert "".join(each["function_call"].get("arguments", "") for each in found[:-1]) == '{"message": "Tea"}'


@pytest.mark.parametrize("form", ["steps", "tokens", "old"])
def test_words_without_a_call_are_told_as_one(form: Form) -> None:
    found = told(form, [replied("Tosca", 8), ended()])

    text = json.dumps(found)
    assert "send_message" in text
    assert SAID in found
    assert {"function_return": "None", "status": "success"} in found


def test_two_calls_of_one_step_end_it_once() -> None:
    events = [called("a", 4), called("b", 4), returned("a", 5), returned("b", 6), ended()]

    assert [each for each in told("tokens", events) if isinstance(each, str)] == [
        "[DONE_GEN]",
        "[DONE_STEP]",
        "[DONE]",
    ]


def test_every_chunk_has_the_id_of_its_entry_and_a_date() -> None:
    telling = Telling(AGENT)
    chunks = [chunk for each in SEARCH_AND_SAY for chunk in telling.tell(each)]

    objects = [each for each in chunks if isinstance(each, dict)]
    assert [each["id"] for each in objects] == [entry_id(AGENT, seq) for seq in (4, 4, 6, 8, 9, 8)]
    assert {each["date"] for each in objects} == {"2026-11-29T04:04:03.704731+00:00"}


def test_the_usage_is_that_of_the_turn() -> None:
    telling = Telling(AGENT)
    for each in SEARCH_AND_SAY:
        telling.tell(each)

    assert telling.usage.model_dump() == {
        "completion_tokens": 2,
        "prompt_tokens": 40,
        "total_tokens": 42,
        "step_count": 2,
    }


@pytest.mark.parametrize(
    ("last", "status", "text"),
    [
        (event("error", error="ModelError", text="the model is away."), 502, "the model is away."),
        (ended("cancelled"), 409, "the turn was cancelled."),
        (event("suspended", calls=[]), 409, f"POST /api/v1/runs/{RUN}/results"),
        (event("heard", 3), 503, "the server stops"),
    ],
)
def test_a_turn_without_an_answer_says_why(last: Streamed, status: int, text: str) -> None:
    telling = Telling(AGENT)
    telling.tell(last)

    error, done = telling.close()

    assert isinstance(error, dict)
    assert text in error["error"]
    assert done == "[DONE]"
    assert telling.failed is not None
    assert telling.failed[0] == status


def test_a_stream_has_data_lines_only() -> None:
    assert as_sse("[DONE]") == b"data: [DONE]\n\n"
    assert as_sse({"assistant_message": "é\n\ud800"}).count(b"\n") == 2
