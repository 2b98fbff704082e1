"""AutoGen's gate to the model: safeguards of version 0.14, and a client in the place of the agent's own.

A program may give an agent another client, such as the one of `autogen.testing.TestAgent`, or replace the
client's `create`. Then that client answers, and no endpoint is asked.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from weakref import ref

from autogen import OpenAIWrapper

from memgpt_autogen.errors import MemGPTError
from memgpt_autogen.llm.protocols import LLM, Completion, Messages, ToolChoice, Tools
from memgpt_autogen.llm.wire.chat import get_field, read_answer, request_body
from memgpt_autogen.llm.wire.errors import to_model_error
from memgpt_autogen.messages import ToolCall, WireMessage, spoken_text

SAYS = "send_message"

INPUTS, OUTPUTS = "safeguard_llm_inputs", "safeguard_llm_outputs"

REFUSED = "LLM call blocked by safeguard"
"""What an agent answers where a safeguard keeps its prompt from the model, in AutoGen's words."""


class NoCannedAnswerError(MemGPTError):
    """The client that took the place of the agent's has no answer left, and raised `StopIteration`.

    Inside a generator that would become a `RuntimeError`.
    """


class AgentGate:
    """The gate of one agent."""

    def __init__(self, agent: Any) -> None:
        self._agent = ref(agent)

    @property
    def checks(self) -> bool:
        return bool(self._hooks(INPUTS) or self._hooks(OUTPUTS))

    def stand_in(self) -> LLM | None:
        agent = self._agent()
        client = getattr(agent, "client", None)
        if client is None or (issubclass(type(client), OpenAIWrapper) and "create" not in vars(client)):
            return None
        return ReplacedClient(client, agent)

    def check_prompt(self, messages: list[WireMessage]) -> list[WireMessage] | None:
        """Run the safeguards, in order, as AutoGen does. AutoGen does not use what they change; we do."""
        checked: Any = messages
        for hook in self._hooks(INPUTS):
            checked = hook(checked)
            if checked is None:
                return None
        if isinstance(checked, Mapping):
            checked = checked.get("messages")
        # AutoGen's own policies return all messages as one text, for the record
        read = isinstance(checked, list) and all(isinstance(each, Mapping) for each in checked)
        return [dict(each) for each in checked] if read else messages

    def check_answer(self, completion: Completion) -> Completion:
        """Run the safeguards on the words that the agent is about to say, or on the message with its calls.

        Raises `ValueError`, as AutoGen does, where one returns None.
        """
        shown = checked = _shown(completion)
        for hook in self._hooks(OUTPUTS):
            checked = hook(checked)
        if checked is None:
            raise ValueError(f"{OUTPUTS} hook returned None")
        return completion if checked == shown else _changed(completion, checked)

    def _hooks(self, name: str) -> list[Any]:
        return list(getattr(self._agent(), "hook_lists", {}).get(name) or ())


class ReplacedClient:
    """The client that a program gave an agent in place of its own."""

    model = "the agent's client"

    def __init__(self, client: Any, agent: Any) -> None:
        self._client = client
        self._agent = agent

    def complete(self, messages: Messages, tools: Tools = (), tool_choice: ToolChoice = None) -> Completion:
        """Answer once. A plain text is what the agent says, because the client knows no memory functions."""
        request = request_body(map(dict, messages), tools, tool_choice)
        try:
            response = self._client.create(context=None, cache=None, agent=self._agent, **request)
            extracted = self._client.extract_text_or_completion_object(response)[0]
        except StopIteration as end:
            raise NoCannedAnswerError from end
        except MemGPTError:
            raise
        except Exception as error:  # a program's client raises whatever it likes
            raise to_model_error(error, self.model, None, ()) from error
        completion = read_answer("" if extracted is None else extracted, get_field(response, "usage"))
        offered = any(tool["function"]["name"] == SAYS for tool in tools)
        return _said(completion, completion.text) if offered and not completion.tool_calls else completion


def _shown(completion: Completion) -> str | dict[str, Any]:
    """Return an answer as AutoGen's safeguards know it: a text, or a message with calls."""
    words = [spoken_text(call) for call in completion.tool_calls]
    if words and all(word is not None for word in words):
        return "\n".join(map(str, words))
    if not completion.tool_calls:
        return completion.text
    calls = [call.to_wire() for call in completion.tool_calls]
    return {"role": "assistant", "content": completion.text, "tool_calls": calls}


def _changed(completion: Completion, checked: Any) -> Completion:
    """Return the answer with what a safeguard made of it."""
    answer = read_answer(checked if isinstance(checked, (str, Mapping)) else str(checked))
    if answer.tool_calls:
        return replace(completion, text=answer.text, tool_calls=answer.tool_calls)
    if any(spoken_text(call) is not None for call in completion.tool_calls):
        return _said(completion, answer.text)
    return replace(completion, text=answer.text, tool_calls=())


def _said(completion: Completion, text: str) -> Completion:
    """Return an answer that only says this text."""
    arguments = json.dumps({"message": text}, ensure_ascii=False)
    return replace(completion, text="", tool_calls=(ToolCall("said", SAYS, arguments),))
