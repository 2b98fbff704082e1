"""Read AutoGen's messages: what was said, and by whom.

`role` does not show it, since AutoGen sets it as it needs.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Union

from memgpt_autogen.errors import ConfigurationError
from memgpt_autogen.images import image_in
from memgpt_autogen.messages import Message, ToolCall

Reply = Union[str, dict[str, Any]]
"""A message of AutoGen's agents to each other."""

RESULT = "[result of a tool call] "
"""The start of the result of another agent's call."""


def read_message(
    message: Reply,
    sender: str,
    own_name: str,
    waiting: Callable[[], Mapping[str, ToolCall]],
    answered: Callable[[str], bool],
    called: Callable[[str], bool] | None = None,
) -> list[Message]:
    """Return AutoGen's message as messages of ours.

    The speaker is `message["name"]`, else the sender. `waiting` returns the agent's own calls that have no
    result yet, by id; `answered` returns whether the call of that id has its result already, as in a
    conversation that is delivered again. `called` returns whether the log has the call of that id. Without
    it, all own calls are in the log.
    """
    if isinstance(message, str):
        return [Message.said_by(sender, message)]
    name = str(message.get("name") or sender)
    text = text_of(message)
    if message.get("role") == "tool":
        return list(_results(message, name, text, waiting(), answered))
    if message.get("role") == "function":  # the older form, in which `name` is the function's
        return [Message.said_by(sender, RESULT + text)]
    calls = _list(message.get("tool_calls"))
    if message.get("function_call"):
        calls.append({"function": message["function_call"]})
    if name == own_name or (message.get("role") == "assistant" and not message.get("name")):
        own = [Message("assistant", text, "spoken")] if text or not calls else []
        missing = tuple(call for call in map(_call, calls) if called and not called(call.id))
        return [*own, Message("assistant", "", "step", tool_calls=missing)] if missing else own
    shown = [_format_call(call) for call in calls]
    content = message.get("content")
    extra = {"content": _plain(content)} if isinstance(content, list) else {}
    return [Message.said_by(name, "\n".join([text, *shown] if text else shown or [text]), **extra)]


def listed(given: Any, sender: Any) -> list[dict[str, Any]] | None:
    """Return what `generate_reply` gets as AutoGen's messages: a text or one message becomes a list.

    A list of messages, and None where there is a sender, are returned as they are. Raises
    `ConfigurationError` for anything else.
    """
    if isinstance(given, list) and given and all(isinstance(each, Mapping) for each in given):
        return given
    if given is None and sender is not None:
        return None
    several = list(given) if isinstance(given, (list, tuple)) else [given]
    if not several or not all(isinstance(each, Mapping) or _is_text(each) for each in several):
        raise ConfigurationError(
            f"messages is {given!r:.80}; give a text, or messages of AutoGen such as "
            "[{'role': 'user', 'content': 'Hello'}]."
        )
    return [{"role": "user", "content": each} if isinstance(each, str) else each for each in several]


def with_call_ids(conversation: Sequence[Reply]) -> list[Reply]:
    """Return a whole conversation, with calls of the older form and their results in the newer one.

    The older form has no ids. The id is made of the call and of how often it was made before, so a
    conversation that comes again has the same ids.
    """
    made: Counter[str] = Counter()
    open_calls: dict[str, str] = {}
    messages: list[Reply] = []
    for each in conversation:
        message = each
        if isinstance(each, dict) and each.get("function_call"):
            function = _function({"function": each["function_call"]})
            key = json.dumps(function, sort_keys=True, default=str)
            made[key] += 1
            call_id = hashlib.sha256(f"{made[key]} {key}".encode()).hexdigest()[:9]
            open_calls[str(function.get("name"))] = call_id
            calls = [
                *_list(each.get("tool_calls")),
                {"id": call_id, "type": "function", "function": function},
            ]
            message = {**each, "function_call": None, "tool_calls": calls}
        elif isinstance(each, dict) and each.get("role") == "function":
            call_id = open_calls.pop(str(each.get("name")), "")
            message = {**each, "role": "tool", "tool_call_id": call_id} if call_id else each
        messages.append(message)
    return messages


def text_of(message: Union[Reply, Mapping[str, Any], None]) -> str:
    """Return the words of a message; parts that are not text are named in brackets."""
    content = message.get("content") if isinstance(message, Mapping) else message
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        return "" if content is None else str(content)
    words, images = [], 0
    for part in content:
        image = image_in(part)
        images += image is not None
        words.append(_part(part) if image is None else image.describe(images))
    return " ".join(words)


class HookedMessages(list[dict[str, Any]]):
    """Messages after AutoGen's hooks; `added` are the texts that the hooks added."""

    added: tuple[str, ...] = ()

    @classmethod
    def compare(
        cls,
        messages: Iterable[dict[str, Any]],
        *,
        before: Sequence[str],
        added: Sequence[str] = (),
        last: bool = False,
    ) -> HookedMessages:
        """Find the new texts among `messages`, or in the last one; `before` are the texts before the hooks.

        Where hooks only shortened or removed messages, no text is new.
        """
        hooked = cls(messages)
        texts = [text_of(message) for message in (hooked[-1:] if last else hooked)]
        new = [text for text in texts if text and text not in before]
        hooked.added = (*added, *(new if last or len(texts) > len(before) else ()))
        return hooked


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _results(
    message: Mapping[str, Any],
    name: str,
    text: str,
    waiting: Mapping[str, ToolCall],
    answered: Callable[[str], bool],
) -> Iterator[Message]:
    """Yield results: of own calls, which a suspended turn waits for, and of other agents' calls."""
    others = []
    responses = [each for each in _list(message.get("tool_responses")) if isinstance(each, Mapping)]
    for response in responses or [message]:
        call_id, result = str(response.get("tool_call_id")), text_of(response)
        if call_id in waiting:
            # AutoGen's results start like this when a function failed, or when the executor does not have it
            yield Message.result_of(waiting[call_id], result, ok=not result.startswith("Error: "))
        elif not answered(call_id):
            others.append(result)
    if others:
        yield Message.said_by(name, RESULT + ("\n".join(others) or text))


def _format_call(call: Any) -> str:
    function = _function(call)
    return f"[calls {function.get('name')}({function.get('arguments')})]"


def _call(call: Any) -> ToolCall:
    """Return AutoGen's call as one of ours."""
    call = call if isinstance(call, Mapping) else {}
    function = _function(call)
    name, arguments = str(function.get("name") or "_"), function.get("arguments")
    text = arguments if isinstance(arguments, str) else json.dumps(arguments or {}, default=str)
    return ToolCall(str(call.get("id")), name, text)


def _function(call: Any) -> Mapping[str, Any]:
    function = call.get("function") if isinstance(call, Mapping) else None
    return function if isinstance(function, Mapping) else {}


def _part(part: Any) -> str:
    if isinstance(part, Mapping):
        return str(part.get("text") or f"[{part.get('type', 'attachment')}]")
    return str(part)


def _list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else []


def _plain(content: list[Any]) -> Any:
    """Return multimodal content as JSON values; image objects become JSON, other objects only names."""
    try:
        images = ((part, image_in(part)) for part in content)
        parts = [part if image is None or image.body is None else image.part() for part, image in images]
        return json.loads(json.dumps(parts, default=lambda value: f"[{type(value).__name__}]", skipkeys=True))
    except (ValueError, RecursionError):
        return []
