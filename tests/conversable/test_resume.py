"""Chats that AutoGen delivers again: recall has each message once, and twice what was said twice."""

from __future__ import annotations

import asyncio
import copy
import json
import textwrap
from pathlib import Path
from typing import Any

import autogen
import pytest
from autogen_support import agent, heard, person, requests, sends
from places import SUPPORT
from same_for_both import managed
from workers import run_program

from memgpt_autogen.errors import ModelError

pytestmark = pytest.mark.autogen


def told(manager: Any) -> list[tuple[str, str]]:
    """What was said in a group, as its manager has it."""
    return [(message["name"], message["content"]) for message in manager.groupchat.messages]


def resumed(said: list[dict[str, Any]], *members: Any, rounds: int = 3) -> Any:
    """A new manager of the same members that takes the chat up where it ended."""
    again = managed(*members, rounds=rounds)
    last, message = again.resume(messages=copy.deepcopy(said), silent=True)
    last.initiate_chat(again, message=message, clear_history=False, silent=True)
    return again


def test_a_resume_on_live_agents_records_nothing_twice_twice_in_a_row() -> None:  # pitfall 11
    sam, ada = agent(), person("ada", [f"ada {n}" for n in range(9)])
    ben = person("ben", [f"ben {n}" for n in range(9)])
    first = managed(ada, ben, sam, rounds=4)
    ada.initiate_chat(first, message="opening", silent=True)

    second = resumed(first.groupchat.messages, ada, ben, sam)
    third = resumed(second.groupchat.messages, ada, ben, sam)

    assert heard(sam) == told(third)
    assert len(told(third)) == 8


def test_a_resume_in_a_new_process_records_nothing_twice(tmp_path: Path) -> None:
    program = tmp_path / "first.py"
    script = textwrap.dedent(
        """
        import json, sys
        sys.path.insert(0, sys.argv[1])
        from autogen_support import agent, person
        from same_for_both import managed

        sam = agent()
        ada, ben = person("ada", ["ada 0", "ada 1"]), person("ben", ["ben 0"])
        manager = managed(ada, ben, sam, rounds=5)
        ada.initiate_chat(manager, message="opening", silent=True)
        print(json.dumps(manager.groupchat.messages))
        """
    )
    program.write_text(script)
    done = run_program(program, str(SUPPORT))
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout.splitlines()[-1])

    sam, ada, ben = agent(), person("ada", ["ada 9"]), person("ben", ["ben 9"])
    again = resumed(said, ada, ben, sam, rounds=4)

    assert len(said) == 5
    assert heard(sam) == told(again)


def test_what_is_said_twice_in_a_row_stays_twice_also_after_a_resume() -> None:
    sam = agent()
    ada, ben = person("ada", ["yes", "yes", "yes"]), person("ben", ["yes", "yes", "yes"])
    first = managed(ada, ben, rounds=4)
    first.groupchat.agents.append(sam)
    ada.initiate_chat(first, message="yes", silent=True)

    again = resumed(first.groupchat.messages, ada, ben, sam)

    assert heard(sam) == told(again)


def test_a_resume_finds_a_groups_lines_between_those_of_other_chats() -> None:
    """Two groups whose managers have the same name, and a direct chat, with the same words in them."""
    sam, ada, ben, eve = agent(), *(person(n, [f"{n} {i}" for i in range(20)]) for n in ("ada", "ben", "eve"))
    one, two = managed(ada, ben, sam, rounds=3), managed(ada, eve, sam, rounds=3)
    ada.initiate_chat(one, message="one", silent=True)
    ada.initiate_chat(two, message="two", silent=True)
    one = resumed(one.groupchat.messages, ada, ben, sam)
    ben.initiate_chat(sam, message="directly", max_turns=1, silent=True)
    before = heard(sam)

    two = resumed(two.groupchat.messages, ada, eve, sam)

    assert heard(sam)[: len(before)] == before
    assert len(heard(sam)) == len(before) + len(told(two)) - 3
    one = resumed(one.groupchat.messages, ada, ben, sam, rounds=2)
    assert len([pair for pair in heard(sam) if pair == ("ada", "one")]) == 1


def test_a_reset_agent_that_is_asked_the_same_again_hears_it() -> None:
    sam, boss = agent(), person("boss")

    for _ in range(3):
        sam.reset()
        boss.initiate_chat(sam, message="yes", max_turns=1, silent=True)

    assert [text for name, text in heard(sam) if name == "boss"] == ["yes"] * 3


def test_a_group_asked_the_same_after_a_reset_hears_it() -> None:
    sam, ada = agent(), person("ada")
    manager = managed(ada, sam, rounds=2)

    for _ in range(2):
        sam.reset()
        ada.initiate_chat(manager, message="yes", silent=True)

    assert [text for name, text in heard(sam) if name == "ada"] == ["yes", "yes"]


@pytest.mark.parametrize("clear", [True, False])
def test_a_second_group_chat_repeats_nothing(clear: bool) -> None:
    sam, ada, ben = agent(), person("ada", ["ada 0"]), person("ben", ["ben 0", "ben 1"])
    manager = managed(ada, ben, sam, rounds=3)
    ada.initiate_chat(manager, message="hello", silent=True)
    first = told(manager)

    ada.initiate_chat(manager, message="hello", clear_history=clear, silent=True)

    assert heard(sam) == (first + told(manager) if clear else told(manager))


