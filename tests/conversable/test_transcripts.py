"""Lines that a program gives as `chat_messages`, or writes into a transcript: a stock agent and ours."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import autogen
import pytest
from autogen_support import agent, heard, person, requests
from side_by_side import KINDS, Kind, either, helper, legal, made, served

from memgpt_autogen import MemGPTAgent

pytestmark = pytest.mark.autogen

OLD = [
    {"role": "user", "name": "mira", "content": "Our boat is called Petrel."},
    {"role": "assistant", "name": "sam", "content": "A lovely name."},
]

CALL = {"id": "call_7", "type": "function", "function": {"name": "depth", "arguments": '{"place": "bay"}'}}
WITH_CALL = [
    {"role": "user", "name": "mira", "content": "How deep is the bay?"},
    {"role": "assistant", "content": "I look.", "tool_calls": [CALL]},
    {
        "role": "tool",
        "name": "mira",
        "content": "6 metres",
        "tool_responses": [{"tool_call_id": "call_7", "role": "tool", "content": "6 metres"}],
    },
    {"role": "assistant", "name": "sam", "content": "Six metres."},
]
LEGACY = [
    {"role": "user", "name": "mira", "content": "How deep is the bay?"},
    {"role": "assistant", "content": "", "function_call": CALL["function"]},
    {"role": "function", "name": "depth", "content": "6 metres"},
    {"role": "assistant", "name": "sam", "content": "Six metres."},
]


def asked(server: Any, request: int = -1) -> str:
    return json.dumps(server.requests[request]["messages"], ensure_ascii=False)


def copied(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    copy: list[dict[str, Any]] = json.loads(json.dumps(lines))
    return copy


@pytest.mark.parametrize("kind", KINDS)
def test_chat_messages_of_an_earlier_day_are_in_the_prompt(kind: Kind) -> None:
    with served(either("Petrel.")) as server:
        mira = helper("mira")
        sam = made(kind, server, chat_messages={mira: copied(OLD)})

        mira.initiate_chat(
            sam, message="What is our boat called?", max_turns=1, clear_history=False, silent=True
        )

    assert asked(server).count("Our boat is called Petrel.") == 1
    assert asked(server).count("A lovely name.") == 1


def test_chat_messages_are_in_memory_once_in_order_before_anybody_speaks() -> None:
    mira, ben = person("mira"), person("ben")
    other = [{"role": "user", "name": "ben", "content": "I sail too."}]

    sam = agent(chat_messages={mira: copied(OLD), ben: other})

    assert heard(sam) == [
        ("mira", "Our boat is called Petrel."),
        ("sam", "A lovely name."),
        ("ben", "I sail too."),
    ]
    assert sam.memory.recall.search("boat").items[0].text == "Our boat is called Petrel."


def test_chat_messages_that_memory_has_already_are_recorded_once() -> None:
    """A program gives the same history to each new object of the agent; its memory is from the same chat."""
    first, mira = agent(), person("mira")
    mira.initiate_chat(first, message="Our boat is called Petrel.", max_turns=1, silent=True)
    history = copied(first.chat_messages[mira])
    before = heard(first)

    again = agent(chat_messages={mira: history})
    mira.send("And now?", again, request_reply=True, silent=True)

    assert heard(again)[:-1] == [*before, ("mira", "And now?")]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("way", ["replaced", "extended"])
def test_a_history_that_is_written_into_the_transcript_is_in_the_prompt(kind: Kind, way: str) -> None:
    with served(either("Petrel.")) as server:
        mira, sam = helper("mira"), made(kind, server)
        lines = [*copied(OLD), {"role": "user", "name": "mira", "content": "What is our boat called?"}]
        if way == "replaced":
            sam._oai_messages[mira] = lines
        else:
            sam.chat_messages[mira].extend(lines)

        assert sam.generate_reply(sender=mira) == "Petrel."

    assert [asked(server).count(line["content"]) for line in lines] == [1, 1, 1]


def test_a_history_that_is_written_again_before_each_request_is_recorded_once() -> None:
    """Web applications keep the history in a database and put it into the transcript for each request."""
    sam, mira = agent(), person("mira")
    history: list[dict[str, Any]] = []
    for words in ("hello", "yes", "yes", "yes", "and?"):
        history.append({"role": "user", "name": "mira", "content": words})
        sam._oai_messages[mira] = copied(history)
        reply = sam.generate_reply(sender=mira)
        history.append({"role": "assistant", "name": "sam", "content": reply})

    assert heard(sam) == [(line["name"], line["content"]) for line in history]


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_received_after_written_lines_comes_after_them(kind: Kind) -> None:
    with served(either("Petrel.")) as server:
        mira, sam = helper("mira"), made(kind, server)
        sam._oai_messages[mira] = copied(OLD)

        mira.send("What is our boat called?", sam, request_reply=True, silent=True)

    prompt = asked(server)
    places = [prompt.index(words) for words in ("called Petrel", "lovely name", "our boat called?")]
    assert places == sorted(places)


def test_what_is_said_to_another_agent_comes_after_lines_written_into_that_chat() -> None:
    sam, mira = agent(), person("mira")
    sam.chat_messages[mira].extend(copied(OLD))

    sam.send("Shall we sail?", mira, request_reply=False, silent=True)

    assert heard(sam) == [
        ("mira", "Our boat is called Petrel."),
        ("sam", "A lovely name."),
        ("sam", "Shall we sail?"),
    ]


def test_a_line_that_is_written_twice_on_purpose_is_two_lines() -> None:
    sam, mira = agent(), person("mira")
    mira.send("yes", sam, request_reply=False, silent=True)
    sam.chat_messages[mira].append({"role": "user", "name": "mira", "content": "yes"})

    sam.generate_reply(sender=mira)

    assert heard(sam)[:2] == [("mira", "yes"), ("mira", "yes")]


def test_forgotten_words_do_not_come_back_when_a_program_writes_other_lines() -> None:
    """AutoGen's transcript still has them; only what is new in it is recorded."""
    sam, mira = agent(), person("mira")
    mira.send("The code is 4711.", sam, request_reply=True, silent=True)
    sam.forget(query="4711")
    sam.chat_messages[mira].append({"role": "user", "name": "mira", "content": "Hello again."})

    sam.generate_reply(sender=mira)

    assert "4711" not in str(requests(sam)[-1].messages)
    assert ("mira", "Hello again.") in heard(sam)


