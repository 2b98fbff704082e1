#!/usr/bin/env bash
# agent-framework-orchestrations 1.4.0: `max_rounds` of a group chat counts the rounds of all runs of a workflow, not those
# of one run. Once it is reached, each later run ends after one speaker, and says that the limit was reached.
#
# The runs of a workflow are meant to continue one conversation, and another limit of it, the one of the supersteps,
# starts anew in each run. A new workflow of the same members has all its rounds, and does not know the conversation.
#
# Output seen with agent-framework-core 1.23.0, agent-framework-orchestrations 1.4.0 and Python 3.11:
#   max_rounds=4, run 1: ada ben ada ben (The group chat has reached the maximum number of rounds.)
#   max_rounds=4, run 2: ada (The group chat has reached the maximum number of rounds.)
#   max_rounds=4, run 3: ben (The group chat has reached the maximum number of rounds.)
#   max_rounds=4, run 1 of a new workflow: ada ben ada ben (The group chat has reached the maximum number of rounds.)
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
  'agent-framework-core==1.23.0' 'agent-framework-orchestrations==1.4.0'
"$folder/venv/bin/python" -W ignore - <<'PY'
import asyncio
import itertools
import logging

from agent_framework import Agent, BaseChatClient, ChatResponse, Message
from agent_framework.orchestrations import GroupChatBuilder

logging.disable()
spoke = []


class Member(BaseChatClient):
    def __init__(self, name):
        super().__init__()
        self.name = name

    def _inner_get_response(self, *, messages, stream, options, **kwargs):
        spoke.append(self.name)
        return self.answer()

    async def answer(self):
        return ChatResponse(messages=[Message("assistant", ["Yes."])])


def group():
    speakers = itertools.cycle(["ada", "ben"])
    members = [Agent(Member(name), name=name) for name in ("ada", "ben")]
    return GroupChatBuilder(participants=members, selection_func=lambda state: next(speakers), max_rounds=4).build()


async def run(workflow, label):
    spoke.clear()
    last = (await workflow.run("Shall we go?")).get_outputs()[-1].text
    print(f"max_rounds=4, {label}: {' '.join(spoke)} ({last})")
    assert "maximum number of rounds" in last, "the behaviour has changed"
    return list(spoke)


async def main():
    workflow = group()
    runs = [await run(workflow, f"run {number}") for number in (1, 2, 3)]
    runs.append(await run(group(), "run 1 of a new workflow"))
    whole = ["ada", "ben", "ada", "ben"]
    assert runs == [whole, ["ada"], ["ben"], whole], "the behaviour has changed"


asyncio.run(main())
PY
