"""In chats of two, a MemGPTAgent in the place of a stock agent changes nothing that AutoGen sees."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import autogen
import pytest
from same_for_both import Make, lines_of, same, talker

pytestmark = pytest.mark.autogen


def outcome(result: Any, *agents: Any) -> Any:
    """What a chat's result holds, without the ids and token counts that no two prompts share."""
    history = [(m["role"], m.get("name", ""), m["content"]) for m in result.chat_history]
    return (
        history,
        result.summary,
        result.human_input,
        [lines_of(a, b) for a in agents for b in agents if a is not b],
    )


@pytest.mark.parametrize("turns", [1, 2])
def test_a_chat_of_so_many_turns(turns: int) -> None:
    def chat(make: Make) -> Any:
        sam, boss = make(), talker("boss")
        return outcome(boss.initiate_chat(sam, message="hello", max_turns=turns, silent=True), boss, sam)

    history, summary, _, _ = same(chat, *["one", "two"][:turns])

    assert summary == ["one", "two"][turns - 1]
    assert len(history) == 2 * turns


def test_a_chat_without_max_turns_that_a_word_ends() -> None:
    def chat(make: Make) -> Any:
        sam = make()
        boss = talker("boss", is_termination_msg=lambda message: "TERMINATE" in message["content"])
        return outcome(boss.initiate_chat(sam, message="hello", silent=True), boss, sam)

    history, _, _, _ = same(chat, "one", "two TERMINATE")

    assert [content for _, _, content in history] == ["hello", "one", "boss 1", "two TERMINATE"]


@pytest.mark.parametrize("turns", [2, None])
def test_a_chat_that_the_agent_opens(turns: int | None) -> None:
    def chat(make: Make) -> Any:
        sam = make(is_termination_msg=lambda message: message["content"] == "boss 2")
        boss = talker("boss")
        return outcome(sam.initiate_chat(boss, message="I open", max_turns=turns, silent=True), boss, sam)

    same(chat, "one")


def test_a_chat_is_carried_on_without_clearing_it() -> None:
    def chat(make: Make) -> Any:
        sam, boss = make(), talker("boss")
        boss.initiate_chat(sam, message="a", max_turns=1, silent=True)
        result = boss.initiate_chat(sam, message="b", max_turns=1, clear_history=False, silent=True)
        return outcome(result, boss, sam)

    history, _, _, _ = same(chat, "one", "two")

    assert [content for _, _, content in history] == ["a", "one", "b", "two"]


@pytest.mark.parametrize("message", [{"content": "hello"}, lambda _s, _r, _c: "made", None])
def test_a_message_in_every_form(message: Any) -> None:
    def chat(make: Make) -> Any:
        sam, boss = make(), talker("boss")
        boss.get_human_input = lambda _prompt, **_: "typed"
        return outcome(boss.initiate_chat(sam, message=message, max_turns=1, silent=True), boss, sam)

    same(chat, "one")


def test_sequential_chats_carry_over_what_was_said() -> None:
    def chat(make: Make) -> Any:
        sam, tom, boss = make("sam"), make("tom"), talker("boss")
        results = boss.initiate_chats(
            [
                {"recipient": sam, "message": "first", "max_turns": 1, "silent": True},
                {"recipient": tom, "message": "second", "max_turns": 1, "silent": True},
                {
                    "recipient": sam,
                    "message": "third",
                    "max_turns": 1,
                    "silent": True,
                    "clear_history": False,
                },
            ]
        )
        return [outcome(result) for result in results]

    outcomes = same(chat, "one", "two", "three")

    assert outcomes[1][0][0][2] == "second\nContext: \none"


def test_parallel_queued_chats() -> None:
    def chat(make: Make) -> Any:
        sam, tom, boss = make("sam"), make("tom"), talker("boss")

        async def all_of_them() -> Any:
            return await boss.a_initiate_chats(
                [
                    {"chat_id": 1, "recipient": sam, "message": "first", "max_turns": 1, "silent": True},
                    {
                        "chat_id": 2,
                        "recipient": tom,
                        "message": "second",
                        "max_turns": 1,
                        "silent": True,
                        "prerequisites": [1],
                    },
                ]
            )

        results = asyncio.run(all_of_them())
        return {chat_id: outcome(result) for chat_id, result in results.items()}

    same(chat, "one", "two")


