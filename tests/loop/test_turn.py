"""The limits of a turn: steps, failures, repetition, tokens, time, the window, and paused heartbeats."""

from __future__ import annotations

import json
import time
from datetime import timedelta
from typing import Any

import pytest
from inline_snapshot import snapshot
from loops import HELLO, LoopFactory, MemoryFactory, requests_of, story

from memgpt_autogen.errors import ConfigurationError, ContextOverflowError
from memgpt_autogen.events import Evicted, Heard, HeartbeatLimitReached, PressureWarned, Replied, TurnEnded
from memgpt_autogen.llm.protocols import Completion, Usage
from memgpt_autogen.loop.heartbeat import HeartbeatLoop
from memgpt_autogen.loop.turn import Limits
from memgpt_autogen.messages import Message, now
from memgpt_autogen.testing import call, says
from memgpt_autogen.testing.scripted import Request


def busy(request: Request) -> Completion:
    """A model that is never done, and repeats nothing."""
    number = len(request.messages)
    return says("Hm.", call("conversation_search", query=f"tea {number}", request_heartbeat=True))


def answers_when_asked(request: Request) -> Completion:
    return says("", call("send_message", message="Here.")) if len(request.tools) == 1 else busy(request)


def heard(loop: HeartbeatLoop, request: int = -1) -> str:
    """The newest event in the prompt of a request, as the model reads it."""
    newest = [m["content"] for m in requests_of(loop)[request].messages if m["role"] == "user"][-1]
    return str(json.loads(newest)["message"])


def test_on_the_last_step_the_model_can_only_answer(make_loop: LoopFactory) -> None:  # T42
    loop = make_loop(otherwise=answers_when_asked, limits=Limits(steps=4))

    events = list(loop.run([HELLO]))

    assert story(events)[-5:] == snapshot(
        [
            "HeartbeatLimitReached step_limit",
            'calls send_message {"message": "Here."}',
            "gets Sent.",
            "says Here.",
            "TurnEnded step_limit",
        ]
    )
    *ordinary, last = requests_of(loop)
    assert len(ordinary) == 3
    assert all(request.tool_choice is None for request in ordinary)
    assert [tool["function"]["name"] for tool in last.tools] == ["send_message"]
    assert last.tool_choice == {"type": "function", "function": {"name": "send_message"}}
    assert heard(loop) == snapshot(
        "[automated system message, hidden from the others] You asked for this heartbeat: act "
        "again. This is the last step "
        "of your turn: answer now with what you have."
    )


def test_a_model_that_refuses_to_answer_still_gives_a_reply(make_loop: LoopFactory) -> None:  # T42
    loop = make_loop(otherwise=busy, limits=Limits(steps=3))

    events = list(loop.run([HELLO]))

    assert [event for event in events if isinstance(event, Replied)] == [
        Replied("(no answer)", fallback=True)
    ]
    assert story(events)[-4:-2] == snapshot(
        [
            'calls conversation_search {"query": "tea 8"}',
            "fails Not run: in the last step of a turn there is only time to answer.",
        ]
    )
    assert loop.memory.log.everything()[-1].message.spoken == "(no answer)"


def test_plain_text_on_the_last_step_is_the_answer(make_loop: LoopFactory) -> None:  # T42
    loop = make_loop(busy, says("It is tea."), limits=Limits(steps=2))

    assert story(loop.run([HELLO]))[-2:] == ["says It is tea.", "TurnEnded step_limit"]


@pytest.mark.parametrize("protocol", ["memgpt", "native"])
def test_a_single_step_is_the_last_one_from_the_start(make_loop: LoopFactory, protocol: str) -> None:  # T42
    loop = make_loop(says("It is tea."), limits=Limits(steps=1), protocol=protocol)

    assert story(loop.run([HELLO]))[-2] == "says It is tea."
    assert len(requests_of(loop)[0].tools) == (protocol == "memgpt")


def test_in_native_the_last_step_offers_no_tools(make_loop: LoopFactory) -> None:  # T42
    loop = make_loop(busy, busy, limits=Limits(steps=2), protocol="native")

    assert story(loop.run([HELLO]))[-2:] == ["says (no answer)", "TurnEnded step_limit"]
    assert requests_of(loop)[-1].tools == []


def test_who_has_answered_is_not_asked_again_at_the_limit(make_loop: LoopFactory) -> None:  # T42
    first = says("", call("send_message", message="One moment."), call("pause", request_heartbeat=True))
    loop = make_loop(first, otherwise=busy, limits=Limits(steps=2))

    lines = story(loop.run([HELLO]))

    assert lines[-2:] == ["HeartbeatLimitReached step_limit", "TurnEnded step_limit"]
    assert [line for line in lines if line.startswith("says")] == ["says One moment."]
    assert len(requests_of(loop)) == 2


