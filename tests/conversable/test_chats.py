"""MemGPTAgent in AutoGen's chats: it hears everyone once, answers each time, and has its own name."""

from __future__ import annotations

import asyncio
import json
import textwrap
import threading
from pathlib import Path
from typing import Any

import autogen
import pytest
from autogen.io import IOStream
from autogen_support import Printed, agent, echo, group, heard, person, requests, sends, spoken
from workers import run_program

from memgpt_autogen.errors import ModelError
from memgpt_autogen.testing import call, says
from memgpt_autogen.testing.scripted import Request

pytestmark = pytest.mark.autogen


def test_a_two_party_chat_of_twenty_rounds_is_answered_each_time_and_stored_once() -> None:  # T62
    sam = agent()
    lines = [f"line {number}" for number in range(20)]
    boss = person("boss", lines[1:])

    result = boss.initiate_chat(sam, message=lines[0], max_turns=20, silent=True)

    assert [text for name, text in heard(sam) if name == "boss"] == lines
    answers = [text for name, text in heard(sam) if name == "sam"]
    assert len(answers) == 20
    assert [message["content"] for message in result.chat_history[1::2]] == answers


def test_the_model_is_shown_each_line_once_and_its_own_words_as_its_own() -> None:
    sam = agent("sam", sends("first answer"), sends("second answer"))
    boss = person("boss", ["and more"])

    boss.initiate_chat(sam, message="hello", max_turns=2, silent=True)

    shown = json.dumps(requests(sam)[-1].messages)
    assert shown.count("hello") == 1
    assert shown.count("first answer") == 1
    assert shown.count("and more") == 1
    own = [message for message in requests(sam)[-1].messages if message["role"] == "assistant"]
    assert "first answer" in own[0]["tool_calls"][0]["function"]["arguments"]


def test_in_a_group_every_others_line_is_heard_once_by_name_and_the_own_is_not_fed_back() -> None:  # T63
    sam = agent()
    ada, ben, eve = (
        person(name, [f"{name} {number}" for number in range(4)]) for name in ("ada", "ben", "eve")
    )

    ada.initiate_chat(group(ada, ben, sam, eve, rounds=12), message="ada opens", silent=True)

    assert heard(sam) == [
        ("ada", "ada opens"),
        ("ben", "ben 0"),
        ("sam", "answer 3"),
        ("eve", "eve 0"),
        ("ada", "ada 0"),
        ("ben", "ben 1"),
        ("sam", heard(sam)[6][1]),
        ("eve", "eve 1"),
        ("ada", "ada 1"),
        ("ben", "ben 2"),
        ("sam", heard(sam)[10][1]),
        ("eve", "eve 2"),
    ]
    shown = json.dumps(requests(sam)[-1].messages)
    assert shown.count("ben 1") == 1
    assert shown.count("answer 3") == 1


def test_each_line_in_the_prompt_carries_its_speakers_name_inside_the_event() -> None:
    sam = agent()
    ada, ben = person("ada", ["fine"]), person("ben", ["me too"])

    ada.initiate_chat(group(ada, ben, sam, rounds=3), message="how are you?", silent=True)

    events = [json.loads(m["content"]) for m in requests(sam)[0].messages if m["role"] == "user"]
    assert [(event["name"], event["message"]) for event in events] == [
        ("ada", "how are you?"),
        ("ben", "me too"),
    ]


def test_a_member_that_never_speaks_keeps_all_it_hears() -> None:
    sam = agent(llm_config=False)
    ada, ben = person("ada", ["one", "two"]), person("ben", ["uno", "dos"])
    chat = autogen.GroupChat(
        agents=[ada, ben, sam],
        messages=[],
        max_round=4,
        speaker_selection_method=lambda last, _chat: ben if last is ada else ada,
    )

    ada.initiate_chat(
        autogen.GroupChatManager(groupchat=chat, llm_config=False, silent=True), message="zero", silent=True
    )

    assert [text for _, text in heard(sam)] == ["zero", "uno", "one", "dos"]


def test_the_speaker_selection_reads_a_short_description_not_the_system_prompt() -> None:  # T64
    selector_saw: list[Any] = []
    sam = agent("sam", system_message="You are terse. " * 200)
    assert sam.description == ("You are terse. " * 20).strip()
    ada = person("ada", ["bye"])

    def select(_last: Any, chat: Any) -> Any:
        selector_saw.append(chat._participant_roles([sam]))
        return sam

    chat = autogen.GroupChat(agents=[ada, sam], messages=[], max_round=2, speaker_selection_method=select)
    ada.initiate_chat(
        autogen.GroupChatManager(groupchat=chat, llm_config=False, silent=True), message="hi", silent=True
    )

    assert selector_saw == [f"sam: {sam.description}"]


