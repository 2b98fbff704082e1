"""Our own events, said back: small models may repeat what they read in place of an answer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from memgpt_autogen.llm.text_calls.arguments import LENIENT
from memgpt_autogen.llm.text_calls.partial_json import parse_partial
from memgpt_autogen.messages import AUTOMATED, EVENT_TYPES

SAID_BACK = "Not sent: that was an event that you read, said back. Answer it in your own words."

TYPES = frozenset((*EVENT_TYPES.values(), "function_result"))
KEYS = frozenset(("type", "name", "message", "time", "last_login", "status"))
RESULT_KEYS, RESULTS = frozenset(("status", "message", "time")), ("OK", "Failed")

# what may stand around an event: a block of code, a list, a quote and a speaker
AROUND = re.compile(
    r"`{1,3}(?:json)?|[\s,;>\[\]]+|(?:user|assistant|system|tool|model)\b\s?:?", re.IGNORECASE
)
# parts of our prompts that the plain protocol puts before the first event
SECTION = re.compile(r"<(?P<name>core_memory|outside_view)>.*?(?:</(?P=name)>|\Z)", re.DOTALL)


def is_said_back(text: str) -> bool:
    """Return whether a text is nothing but events as the model reads them; the last one may be cut off."""
    if text.lstrip().startswith(AUTOMATED.strip()):
        return True
    place, events = 0, 0
    while place < len(text):
        if around := AROUND.match(text, place):
            place = around.end()
        elif section := SECTION.match(text, place):
            place, events = section.end(), events + 1
        elif text[place] != "{":
            return False
        else:
            try:
                value, place = LENIENT.raw_decode(text, place)
            except (ValueError, RecursionError):
                value, place = parse_partial(text[place:]), len(text)
            if not _is_event(value):
                return False
            events += 1
    return events > 0


def may_be_said_back(text: str) -> bool:
    """Return whether a text that is still arriving may become an event."""
    place = 0
    while around := AROUND.match(text, place):
        place = around.end()
    begun = text[place:]
    return bool(begun) and (begun.startswith("{") or AUTOMATED.startswith(begun[: len(AUTOMATED)]))


def _is_event(value: Any) -> bool:
    if not isinstance(value, Mapping) or not value.keys() <= KEYS:
        return False
    return value.get("type") in TYPES or (value.keys() == RESULT_KEYS and value["status"] in RESULTS)