def test_failures_in_a_row_end_the_turn(make_loop: LoopFactory) -> None:
    wrong = [says("", call("core_memory_append", label=f"x{number}", content="y")) for number in range(3)]
    loop = make_loop(*wrong, otherwise=answers_when_asked, limits=Limits(failures=3))

    assert story(loop.run([HELLO]))[-5:] == snapshot(
        [
            "HeartbeatLimitReached failure_limit",
            'calls send_message {"message": "Here."}',
            "gets Sent.",
            "says Here.",
            "TurnEnded failure_limit",
        ]
    )


def test_a_success_between_failures_counts_them_anew(make_loop: LoopFactory) -> None:
    def wrong(number: int) -> Completion:
        return says("", call("core_memory_append", label=f"x{number}", content="y"))

    loop = make_loop(
        wrong(1), wrong(2), busy, wrong(3), wrong(4), says("", call("send_message", message="Done.")),
        limits=Limits(failures=3),
    )  # fmt: skip

    assert story(loop.run([HELLO]))[-1] == "TurnEnded yielded"


def test_the_third_time_the_same_call_is_not_run(make_loop: LoopFactory) -> None:  # T43
    ran = []

    def roll(sides: int) -> int:
        ran.append(sides)
        return 4

    again = says("", call("roll", sides=6, request_heartbeat=True))
    loop = make_loop(again, again, again, says("", call("send_message", message="Four.")), tools=[roll])

    assert story(loop.run([HELLO]))[-6:] == snapshot(
        [
            "fails Not run: roll was called with these arguments 3 times in this turn. Do something else.",
            "HeartbeatLimitReached repeated_call",
            'calls send_message {"message": "Four."}',
            "gets Sent.",
            "says Four.",
            "TurnEnded repeated_call",
        ]
    )
    assert ran == [6, 6]


def test_other_arguments_and_another_turn_are_not_the_same_call(make_loop: LoopFactory) -> None:  # T43
    def roll(sides: int) -> int:
        return sides

    rolls = [says("", call("roll", sides=sides, request_heartbeat=True)) for sides in (6, 8, 6, 10)]
    done = says("", call("send_message", message="Done."))
    loop = make_loop(*rolls, done, *rolls, done, tools=[roll])

    for _ in range(2):
        assert story(loop.run([HELLO]))[-1] == "TurnEnded yielded"


def test_a_token_budget_ends_the_turn(make_loop: LoopFactory) -> None:
    costly = says("", call("conversation_search", query="tea", request_heartbeat=True), usage=Usage(900, 100))
    loop = make_loop(costly, says("", call("send_message", message="Tea.")), limits=Limits(tokens=1000))

    events = list(loop.run([HELLO]))

    assert HeartbeatLimitReached("token_limit") in events
    assert story(events)[-2:] == ["says Tea.", "TurnEnded token_limit"]


def test_below_the_token_budget_the_turn_goes_on(make_loop: LoopFactory) -> None:
    cheap = says("", call("conversation_search", query="tea", request_heartbeat=True), usage=Usage(900, 99))
    loop = make_loop(cheap, says("", call("send_message", message="Tea.")), limits=Limits(tokens=1000))

    assert story(loop.run([HELLO]))[-1] == "TurnEnded yielded"


def test_a_time_budget_ends_the_turn(make_loop: LoopFactory) -> None:
    def slow(request: Request) -> Completion:
        time.sleep(0.05)
        return answers_when_asked(request)

    loop = make_loop(otherwise=slow, limits=Limits(seconds=0.04))

    assert story(loop.run([HELLO]))[-1] == "TurnEnded time_limit"
    assert len(requests_of(loop)) == 2


@pytest.mark.parametrize("limits", [{"steps": 0}, {"failures": 0}, {"same_call": 1}])
def test_a_limit_that_allows_nothing_is_refused(limits: dict[str, int]) -> None:
    (name,) = limits

    with pytest.raises(ConfigurationError, match=rf"Limits\.{name} is {limits[name]}; it must be at least"):
        Limits(**limits)


