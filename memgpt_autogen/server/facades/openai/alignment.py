"""Words before the newest ones that the agent has heard already, though no answer of it follows them.

A client sends an unanswered message again with the next one, and one that drops old messages may drop the
answers with them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from memgpt_autogen.adapter.recorder import PAST
from memgpt_autogen.adapter.redelivery import RedeliveryFilter
from memgpt_autogen.memory.storage.log import Log
from memgpt_autogen.memory.storage.runs.run_input import input_messages


def not_heard(
    log: Log, name: str, said: Sequence[Mapping[str, Any]], time: datetime
) -> list[Mapping[str, Any]]:
    """Return what of these words, as the input of a run has them, is not at the end of the log already.

    The last of them is always new: a client asks only when something was said. `name` is the agent's.
    """
    *earlier, last = said
    if not earlier:
        return [last]
    redelivery = RedeliveryFilter(name)
    redelivery.arm(log.spoken_tail(PAST))
    messages = input_messages({"said": earlier}, time)
    places = {id(message): place for place, message in enumerate(messages)}
    new = [fresh for message in messages for fresh in redelivery.take(message)]
    kept = {places[id(message)] for message in (*new, *redelivery.settle())}
    return [*(each for place, each in enumerate(earlier) if place in kept), last]
