r"""The marks of reasoning and of calls in a model's answer, where its engine has left them in the text.

Each row is a pair: what opens a part, what closes it, and which models write it. The marks are those of the
models' chat templates, as the parsers of vLLM and SGLang read them. They are regular expressions, and are
found in any case of letters.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Marks:
    """What opens and closes a part of an answer."""

    opens: str
    closes: str
    models: str
    alone: bool = False
    """Whether the closing mark counts without an opening one, which is in the prompt then."""


# the brackets of a tag: those of XML, and Kimi K3's; MiniMax M3 writes a token before each tag
LT = r"(?:\]<\]minimax\[>\[\s?)?(?:<|<\|open\|>)"
LT_END = r"(?:\]<\]minimax\[>\[\s?)?(?:</|<\|close\|>)"
GT = r"(?:>|<\|sep\|>)"

# what models put before a tag's name (MiniMax, Seed; DeepSeek; K2; others) and after it (Hunyuan)
BEFORE = r"(?:[a-z]{1,12}:|[|｜][A-Z]{2,8}[|｜] ?|ifm\||(?:dots|iquest|longcat)_)?"
AFTER = r"(?::[\w-]{1,40})?"

# the bars of a control token and what joins its words: `<|tool_call|>`; DeepSeek has others
BAR, JOINT = r"[|｜]", r"[_▁ ]"


def tag(names: str) -> str:
    """Return the pattern of an opening tag with one of these names."""
    return f"{LT}{BEFORE}(?:{names}){AFTER}{GT}"


def end_tag(names: str) -> str:
    return f"{LT_END}{BEFORE}(?:{names}){AFTER}{GT}"


def token(names: str) -> str:
    """Return the pattern of a control token with one of these names."""
    return f"<{BAR}(?:{names}){BAR}>"


THOUGHT = (
    "think|thinking|thoughts?|reasoning|think_fast|think_faster|inner_thoughts?|(?:inner|internal)_monologue"
    "|scratchpad|reflection"
)
CALL = "tool_?calls?|function_?calls?|tools?|calls"
SENDER = r"(?:<\|start\|>\s?assistant\s?)?"
CHANNEL = r"<\|channel\|>\s?"
KIND = r"(?:\s?<\|constrain\|>\s?\w{1,20}|\s\w{1,20})?\s?"

# the beginning of an element that is a call: `<function=NAME>`, `<invoke name="NAME">`
NAMED = r"(?:function|invoke|call)"
ATTRIBUTE = r"(?:\s?=\s?|\s{1,3}(?:name|tool|key)\s?=\s?)[\"']?(?P<name>[^\"'<>=\s]{1,100})[\"']?"
ELEMENT = rf"{LT}{BEFORE}{NAMED}{ATTRIBUTE}[^<>]{{0,80}}{GT}"
NEXT_ELEMENT = "(?=" + ELEMENT.replace("?P<name>", "?:") + ")"

REASONING = (
    Marks(
        tag(THOUGHT),
        # GLM-4.1V and Hunyuan put what is said in a tag, too
        end_tag(THOUGHT) + r"(?:\s{0,3}<answer>)?",
        "DeepSeek, Qwen, GLM, Kimi, MiniMax, Seed, Hunyuan, K2",
        alone=True,
    ),
    Marks(r"<unused94>(?:\s?thought\b)?", "<unused95>", "MedGemma", alone=True),
    Marks(r"\[THINK\]", r"\[/THINK\]", "Magistral, Ministral", alone=True),
    Marks("◁think▷", "◁/think▷", "Kimi 1.5, Kimi VL", alone=True),
    Marks(token("START_THINKING"), token("END_THINKING"), "Cohere", alone=True),
    Marks(r"<\|channel>(?:\s?(?:thought|thinking|analysis)\b)?", r"<channel\|>", "Gemma 4", alone=True),
    Marks(
        rf"{SENDER}{CHANNEL}analysis{KIND}<\|message\|>",
        r"<\|(?:end|return)\|>|(?=<\|(?:start|channel)\|>)",
        "gpt-oss",
    ),
    Marks(
        r"\A\s{0,9}(?:assistant)?analysis(?=\w|(?s:\s.*?)assistant(?:final|commentary))|assistantanalysis",
        r"assistantfinal|(?=assistant(?:commentary|analysis))",
        "gpt-oss, its control tokens left out",
    ),
    Marks(r"(?:\A\s{0,9}|<\|start\|>\s?assistant\s?)to=self\s?<\|message\|>", r"<\|e(?:om|ot|nd)\|>", "Muse"),
    Marks(token("content_thinking"), token("end_message"), "Inkling"),
    Marks(token("think(?:ing)?|thought|reasoning"), token("/(?:think(?:ing)?|thought|reasoning)"), "others"),
    Marks(token("inner_prefix"), token("inner_suffix"), "Apertus", alone=True),
    Marks(token("begin_of_thought"), token("end_of_thought"), "OpenThinker"),
    Marks(
        r"\A\s{0,9}Here(?:'s| is) my thought process:(?=(?s:.*?)Here(?:'s| is) my response:)",
        r"Here(?:'s| is) my response:",
        "Granite 3.2",
    ),
)

SEAMS = (
    rf"(?:<\|end\|>)?{SENDER}{CHANNEL}(?:final|commentary){KIND}<\|message\|>",
    r"(?:<\|e(?:nd|om)\|>)?<\|start\|>\s?assistant\s?(?:to=user\s?)?<\|message\|>",
    r"(?-i:\A(?:assistant)?final(?=[A-Z])|assistantfinal)",
    r"<\|open\|>response<\|sep\|>|<\|close\|>(?:response|message)<\|sep\|>",
    token("message_model|content_text"),
)
"""Marks before and between parts that are said."""


GIGACHAT = rf"(?:function call{token('role_sep')}|{token('function_call')})"

CALLS = (
    Marks(tag(CALL), end_tag(CALL), "Hermes, Qwen, GLM, Granite 4, MiniMax, DeepSeek V3.2, Seed, Hunyuan"),
    Marks(
        token(f"tool{JOINT}calls?(?:{JOINT}section)?(?:{JOINT}(?:begin|start))?"),
        f"{token(f'/?tool{JOINT}calls?(?:{JOINT}section)?{JOINT}end')}|{token('/tool_call')}"
        f"|(?={token(f'tool{JOINT}call(?:{JOINT}(?:begin|start))?')})",
        "Kimi K2, DeepSeek V3, LFM2, Phi-4, Granite 3, Step 3",
    ),
    Marks(r"\[TOOL_CALLS\]", r"(?=\[TOOL_CALLS\])|</s>", "Mistral"),
    Marks(r"\bfunctools(?=\s?\[)", r"<\|end\|>|(?=\bfunctools\s?\[)", "Phi-4 mini"),
    Marks(token("python_tag"), r"<\|e(?:om|ot)_id\|>", "Llama 3"),
    Marks(token("python_start"), token("python_end"), "Llama 4"),
    Marks(r"<\|tool_call>|<start_function_call>", r"<tool_call\|>|<end_function_call>", "Gemma 4"),
    Marks(token("START_ACTION"), token("END_ACTION"), "Cohere"),
    Marks(rf"{token('action_start')}\s?{token('plugin')}", token("action_end"), "InternLM"),
    Marks(token("tools_prefix"), token("tools_suffix"), "Apertus"),
    Marks(
        rf"(?:{token('message_model')}[\w.-]{{1,100}})?{token('content_invoke_tool(?:_json)?')}",
        token("end_message"),
        "Inkling",
    ),
    Marks(GIGACHAT, f"{token('message_sep')}|(?={GIGACHAT})", "GigaChat"),
    Marks(NEXT_ELEMENT, end_tag(NAMED), "Llama 3.1, Qwen3-Coder, MiniCPM, others"),
    Marks(
        rf"{SENDER}{CHANNEL}(?:commentary|analysis)(?:\s?<\|constrain\|>\s?\w{{1,20}})?\s?to="
        r"|(?:(?m:^) ?|<\|start\|>\s?assistant\s?)to=(?!user|self)(?=[\w.]{1,99}\s?<\|)"
        r"|(?:\A\s{0,9}|assistant)commentary\s?to=",
        r"<\|(?:call|end|return)\|>|(?=<\|start\|>)|(?=assistant(?:commentary|final|analysis))",
        "gpt-oss",
    ),
)
"""Calls. Where nothing closes one, it ends with the answer."""

EDGES = (
    token("[A-Za-z_▁ ]{1,40}"),
    r"<(?:end_of_turn|turn\||channel\||\|tool_call|\|tool_response)>|</(?:s|answer)>",
    tag("tool_calls?"),
    r"\[TOOL_CALLS\]",
)
"""Marks of the beginning and the end of a turn, and of a call that was not made."""

NAME_ENDS = (
    r"(?:\[CALL_ID\][^\[\]\s]{0,64}\s?)?\[ARGS\]",
    token(f"tool{JOINT}sep|tool_call_argument_begin"),
    tag("tool_sep"),
    rf"(?:\s?{CHANNEL}\w{{1,20}})?{KIND}<\|message\|>",
)
"""What stands between a function's name and its arguments."""


def one_of(patterns: Iterable[str]) -> re.Pattern[str]:
    """Return one pattern of these. In a match, `which` tells which of them was found."""
    return re.compile("|".join(f"(?P<_{n}>{each})" for n, each in enumerate(patterns)), re.IGNORECASE)


def which(match: re.Match[str]) -> int:
    return int(str(match.lastgroup)[1:])
