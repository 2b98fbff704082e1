"""The offline model keeps to the protocol: functions, thoughts, events, summaries and blocks."""

from __future__ import annotations

import json

import pytest
from inline_snapshot import snapshot
from loops import MemoryFactory
from offline_agent import SEND, TOOLS, Agent, tool

from memgpt_autogen.assembly import open_loop
from memgpt_autogen.llm.offline import OfflineLLM
from memgpt_autogen.llm.offline.prompt import blocks_in
from memgpt_autogen.messages import Message


def test_the_native_dialect_is_answered_in_plain_text() -> None:
    agent = Agent(TOOLS[1:])

    assert agent.ask("boss", "My name is Ada.") == snapshot("I will remember that: your name is Ada.")
    assert agent.ask("boss", "What's my name?") == snapshot("Your name is Ada.")


def test_thoughts_go_where_the_schema_asks_for_them() -> None:
    agent = Agent([tool("send_message", "message inner_thoughts", message="string", inner_thoughts="string")])

    answer = OfflineLLM().complete([{"role": "user", "content": "Hello!"}], agent.tools)

    assert answer.text == ""
    assert json.loads(answer.tool_calls[0].arguments) == snapshot(
        {
            "message": "Hello! Tell me something, or ask me about something that was said.",
            "inner_thoughts": "I have what I need; time to answer.",
        }
    )


def test_a_pressure_warning_saves_what_is_noted_nowhere_and_is_not_spoken_of() -> None:
    agent = Agent(turns=9)
    agent.ask("boss", "I live in Lisbon.")
    agent.ask("boss", "Zeus was slower than Hera in 3 of 5 runs.")

    agent.gets({"type": "system_alert", "message": "Memory pressure: the conversation will soon be trimmed."})

    assert agent.turn() == ""
    assert [row["text"] for row in agent.archive] == snapshot(
        ["boss said on 2026-03-01: “Zeus was slower than Hera in 3 of 5 runs.”"]
    )


@pytest.mark.parametrize("kind", ["heartbeat", "login"])
def test_an_event_that_asks_nothing_ends_quietly(kind: str) -> None:
    agent = Agent()
    agent.ask("boss", "Hello!")

    agent.gets({"type": kind, "message": "Automated timer"})

    assert agent.turn() == ""
    assert agent.steps == 1


def test_a_heartbeat_does_not_make_it_forget_that_it_owes_an_answer() -> None:
    agent = Agent()
    agent.hears("boss", "Hello!")
    agent.gets({"type": "heartbeat", "message": "Automated timer"})

    assert agent.turn().startswith("Hello!")


def test_a_demanded_function_is_called_whatever_it_would_rather_do() -> None:
    question = [{"role": "user", "content": "When is the release?"}]
    force = {"type": "function", "function": {"name": "send_message"}}

    assert OfflineLLM().complete(question, TOOLS).tool_calls[0].name == "conversation_search"
    assert OfflineLLM().complete(question, TOOLS, force).tool_calls[0].name == "send_message"
    assert OfflineLLM().complete(question, [SEND]).tool_calls[0].name == "send_message"
    assert OfflineLLM().complete(question, TOOLS[1:], "required").tool_calls
    assert not OfflineLLM().complete(question, TOOLS, "none").tool_calls


@pytest.mark.parametrize(
    "failing", ["send_message", "conversation_search", " ".join(t["function"]["name"] for t in TOOLS)]
)
def test_no_failure_makes_it_loop(failing: str) -> None:
    agent = Agent()
    agent.failing = set(failing.split())

    agent.ask("boss", "My cat is called Rex. What did Betty say about the new engine yesterday?")

    assert agent.steps <= 8
    assert len(agent.made) == len({str(call) for call in agent.made})


def test_no_summary_is_invented_so_the_summariser_takes_the_words_as_they_were_said(
    make_memory: MemoryFactory,
) -> None:
    memory = make_memory()
    loop = open_loop(memory, OfflineLLM(), window_tokens=8192)
    for said in ("My name is Ada and I live in Lisbon.", "My dog is called Rex.", "How was your day?"):
        list(loop.run([Message.said_by("ada", said)]))

    list(loop.compact())

    summary = memory.queue.summary
    assert summary is not None
    assert summary.source == "extract"
    assert "My name is Ada and I live in Lisbon." in summary.text
    list(loop.run([Message.said_by("ben", "Where does Ada live?")]))
    assert "conversation_search" in str(loop.memory.log.since(0))


def test_what_the_prompt_tells_of_memory_is_no_block() -> None:
    system = '<human chars="5/20">\nAda\n</human>\n<outside_view>\nparticipants: ada (2)\n</outside_view>'

    assert [block.label for block in blocks_in(system)] == ["human"]


def test_code_is_not_quoted_beside_the_sentence_that_answers() -> None:
    agent = Agent(turns=9)
    agent.hears("engineer", '```python\nprint(f"The refund of order 77 is {refund} euros.")\n```')
    agent.hears("runner", "The output of the program: the refund of order 77 is 108.00 euros.")

    answer = agent.ask("ada", "What is the refund of order 77?")

    assert "108.00" in answer
    assert "```" not in answer


def test_blocks_are_read_whatever_stands_around_them() -> None:
    system = (
        'Use <human> with care.\n<core_memory>\n<human chars="5/20" read_only="true">\nAda\n</human>\n'
        "<notes>\n1 < 2\n</notes>\n</core_memory>\n<open>"
    )

    blocks = blocks_in(system)

    assert [(b.label, b.value, b.limit, b.read_only) for b in blocks] == [
        ("human", "Ada", 20, True),
        ("notes", "1 < 2", None, False),
    ]
