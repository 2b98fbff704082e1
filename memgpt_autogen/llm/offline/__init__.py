"""The offline model: rules that follow MemGPT's protocol, when there is no key, no server and no network.

It writes down what a person plainly states, word for word, searches when it is asked something, and answers
with quotations that say who said it and when. Like a real model it knows only its prompt.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

from memgpt_autogen.llm.offline.answers import answer
from memgpt_autogen.llm.offline.notes import Act
from memgpt_autogen.llm.offline.policy import decide, saying
from memgpt_autogen.llm.offline.prompt import read
from memgpt_autogen.llm.protocols import Completion, Messages, ToolChoice, Tools, Usage
from memgpt_autogen.messages import ToolCall

__all__ = ["OfflineLLM"]


class OfflineLLM:
    """A small rule-based model: deterministic, without state, and able to take any input."""

    model = "offline"
    limits_waits = True

    def complete(self, messages: Messages, tools: Tools = (), tool_choice: ToolChoice = None) -> Completion:
        """Answer one step. Of `tool_choice`, "none", "required" and `send_message` make a difference."""
        asked = json.dumps([list(messages), list(tools)], default=str, skipkeys=True)
        prompt = read(messages, tools)
        act = decide(prompt)
        function = tool_choice.get("function") if isinstance(tool_choice, Mapping) else None
        named = function.get("name") if isinstance(function, Mapping) else tool_choice
        if named in ("none", "send_message") or (named == "required" and not act.name):
            act = saying(answer(prompt))
        if not prompt.tools and not prompt.blocks and "summar" in prompt.system.lower():
            act = Act("", {}, "")  # no summary: the summariser then takes the words as they were said
        tool = prompt.tools.get(act.name) if named != "none" else None
        arguments = tool.arguments(act.wanted, act.optional) if tool else None
        silent = "send_message" not in prompt.tools or "inner_thoughts" in (arguments or ())
        thought = "" if silent else act.thought
        text = str(act.wanted.get("message", "")) or thought if arguments is None else thought
        called = "" if arguments is None else json.dumps(arguments, ensure_ascii=False)
        digest = hashlib.sha256(asked.encode("utf-8", "replace")).hexdigest()  # another prompt, another id
        calls = (ToolCall(f"call_{digest[:20]}", act.name, called),) if called else ()
        usage = Usage(len(asked) // 4 + 1, len(text + called) // 4 + 1)
        return Completion(text, calls, usage, "tool_calls" if calls else "stop")
