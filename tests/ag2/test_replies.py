"""Reply functions, termination, limits, human input and hooks."""

from __future__ import annotations

import asyncio
from typing import Any

import autogen
import pytest
from same_for_both import talker
from side_by_side import helper

pytestmark = pytest.mark.autogen

HI = [{"role": "user", "name": "p", "content": "Hi"}]


def fixed(text: str, *, final: bool = True) -> Any:
    def reply(_recipient: Any, **_: Any) -> tuple[bool, Any]:
        return final, text if final else None

    return reply


def asked(world: Any) -> int:
    return len(world.server.requests)


def test_the_model_answers(world: Any) -> None:
    assert world.agent().generate_reply(HI) == "answer"


def test_the_newest_reply_function_is_asked_first(world: Any) -> None:
    sam = world.agent()
    sam.register_reply([autogen.Agent, None], fixed("older"))
    sam.register_reply([autogen.Agent, None], fixed("newer"))

    assert (sam.generate_reply(HI), asked(world)) == ("newer", 0)


def test_a_reply_function_that_is_not_final_lets_the_next_one_answer(world: Any) -> None:
    sam = world.agent()
    sam.register_reply([autogen.Agent, None], fixed("", final=False))

    assert sam.generate_reply(HI) == "answer"


@pytest.mark.parametrize("trigger", ["p", "q"])
def test_a_trigger_by_name(world: Any, trigger: str) -> None:
    sam = world.agent()
    sam.register_reply(trigger, fixed("triggered"))

    assert sam.generate_reply(HI, helper("p")) == ("triggered" if trigger == "p" else "answer")


@pytest.mark.parametrize("kind", ["class", "agent", "callable", "list", "none"])
def test_triggers_of_every_kind(world: Any, kind: str) -> None:
    sam, p = world.agent(), helper("p")
    triggers = {
        "class": autogen.ConversableAgent,
        "agent": p,
        "callable": lambda sender: sender is p,
        "list": ["x", p],
        "none": [autogen.Agent, None],
    }
    sam.register_reply(triggers[kind], fixed("triggered"))

    assert sam.generate_reply(HI, None if kind == "none" else p) == "triggered"


def test_a_trigger_of_a_wrong_type_raises(world: Any) -> None:
    with pytest.raises(ValueError, match="trigger"):
        world.agent().register_reply(3, fixed("never"))


def test_a_position_behind_the_model_is_never_reached(world: Any) -> None:
    sam = world.agent()
    sam.register_reply([autogen.Agent, None], fixed("late"), position=len(sam._reply_func_list))

    assert sam.generate_reply(HI) == "answer"


def test_only_ones_own_reply_function(world: Any) -> None:
    sam = world.agent(is_termination_msg=lambda _: True)
    sam.register_reply([autogen.Agent, None], fixed("mine"), remove_other_reply_funcs=True)

    assert sam.generate_reply(HI) == "mine"


def test_a_reply_functions_config_is_copied_and_reset(world: Any) -> None:
    sam, seen = world.agent(), []

    def reply(_recipient: Any, config: Any = None, **_: Any) -> tuple[bool, str]:
        seen.append(dict(config))
        config["n"] += 1
        return True, "counted"

    sam.register_reply([autogen.Agent, None], reply, config={"n": 0})
    for _ in range(2):
        sam.generate_reply(HI)
    sam.reset()
    sam.generate_reply(HI)

    assert [each["n"] for each in seen] == [0, 1, 0]


def test_a_coroutine_is_a_reply_function_of_asynchronous_chats(world: Any) -> None:
    sam = world.agent()

    async def reply(_recipient: Any, **_: Any) -> tuple[bool, str]:
        return True, "awaited"

    sam.register_reply([autogen.Agent, None], reply, ignore_async_in_sync_chat=True)

    assert asyncio.run(sam.a_generate_reply(HI)) == "awaited"
    assert sam.generate_reply(HI) == "answer"


def test_a_coroutine_alone_refuses_a_synchronous_chat(world: Any) -> None:
    sam = world.agent()

    async def reply(_recipient: Any, **_: Any) -> tuple[bool, str]:
        return True, "awaited"

    sam.register_reply([autogen.Agent, None], reply)

    with pytest.raises(RuntimeError, match="async"):
        helper("p").initiate_chat(sam, message="Hi", max_turns=1, silent=True)


def test_without_messages_and_sender_nothing_can_be_answered(world: Any) -> None:
    error = AssertionError if not world.ours else Exception
    with pytest.raises(error):
        world.agent().generate_reply()


def test_without_a_model_the_default_reply_is_given(world: Any) -> None:
    assert world.agent(llm_config=False, default_auto_reply="default").generate_reply(HI) == "default"


@pytest.mark.parametrize("default", ["", "a text", {"content": "a message"}])
def test_a_default_reply_of_each_kind(world: Any, default: Any) -> None:
    assert world.agent(llm_config=False, default_auto_reply=default).generate_reply(HI) == default


# Termination and limits


