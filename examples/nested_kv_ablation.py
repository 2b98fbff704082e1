"""Draw the shape of a figure of the MemGPT paper (arXiv 2310.08560, 3.2.2): nested keys and values.

A fixed policy replaces the model. It follows a key as far as the prompt shows, and searches for the rest if
it can. With a file, an interrupted run resumes. SEEDS is the number of repetitions, 4 by default.
    python examples/nested_kv_ablation.py [ROWS.jsonl [SEEDS]]
"""

from __future__ import annotations

import re
import sys
from itertools import pairwise
from typing import Any
from uuid import UUID

from memgpt_autogen import Limits
from memgpt_autogen.experiments import Trial, run, say
from memgpt_autogen.memory.passages import Draft
from memgpt_autogen.testing import call, says

QUESTION, PAIR, KEY = "What is the final value of key {}?", "key = {}, value = {}", r"([0-9a-f-]{36})"


class Follower:
    model = "scripted"

    def complete(self, messages: Any, tools: Any = (), tool_choice: Any = None) -> Any:  # noqa: ARG002
        shown = "\n".join(str(message["content"]) for message in messages)
        pairs, value = dict(re.findall(PAIR.format(KEY, KEY), shown)), re.findall(f"key {KEY}\\?", shown)[-1]
        while value in pairs:
            value = pairs[value]
        searched = value in str([message.get("tool_calls") for message in messages])
        if "archival_memory_search" in str(tools) and not searched:
            return says("", call("archival_memory_search", query=value, request_heartbeat=True))
        return says("", call("send_message", message=value)) if tools else says(value)


def scenario(trial: Trial) -> dict[str, Any]:
    keys = [str(UUID(int=trial.random.getrandbits(128))) for _ in range(280)]
    pairs = dict(zip(keys[:140], keys[140:], strict=True))
    chain = trial.random.sample(list(pairs), trial["level"] + 1)
    pairs.update(pairwise(chain))
    lines, question = [PAIR.format(*pair) for pair in pairs.items()], QUESTION.format(chain[0])
    if trial["memory"] is None:  # about half of the pairs fit into a window of 4,096 tokens
        answer = Follower().complete([{"content": "\n".join([*lines[:70], question])}]).text
    else:
        sam = trial.agent(llm=Follower(), window_tokens=4096, limits=trial["memory"])
        sam.memory.archival.insert_many(map(Draft, lines))
        answer = say(sam, question).reply
    return {"right": answer == pairs[chain[-1]]}


if __name__ == "__main__":
    memory = {"MemGPT": Limits(), "MemGPT, one search": Limits(steps=2), "half in one prompt": None}
    file = sys.argv[1] if len(sys.argv) > 1 else None
    seeds = int(sys.argv[2]) if len(sys.argv) > 2 else 4
    rows = run(scenario, {"memory": memory, "level": range(5)}, seeds=seeds, file=file)
    for row in rows.by("memory", "level"):
        print(f"{row['memory']:<20} {row['level']} {row['right']:5.0%}  {'█' * round(20 * row['right'])}")
