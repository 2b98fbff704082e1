#!/usr/bin/env bash
# agent-framework-orchestrations 1.4.0: the last line of a run of a group chat reaches no participant, then or in a later
# run of the same workflow. The member who said it knows it, and so does the function that selects the next speaker.
#
# The chat sends a line to the other members only after it knows that somebody speaks next. Where `max_rounds` or
# `termination_condition` ends the run before, the line is in the conversation of the chat and is sent to nobody.
#
# Output seen with agent-framework-core 1.23.0, agent-framework-orchestrations 1.4.0 and Python 3.11:
#   said: Where? | ada: The mill. | ben: It is shut. || And now? | ada: To the mill! || Agreed? | cleo: Yes.
#   max_rounds: ada was given Where? The mill. And now?
#   max_rounds: cleo was given Where? The mill. And now? Agreed?
#   termination_condition: ada was given Where? The mill. And now?
#   termination_condition: cleo was given Where? The mill. And now? Agreed?
#   the selecting function was given: Where? The mill. It is shut. And now? To the mill! Agreed?
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
  'agent-framework-core==1.23.0' 'agent-framework-orchestrations==1.4.0'
"$folder/venv/bin/python" -W ignore - <<'PY'
import asyncio
import logging

from agent_framework import Agent, BaseChatClient, ChatResponse, Message
from agent_framework.orchestrations import GroupChatBuilder

logging.disable()
LINES = {"ada": ["The mill.", "To the mill!"], "ben": ["It is shut."], "cleo": ["Yes."]}
LAST = ["It is shut.", "To the mill!", "Yes."]
ENDS = [{"max_rounds": 2}, {"termination_condition": lambda conversation: conversation[-1].text in LAST}]


class Scripted(BaseChatClient):
    """Says the next line, and keeps what it was given."""

    def __init__(self, lines):
        super().__init__()
        self.lines, self.given = list(lines), []

    def _inner_get_response(self, *, messages, stream, options, **kwargs):
        self.given = [message.text for message in messages]
        return self.answer()

    async def answer(self):
        return ChatResponse(messages=[Message("assistant", [self.lines.pop(0)])])


async def talk(end):
    clients = {name: Scripted(lines) for name, lines in LINES.items()}
    speakers = iter(["ada", "ben", "ada", "cleo"])
    whole = []

    def select(state):
        whole[:] = [message.text for message in state.conversation if message.author_name in (None, *LINES)]
        return next(speakers)

    members = [Agent(client, name=name) for name, client in clients.items()]
    workflow = GroupChatBuilder(participants=members, selection_func=select, **end).build()
    for task in ("Where?", "And now?", "Agreed?"):
        await workflow.run(task)
    assert next(speakers, None) is None, "the behaviour has changed"
    return clients["ada"].given, clients["cleo"].given, whole


print("said: Where? | ada: The mill. | ben: It is shut. || And now? | ada: To the mill! || Agreed? | cleo: Yes.")
for end in ENDS:
    ada, cleo, whole = asyncio.run(talk(end))
    print(f"{', '.join(end)}: ada was given {' '.join(ada)}")
    print(f"{', '.join(end)}: cleo was given {' '.join(cleo)}")
    assert ada == ["Where?", "The mill.", "And now?"], "the behaviour has changed"
    assert cleo == ["Where?", "The mill.", "And now?", "Agreed?"], "the behaviour has changed"
    assert whole == ["Where?", "The mill.", LAST[0], "And now?", LAST[1], "Agreed?"], "the behaviour has changed"
print(f"the selecting function was given: {' '.join(whole)}")
PY
