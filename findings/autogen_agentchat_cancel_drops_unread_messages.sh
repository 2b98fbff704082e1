#!/usr/bin/env bash
# autogen-agentchat 0.7.5: cancelling the token of `team.run_stream` drops the messages that were said and that the
# reader has not read yet. The team keeps them in its state, so its members go on as if everyone knew them.
#
# The team does not wait for the reader. Here it had said everything before the token was cancelled, and the reader got
# the task and the first message. The next run starts with the next message: nothing delivers the three between.
#
# Output seen with autogen-agentchat 0.7.5 and Python 3.11:
#   read until the cancellation: task, 1
#   said until the cancellation: 1, 2, 3, 4
#   read of the next run: 5, 6, 7, 8
#   in the team's state: task, 1, 2, 3, 4, 5, 6, 7, 8
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check 'autogen-agentchat==0.7.5' 'autogen-core==0.7.5'
"$folder/venv/bin/python" - <<'PY'
import asyncio
import logging

from autogen_agentchat.agents import BaseChatAgent
from autogen_agentchat.base import Response
from autogen_agentchat.messages import TextMessage
from autogen_agentchat.teams import RoundRobinGroupChat
from autogen_core import CancellationToken

logging.disable()
said = []


class Member(BaseChatAgent):
    produced_message_types = (TextMessage,)

    async def on_messages(self, messages, cancellation_token):
        said.append(str(len(said) + 1))
        return Response(chat_message=TextMessage(content=said[-1], source=self.name))

    async def on_reset(self, cancellation_token):
        pass


async def main():
    team = RoundRobinGroupChat([Member("ada", "Counts."), Member("ben", "Counts.")], max_turns=4)
    token = CancellationToken()
    read = []
    try:
        async for message in team.run_stream(task="task", cancellation_token=token):
            read.append(message.content)
            if len(read) == 2:
                for _ in range(1000):  # the reader does something else, and the team goes on to its end
                    await asyncio.sleep(0)
                before = list(said)
                token.cancel()
    except asyncio.CancelledError:
        pass
    later = [message.content for message in (await team.run()).messages]
    states = (await team.save_state())["agent_states"].values()
    kept = [message["content"] for state in states for message in state.get("message_thread", [])]
    kept = [text for text in kept if text == "task" or text.isdigit()]
    print("read until the cancellation:", ", ".join(read))
    print("said until the cancellation:", ", ".join(before))
    print("read of the next run:", ", ".join(later))
    print("in the team's state:", ", ".join(kept))
    assert read == ["task", "1"] and before == list("1234"), "the behaviour has changed"
    assert later == list("5678") and kept == ["task", *"12345678"], "the behaviour has changed"


asyncio.run(main())
PY