@pytest.mark.parametrize("clear_history", [True, False])
def test_a_second_chat_is_answered_and_recorded_once_whether_or_not_history_is_cleared(
    clear_history: bool,
) -> None:  # T65
    sam = agent()
    boss = person("boss", ["b", "d"])

    boss.initiate_chat(sam, message="a", max_turns=2, silent=True)
    boss.initiate_chat(sam, message="c", max_turns=2, clear_history=clear_history, silent=True)

    assert [text for name, text in heard(sam) if name == "boss"] == ["a", "b", "c", "d"]
    assert len([name for name, _ in heard(sam) if name == "sam"]) == 4


def test_the_same_words_said_again_in_a_second_chat_stay_twice() -> None:
    sam = agent()
    boss = person("boss")

    boss.initiate_chat(sam, message="yes", max_turns=1, silent=True)
    boss.initiate_chat(sam, message="yes", max_turns=1, silent=True)

    assert [text for name, text in heard(sam) if name == "boss"] == ["yes", "yes"]


def test_a_termination_predicate_gets_a_dict_ends_the_chat_and_the_last_words_are_delivered() -> None:  # T66
    seen: list[Any] = []

    def ends(message: dict[str, Any]) -> bool:
        seen.append(message)
        return "TERMINATE" in str(message.get("content"))

    sam = agent("sam", sends("all done. TERMINATE"))
    boss = autogen.ConversableAgent(
        "boss", llm_config=False, human_input_mode="NEVER", is_termination_msg=ends, silent=True
    )

    result = boss.initiate_chat(sam, message="finish, please", silent=True)

    assert result.chat_history[-1]["content"] == "all done. TERMINATE"
    assert all(isinstance(message, dict) for message in seen)
    assert heard(sam)[-1] == ("sam", "all done. TERMINATE")


def test_a_termination_message_to_the_agent_ends_the_chat_without_a_turn() -> None:
    sam = agent(is_termination_msg=lambda message: message.get("content") == "stop")
    boss = person("boss", ["stop", "still here?"])

    boss.initiate_chat(sam, message="hello", silent=True)

    assert [text for name, text in heard(sam) if name == "boss"] == ["hello", "stop"]
    assert len(requests(sam)) == 1


def test_a_limit_on_replies_is_kept() -> None:  # T68
    sam = agent(max_consecutive_auto_reply=2)
    boss = person("boss", ["b", "c", "d"])

    boss.initiate_chat(sam, message="a", silent=True)

    assert len(requests(sam)) == 2


def test_an_async_chat_is_the_same_chat() -> None:  # T70
    sam = agent()
    boss = person("boss", ["b", "c"])

    asyncio.run(boss.a_initiate_chat(sam, message="a", max_turns=3, silent=True))

    assert [text for name, text in heard(sam) if name == "boss"] == ["a", "b", "c"]
    assert len(requests(sam)) == 3


def test_ten_parallel_chats_with_one_agent_are_served_one_turn_at_a_time() -> None:  # T70
    running: list[int] = []
    most: list[int] = []

    def watched(request: Request) -> Any:
        running.append(1)
        most.append(len(running))
        answer = echo(request)
        running.pop()
        return answer

    sam = agent(otherwise=watched)
    people = [person(f"p{number}") for number in range(10)]

    async def all_at_once() -> None:
        await asyncio.gather(
            *(
                one.a_initiate_chat(sam, message=f"from {one.name}", max_turns=1, silent=True)
                for one in people
            )
        )

    asyncio.run(all_at_once())

    assert max(most) == 1
    assert sorted(text for name, text in heard(sam) if name != "sam") == sorted(
        f"from p{n}" for n in range(10)
    )
    assert len([name for name, _ in heard(sam) if name == "sam"]) == 10


def test_a_new_process_knows_what_an_ended_one_was_told(tmp_path: Path) -> None:  # T72
    program = tmp_path / "first.py"
    script = textwrap.dedent(
        """
        import sys
        import autogen
        from memgpt_autogen import MemGPTAgent
        from memgpt_autogen.testing import ScriptedLLM, call, says

        sam = MemGPTAgent("sam", silent=True, llm=ScriptedLLM(
            says("keep", call(
                "core_memory_append", label="human", content="boss likes tea", request_heartbeat=True
            )),
            says("", call("send_message", message="noted")),
        ))
        boss = autogen.ConversableAgent("boss", llm_config=False, human_input_mode="NEVER", silent=True)
        boss.initiate_chat(sam, message="I like tea", max_turns=1, silent=True)
        """
    )

    program.write_text(script)
    done = run_program(program)
    assert done.returncode == 0, done.stderr
    sam = agent("sam", sends("tea, of course"))
    before = sam.memory.compile()
    person("boss").initiate_chat(sam, message="what do I like?", max_turns=1, silent=True)

    assert sam.memory.core["human"].value == "boss likes tea"
    assert requests(sam)[0].messages[: len(before)] == before
    assert heard(sam) == [
        ("boss", "I like tea"),
        ("sam", "noted"),
        ("boss", "what do I like?"),
        ("sam", "tea, of course"),
    ]


