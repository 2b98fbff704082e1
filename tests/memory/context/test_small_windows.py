"""Small windows: a brief head of the prompt, clipped blocks, and an error that names what cannot fit."""

from __future__ import annotations

import json
import logging

import pytest
from inline_snapshot import snapshot
from loops import LoopFactory, MemoryFactory, requests_of

from memgpt_autogen.errors import ContextOverflowError, WindowTooSmallError
from memgpt_autogen.events import PressureWarned, Replied
from memgpt_autogen.llm.offline import OfflineLLM
from memgpt_autogen.llm.protocols import Completion, ToolSchema
from memgpt_autogen.memory.context.block import Block
from memgpt_autogen.memory.context.prompt import FULL, Form
from memgpt_autogen.memory.hierarchy import MemoryHierarchy
from memgpt_autogen.messages import Message
from memgpt_autogen.testing import ScriptedLLM, call, says
from memgpt_autogen.testing.scripted import Request
from memgpt_autogen.tools.brief import briefed

YES = says("", call("send_message", message="yes"))


def replies(loop: object, text: str, **options: object) -> list[str]:
    events = loop.run([Message.said_by("ada", text)], **options)  # type: ignore[attr-defined]
    return [event.text for event in events if isinstance(event, Replied)]


@pytest.mark.parametrize("protocol", ["memgpt", "native"])
@pytest.mark.parametrize("window", [1024, 1500, 2100])
def test_the_default_tools_work_in_a_small_window(make_loop: LoopFactory, window: int, protocol: str) -> None:
    answer = YES if protocol == "memgpt" else says("yes")
    loop = make_loop(otherwise=answer, window_tokens=window, protocol=protocol)

    for number in range(12):
        assert set(replies(loop, f"message {number}: " + "much was said " * (number * 10))) == {"yes"}
    assert all(sent.brief for sent in loop.pressure.sent)
    assert loop.memory.recall.search('"message"').total == 12


def test_the_brief_form_takes_less_than_half(make_loop: LoopFactory) -> None:
    wide, narrow = make_loop(window_tokens=8192), make_loop(window_tokens=1024)
    budget = wide.pressure.budget

    heads = [loop.head() for loop in (wide, narrow)]
    sizes = [budget.prompt(wide.pressure.compile(head).messages, head.tools) for head in heads]

    assert [head.form.brief for head in heads] == [False, True]
    assert sizes[1] < sizes[0] / 2
    assert [tool["function"]["name"] for tool in heads[1].tools] == snapshot(
        [
            "send_message",
            "core_memory_append",
            "core_memory_replace",
            "conversation_search",
            "archival_memory_search",
        ]
    )


def test_the_brief_form_is_chosen_where_the_full_one_leaves_less_than_half_of_the_window(
    make_loop: LoopFactory,
) -> None:
    offered = {}
    for window in (1280, 4096, 8192):
        loop = make_loop(window_tokens=window)
        head = loop.head()
        tools = [tool["function"]["name"] for tool in head.tools]
        offered[window] = (head.form.brief, len(tools), "archival_memory_insert" in tools)

    assert offered == {1280: (True, 5, False), 4096: (True, 6, True), 8192: (False, 9, True)}


def test_a_brief_schema_keeps_what_a_call_needs() -> None:
    schema: ToolSchema = {
        "type": "function",
        "function": {
            "name": "book",
            "description": "Book a room. Costs apply, and there is more to say about that.",
            "parameters": {
                "type": "object",
                "properties": {
                    "description": {"type": "string", "description": "what for", "title": "Description"},
                    "days": {"type": "array", "items": {"type": "integer", "description": "a day"}},
                    "kind": {"enum": ["title", "description"], "default": "title"},
                    "inner_thoughts": {"type": "string"},
                    "request_heartbeat": {"type": "boolean"},
                },
                "required": ["description"],
            },
        },
    }

    assert briefed([schema]) == snapshot(
        [
            {
                "type": "function",
                "function": {
                    "name": "book",
                    "description": "Book a room.",
                    "parameters": {
                        "type": "object",
                        "properties": {
                            "description": {"type": "string"},
                            "days": {"type": "array", "items": {"type": "integer"}},
                            "kind": {"enum": ["title", "description"]},
                            "request_heartbeat": {"type": "boolean"},
                        },
                        "required": ["description"],
                    },
                },
            }
        ]
    )


