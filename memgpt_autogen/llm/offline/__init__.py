"""The offline model: rules that follow MemGPT's protocol, when there is no key, no server and no network.

It is neither a language model nor a fixed script. It finds facts by the form of English sentences, stores
them in memory, searches when it is asked something, and answers with quotations. It cannot reason, compose
or translate. Like a real model it knows only its prompt, so everything that it remembers has gone through
the agent's memory.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

from memgpt_autogen.llm.offline.answers import answer, summary_of
from memgpt_autogen.llm.offline.policy import Call, Rest, Say, decide
from memgpt_autogen.llm.offline.prompt import Prompt, read
from memgpt_autogen.llm.protocols import Completion, Messages, ToolChoice, Tools, Usage
from memgpt_autogen.messages import ToolCall

__all__ = ["OfflineLLM"]


class OfflineLLM:
    """A small rule-based model: deterministic, without state, and able to take any input."""

    model = "offline"

    def complete(self, messages: Messages, tools: Tools = (), tool_choice: ToolChoice = None) -> Completion:
        """Answer one step. It never raises, and never calls a function that is not offered."""
        asked = json.dumps([list(messages), list(tools)], default=str, skipkeys=True)
        prompt = read(messages, tools)
        calls: tuple[ToolCall, ...] = ()
        if not prompt.tools and _is_summariser(prompt):
            text = summary_of(prompt)
        elif tool_choice == "none":
            text = _said_anyway(prompt, decide(prompt)).text
        else:
            text, calls = _spoken(_chosen(prompt, tool_choice), prompt, _call_id(asked))
        written = text + "".join(call.name + call.arguments for call in calls)
        usage = Usage(len(asked) // 4 + 1, len(written) // 4 + 1)
        return Completion(text, calls, usage, "tool_calls" if calls else "stop")


def _is_summariser(prompt: Prompt) -> bool:
    """Return whether the prompt is a summariser's. An agent's may name summaries too, but it has blocks."""
    return "summar" in prompt.system.lower() and not prompt.blocks and not prompt.events


def _chosen(prompt: Prompt, tool_choice: ToolChoice) -> Call | Say | Rest:
    """Return the decision, changed to what the caller demands."""
    decision = decide(prompt)
    function = tool_choice.get("function") if isinstance(tool_choice, Mapping) else None
    named = function.get("name") if isinstance(function, Mapping) else None
    if tool_choice == "required" and prompt.tools and not isinstance(decision, Call):
        named = next(iter(prompt.tools)) if prompt.native else "send_message"
    if named == "send_message":
        return _said_anyway(prompt, decision)
    demanded = prompt.tools.get(named) if isinstance(named, str) else None
    if demanded is None or (isinstance(decision, Call) and decision.name == named):
        return decision
    said = _said_anyway(prompt, decision)
    return Call(demanded.name, demanded.some_arguments(said.text, said.thought), said.thought)


def _said_anyway(prompt: Prompt, decision: Call | Say | Rest) -> Say:
    if isinstance(decision, Say):
        return decision
    return Say(answer(prompt), "I am asked for my answer now.")


def _spoken(decision: Call | Say | Rest, prompt: Prompt, call_id: str) -> tuple[str, tuple[ToolCall, ...]]:
    """Return a decision as content and calls, in the prompt's protocol."""
    if isinstance(decision, Rest):
        return ("" if prompt.native else decision.thought), ()
    if isinstance(decision, Say):
        if prompt.native:
            return decision.text, ()
        tool = prompt.tools["send_message"]
        arguments = tool.arguments({"message": decision.text}, {"inner_thoughts": decision.thought})
        if arguments is None:
            arguments = tool.some_arguments(decision.text, decision.thought)
        decision = Call("send_message", arguments, decision.thought)
    call = ToolCall(call_id, decision.name, json.dumps(decision.arguments, ensure_ascii=False))
    silent = prompt.native or "inner_thoughts" in decision.arguments
    return ("" if silent else decision.thought), (call,)


def _call_id(asked: str) -> str:
    """Return an id that is the same for the same prompt, and different for every other prompt."""
    return "call_" + hashlib.sha256(asked.encode("utf-8", "replace")).hexdigest()[:20]
