"""A question is searched for by rule before a model is asked that cannot call functions.

Small models answer from what they see, and often do not search first. So the first answer to a question is a
call of `conversation_search` with its words, made here, and the model reads question and results together. A
search that found nothing is left out of its prompt, because a small model repeats the last step it sees.
"""

from __future__ import annotations

import json

from memgpt_autogen.llm.protocols import Completion, Messages, ToolChoice, Tools
from memgpt_autogen.llm.text_calls.plain_prompt import function_name, read_event
from memgpt_autogen.messages import ToolCall, WireMessage
from memgpt_autogen.rendering.found_lines import NOTHING_FOUND
from memgpt_autogen.text.common_words import commonness_weight
from memgpt_autogen.text.safe import cut_at_word
from memgpt_autogen.text.words import STOP_WORDS, stem, words

THOUGHT = "question: First I search what was said."
STORED_THOUGHT = "result: Nobody said it. Now I search what I stored."
QUESTION_MARKS = ("?", "？", "؟")
QUERY_CHARS = 300
RARE = 0.6
"""Words of a larger weight tell what a question is about; *how*, *you* and *help* do not."""


def first_search(messages: Messages, tools: Tools, tool_choice: ToolChoice = None) -> Completion | None:
    """Return the search for what was just asked; None where nothing was asked that can be searched for.

    What was said is searched first, and what was stored only if nothing is found there.
    """
    if tool_choice not in (None, "auto", "required"):
        return None
    told = [message for message in messages[-4:] if read_event(message).get("type") != "heartbeat"]
    if question := _question(told[-1:]):
        return _search("conversation_search", THOUGHT, question, tools)
    if len(told) > 2 and told[-2].get("content") == THOUGHT and _found_nothing(told[-1]):
        return _search("archival_memory_search", STORED_THOUGHT, _question(told[-3:]), tools)
    return None


def without_vain_searches(messages: Messages) -> list[WireMessage]:
    """Return the messages without the searches of this module that found nothing."""
    kept: list[WireMessage] = []
    vain = False
    for message in messages:
        if vain and read_event(message).get("type") == "heartbeat":
            continue
        by_rule = bool(kept) and kept[-1].get("content") in (THOUGHT, STORED_THOUGHT)
        vain = by_rule and _found_nothing(message)
        kept = kept[:-1] if vain else [*kept, message]
    return kept


def _found_nothing(result: WireMessage) -> bool:
    if result["role"] != "tool":
        return False
    try:
        told = json.loads(str(result["content"]))
    except ValueError:
        return False
    return isinstance(told, dict) and str(told.get("message", "")).startswith(NOTHING_FOUND)


def _search(name: str, thought: str, question: str, tools: Tools) -> Completion | None:
    tool = next((tool for tool in tools if function_name(tool) == name), None)
    if tool is None or not question:
        return None
    properties = (tool["function"].get("parameters") or {}).get("properties", {})
    again = {"request_heartbeat": True} if "request_heartbeat" in properties else {}
    arguments = {"query": cut_at_word(question, QUERY_CHARS), **again}
    call = ToolCall("", name, json.dumps(arguments, ensure_ascii=False))
    return Completion(text=thought, tool_calls=(call,), finish_reason="tool_calls")


def _question(messages: Messages) -> str:
    """Return what the first of these messages asks, if it is about something; else nothing."""
    event = read_event(messages[0]) if messages else {}
    if event.get("type") != "user_message":
        return ""
    text = str(event.get("message", "")).strip()
    return text if text.endswith(QUESTION_MARKS) and _says_about_what(text) else ""


def _says_about_what(question: str) -> bool:
    return any(commonness_weight(stem(word)) > RARE for word in words(question) if word not in STOP_WORDS)
