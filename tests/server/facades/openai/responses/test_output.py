"""The events of a turn as the events of a response's stream."""

from __future__ import annotations

import itertools
from datetime import datetime, timezone
from typing import Any

import pytest
from openai_responses import kinds, words

from memgpt_autogen.server.facades.openai.responses.head import ResponseHead
from memgpt_autogen.server.facades.openai.responses.output import ResponseOutput
from memgpt_autogen.service.turns.following import Streamed

WHEN = datetime(2026, 5, 1, tzinfo=timezone.utc)

OPENED = ["created", "in_progress"]

MESSAGE = [
    "output_item.added",
    "content_part.added",
    "output_text.delta",
    "output_text.done",
    "content_part.done",
    "output_item.done",
]

OWN_CALL = [
    "output_item.added",
    "mcp_call.in_progress",
    "mcp_call_arguments.done",
    "mcp_call.completed",
    "output_item.done",
]

THOUGHT = [
    "output_item.added",
    "reasoning_summary_part.added",
    "reasoning_summary_text.delta",
    "reasoning_summary_text.done",
    "reasoning_summary_part.done",
    "output_item.done",
]

FUNCTION = [
    "output_item.added",
    "function_call_arguments.delta",
    "function_call_arguments.done",
    "output_item.done",
]

WEATHER = {"type": "function", "function": {"name": "weather", "parameters": {}}}


def head(**asked: Any) -> ResponseHead:
    return ResponseHead("resp_1", WHEN, {"model": "sam", "store": True, **asked}, tools=[WEATHER])


def part(text: str, *, anew: bool = False) -> Streamed:
    return Streamed("reply_part", {"text": text, "anew": anew})


def said(text: str) -> Streamed:
    return Streamed("replied", {"text": text, "seq": 7})


def called(name: str, call: str = "c1", *, seq: int = 7) -> Streamed:
    return Streamed("tool_called", {"call": {"id": call, "name": name, "arguments": "{}"}, "seq": seq})


def returned(name: str, text: str = "found", call: str = "c1", *, ok: bool = True) -> Streamed:
    of_call = {"id": call, "name": name, "arguments": "{}"}
    return Streamed("tool_returned", {"call": of_call, "text": text, "ok": ok, "seq": 8})


def suspended(*names: str, approvals: tuple[str, ...] = ()) -> Streamed:
    calls = [{"id": f"c_{name}", "name": name, "arguments": "{}"} for name in names]
    return Streamed("suspended", {"calls": calls, "approvals": list(approvals)})


def ended(reason: str = "yielded") -> Streamed:
    usage = {"prompt_tokens": 10, "completion_tokens": 3, "cached_tokens": 4}
    return Streamed("turn_ended", {"stop_reason": reason, "usage": usage})


SPOKEN = (called("send_message"), returned("send_message"), said("Hello."))


def stream(output: ResponseOutput, *events: Streamed) -> list[dict[str, Any]]:
    """All events of a response's stream, whose numbers grow."""
    told = [*output.begin(), *itertools.chain(*(output.take(each) for each in events)), *output.end()]
    numbers = [each["sequence_number"] for each in told]
    assert numbers == sorted(set(numbers))
    return told


@pytest.mark.parametrize(
    ("events", "expected", "items"),
    [
        (SPOKEN, MESSAGE, ["message"]),
        ((said("Hello."), said("Bye.")), MESSAGE * 2, ["message"] * 2),
        (
            (part("Hel"), part("lo."), *SPOKEN),
            [*MESSAGE[:3], *MESSAGE[2:]],
            ["message"],
        ),
        (
            (called("archival_memory_search", seq=5), returned("archival_memory_search"), *SPOKEN),
            OWN_CALL + MESSAGE,
            ["mcp_call", "message"],
        ),
        # the model writes its answer before the other calls of the step are known
        (
            (part("Hello."), called("search"), returned("search"), *SPOKEN),
            MESSAGE + OWN_CALL,
            ["message", "mcp_call"],
        ),
        ((called("weather"), suspended("weather")), FUNCTION, ["function_call"]),
        (
            (suspended("weather", "weather"),),
            FUNCTION * 2,
            ["function_call"] * 2,
        ),
        (
            (returned("weather", "23 C"), *SPOKEN),
            MESSAGE,
            ["message"],
        ),
        (
            (Streamed("heard", {}), Streamed("thought", {"text": "Hm."}), Streamed("pressure_warned", {})),
            [],
            [],
        ),
    ],
)
def test_events_become_those_of_a_response(
    events: tuple[Streamed, ...], expected: list[str], items: list[str]
) -> None:
    output = ResponseOutput(head())

    told = stream(output, *events, ended())

    assert kinds(told) == [*OPENED, *expected, "completed"]
    final = told[-1]["response"]
    assert [item["type"] for item in final["output"]] == items
    assert all(item["status"] == "completed" for item in final["output"])
    assert final["usage"]["total_tokens"] == 13
    done = [each for each in told if each["type"] == "response.output_item.done"]
    assert [each["item"] for each in done] == final["output"]


