"""Our own events, said back: nobody's words."""

from __future__ import annotations

import json

import pytest
from loops import HELLO, LoopFactory, MemoryFactory, requests_of

from memgpt_autogen.assembly import open_loop
from memgpt_autogen.events import Event, Replied, ReplyPart
from memgpt_autogen.llm.openai import OpenAILLM
from memgpt_autogen.llm.protocols import Completion
from memgpt_autogen.loop.said_back import SAID_BACK, is_said_back
from memgpt_autogen.messages import AUTOMATED
from memgpt_autogen.testing import InPieces, ScriptedLLM, ScriptedServer, call, says
from memgpt_autogen.testing.scripted import Request

HEARD = '{"type": "user_message", "name": "boss", "message": "Hello!", "time": "2026-01-01 10:00:00 +0000"}'
BEAT = json.dumps({"type": "heartbeat", "message": f"{AUTOMATED}Go on."})
RESULT = '{"status": "OK", "message": "Done.", "time": "2026-01-01 10:00:00 +0000"}'


def replies(told: list[Event]) -> list[str]:
    return [event.text for event in told if isinstance(event, Replied)]


def parrot(request: Request) -> Completion:
    return says(str(request.messages[-1]["content"]))


@pytest.mark.parametrize("protocol", ["memgpt", "native"])
def test_a_model_that_says_its_prompt_back_has_said_nothing(
    make_memory: MemoryFactory, protocol: str
) -> None:
    memory = make_memory(protocol=protocol)
    loop = open_loop(memory, ScriptedLLM(otherwise=parrot))

    told = list(loop.run([HELLO]))

    assert [(event.text, event.fallback) for event in told if isinstance(event, Replied)] == [
        ("(no answer)", True)
    ]
    assert [entry.message.spoken for entry in memory.log.spoken_tail(9)] == ["Hello!", "(no answer)"]


@pytest.mark.parametrize("event", [HEARD, BEAT, RESULT, f"```json\n{HEARD}\n```", f"User: {HEARD}\n{BEAT}"])
def test_an_event_said_back_is_asked_again_and_the_model_reads_why(
    make_loop: LoopFactory, event: str
) -> None:
    loop = make_loop(
        says("", call("send_message", message=event)), says(event), says("Hi!"), protocol="native"
    )

    told = list(loop.run([HELLO]))

    assert replies(told) == ["Hi!"]
    assert SAID_BACK in str(requests_of(loop)[-1].messages)


def test_a_message_that_is_an_event_is_not_sent(make_loop: LoopFactory) -> None:
    loop = make_loop(
        says("", call("send_message", message=BEAT)), says("", call("send_message", message="Hi!"))
    )

    told = list(loop.run([HELLO]))

    assert replies(told) == ["Hi!"]
    assert [entry.message.spoken for entry in loop.memory.log.spoken_tail(9)] == ["Hello!", "Hi!"]


@pytest.mark.parametrize(
    ("text", "said_back"),
    [
        (HEARD, True),
        (HEARD[:-9], True),
        (f"{AUTOMATED}Go on.", True),
        (f"{HEARD}\n{HEARD}", True),
        (f"[{HEARD}, {HEARD}]", True),
        (f"assistant\n{HEARD}", True),
        (f"> {HEARD}", True),
        (f"Model: ```json\n{HEARD}\n```", True),
        ("assistant", False),
        (f"<core_memory>\nx\n</core_memory>\n{HEARD}", True),
        (f"You wrote {HEARD}", False),
        (f"{HEARD} is what I read.", False),
        ('{"type": "circle", "radius": 2}', False),
        ('{"type": "login", "page": "/home"}', False),
        ('{"status": "OK", "message": "Done."}', False),
        ("[1, 2]", False),
        ("{\ud800", False),
        ("", False),
    ],
)
def test_only_a_text_of_nothing_but_events_is_said_back(text: str, said_back: bool) -> None:
    assert is_said_back(text) is said_back


def test_no_part_of_an_event_is_shown(make_memory: MemoryFactory) -> None:
    answers = [
        InPieces(says("", call("send_message", message=BEAT)), 3),
        InPieces(says(HEARD), 3),
        says("Hi!"),
    ]
    with ScriptedServer(*answers) as server:
        loop = open_loop(
            make_memory(), OpenAILLM("scripted", base_url=server.url), stream=True, plain_text="deliver"
        )
        told = list(loop.run([HELLO]))

    assert replies(told) == ["Hi!"]
    assert {event.text for event in told if isinstance(event, ReplyPart)} <= {"Hi!"}
