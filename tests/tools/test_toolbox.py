"""The toolbox: whatever a call is and whatever a tool does, the model gets a result that it can act on."""

from __future__ import annotations

import asyncio
import contextvars
import json
import logging
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inline_snapshot import snapshot

from memgpt_autogen.errors import ConfigurationError, StorageError, ToolError
from memgpt_autogen.messages import ToolCall
from memgpt_autogen.testing import call
from memgpt_autogen.tools.tool import Tool
from memgpt_autogen.tools.toolbox import ERROR_CHARS, Outcome, Toolbox


def run(toolbox: Toolbox, name: str, **arguments: Any) -> Outcome:
    return toolbox.run(toolbox.read(call(name, **arguments)))


def box(*functions: Callable[..., Any], own: bool = False, paged: bool = False, **options: Any) -> Toolbox:
    return Toolbox([Tool.from_function(function, own=own, paged=paged) for function in functions], **options)


def test_a_slow_tool_is_left_behind() -> None:
    release = threading.Event()

    def dig() -> str:
        release.wait(10)
        return "treasure"

    started = time.monotonic()
    outcome = run(box(dig, seconds=0.05), "dig")
    release.set()

    assert time.monotonic() - started < 5
    assert outcome == snapshot(
        Outcome(
            text=(
                "dig did not return within 0.05 seconds; it may still be running. Try a smaller request, "
                "or go on without it."
            ),
            ok=False,
        )
    )


def test_a_slow_async_tool_is_left_behind_too() -> None:
    async def dig() -> None:
        await asyncio.sleep(2)

    assert not run(box(dig, seconds=0.05), "dig").ok


def test_memory_tools_run_in_the_turns_own_thread_and_others_in_theirs() -> None:
    def thread() -> str:
        return threading.current_thread().name

    assert run(box(thread, own=True), "thread").text == threading.current_thread().name
    assert run(box(thread), "thread").text == "tool-thread"


@pytest.mark.parametrize("own", [True, False])
@pytest.mark.parametrize(
    ("error", "told"),
    [
        (ValueError("no such city"), "break_ raised ValueError: no such city"),
        (ToolError("say which city."), "say which city."),
        (StorageError("the disk /srv/x is full."), StorageError.plain),
        (asyncio.CancelledError(), "break_ raised CancelledError: "),
        (ToolError("\ud83d"), "\ufffd"),
    ],
    ids=["an error", "a refusal", "storage", "cancelled", "a lone surrogate"],
)
def test_what_a_tool_raises_is_told_to_the_model(error: BaseException, told: str, own: bool) -> None:
    def break_() -> None:
        raise error

    assert run(box(break_, own=own), "break_") == Outcome(told, ok=False)


def test_only_a_bug_is_logged_with_its_traceback(caplog: pytest.LogCaptureFixture) -> None:
    def bug() -> None:
        raise KeyError("x")

    def refuse() -> None:
        raise ToolError("no.")

    with caplog.at_level(logging.WARNING):
        run(box(bug, refuse), "refuse")
        run(box(bug, refuse), "bug")

    (record,) = caplog.records
    assert record.exc_info is not None


@pytest.mark.parametrize("own", [True, False])
@pytest.mark.parametrize("stop", [KeyboardInterrupt, SystemExit])
def test_what_stops_the_program_is_carried_over(stop: type[BaseException], own: bool) -> None:
    def quit_() -> None:
        raise stop

    with pytest.raises(stop):
        run(box(quit_, own=own), "quit_")


def test_a_long_error_is_short() -> None:
    def shout() -> None:
        raise ValueError("a" * 5000)

    def argue(number: int) -> None: ...

    for outcome in (run(box(shout), "shout"), run(box(argue), "argue", **{f"no{n}": n for n in range(200)})):
        assert len(outcome.text) == ERROR_CHARS
        assert outcome.text.endswith(" ...")


def test_a_long_result_is_cut_with_a_note_unless_it_is_paged() -> None:  # T47
    def read(chars: int) -> str:
        return "x" * chars

    assert run(box(read, result_chars=20), "read", chars=20).text == "x" * 20
    assert run(box(read, result_chars=20), "read", chars=21).text == snapshot(
        "xxxxxxxxxxxxxxxxxxxx [cut: the first 20 of 21 characters. Ask for less, or for a part.]"
    )
    assert run(box(read, result_chars=20, paged=True), "read", chars=21).text == "x" * 21