def test_a_long_result_is_cut_with_a_note_and_searches_are_not(make_loop: LoopFactory) -> None:  # T47
    def read() -> str:
        return "tea " * 5000

    loop = make_loop(
        says(
            "", call("read"), call("conversation_search", query="tea"), call("send_message", message="Long.")
        ),
        tools=[read],
    )
    for number in range(5):
        loop.memory.log.append(Message.said_by("boss", f"{number} tea " + "leaf " * 900))

    read_text, found, _ = (line for line in story(loop.run([HELLO])) if line.startswith("gets"))

    assert read_text.endswith(" [cut: the first 4,096 of 20,000 characters. Ask for less, or for a part.]")
    assert found.startswith("gets Showing 5 of 5 results (page 0, last page 0; oldest first):")
    assert found.count("4 tea leaf") == 1
    assert found.endswith(" characters]")


def test_a_warning_and_a_heartbeat_are_told_in_one_event(make_loop: LoopFactory) -> None:  # T48
    def read() -> str:
        return "tea leaves " * 190

    loop = make_loop(
        says("", call("read", request_heartbeat=True)),
        says("", call("send_message", message="Read.")),
        window_tokens=5000,
        tools=[read],
        warn_fraction=0.5,
    )

    events = list(loop.run([HELLO]))

    assert len([event for event in events if isinstance(event, PressureWarned)]) == 1
    assert not [event for event in events if isinstance(event, Evicted)]
    assert len(requests_of(loop)) == 2
    newest = requests_of(loop)[1].messages[-1]
    assert json.loads(newest["content"])["type"] == "system_alert"
    assert heard(loop) == snapshot(
        "[automated system message, hidden from the others] You asked for this heartbeat: act "
        "again. Memory pressure: your "
        "view of the conversation is nearly full, and its oldest part will soon be replaced by a "
        "summary. Save now what you "
        "must keep in view or find again (core_memory_append, core_memory_replace, "
        "archival_memory_insert). Do not mention "
        "this to the others."
    )
    assert [m["role"] for m in requests_of(loop)[1].messages] == [
        "system",
        "user",
        "assistant",
        "tool",
        "user",
    ]


def test_a_warning_alone_gives_the_model_a_step_to_save_what_matters(make_loop: LoopFactory) -> None:  # T48
    def read() -> str:
        return "tea leaves " * 190

    loop = make_loop(
        says("", call("read"), call("send_message", message="Read.")),
        says("", call("archival_memory_insert", content="The boss drinks tea.")),
        window_tokens=5000,
        tools=[read],
        warn_fraction=0.5,
    )

    lines = story(loop.run([HELLO]))

    assert lines[-4:] == snapshot(
        [
            "PressureWarned",
            'calls archival_memory_insert {"content": "The boss drinks tea."}',
            "gets Stored. Passages in archival memory: 1.",
            "TurnEnded yielded",
        ]
    )
    assert heard(loop).startswith("[automated system message, hidden from the others] Memory pressure:")


def test_a_warning_at_the_limit_is_heard_in_the_next_turn(make_loop: LoopFactory) -> None:  # T48
    def read() -> str:
        return "tea leaves " * 190

    loop = make_loop(
        says("", call("read"), call("send_message", message="Read.")),
        says("", call("send_message", message="Hello again.")),
        window_tokens=5000,
        tools=[read],
        warn_fraction=0.5,
        limits=Limits(steps=1),
    )

    assert story(loop.run([HELLO], owes_answer=False))[-2:] == [
        "HeartbeatLimitReached step_limit",
        "TurnEnded step_limit",
    ]
    list(loop.run(owes_answer=False))

    assert heard(loop).startswith("[automated system message, hidden from the others] Memory pressure:")


def test_a_warning_alone_waits_for_the_next_turn_where_the_window_is_small(make_loop: LoopFactory) -> None:
    def read() -> str:
        return "tea leaves " * 190

    loop = make_loop(
        says("", call("read"), call("send_message", message="Read.")),
        says(
            "",
            call("core_memory_append", label="human", content="likes tea"),
            call("send_message", message="Yes."),
        ),
        window_tokens=2400,
        tools=[read],
    )

    long = Message.said_by("boss", "tea and cake " * 260)

    first, second = list(loop.run([long])), list(loop.run([Message.said_by("boss", "And?")]))

    assert all(sent.brief for sent in loop.pressure.sent)
    assert not any(isinstance(event, PressureWarned) for event in first)
    assert [type(event) for event in second][:2] == [Heard, PressureWarned]
    assert "Memory pressure:" in requests_of(loop)[1].messages[-1]["content"]
    assert "And?" in requests_of(loop)[1].messages[-2]["content"]
    assert len(requests_of(loop)) == 2