@pytest.mark.parametrize(
    ("full", "brief"),
    [
        (
            {"type": "object", "additionalProperties": {"type": "integer", "description": "how many"}},
            {"type": "object", "additionalProperties": {"type": "integer"}},
        ),
        (
            {
                "patternProperties": {"^title": {"type": "number", "title": "A"}},
                "additionalProperties": False,
            },
            {"patternProperties": {"^title": {"type": "number"}}},
        ),
        ({"additionalProperties": {"description": "anything"}}, {}),
        (
            {"additionalProperties": True, "unevaluatedProperties": {"enum": [1]}},
            {"unevaluatedProperties": {"enum": [1]}},
        ),
        (
            {"dependentRequired": {"title": ["description"]}},
            {"dependentRequired": {"title": ["description"]}},
        ),
        ({"dependentSchemas": {"default": {"title": "A"}}}, {"dependentSchemas": {"default": {}}}),
        ({"const": {"title": "A"}, "title": "B"}, {"const": {"title": "A"}}),
        ({"propertyNames": {"enum": ["title"], "title": "A"}}, {"propertyNames": {"enum": ["title"]}}),
    ],
)
def test_the_brief_form_keeps_what_values_are(full: dict[str, object], brief: dict[str, object]) -> None:
    parameters = {"type": "object", "properties": {"given": full}}
    schema: ToolSchema = {"type": "function", "function": {"name": "f", "parameters": parameters}}

    assert briefed([schema])[0]["function"]["parameters"]["properties"]["given"] == brief


@pytest.mark.parametrize(
    ("description", "told"),
    [
        ("catalogue " * 15, "catalogue " * 11 + "catalogue…"),
        ("长" * 200, "长" * 119 + "…"),
        ("a b. c", "a b."),
    ],
    ids=["words", "no spaces", "sentence"],
)
def test_a_description_is_cut_at_a_word(description: str, told: str) -> None:
    schema: ToolSchema = {"type": "function", "function": {"name": "order", "description": description}}

    assert briefed([schema])[0]["function"]["description"] == told


def test_a_function_that_is_not_offered_briefly_still_works(make_loop: LoopFactory) -> None:
    loop = make_loop(
        says("", call("memory_rethink", label="human", new_memory="Ada likes tea")), YES, window_tokens=1500
    )

    assert replies(loop, "I like tea") == ["yes"]
    assert loop.memory.core["human"].value == "Ada likes tea"


def full_blocks() -> list[Block]:
    return [Block("house", "a room with a view " * 105), Block("garden", "a tree and a pond " * 111)]


def test_blocks_that_do_not_fit_are_shown_in_part_and_kept_whole(
    make_loop: LoopFactory, make_memory: MemoryFactory, caplog: pytest.LogCaptureFixture
) -> None:
    memory = make_memory(blocks=full_blocks())
    loop = make_loop(otherwise=YES, memory=memory, window_tokens=1500)

    with caplog.at_level(logging.WARNING, "memgpt_autogen"):
        assert replies(loop, "hello") == ["yes"]

    system = requests_of(loop)[0].messages[0]["content"]
    assert "characters cut here; too long to be shown whole, shorten it" in system
    assert f'chars="{len(memory.core["house"].value)}/2000"' in system
    assert [block.value for block in full_blocks()] == [
        memory.core[label].value for label in ("house", "garden")
    ]
    assert [record.message.split(":")[0] for record in caplog.records] == [
        "the window of 1500 tokens is too small for the blocks of 'sam'"
    ]


