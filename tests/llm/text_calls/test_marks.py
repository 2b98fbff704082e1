"""What models write where their engine reads neither reasoning nor calls: turns in each model's marks."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from legal import illegal
from loops import HELLO, LoopFactory, MemoryFactory, requests_of

from memgpt_autogen.assembly import open_loop
from memgpt_autogen.events import Replied, ReplyPart, Thought
from memgpt_autogen.llm.openai import OpenAILLM
from memgpt_autogen.llm.protocols import Completion
from memgpt_autogen.llm.text_calls.calls import find_calls, mended_call, read_text_calls
from memgpt_autogen.messages import ToolCall
from memgpt_autogen.testing import InPieces, ScriptedServer, call, says

SAID, THOUGHT = "Hello, Ada!", "She greets me."

REASONED = {
    "DeepSeek, Qwen": "<think>She greets me.</think>Hello, Ada!",
    "opened in the prompt": "She greets me.\n</think>\n\nHello, Ada!",
    "capitals": "<THINK>She greets me.</THINK>Hello, Ada!",
    "Magistral": "[THINK]She greets me.[/THINK]Hello, Ada!",
    "Magistral, opened in the prompt": "She greets me.[/THINK]Hello, Ada!",
    "Kimi 1.5": "◁think▷She greets me.◁/think▷Hello, Ada!",
    "Kimi K3": "She greets me.<|close|>think<|sep|><|open|>response<|sep|>Hello, Ada!<|close|>response<|sep|>"
    "<|close|>message<|sep|>",
    "Seed": "<seed:think>She greets me.</seed:think>Hello, Ada!",
    "Hunyuan": "<think:opensource>She greets me.</think:opensource>Hello, Ada!",
    "Hunyuan A13B, GLM-4.1V": "<think>\nShe greets me.\n</think>\n<answer>\nHello, Ada!\n</answer>",
    "MedGemma": "<unused94>thought\nShe greets me.<unused95>Hello, Ada!",
    "MemGPT's word": "<inner_thoughts>She greets me.</inner_thoughts>Hello, Ada!",
    "a monologue": "<inner_monologue>She greets me.</inner_monologue>\nHello, Ada!",
    "a scratchpad": "<scratchpad>She greets me.</scratchpad>\nHello, Ada!",
    "MiniMax M3": "<mm:think>She greets me.</mm:think>Hello, Ada!",
    "K2": "<ifm|think_fast>She greets me.</ifm|think_fast>Hello, Ada!",
    "Cohere": "<|START_THINKING|>She greets me.<|END_THINKING|><|START_RESPONSE|>Hello, Ada!<|END_RESPONSE|>",
    "Cohere, newer": "She greets me.<|END_THINKING|><|START_TEXT|>Hello, Ada!<|END_TEXT|>",
    "Gemma 4": "<|channel>thought\nShe greets me.\n<channel|>Hello, Ada!<turn|>",
    "gpt-oss": "<|channel|>analysis<|message|>She greets me.<|end|>"
    "<|start|>assistant<|channel|>final<|message|>Hello, Ada!<|return|>",
    "gpt-oss with a format": "<|channel|>analysis<|message|>She greets me.<|end|>"
    "<|start|>assistant<|channel|>final <|constrain|>json<|message|>Hello, Ada!",
    "gpt-oss without control tokens": "analysisShe greets me.assistantfinalHello, Ada!",
    "Muse": " to=self<|message|>She greets me.<|eom|><|start|>assistant to=user<|message|>Hello, Ada!<|eot|>",
    "Inkling": "<|content_thinking|>She greets me.<|end_message|><|message_model|><|content_text|>Hello, Ada!"
    "<|end_message|>",
    "Apertus": "<|inner_prefix|>She greets me.<|inner_suffix|>Hello, Ada!",
    "OpenThinker": "<|begin_of_thought|>She greets me.<|end_of_thought|><|begin_of_solution|>Hello, Ada!"
    "<|end_of_solution|>",
    "Granite 3.2": "Here is my thought process: She greets me. Here is my response: Hello, Ada!",
}


@pytest.mark.parametrize("model", REASONED)
def test_reasoning_is_a_thought_and_never_said(make_loop: LoopFactory, model: str) -> None:
    loop = make_loop(says(REASONED[model]), says("Bye."), protocol="native")

    told = [*loop.run([HELLO]), *loop.run([HELLO])]

    assert [event.text for event in told if isinstance(event, Replied)] == [SAID, "Bye."]
    assert [event.text for event in told if isinstance(event, Thought)] == [THOUGHT]
    assert THOUGHT not in json.dumps(requests_of(loop)[-1].messages)
    assert all(THOUGHT not in str(entry.message.spoken) for entry in loop.memory.log.spoken_tail(9))


@pytest.mark.parametrize("model", REASONED)
def test_a_message_that_begins_with_reasoning_is_sent_without_it(make_loop: LoopFactory, model: str) -> None:
    loop = make_loop(says("", call("send_message", message=REASONED[model])))

    told = list(loop.run([HELLO]))

    assert [event.text for event in told if isinstance(event, Replied)] == [SAID]
    assert [event.text for event in told if isinstance(event, Thought)] == [THOUGHT]
    assert [entry.message.spoken for entry in loop.memory.log.spoken_tail(1)] == [SAID]


LATE = ("opened in the prompt", "Kimi K3", "Cohere, newer", "Granite 3.2")
"""Reasoning that only its end shows to be such: its words are shown, and removed."""


@pytest.mark.parametrize("model", [model for model in REASONED if not model.endswith(LATE)])
@pytest.mark.parametrize("size", [1, 5])
def test_no_part_of_a_reply_shows_reasoning_or_marks(
    make_memory: MemoryFactory, model: str, size: int
) -> None:
    with ScriptedServer(InPieces(says(REASONED[model]), size)) as server:
        llm = OpenAILLM("scripted", base_url=server.url)
        told = list(open_loop(make_memory(protocol="native"), llm, stream=True).run([HELLO]))

    parts = [event for event in told if isinstance(event, ReplyPart)]
    assert SAID.startswith("".join(part.text for part in parts))
    assert [part.anew for part in parts].count(True) == 1
    assert [event.text for event in told if isinstance(event, Replied)] == [SAID]


def quoted(arguments: dict[str, Any], mark: str) -> str:
    values = [
        f"{name}:{mark}{value}{mark}" if isinstance(value, str) else f"{name}:{json.dumps(value)}"
        for name, value in arguments.items()
    ]
    return "{" + ",".join(values) + "}"


def elements(arguments: dict[str, Any], form: str) -> str:
    return "".join(
        form.format(
            name=name,
            value=value if isinstance(value, str) else json.dumps(value),
            text="true" if isinstance(value, str) else "false",
            type="string" if isinstance(value, str) else "boolean",
        )
        for name, value in arguments.items()
    )


def described(name: str, arguments: dict[str, Any]) -> str:
    return json.dumps({"name": name, "arguments": arguments})


def pythonic(name: str, arguments: dict[str, Any]) -> str:
    return f"{name}({', '.join(f'{key}={value!r}' for key, value in arguments.items())})"


CALLED: dict[str, Callable[[str, dict[str, Any]], str]] = {
    "Hermes, Qwen": lambda name, given: f"<tool_call>\n{described(name, given)}\n</tool_call>",
    "Qwen3-Coder": lambda name, given: f"<tool_call>\n<function={name}>\n"
    + elements(given, "<parameter={name}>\n{value}\n</parameter>\n")
    + "</function>\n</tool_call>",
    "Llama 3": lambda name, given: "<|python_tag|>"
    + json.dumps({"name": name, "parameters": given})
    + "<|eom_id|>",
    "Llama 3.1": lambda name, given: f"<function={name}>{json.dumps(given)}</function>",
    "Llama 3.2 and 4": lambda name, given: f"[{pythonic(name, given)}]<|eot_id|>",
    "Llama 4": lambda name, given: f"<|python_start|>[{pythonic(name, given)}]<|python_end|>",
    "Mistral": lambda name, given: f"[TOOL_CALLS] [{described(name, given)}]</s>",
    "Mistral, present": lambda name, given: f"[TOOL_CALLS]{name}[ARGS]{json.dumps(given)}",
    "Mistral with ids": lambda name, given: f"[TOOL_CALLS]{name}[CALL_ID]a1b2c3d4e[ARGS]{json.dumps(given)}",
    "Mistral, a mark left out": lambda name, given: f"[TOOL_CALLS]{name}{json.dumps(given)}",
    "Mistral without control tokens": lambda name, given: f"{name}{json.dumps(given)}",
    "Kimi K2 without control tokens": lambda name, given: f"functions.{name}:0{json.dumps(given)}",
    "GLM 4.5": lambda name, given: f"<tool_call>{name}\n"
    + elements(given, "<arg_key>{name}</arg_key>\n<arg_value>{value}</arg_value>\n")
    + "</tool_call>",
    "GLM 4.7": lambda name, given: f"<tool_call>{name}"
    + elements(given, "<arg_key>{name}</arg_key><arg_value>{value}</arg_value>")
    + "</tool_call>",
    "Hunyuan": lambda name, given: f"<tool_calls>\n<tool_call>{name}<tool_sep>\n"
    + elements(given, "<arg_key>{name}</arg_key>\n<arg_value>{value}</arg_value>\n")
    + "</tool_call>\n</tool_calls>",
    "DeepSeek V3": lambda name, given: "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>"
    f"{name}\n```json\n{json.dumps(given)}\n```<｜tool▁call▁end｜><｜tool▁calls▁end｜>",
    "DeepSeek V3.1": lambda name, given: f"<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>{name}<｜tool▁sep｜>"
    f"{json.dumps(given)}<｜tool▁call▁end｜><｜tool▁calls▁end｜><｜end▁of▁sentence｜>",
    "DeepSeek V3.2": lambda name, given: f'<｜DSML｜function_calls>\n<｜DSML｜invoke name="{name}">\n'
    + elements(given, '<｜DSML｜parameter name="{name}" string="{text}">{value}</｜DSML｜parameter>\n')
    + "</｜DSML｜invoke>\n</｜DSML｜function_calls>",
    "DeepSeek V4.1": lambda name, given: f'<｜DSML｜ calls>\n<｜DSML｜ invoke name="{name}">\n'
    + elements(given, '<｜DSML｜ parameter name="{name}" string="{text}">{value}</｜DSML｜ parameter>\n')
    + "</｜DSML｜ invoke>\n</｜DSML｜ calls>",
    "Kimi K2": lambda name, given: f"<|tool_calls_section_begin|><|tool_call_begin|>functions.{name}:0"
    f"<|tool_call_argument_begin|>{json.dumps(given)}<|tool_call_end|><|tool_calls_section_end|>",
    "Kimi K3": lambda name, given: f'<|open|>tools<|sep|><|open|>call tool="{name}" index="1"<|sep|>'
    + elements(given, '<|open|>argument key="{name}" type="{type}"<|sep|>{value}<|close|>argument<|sep|>')
    + "<|close|>call<|sep|><|close|>tools<|sep|><|close|>message<|sep|>",
    "LFM2": lambda name, given: f"<|tool_call_start|>[{pythonic(name, given)}]<|tool_call_end|>",
    "LFM2, JSON": lambda name, given: "<|tool_call_start|>"
    + json.dumps([{"name": name, "arguments": given}])
    + "<|tool_call_end|>",
    "Phi-4": lambda name, given: f"<|tool_call|>[{described(name, given)}]<|/tool_call|>",
    "Phi-4 mini": lambda name, given: f"functools[{described(name, given)}]",
    "Granite 3": lambda name, given: f"<|tool_call|>[{described(name, given)}]",
    "Gemma 4": lambda name, given: "<|tool_call>call:" + name + quoted(given, '<|"|>') + "<tool_call|>",
    "FunctionGemma": lambda name, given: "<start_function_call>call:"
    + name
    + quoted(given, "<escape>")
    + "<end_function_call>",
    "Gemma 3": lambda name, given: f"```tool_code\n{pythonic(name, given)}\n```",
    "MiniMax M1": lambda name, given: f"<tool_calls>\n{described(name, given)}\n</tool_calls>",
    "MiniMax M2": lambda name, given: f'<minimax:tool_call>\n<invoke name="{name}">\n'
    + elements(given, '<parameter name="{name}">{value}</parameter>\n')
    + "</invoke>\n</minimax:tool_call>",
    "Seed": lambda name, given: f"<seed:tool_call>\n<function={name}>\n"
    + elements(given, "<parameter={name}>{value}</parameter>\n")
    + "</function>\n</seed:tool_call>",
    "Cohere": lambda name, given: "<|START_ACTION|>["
    + json.dumps({"tool_call_id": "0", "tool_name": name, "parameters": given})
    + "]<|END_ACTION|>",
    "gpt-oss": lambda name, given: "<|channel|>analysis<|message|>Hm.<|end|><|start|>assistant<|channel|>"
    f"commentary to=functions.{name} <|constrain|>json<|message|>{json.dumps(given)}<|call|>",
    "gpt-oss, named first": lambda name, given: f" to=functions.{name}<|channel|>commentary "
    f"<|constrain|>json<|message|>{json.dumps(given)}",
    "gpt-oss, as text": lambda name, given: f"<|start|>assistant to=functions.{name}<|channel|>"
    f"commentary json<|message|>{json.dumps(given)}",
    "gpt-oss without control tokens": lambda name, given: "analysisHm.assistantcommentary to=functions."
    f"{name} json{json.dumps(given)}",
    "Nemotron": lambda name, given: f"<TOOLCALL>[{described(name, given)}]</TOOLCALL>",
    "Apertus": lambda name, given: f"<|tools_prefix|>{json.dumps([{name: given}])}<|tools_suffix|>",
    "InternLM": lambda name, given: "<|action_start|> <|plugin|>\n"
    + json.dumps({"name": name, "parameters": given})
    + "<|action_end|>",
    "Olmo 3": lambda name, given: f"<function_calls>\n{pythonic(name, given)}\n</function_calls>",
    "Step 3": lambda name, given: "<｜tool_calls_begin｜>\n<｜tool_call_begin｜>function<｜tool_sep｜>"
    f'<steptml:invoke name="{name}">\n'
    + elements(given, '<steptml:parameter name="{name}">{value}</steptml:parameter>\n')
    + "</steptml:invoke><｜tool_call_end｜>\n<｜tool_calls_end｜>",
    "MiniCPM": lambda name, given: f'<function name="{name}">'
    + elements(given, '<param name="{name}">{value}</param>')
    + "</function>",
    "LongCat": lambda name, given: f"<longcat_tool_call>{name}\n"
    + elements(
        given,
        "<longcat_arg_key>{name}</longcat_arg_key>\n<longcat_arg_value>{value}</longcat_arg_value>\n",
    )
    + "</longcat_tool_call>",
    "Inkling": lambda name, given: f"<|message_model|>{name}<|content_invoke_tool_json|>"
    + json.dumps({"name": name, "args": given})
    + "<|end_message|>",
    "GigaChat": lambda name, given: f"function call<|role_sep|>\n{described(name, given)}",
}  # fmt: skip

BEGINS = ("Mistral without control tokens", "Kimi K2 without control tokens")
"""Names before objects, which are calls at the beginning of an answer only."""

NOTE = {"label": "human", "content": 'Ada says: "5 > 4", it\'s <b>true</b>', "request_heartbeat": True}
ODD = {"message": 'Tea {for} "two", it\'s\n[1, 2]: 5'}


@pytest.mark.parametrize("model", CALLED)
def test_a_turn_runs_in_the_marks_of_the_model(make_loop: LoopFactory, model: str) -> None:
    form = CALLED[model]
    loop = make_loop(says(form("core_memory_append", NOTE)), says(form("send_message", {"message": SAID})))

    told = list(loop.run([HELLO]))

    assert loop.memory.core["human"].value == NOTE["content"]
    assert [event.text for event in told if isinstance(event, Replied)] == [SAID]
    assert {event.text for event in told if isinstance(event, Thought)} <= {"Hm."}
    assert illegal(requests_of(loop)[-1].messages) is None


@pytest.mark.parametrize("model", [model for model in CALLED if model not in BEGINS])
def test_what_is_in_the_arguments_stays_as_it_is(model: str) -> None:
    rest, calls = find_calls(f"I greet her.\n{CALLED[model]('send_message', ODD)}", ["send_message"])

    assert [(each.name, json.loads(each.arguments)) for each in calls] == [("send_message", ODD)]
    assert rest.removesuffix("send_message").replace("analysisHm.", "").strip().startswith("I greet her.")


@pytest.mark.parametrize("model", [model for model in CALLED if model != "gpt-oss, named first"])
def test_two_calls_and_reasoning_before_them_are_told_apart(model: str) -> None:
    form = CALLED[model]
    text = f"<think>Two things.</think>{form('core_memory_append', NOTE)}\n{form('send_message', ODD)}"

    read = read_text_calls(Completion(text), ["core_memory_append", "send_message"])

    assert [json.loads(each.arguments) for each in read.tool_calls] == [NOTE, ODD]
    assert read.thought.startswith("Two things.")


@pytest.mark.parametrize("model", [model for model in CALLED if model not in BEGINS])
def test_no_part_of_a_reply_shows_a_call(make_memory: MemoryFactory, model: str) -> None:
    text = f"One moment.\n{CALLED[model]('core_memory_append', {**NOTE, 'request_heartbeat': False})}"
    with ScriptedServer(InPieces(says(text), 3), says(SAID)) as server:
        llm = OpenAILLM("scripted", base_url=server.url)
        told = list(open_loop(make_memory(protocol="native"), llm, stream=True).run([HELLO]))

    parts = [event.text for event in told if isinstance(event, ReplyPart)]
    assert [event.text for event in told if isinstance(event, Replied)] == [SAID]
    if not CALLED[model]("core", {}).startswith(("[core", "analysis", "function call", "```", " to=")):
        assert not any(set(part) & set("<>[]{}|｜_") for part in parts)


LEAKED = (
    "send_message<|channel|>commentary",
    "functions.send_message<|channel|>json",
    "functions.send_message:0",
    "<|constrain|>send_message",
    "assistant<|channel|>send_message",
    "send_message[ARGS]",
    "[TOOL_CALLS]send_message",
    "<tool_call>send_message",
    "send_message</tool_call>",
    "send_message<|tool_call_argument_begin|>",
    "function<｜tool▁sep｜>send_message",
    "call:send_message",
    "send_message\n<arg_key>",
    "sendMessage<|call|>",
)


@pytest.mark.parametrize("name", LEAKED)
def test_a_mark_in_a_functions_name_does_not_lose_the_turn(make_loop: LoopFactory, name: str) -> None:
    loop = make_loop(says("", ToolCall("c1", name, json.dumps({"message": SAID}))))

    told = list(loop.run([HELLO]))

    assert [event.text for event in told if isinstance(event, Replied)] == [SAID]


def test_arguments_in_a_functions_name_are_its_arguments() -> None:
    leaked = ToolCall("c1", 'send_message[ARGS]{"message": "Hi!"}', "{}")

    assert mended_call(leaked, ["send_message"]) == ToolCall("c1", "send_message", '{"message": "Hi!"}')
    assert mended_call(ToolCall("c1", "launch", "{}"), ["send_message"]).name == "launch"


def test_a_value_with_marks_in_it_is_one_value() -> None:
    note = "Close with </parameter> and </function>, open with <function=x>; <tool_call> is text, too."
    text = CALLED["Qwen3-Coder"]("send_message", {"message": note})
    asked = described("send_message", {"message": "Say </tool_call> [TOOL_CALLS] </think>"})

    assert find_calls(text, ["send_message"])[1][0].parsed() == {"message": note}
    assert find_calls(f"<tool_call>{asked}</tool_call>", ["send_message"])[0] == ""
    assert read_text_calls(Completion(f"<tool_call>{asked}</tool_call>"), ["send_message"]).thought == ""


def test_a_forgotten_end_of_a_value_ends_where_the_next_one_begins() -> None:
    text = (
        "<tool_call>\n<function=core_memory_append>\n<parameter=label>\nhuman\n<parameter=content>\ntea\n"
        "</function>\n</tool_call>"
    )

    (called,) = find_calls(text, ["core_memory_append"])[1]

    assert called.parsed() == {"label": "human", "content": "tea"}


def test_reasoning_without_an_end_ends_where_a_call_begins() -> None:
    text = f"<think>I should greet her.\n{CALLED['Hermes, Qwen']('send_message', {'message': SAID})}"

    read = read_text_calls(Completion(text), ["send_message"])

    assert (read.text, read.thought, len(read.tool_calls)) == ("", "I should greet her.", 1)


@pytest.mark.parametrize("value", [5, 2.5, True])
def test_a_number_that_a_call_as_text_gives_for_a_message_is_its_words(
    make_loop: LoopFactory, value: object
) -> None:
    text = f"<function=send_message><parameter=message>{json.dumps(value)}</parameter></function>"

    told = list(make_loop(says(text)).run([HELLO]))

    assert [event.text for event in told if isinstance(event, Replied)] == [json.dumps(value)]


@pytest.mark.parametrize(
    "text",
    [
        "The tag <think> opens a thought, and </think> closes it.",
        "Write `<think>` before and `</think>` behind it.",
        'He wrote "[THINK]" at the start.',
        "```html\n<think>\nnot mine\n</think>\n```\nThat is the code.",
        '{"marks": ["<think>", "</think>"]}',
        "Analysis of the final assistant: it is good.",
        "An answer <b>in bold</b> and [a link](https://example.org).",
        "Use <s>old</s>",
        "1 < 2 and 3 > 2",
        "Functions [1] and [2] are equal.",
    ],
)
def test_words_about_marks_are_words(text: str) -> None:
    read = read_text_calls(Completion(text), ["send_message"])

    assert (read.text, read.thought, read.tool_calls) == (text, "", ())


@pytest.mark.parametrize(
    ("text", "said", "thought"),
    [
        ("Okay.\n<think>She greets me.</think>\nHello, Ada!", "Okay.\nHello, Ada!", THOUGHT),
        ("Sure! <think>She greets me.</think>Hello, Ada!", "Sure!\nHello, Ada!", THOUGHT),
        ("Okay <think>She greets me.</think> hello, Ada!", "Okay\nhello, Ada!", THOUGHT),
        ("<think>One.</think>Hello,<think>Two.</think>Ada!", "Hello,\nAda!", "One.\nTwo."),
        ("<think>Use `</think>`? No.", "`? No.", "Use `"),
        ("<thinking>She greets me.</think>Hello, Ada!", SAID, THOUGHT),
        ("Okay.\n<think>She greets", "Okay.", "She greets"),
        ("<|START_RESPONSE|>Hello, Ada!<|END_RESPONSE|>", SAID, ""),
        ("Hello, Ada!<|im_end|>", SAID, ""),
        ("Hello, Ada![TOOL_CALLS]", SAID, ""),
    ],
)
def test_reasoning_is_found_wherever_it_stands(text: str, said: str, thought: str) -> None:
    read = read_text_calls(Completion(text), ["send_message"])

    assert (read.text, read.thought) == (said, thought)