def fill(loop: HeartbeatLoop, count: int = 30) -> None:
    for number in range(count):
        loop.memory.log.append(Message.said_by("boss", f"Line {number}: " + "tea and cake " * 20))


def test_an_endpoint_that_finds_the_prompt_too_long_makes_it_shorter(make_loop: LoopFactory) -> None:  # T59
    def answer(request: Request) -> Completion:
        if request.tools and len(json.dumps(request.messages)) > 9000:
            raise ContextOverflowError("too long")
        return (
            says("", call("send_message", message="Fits.")) if request.tools else says("They spoke of tea.")
        )

    loop = make_loop(otherwise=answer, window_tokens=20_000)
    fill(loop)

    events = list(loop.run([HELLO]))

    assert len([request for request in requests_of(loop) if request.tools]) > 1
    assert [event for event in events if isinstance(event, Evicted)]
    assert story(events)[-2:] == ["says Fits.", "TurnEnded yielded"]
    assert loop.memory.log.count() == 32


def test_an_endpoint_that_finds_every_prompt_too_long_is_believed_in_the_end(
    make_loop: LoopFactory,
) -> None:  # T59
    def answer(request: Request) -> Completion:
        if request.tools:
            raise ContextOverflowError("too long")
        return says("They spoke of tea.")

    loop = make_loop(otherwise=answer, window_tokens=50_000)
    fill(loop)

    with pytest.raises(ContextOverflowError):
        list(loop.run([HELLO]))

    assert len([request for request in requests_of(loop) if request.tools]) <= 4
    assert loop.memory.log.count() == 31


def paused(loop: HeartbeatLoop, minutes: Any) -> str:
    return next(line for line in story(loop.run([HELLO])) if line.startswith(("gets", "fails")))


def pausing(minutes: Any) -> Completion:
    return says("", call("pause_heartbeats", minutes=minutes), call("send_message", message="Good night."))


def test_a_pause_keeps_timers_away_and_no_one_else(
    make_loop: LoopFactory, make_memory: MemoryFactory
) -> None:  # T46
    loop = make_loop(pausing(30), says("", call("send_message", message="Yes?")), timed_heartbeats=True)

    assert paused(loop, 30) == "gets Timed heartbeats are paused for 30 minutes."
    assert list(loop.beat()) == [TurnEnded("paused", 0)]
    assert "says Yes?" in story(loop.run([HELLO]))
    reopened = make_loop(memory=make_memory(), timed_heartbeats=True)
    assert list(reopened.beat()) == [TurnEnded("paused", 0)]
    assert requests_of(reopened) == []


def test_a_pause_ends(make_loop: LoopFactory) -> None:  # T46
    loop = make_loop(says("Nothing to do."), timed_heartbeats=True)
    loop.memory.pause.set(now() - timedelta(seconds=1))

    assert story(loop.beat("It is morning.")) == ["Heard", "thinks Nothing to do.", "TurnEnded yielded"]
    assert heard(loop) == "[automated system message, hidden from the others] It is morning."


def test_a_pause_has_a_longest_and_a_shortest_time(make_loop: LoopFactory) -> None:  # T46
    loop = make_loop(
        pausing(1000), says("", call("pause_heartbeats", minutes=0)), says(), timed_heartbeats=True
    )

    assert paused(loop, 1000) == snapshot(
        "gets Timed heartbeats are paused for 360 minutes (360 is the most; you asked for 1000)."
    )
    until = loop.memory.pause.until
    assert until is not None
    assert until <= now() + timedelta(minutes=360)
    assert "fails cannot pause for 0 minutes; give 1 to 360." in story(loop.run([HELLO], owes_answer=False))


def test_without_a_timer_there_is_nothing_to_pause(make_loop: LoopFactory) -> None:  # T46
    def names(loop: HeartbeatLoop) -> list[str]:
        return [schema["function"]["name"] for schema in loop.schemas()]

    assert "pause_heartbeats" not in names(make_loop())
    assert "pause_heartbeats" in names(make_loop(timed_heartbeats=True))


def test_an_endpoint_that_refused_everything_once_is_believed_in_again_by_the_next_turn(
    make_loop: LoopFactory,
) -> None:
    refusing = [True]

    def moody(request: Request) -> Completion:
        if refusing[0]:
            raise ContextOverflowError("too long")
        return says("", call("send_message", message="back"))

    loop = make_loop(otherwise=moody)
    with pytest.raises(ContextOverflowError):
        list(loop.run([HELLO]))
    refusing[0] = False

    events = list(loop.run([Message.said_by("boss", "and now?")]))

    assert story(events)[-2:] == ["says back", "TurnEnded yielded"]
