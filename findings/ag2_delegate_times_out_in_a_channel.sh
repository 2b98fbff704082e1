#!/usr/bin/env bash
# ag2 1.2.1: the tool `delegate`, which every agent of a network gets, always times out when an agent calls it in its turn
# of a channel and the hub is in the same process. The other agent has answered at once, and the answer is not read.
#
# In one process, an agent's receive loop waits for the handler of a message before it takes the next one. The handler
# waits for the tool, and the tool waits for the answer, which is one of the next messages. The default time-out is 300
# seconds. Outside of a channel the tool works. It also works where the agent's link knows no hub, as between processes.
#
# Output seen with ag2 1.2.1 and Python 3.11:
#   asked outside of a channel: Two hours. (ben answered at once: True)
#   asked in a channel, without the hub: Two hours. (ben answered at once: True)
#   asked in a channel: Error: delegate to 'ben' timed out after 3.0s (ben answered at once: True)
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check 'ag2==1.2.1'
"$folder/venv/bin/python" -W ignore - <<'PY'
import asyncio
import json
import logging
from datetime import datetime
from types import SimpleNamespace

from ag2 import Agent
from ag2.events import ToolCallEvent
from ag2.knowledge import MemoryKnowledgeStore
from ag2.network import EV_TEXT, Hub, HubClient, LocalLink
from ag2.testing import TestConfig, TrackingConfig

logging.disable()
ARGUMENTS = {"target": "ben", "prompt": "How long is the way?", "timeout": 3}


async def asked(label, in_channel=True, with_hub=True):
    hub = await Hub.open(MemoryKnowledgeStore(), ttl_sweep_interval=0, expectation_sweep_interval=0)
    call = ToolCallEvent(name="delegate", arguments=json.dumps(ARGUMENTS))
    configs = {
        "ada": TrackingConfig(TestConfig(call, "I have asked.")),
        "ben": TestConfig("Two hours."),
        "sam": TestConfig(),
    }
    links, clients = [], {}
    for name, config in configs.items():
        link = LocalLink(hub)
        links.append(HubClient(link if with_hub else SimpleNamespace(client=link.client)))
        clients[name] = await links[-1].register(Agent(name, config=config))
    model = configs["ada"].mock
    if in_channel:
        channel = await clients["sam"].open(type="consulting", target="ada")
        await channel.send("Ask ben.")
    else:
        await clients["ada"].agent.ask("Ask ben.")
    while model.call_count < 2:
        await asyncio.sleep(0.01)
    result = model.call_args.args[0].results[0].result.parts[0].content
    question, answer = [
        each
        for place in await hub.list_channels(agent_id=clients["ben"].agent_id)
        for each in await hub.read_wal(place.channel_id)
        if each.event_type == EV_TEXT
    ]
    waited = datetime.fromisoformat(answer.created_at) - datetime.fromisoformat(question.created_at)
    at_once = answer.event_data["text"] == "Two hours." and waited.total_seconds() < 2
    print(f"{label}: {result} (ben answered at once: {at_once})")
    for link in links:
        await link.close()
    await hub.close()
    assert at_once, "the behaviour has changed"
    return result


def run(label, **options):
    return asyncio.run(asyncio.wait_for(asked(label, **options), 60))


outside = run("asked outside of a channel", in_channel=False)
apart = run("asked in a channel, without the hub", with_hub=False)
inside = run("asked in a channel")
assert outside == apart == "Two hours.", "the behaviour has changed"
assert inside == "Error: delegate to 'ben' timed out after 3.0s", "the behaviour has changed"
PY