def test_a_summary_by_reflection() -> None:
    def chat(make: Make) -> Any:
        sam, boss = make(), talker("boss")
        result = boss.initiate_chat(
            sam, message="hello", max_turns=1, summary_method="reflection_with_llm", silent=True
        )
        return outcome(result)

    assert same(chat, "one", "they greeted each other")[1] == "they greeted each other"


def test_a_summary_by_a_function() -> None:
    def chat(make: Make) -> Any:
        sam, boss = make(), talker("boss")
        result = boss.initiate_chat(
            sam,
            message="hello",
            max_turns=1,
            summary_method=lambda sender, recipient, _: recipient.last_message(sender)["content"].upper(),
            silent=True,
        )
        return outcome(result)

    assert same(chat, "one")[1] == "ONE"


def test_a_reply_to_messages_that_were_never_received() -> None:
    def chat(make: Make) -> Any:
        sam = make()
        reply = sam.generate_reply(messages=[{"role": "user", "content": "hello"}])
        return reply, asyncio.run(sam.a_generate_reply(messages=[{"role": "user", "content": "again"}]))

    assert same(chat, "one", "two") == ("one", "two")


@pytest.mark.parametrize("mode", ["ALWAYS", "TERMINATE", "NEVER"])
@pytest.mark.parametrize("typed", ["", "by hand", "exit"])
def test_human_input(mode: str, typed: str) -> None:  # T67
    """The only difference: our default `human_input_mode` is NEVER; an agent with memory does not block."""
    asked: list[str] = []

    def chat(make: Make) -> Any:
        asked.clear()
        sam = make(is_termination_msg=lambda message: message["content"] == "boss 1")
        sam.human_input_mode = mode
        sam.get_human_input = lambda prompt, **_: asked.append(prompt) or typed
        boss = talker("boss")
        result = boss.initiate_chat(sam, message="hello", max_turns=2, silent=True)
        return outcome(result, boss, sam), list(asked), sam._consecutive_auto_reply_counter[boss]

    model_speaks = 0 if mode == "ALWAYS" and typed else 1
    same(chat, *["one", "two"][:model_speaks])

    assert bool(asked) == (mode != "NEVER")


@pytest.mark.parametrize("limit", [0, 1, 2])
def test_a_limit_of_consecutive_replies(limit: int) -> None:
    def chat(make: Make) -> Any:
        sam, boss = make(max_consecutive_auto_reply=limit), talker("boss")
        result = boss.initiate_chat(sam, message="hello", silent=True)
        return (
            outcome(result, boss, sam),
            sam.max_consecutive_auto_reply(),
            sam._consecutive_auto_reply_counter[boss],
        )

    same(chat, *["one", "two"][:limit])


def test_two_agents_without_limits_end_as_all_agents_do() -> None:
    def limit(make: Make) -> Any:
        return make().max_consecutive_auto_reply()

    def chat(make: Make) -> Any:
        sam, ana = make(name="sam"), make(name="ana")
        for each in (sam, ana):
            each._max_consecutive_auto_reply_dict.default_factory = lambda: 3
            each.MAX_CONSECUTIVE_AUTO_REPLY = 3
        result = sam.initiate_chat(ana, message="hello", silent=True)
        return len(result.chat_history), sam._consecutive_auto_reply_counter[ana]

    same(limit)
    assert same(chat, *["on and on"] * 6)[0] == 7


def test_a_limit_that_was_set_later_holds_for_many_chats() -> None:
    def chat(make: Make) -> Any:
        sam, boss = make(), talker("boss")
        sam.update_max_consecutive_auto_reply(2, boss)
        for _ in range(3):
            boss.send("hello", sam, request_reply=True, silent=True)
        return lines_of(sam, boss)

    same(chat, "one", "two")