@pytest.mark.parametrize("lines", [WITH_CALL, LEGACY], ids=["tool_calls", "function_call"])
@pytest.mark.parametrize("way", ["chat_messages", "handed over"])
def test_own_calls_and_their_results_come_with_the_history(lines: list[dict[str, Any]], way: str) -> None:
    asks = {"role": "user", "name": "mira", "content": "And now?"}
    with served(either("Still six."), either("Still six!")) as server:
        mira = helper("mira")
        if way == "chat_messages":
            sam = made(MemGPTAgent, server, chat_messages={mira: copied(lines)})
            mira.send("And now?", sam, request_reply=True, silent=True)
            mira.send("Sure?", sam, request_reply=True, silent=True)
        else:
            sam = made(MemGPTAgent, server)
            conversation = [*copied(lines), asks]
            reply = sam.generate_reply(messages=copied(conversation), sender=mira)
            conversation += [{"role": "assistant", "content": reply}, {**asks, "content": "Sure?"}]
            sam.generate_reply(messages=copied(conversation), sender=mira)

    assert legal(server)
    for request in server.requests:
        messages = request["messages"]
        calls = [call["function"] for message in messages for call in message.get("tool_calls") or ()]
        assert [call for call in calls if call["name"] == "depth"] == [CALL["function"]]
        assert sum("6 metres" in str(message["content"]) for message in messages) == 1
        assert "[result of a tool call]" not in str(messages)
    kinds = Counter(entry.message.kind for entry in sam.memory.log.everything())
    assert (kinds["result"], [words for _, words in heard(sam)].count("How deep is the bay?")) == (1 + 2, 1)


def test_written_lines_of_one_chat_are_known_when_another_agent_asks() -> None:
    sam, mira, ben = agent(), person("mira"), person("ben")
    sam._oai_messages[mira] = copied(OLD)

    ben.send("Hello", sam, request_reply=True, silent=True)

    assert "Our boat is called Petrel." in str(requests(sam)[-1].messages)


def test_a_group_chat_records_each_line_once() -> None:
    """All lines of a group come by `receive`, so none is taken for a written one."""
    sam, ada, ben = agent(), person("ada", ["one", "two"]), person("ben", ["one", "two"])
    chat = autogen.GroupChat(
        agents=[ada, sam, ben], messages=[], max_round=7, speaker_selection_method="round_robin"
    )
    manager = autogen.GroupChatManager(groupchat=chat, llm_config=False, silent=True)

    ada.initiate_chat(manager, message="one", silent=True)

    assert heard(sam) == [(message["name"], message["content"]) for message in chat.messages]