def test_blocks_are_shown_whole_where_there_is_room(
    make_loop: LoopFactory, make_memory: MemoryFactory
) -> None:
    memory = make_memory(blocks=full_blocks())
    forms = [make_loop(memory=memory, window_tokens=window).head().form for window in (2000, 3000, 8192)]

    assert forms[0].block_chars is not None
    assert forms[1:] == [Form(brief=True), FULL]


def test_instructions_that_do_not_fit_are_an_error_with_the_sizes(make_loop: LoopFactory) -> None:
    loop = make_loop(otherwise=YES, window_tokens=1024)  # T57
    instructions = "Always be kind to everyone. " * 200

    with pytest.raises(
        WindowTooSmallError,
        match=(
            r"window of 1024 tokens is too small: .*core memory \d+, instructions 1\d\d\d.* 5 tools "
            r"take \d+"
        ),
    ):
        replies(loop, "hello", instructions=instructions)
    assert [entry.message.text for entry in loop.memory.log.everything()][-1] == "hello"


def test_a_window_found_out_to_be_small_brings_the_brief_form(make_loop: LoopFactory) -> None:
    loop = make_loop(ContextOverflowError("too long", 9000), otherwise=YES, window_tokens=8192)

    assert replies(loop, "hello") == ["yes"]

    first, second = requests_of(loop)[:2]
    assert len(second.tools) < len(first.tools)
    assert len(second.messages[0]["content"]) < len(first.messages[0]["content"])


def test_the_offline_model_remembers_in_a_small_window(
    make_memory: MemoryFactory, make_loop: LoopFactory
) -> None:
    from memgpt_autogen.assembly import open_loop

    loop = open_loop(make_memory(), OfflineLLM(), window_tokens=1280)
    for text in ("My dog is called Rex.", "I live in Lisbon.", "I moved to Porto.", "tell me a story " * 200):
        replies(loop, text)

    (dog,) = replies(loop, "What is my dog called?")
    (home,) = replies(loop, "Where do I live?")

    assert "“My dog is called Rex.”" in dog
    assert "“I moved to Porto.”" in home.partition("Earlier")[0]


@pytest.mark.parametrize("window", [1024, 1100, 1200])
def test_the_message_that_is_being_answered_stays_in_the_smallest_windows_whatever_its_turn_saves(
    make_memory: MemoryFactory, window: int
) -> None:
    from memgpt_autogen.assembly import open_loop

    seen: list[Request] = []
    offline = OfflineLLM()

    def model(request: Request) -> Completion:
        seen.append(request)
        return offline.complete(request.messages, request.tools, request.tool_choice)

    loop = open_loop(make_memory(), ScriptedLLM(otherwise=model), window_tokens=window)
    told = [
        "My dog is called Rex.",
        "I live in Lisbon.",
        "I like green tea and I work as a nurse in the hospital of the town.",
        "Remember that the key is under the blue stone.",
        "My brother is called Tom and he likes long walks by the sea in the winter.",
    ]

    for text in told * 2:
        seen.clear()
        assert replies(loop, text) != ["Nothing is waiting for me."]
        steps = [json.dumps(request.messages[1:]) for request in seen if request.tools]
        assert all(text[:20] in messages for messages in steps)


def test_the_smallest_windows_are_not_filled_with_warnings(make_loop: LoopFactory) -> None:
    loop = make_loop(otherwise=YES, window_tokens=1024)

    events = [event for _ in range(9) for event in loop.run([Message.said_by("ben", "so much to say " * 8)])]

    assert not any(isinstance(event, PressureWarned) for event in events)


def test_a_message_with_an_image_is_counted_as_the_text_that_is_sent(memory: MemoryHierarchy) -> None:
    image = {"type": "image_url", "image_url": {"url": "data:image/png;base64," + "A" * 9000}}
    memory.log.append(
        Message.said_by("ben", "look at <image>", content=[{"type": "text", "text": "look at"}, image])
    )

    (message,) = memory.prompt.tail(memory.queue.entries())

    assert json.loads(message["content"])["message"] == "look at <image>"
    assert "AAAA" not in json.dumps(message)