@pytest.mark.parametrize(
    ("functions", "others"), [((), ()), ((print,), ()), ((), ("transfer",)), ((print,), ("transfer",))]
)
def test_an_unknown_function_is_told_which_ones_there_are(functions: Any, others: Any) -> None:  # T38
    described = [
        Tool.described({"function": {"name": each.__name__}}, each, seconds=10) for each in functions
    ]
    toolbox = Toolbox(described)

    outcome = toolbox.run(toolbox.read(call("jump")), others=others)

    names = ", ".join([each.__name__ for each in functions] + list(others)) or "none"
    assert outcome == Outcome(f"there is no function 'jump'. The functions: {names}.", ok=False)


def test_a_name_is_taken_once() -> None:
    def jump() -> None: ...

    with pytest.raises(
        ConfigurationError, match="there is a tool 'jump' already; give the new one another name"
    ):
        box(jump, jump)
    with pytest.raises(ConfigurationError, match="there is a tool 'jump' already"):
        box(jump).extended([Tool.from_function(jump)])


def test_more_tools_for_a_turn_leave_the_toolbox_as_it_is() -> None:
    def jump() -> str:
        return "x" * 30

    toolbox = Toolbox(result_chars=20)
    more = toolbox.extended([Tool.from_function(jump)])

    assert "jump" in more
    assert "jump" not in toolbox
    assert "[cut:" in run(more, "jump").text


def test_a_tool_sees_the_callers_context() -> None:
    user: contextvars.ContextVar[str] = contextvars.ContextVar("user", default="nobody")
    user.set("ana")

    def who() -> str:
        name = user.get()
        user.set("changed")
        return name

    assert run(box(who), "who").text == "ana"
    assert user.get() == "ana"


def test_an_async_tool_runs_where_an_event_loop_is_running_already() -> None:
    async def greet() -> str:
        await asyncio.sleep(0)
        return "hi"

    async def notebook() -> Outcome:
        return run(box(greet), "greet")

    assert asyncio.run(notebook()) == Outcome("hi")


def test_a_call_is_taken_apart_into_the_tools_part_and_the_loops() -> None:  # T50
    reading = Toolbox().read(call("jump", inner_thoughts="Higher!", height=2, request_heartbeat="true"))

    assert reading.arguments == {"height": 2}
    assert json.loads(reading.call.arguments) == {"height": 2}
    assert (reading.thought, reading.heartbeat, reading.error) == ("Higher!", True, None)


def test_thoughts_that_are_no_text_are_dropped() -> None:  # T50
    assert Toolbox().read(call("jump", inner_thoughts=["a", "b"])).thought == ""


def test_unreadable_arguments_are_kept_for_the_log_and_told() -> None:  # T49
    def jump() -> None: ...

    toolbox = box(jump)
    reading = toolbox.read(ToolCall("1", "jump", "as high as you can"))

    assert reading.call.arguments == '{"unreadable": "as high as you can"}'
    assert toolbox.run(reading) == snapshot(
        Outcome(
            text=(
                "the arguments are not a JSON object (Expecting value: line 1 column 1 (char 0)): as high "
                'as you can. Call the function again with an object of its arguments, such as {"name": '
                '"value"}.'
            ),
            ok=False,
        )
    )


odd_text = st.text(st.characters(), max_size=5)  # lone surrogates too
odd_values = st.none() | st.booleans() | st.floats() | odd_text | st.lists(st.floats() | odd_text, max_size=2)


@given(odd_text | st.dictionaries(odd_text, odd_values, min_size=1, max_size=3).map(json.dumps))
def test_every_call_is_read_into_strict_json(arguments: str) -> None:  # T49
    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    reading = Toolbox().read(ToolCall("1", "jump", arguments))

    reading.call.arguments.encode()
    assert isinstance(json.loads(reading.call.arguments, parse_constant=refuse), dict)
    assert reading.error is not None or json.loads(reading.call.arguments) == reading.arguments


def test_arguments_nested_too_deeply_are_refused_or_read() -> None:  # T49
    for depth in (100, 900, 1500, 100_000):
        Toolbox().read(ToolCall("1", "jump", '{"a":' * depth + "1" + "}" * depth))
