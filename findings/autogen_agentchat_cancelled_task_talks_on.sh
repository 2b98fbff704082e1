#!/usr/bin/env bash
# autogen-agentchat 0.7.5: cancelling the asyncio task that awaits `team.run()` does not stop the team. It talks on until it
# ends by itself, and only then does the cancelled task end. What was said meanwhile is delivered to nobody.
#
# `run_stream` waits in its `finally` until the team is idle. So `asyncio.timeout` and `asyncio.wait_for` do not limit the
# time of a run, and a server whose client has left pays for all further model calls. The `CancellationToken` stops the
# team.
#
# Output seen with autogen-agentchat 0.7.5 and Python 3.11:
#   task.cancel() after 3 messages: 20 of 20 messages said, then CancelledError
#   token.cancel() after 3 messages: 3 of 20 messages said, then CancelledError
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
TURNS = 20


class Member(BaseChatAgent):
    produced_message_types = (TextMessage,)

    def __init__(self, name, said):
        super().__init__(name, "Answers.")
        self.said = said

    async def on_messages(self, messages, cancellation_token):
        await asyncio.sleep(0.01)
        self.said.put_nowait(self.name)
        return Response(chat_message=TextMessage(content="Yes.", source=self.name))

    async def on_reset(self, cancellation_token):
        pass


async def cancelled(way):
    said = asyncio.Queue()
    token = CancellationToken()
    team = RoundRobinGroupChat([Member("ada", said), Member("ben", said)], max_turns=TURNS)
    task = asyncio.create_task(team.run(task="Shall we go?", cancellation_token=token))
    for _ in range(3):
        await said.get()
    {"task": task, "token": token}[way].cancel()
    end = (await asyncio.gather(task, return_exceptions=True))[0]
    count = 3 + said.qsize()
    print(f"{way}.cancel() after 3 messages: {count} of {TURNS} messages said, then {type(end).__name__}")
    assert isinstance(end, asyncio.CancelledError), "the behaviour has changed"
    return count


assert asyncio.run(cancelled("task")) == TURNS, "the behaviour has changed"
assert asyncio.run(cancelled("token")) <= 4, "the behaviour has changed"
PY