def test_a_termination_message_ends_the_chat(world: Any) -> None:
    sam = world.agent(is_termination_msg=lambda message: "BYE" in message["content"])
    p = helper("p", "BYE")

    result = p.initiate_chat(sam, message="Hi", silent=True)

    assert [m["content"] for m in result.chat_history] == ["Hi", "answer", "BYE"]


def test_the_standard_termination_word(world: Any) -> None:
    assert world.agent().generate_reply([{"role": "user", "content": "TERMINATE"}], helper("p")) is None


@pytest.mark.parametrize("limit", [0, 1, 2])
def test_replies_in_a_row_are_limited(world: Any, limit: int) -> None:
    sam = world.agent(max_consecutive_auto_reply=limit)

    talker("p").initiate_chat(sam, message="Hi", silent=True)

    assert asked(world) == limit


def test_the_limit_is_per_sender_and_can_be_changed(world: Any) -> None:
    sam, p, q = world.agent(), helper("p"), helper("q")
    sam.update_max_consecutive_auto_reply(5, p)

    assert sam.max_consecutive_auto_reply(p) == 5
    assert sam.max_consecutive_auto_reply(q) == sam.max_consecutive_auto_reply()


def test_the_counter_of_replies_is_reset(world: Any) -> None:
    sam, p = world.agent(max_consecutive_auto_reply=1), helper("p", "more", "more")

    p.initiate_chat(sam, message="Hi", silent=True)
    sam.reset_consecutive_auto_reply_counter(p)
    p.send("again", sam, request_reply=True, silent=True)

    assert asked(world) == 2


def test_the_turns_of_a_chat_are_limited(world: Any) -> None:
    result = talker("p").initiate_chat(world.agent(), message="Hi", max_turns=3, silent=True)

    assert len(result.chat_history) == 6


# Human input


@pytest.mark.parametrize(("mode", "typed"), [("ALWAYS", True), ("NEVER", False), ("TERMINATE", False)])
def test_human_input_by_mode(world: Any, mode: str, typed: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    sam = world.agent(human_input_mode=mode)
    monkeypatch.setattr(sam, "get_human_input", lambda *_a, **_k: "typed")

    result = helper("p").initiate_chat(sam, message="Hi", max_turns=1, silent=True)

    assert result.chat_history[-1]["content"] == ("typed" if typed else "answer")
    assert asked(world) == (0 if typed else 1)


@pytest.mark.parametrize(("text", "expected"), [("", "answer"), ("exit", None), ("mine", "mine")])
def test_what_a_human_types(
    world: Any, text: str, expected: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    sam, p = world.agent(human_input_mode="ALWAYS"), helper("p")
    monkeypatch.setattr(sam, "get_human_input", lambda *_a, **_k: text)
    p.send("Hi", sam, request_reply=False, silent=True)

    reply = sam.generate_reply(sender=p)

    assert (reply["content"] if isinstance(reply, dict) else reply) == expected


def test_human_input_at_termination(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    sam = world.agent(human_input_mode="TERMINATE", is_termination_msg=lambda m: "BYE" in m["content"])
    monkeypatch.setattr(sam, "get_human_input", lambda *_a, **_k: "stay")

    result = helper("p").initiate_chat(sam, message="BYE", max_turns=1, silent=True)

    assert result.chat_history[-1]["content"] == "stay"


def test_human_inputs_are_in_the_result(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    sam = world.agent(human_input_mode="ALWAYS")
    monkeypatch.setattr("builtins.input", lambda *_: "typed")

    result = sam.initiate_chat(helper("p", "fine"), message="Hi", max_turns=2, silent=True)

    assert result.human_input == ["typed"]
    assert result.chat_history[2]["content"] == "typed"


# Hooks


def test_a_hook_on_sent_messages(world: Any) -> None:
    sam, p = world.agent(), helper("p")
    sam.register_hook("process_message_before_send", lambda sender, message, recipient, silent: f"{message}!")

    result = p.initiate_chat(sam, message="Hi", max_turns=1, silent=True)

    assert result.chat_history[-1]["content"] == "answer!"


def test_a_hook_on_the_last_message_reaches_the_model(world: Any) -> None:
    sam = world.agent()
    sam.register_hook("process_last_received_message", lambda content: f"{content} [it is Monday]")

    helper("p").initiate_chat(sam, message="Hi", max_turns=1, silent=True)

    assert "it is Monday" in world.prompt()


def test_a_hook_on_all_messages_reaches_the_model(world: Any) -> None:
    sam = world.agent()
    sam.register_hook(
        "process_all_messages_before_reply", lambda m: [*m, {"role": "user", "content": "it is Monday"}]
    )

    helper("p").initiate_chat(sam, message="Hi", max_turns=1, silent=True)

    assert "it is Monday" in world.prompt()


def test_a_hook_that_does_not_exist_is_refused(world: Any) -> None:
    with pytest.raises(AssertionError):
        world.agent().register_hook("no such hook", lambda x: x)


def test_a_hook_is_registered_once(world: Any) -> None:
    sam = world.agent()

    def hook(content: Any) -> Any:
        return content

    sam.register_hook("process_last_received_message", hook)
    with pytest.raises(AssertionError):
        sam.register_hook("process_last_received_message", hook)