def test_a_failing_model_answers_with_a_notice_and_the_group_goes_on() -> None:
    sam = agent("sam", ModelError("the endpoint http://x answered 500"), sends("back again"))
    ada = person("ada", ["are you there?"])

    ada.initiate_chat(group(ada, sam, rounds=4), message="hello", silent=True)

    assert [name for name, _ in heard(sam)] == ["ada", "sam", "ada", "sam"]
    assert "cannot answer now" in heard(sam)[1][1]
    assert heard(sam)[3][1] == "back again"


def test_an_exception_of_the_model_records_nothing_twice_when_the_message_is_sent_again() -> None:  # T76
    sam = agent("sam", ModelError("down"), sends("better now"), model_error="raise")
    boss = person("boss")

    with pytest.raises(ModelError):
        boss.initiate_chat(sam, message="hello", max_turns=1, silent=True)
    boss.initiate_chat(sam, message="hello", max_turns=1, silent=True)

    assert heard(sam) == [("boss", "hello"), ("sam", "better now")]


def test_nothing_is_printed_by_a_silent_agent(capfd: pytest.CaptureFixture[str]) -> None:  # T77
    sam = agent("sam", says("a thought", call("send_message", message="hi")))
    ada = person("ada", ["and?"])
    printed = Printed()

    with IOStream.set_default(printed):
        ada.send("hello", sam, request_reply=False, silent=True)
        reply = sam.generate_reply(sender=ada)

    assert reply == "hi"
    assert printed.lines == []
    assert capfd.readouterr() == ("", "")


def test_a_verbose_agent_prints_its_thoughts_and_memory_operations() -> None:
    sam = agent(
        "sam",
        says(
            "they like tea",
            call("core_memory_append", label="human", content="tea"),
            call("send_message", message="ok"),
        ),
        verbose=True,
    )
    printed = Printed()

    with IOStream.set_default(printed):
        sam.generate_reply(messages=[{"role": "user", "content": "I like tea"}])

    assert printed.lines == [
        "  sam thinks: they like tea",
        '  sam calls: core_memory_append(label="human", content="tea")',
        "  sam gets: Done. Block 'human' now has 3 of 2000 characters.",
    ]


def test_thoughts_and_memory_calls_never_leave_the_agent() -> None:
    sam = agent(
        "sam",
        says(
            "secret thought", call("core_memory_append", label="human", content="x", request_heartbeat=True)
        ),
        sends("public words"),
    )
    ada = person("ada")

    result = ada.initiate_chat(sam, message="hello", max_turns=1, silent=True)

    assert result.chat_history[-1]["content"] == "public words"
    assert "secret" not in json.dumps(result.chat_history)
    assert "core_memory" not in json.dumps(result.chat_history)


def test_what_is_said_at_other_hands_is_kept_as_the_agents_own() -> None:
    sam = agent(human_input_mode="NEVER")
    boss = person("boss")

    sam.initiate_chat(boss, message="I open this chat", max_turns=1, silent=True)

    assert heard(sam)[0] == ("sam", "I open this chat")
    assert spoken(sam)[0].message.extra == {"to": "boss"}


def test_a_human_typing_for_the_agent_is_kept_and_no_turn_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    sam = agent(human_input_mode="ALWAYS")
    sam.get_human_input = lambda _prompt, **_: "typed by hand"  # type: ignore[method-assign]
    boss = person("boss")

    boss.initiate_chat(sam, message="hello", max_turns=1, silent=True)

    assert heard(sam) == [("boss", "hello"), ("sam", "typed by hand")]
    assert requests(sam) == []


def test_while_one_agents_model_is_slow_another_agent_answers() -> None:
    sam_may_answer = threading.Event()

    def slow(request: Request) -> Any:
        assert sam_may_answer.wait(30)
        return echo(request)

    def quick(request: Request) -> Any:
        sam_may_answer.set()
        return echo(request)

    sam, tom = agent("sam", otherwise=slow), agent("tom", otherwise=quick)

    async def both() -> None:
        await asyncio.gather(
            person("p").a_initiate_chat(sam, message="to sam", max_turns=1, silent=True),
            person("q").a_initiate_chat(tom, message="to tom", max_turns=1, silent=True),
        )

    asyncio.run(both())

    assert len(heard(sam)) == len(heard(tom)) == 2