@pytest.mark.parametrize("last", ["ada", "ben"])
def test_the_line_that_ends_an_asynchronous_group_is_heard_though_the_agent_never_acts_again(
    last: str,
) -> None:  # pitfall 12
    def chat() -> Any:
        ada = person("ada", ["ada 0", "stop" if last == "ada" else "ada 1"])
        ben = person("ben", ["ben 0", "stop" if last == "ben" else "ben 1"])
        return ada, ben, managed(ada, sam, ben, rounds=9, ends=lambda m: m["content"] == "stop")

    sam = agent()
    ada, _ben, manager = chat()
    said = []

    async def twice() -> None:
        for _ in range(2):  # in one task, and the second chat clears the first
            await ada.a_initiate_chat(manager, message="hello", silent=True)
            said.extend(told(manager))

    asyncio.run(twice())

    assert said.count((last, "stop")) == 1 or said[-1][1] != "stop"
    assert heard(sam) == said


def test_the_line_that_ends_a_group_which_the_agent_opened_is_heard() -> None:
    sam, ada = agent(), person("ada", ["stop"])
    manager = managed(sam, ada, rounds=9, ends=lambda message: message["content"] == "stop")

    asyncio.run(sam.a_initiate_chat(manager, message="I open", silent=True))

    assert heard(sam) == [("sam", "I open"), ("ada", "stop")]


def test_own_last_words_and_those_of_a_later_synchronous_chat_are_kept_once() -> None:
    sam, ada = agent("sam", sends("stop"), sends("on")), person("ada", ["stop"])
    manager = managed(ada, sam, rounds=9, ends=lambda message: message["content"] == "stop")

    asyncio.run(ada.a_initiate_chat(manager, message="hello", silent=True))
    ada.initiate_chat(manager, message="again", silent=True)

    assert heard(sam) == [("ada", "hello"), ("sam", "stop"), ("ada", "again"), ("sam", "on"), ("ada", "stop")]


def test_an_asynchronous_resume_records_nothing_twice() -> None:
    sam, ada, ben = agent(), person("ada", ["ada 0", "ada 1"]), person("ben", ["ben 0", "stop"])
    first = managed(ada, ben, sam, rounds=9, ends=lambda message: message["content"] == "stop")

    async def both() -> Any:
        await ada.a_initiate_chat(first, message="hello", silent=True)
        again = managed(ada, ben, sam, rounds=3)
        said = copy.deepcopy(first.groupchat.messages)
        last, message = await again.a_resume(said, None, silent=True)
        await last.a_initiate_chat(again, message=message, clear_history=False, silent=True)
        return again

    again = asyncio.run(both())

    assert heard(sam) == told(again)


def test_chats_do_not_mix_and_share_one_memory() -> None:  # T71
    sam = agent(otherwise=None, llm_config=False)
    ada, ben = person("ada", ["ada 0"]), person("ben", ["ben 0"])
    for manager in (managed(ada, sam, ben, rounds=1), managed(ben, sam, rounds=1)):
        manager.groupchat.agents[0].initiate_chat(manager, message="to a group", silent=True)
    ada.send("to you alone", sam, request_reply=False, silent=True)

    assert heard(sam) == [("ada", "to a group"), ("ben", "to a group"), ("ada", "to you alone")]
    assert sorted(len(lines) for lines in sam.chat_messages.values()) == [1, 1, 1]


def test_a_direct_chat_two_groups_and_a_nested_one_are_answered_apart_from_one_memory() -> None:  # T71
    sam = agent()
    ada, ben = person("ada", ["ada in one", "ada again"]), person("ben", ["ben in two"])
    host = autogen.ConversableAgent("host", llm_config=False, human_input_mode="NEVER", silent=True)
    host.register_nested_chats(
        [{"recipient": sam, "message": "the host asks within", "max_turns": 1, "silent": True}],
        trigger=lambda sender: sender is ada,
    )

    one, two = managed(ada, sam, rounds=2), managed(ben, sam, rounds=2)
    ada.initiate_chat(one, message="one begins", silent=True)
    ada.initiate_chat(host, message="ask sam", max_turns=1, silent=True)
    ben.initiate_chat(two, message="two begins", silent=True)
    ben.initiate_chat(sam, message="to you alone", max_turns=1, silent=True)

    others = [(name, text) for name, text in heard(sam) if name != "sam"]
    assert others == [
        ("ada", "one begins"),
        ("host", "the host asks within"),
        ("ben", "two begins"),
        ("ben", "to you alone"),
    ]
    assert [name for name, _ in heard(sam)] == ["ada", "sam", "host", "sam", "ben", "sam", "ben", "sam"]
    for chat in (
        one.groupchat.messages,
        two.groupchat.messages,
        sam.chat_messages[host],
        sam.chat_messages[ben],
    ):
        assert len(chat) == 2
        assert chat[1]["content"] in [text for name, text in heard(sam) if name == "sam"]
    last = str(requests(sam)[-1].messages)
    assert all(text in last for _, text in others)


def test_a_retry_after_a_failure_records_nothing_twice_and_a_later_repetition_counts() -> None:  # T76
    sam = agent("sam", ModelError("down"), sends("one"), sends("two"), model_error="raise")
    ada = person("ada")
    manager = managed(ada, sam, rounds=2)

    with pytest.raises(ModelError):
        ada.initiate_chat(manager, message="hello", silent=True)
    ada.initiate_chat(manager, message="hello", silent=True)
    ada.initiate_chat(manager, message="hello", silent=True)

    assert heard(sam) == [("ada", "hello"), ("sam", "one"), ("ada", "hello"), ("sam", "two")]
    assert len(requests(sam)) == 3