def test_thoughts_are_told_only_to_who_asks() -> None:
    told = stream(ResponseOutput(head(with_thoughts=True)), Streamed("thought", {"text": "Hm."}), ended())

    assert kinds(told) == [*OPENED, *THOUGHT, "completed"]
    assert told[-1]["response"]["output"][0]["summary"] == [{"type": "summary_text", "text": "Hm."}]


def test_a_call_of_the_agents_own_tool_that_fails_has_its_error() -> None:
    told = stream(
        ResponseOutput(head()), called("search", seq=1), returned("search", "no archive", ok=False), ended()
    )

    (item,) = told[-1]["response"]["output"]
    assert (item["type"], item["status"], item["output"]) == ("mcp_call", "failed", None)
    assert "no archive" in str(item["error"])
    assert "mcp_call.failed" in kinds(told)


def test_a_call_that_must_be_allowed_asks_for_it() -> None:
    told = stream(
        ResponseOutput(head()),
        called("mail", "c_mail"),
        suspended("mail", approvals=("c_mail",)),
        ended("suspended"),
    )

    items = told[-1]["response"]["output"]
    assert [(each["type"], each.get("status")) for each in items] == [
        ("mcp_call", "incomplete"),
        ("mcp_approval_request", None),
    ]
    assert items[1]["id"] == "mcpr_c_mail"


def test_a_call_that_was_allowed_is_told_with_its_request() -> None:
    told = stream(ResponseOutput(head()), returned("mail", "sent", "c_mail"), *SPOKEN, ended())

    assert kinds(told) == [*OPENED, *OWN_CALL, *MESSAGE, "completed"]
    assert told[-1]["response"]["output"][0]["approval_request_id"] == "mcpr_c_mail"


@pytest.mark.parametrize(
    ("last", "kind", "status", "reason"),
    [
        (ended("token_limit"), "incomplete", "incomplete", "max_output_tokens"),
        (ended("step_limit"), "incomplete", "incomplete", "step_limit"),
        (ended("cancelled"), "incomplete", "cancelled", None),
        (Streamed("error", {"error": "ModelError", "text": "no model."}), "failed", "failed", None),
    ],
)
def test_a_turn_without_an_answer_says_why(
    last: Streamed, kind: str, status: str, reason: str | None
) -> None:
    told = stream(ResponseOutput(head()), last)

    final = told[-1]["response"]
    assert (kinds(told)[-1], final["status"]) == (kind, status)
    assert (final["incomplete_details"] or {}).get("reason") == reason
    assert (final["error"] or {}).get("message") == ("no model." if status == "failed" else None)


def test_a_limit_after_an_answer_leaves_it_complete() -> None:
    assert kinds(stream(ResponseOutput(head()), *SPOKEN, ended("step_limit")))[-1] == "completed"


def test_the_end_of_the_server_is_no_end_of_the_response() -> None:
    told = stream(ResponseOutput(head()), part("Hel"))

    assert (kinds(told)[-1], told[-1]["code"]) == ("error", "server_error")


def test_what_is_written_anew_is_final_in_its_last_words() -> None:
    told = stream(ResponseOutput(head()), part("Hel"), part("Good", anew=True), said("Good bye."), ended())

    assert words(told) == "Hel\nGood bye."
    (item,) = told[-1]["response"]["output"]
    assert item["content"][0]["text"] == "Good bye."


def test_what_is_taken_back_was_not_said_and_holds_nothing_up() -> None:
    output = ResponseOutput(head())
    output.take(part("Hel"))

    failed = [called("send_message"), returned("send_message", "too long", ok=False)]
    for event in failed:
        output.take(event)
    told = stream(output, called("search", "c2", seq=9), returned("search", call="c2"), *SPOKEN, ended())

    final = told[-1]["response"]["output"]
    assert [(each["type"], each["status"]) for each in final] == [
        ("message", "incomplete"),
        ("mcp_call", "completed"),
        ("message", "completed"),
    ]


@pytest.mark.parametrize("live", [True, False], ids=["while it is written", "as it is stored"])
def test_a_stream_goes_on_after_any_number(live: bool) -> None:
    stored = (called("search", seq=1), returned("search"), *SPOKEN, said("And you?"), ended())
    first = stream(
        ResponseOutput(head()), *stored[:2], part("Hel"), part("lo."), *SPOKEN, part("And"), *stored[5:]
    )
    whole = words(first)

    for place, event in enumerate(first[:-1]):
        after = event["sequence_number"]
        more = (part("He"), part("llo.")) if live else ()
        rest = stream(ResponseOutput(head(), after), *stored[:2], *more, *stored[2:])

        assert all(each["sequence_number"] > after for each in rest)
        assert words(first[: place + 1]) + words(rest) == whole
        assert rest[-1] == first[-1]
        again = [each for each in rest if not each["type"].endswith(".delta")]
        assert again == [each for each in first[place + 1 :] if not each["type"].endswith(".delta")]
