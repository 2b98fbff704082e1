#!/usr/bin/env bash
# autogen-agentchat 0.7.5: `team.reset()` does not repair a team in which a member raised an exception. Each later run
# ends after one speaker, with "The group chat is stopped." and without an error.
#
# The manager of the team still waits for the member that raised, and the reset does not empty its list of active
# speakers. A new team of the same members, with the saved state of the old one, works.
#
# Output seen with autogen-agentchat 0.7.5 and Python 3.11:
#   first run: RuntimeError: ConnectionError: the model is busy
#   next run: user, ada (The group chat is stopped.)
#   run after a reset: user, ada (The group chat is stopped.)
#   run after another reset: user, ada (The group chat is stopped.)
#   run of a new team: user, ben, ada, ben, ada (Maximum number of turns 4 reached.)
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

logging.disable()


class Member(BaseChatAgent):
    produced_message_types = (TextMessage,)

    def __init__(self, name, failures=0):
        super().__init__(name, "Answers.")
        self.failures = failures

    async def on_messages(self, messages, cancellation_token):
        if self.failures:
            self.failures -= 1
            raise ConnectionError("the model is busy")
        return Response(chat_message=TextMessage(content="Yes.", source=self.name))

    async def on_reset(self, cancellation_token):
        pass


async def run(label, team):
    try:
        result = await team.run(task="Shall we go?")
        told = ", ".join(message.source for message in result.messages) + f" ({result.stop_reason})"
    except RuntimeError as error:
        told = f"RuntimeError: {str(error).splitlines()[0]}"
    print(f"{label}: {told}")
    return told


async def main():
    members = [Member("ada"), Member("ben", failures=1)]
    team = RoundRobinGroupChat(members, max_turns=4)
    first = await run("first run", team)
    stuck = [await run("next run", team)]
    for label in ("run after a reset", "run after another reset"):
        await team.reset()
        stuck.append(await run(label, team))
    new = RoundRobinGroupChat(members, max_turns=4)
    await new.load_state(await team.save_state())
    whole = await run("run of a new team", new)
    assert first.startswith("RuntimeError: ConnectionError"), "the behaviour has changed"
    assert set(stuck) == {"user, ada (The group chat is stopped.)"}, "the behaviour has changed"
    assert whole.startswith("user, ben, ada, ben, ada"), "the behaviour has changed"


asyncio.run(main())
PY