def test_the_transcript_and_what_clears_it() -> None:
    def chat(make: Make) -> Any:
        sam, boss, ada = make(), talker("boss"), talker("ada")
        for other in (boss, ada):
            other.initiate_chat(sam, message=f"from {other.name}", max_turns=1, silent=True)
        seen = [
            sam.last_message(boss)["content"],
            len(sam.chat_messages),
            sam.chat_messages_for_summary(ada)[0]["content"],
        ]
        sam.clear_history(nr_messages_to_preserve=1)
        seen.append([len(sam.chat_messages[boss]), len(sam.chat_messages[ada])])
        sam.clear_history(boss)
        seen.append([len(sam.chat_messages[boss]), len(sam.chat_messages[ada])])
        sam.reset()
        seen += [dict(sam.chat_messages), dict(sam._consecutive_auto_reply_counter)]
        boss.initiate_chat(sam, message="from boss", max_turns=1, silent=True)
        return [*seen, lines_of(sam, boss)]

    same(chat, "one", "two", "three")


def test_a_message_that_asks_for_no_reply_and_one_that_must_not_be_answered() -> None:
    def chat(make: Make) -> Any:
        sam, boss = make(), talker("boss")
        boss.send("not now", sam, request_reply=False, silent=True)
        sam.stop_reply_at_receive(boss)
        boss.send("nor now", sam, silent=True)
        return lines_of(sam, boss)

    assert len(same(chat)) == 2


def test_the_default_reply_of_an_agent_without_a_model() -> None:
    def chat(make: Make) -> Any:
        sam, boss = make(llm_config=False, default_auto_reply="(away)"), talker("boss")
        return outcome(boss.initiate_chat(sam, message="hello", max_turns=1, silent=True))

    assert same(chat)[1] == "(away)"


def test_costs_and_usage_are_counted_where_autogen_counts_them() -> None:
    """MemGPT's prompt is longer, so the numbers differ; models, summaries and sums are the same."""

    def chat(make: Make) -> Any:
        sam, boss = make(), talker("boss")
        result = boss.initiate_chat(sam, message="hello", max_turns=2, silent=True)
        actual, total = sam.get_actual_usage(), sam.get_total_usage()
        counted = result.cost["usage_including_cached_inference"]
        assert counted["total_cost"] == total["total_cost"] > 0
        assert counted["scripted"]["prompt_tokens"] == total["scripted"]["prompt_tokens"] > 0
        assert actual == total
        sam.print_usage_summary()
        gathered = autogen.gather_usage_summary([sam, boss])
        assert gathered["usage_excluding_cached_inference"] == result.cost["usage_excluding_cached_inference"]
        return sorted(counted), sorted(total["scripted"])

    same(chat, "one", "two")


def test_code_that_the_agent_is_sent_is_executed_before_any_model_is_asked(tmp_path: Path) -> None:
    def chat(make: Make) -> Any:
        sam = make(code_execution_config={"work_dir": str(tmp_path), "use_docker": False})
        boss = talker("boss")
        result = boss.initiate_chat(sam, message="```python\nprint(6 * 7)\n```", max_turns=2, silent=True)
        return outcome(result, boss, sam)

    history, *_ = same(chat, "no code this time")

    assert "42" in history[1][2]
    assert history[3][2] == "no code this time"


def test_an_asynchronous_chat() -> None:
    def chat(make: Make) -> Any:
        sam, boss = make(), talker("boss")
        result = asyncio.run(boss.a_initiate_chat(sam, message="hello", max_turns=2, silent=True))
        return outcome(result, boss, sam)

    same(chat, "one", "two")


def test_an_asynchronous_chat_that_the_agent_opens() -> None:
    def chat(make: Make) -> Any:
        sam, boss = make(), talker("boss")
        result = asyncio.run(sam.a_initiate_chat(boss, message="I open", max_turns=2, silent=True))
        return outcome(result, boss, sam)

    same(chat, "one")


def test_an_asynchronous_limit_and_human_input() -> None:
    def chat(make: Make) -> Any:
        sam, boss = make(max_consecutive_auto_reply=3), talker("boss")
        sam.human_input_mode = "ALWAYS"
        typed = iter(["by hand", "", "", "", "", "exit", "exit"])

        async def ask(_prompt: str, **_: Any) -> str:
            return next(typed)

        sam.a_get_human_input = ask
        sam.get_human_input = lambda _prompt, **_: next(typed)
        result = asyncio.run(boss.a_initiate_chat(sam, message="hello", max_turns=2, silent=True))
        return outcome(result, boss, sam), sam._consecutive_auto_reply_counter[boss]

    same(chat, "one")
