#!/usr/bin/env bash
# ag2 1.2.1: a member of a network channel that never speaks ends the talk of the others. After 1,000 messages, each send
# of theirs raises InboxFull, though the silent member has read and acknowledged all of the messages.
#
# The limit is the default `max_pending` of a member's inbox. The hub counts the messages to a member, and subtracts one
# when the member says something. The acknowledgements, which the hub stores, are not counted. So an agent that is never
# asked, or a person who only watches, blocks this channel and all its other channels.
#
# Output seen with ag2 1.2.1 and Python 3.11:
#   sam is an agent: read 1000 messages, and has acknowledged the last: True
#   message 1001: InboxFull: recipient 'sam' inbox at capacity (1000 >= 1000)
#   in another channel: InboxFull: recipient 'sam' inbox at capacity (1000 >= 1000)
#   sam is a person: read 1000 messages, and has acknowledged the last: True
#   message 1001: InboxFull: recipient 'sam' inbox at capacity (1000 >= 1000)
#   in another channel: InboxFull: recipient 'sam' inbox at capacity (1000 >= 1000)
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check 'ag2==1.2.1'
"$folder/venv/bin/python" -W ignore - <<'PY'
import asyncio
import logging

from ag2 import Agent
from ag2.knowledge import MemoryKnowledgeStore
from ag2.network import (
    EV_TEXT,
    AgentTarget,
    FromSpeaker,
    Hub,
    HubClient,
    InboxFull,
    LocalLink,
    Passport,
    Transition,
    TransitionGraph,
)
from ag2.testing import TestConfig

logging.disable()


def alternate(ada, ben):
    """Return a graph in which ada and ben speak by turns, and nobody else."""
    turns = [
        Transition(FromSpeaker(ada.agent_id), AgentTarget(ben.agent_id)),
        Transition(FromSpeaker(ben.agent_id), AgentTarget(ada.agent_id)),
    ]
    return {"graph": TransitionGraph(initial_speaker=ada.agent_id, transitions=turns).to_dict()}


async def talk(kind):
    hub = await Hub.open(MemoryKnowledgeStore(), ttl_sweep_interval=0, expectation_sweep_interval=0)
    links = [HubClient(LocalLink(hub)) for _ in range(3)]
    ada, ben = [await links[at].register_human(Passport(name=name)) for at, name in enumerate(("ada", "ben"))]
    if kind == "agent":
        sam = await links[2].register(Agent("sam", config=TestConfig()))
    else:
        sam = await links[2].register_human(Passport(name="sam"))
    channel = await ada.open(type="workflow", target=["ben", "sam"], knobs=alternate(ada, ben))
    other = await ben.open(type="conversation", target="sam")
    ids, read, errors = [], [], []

    async def note(envelope):
        if envelope.event_type == EV_TEXT:
            read.append(envelope.envelope_id)

    sam.on_envelope(note)

    async def send(speaker, place):
        try:
            ids.append(await speaker.send(place.channel_id, "Noted."))
        except InboxFull as error:
            errors.append(f"InboxFull: {error}".replace(sam.agent_id, "sam"))

    for number in range(1000):
        await send((ada, ben)[number % 2], channel)
    while hub.inbox_cursor(sam.agent_id, channel.channel_id) != ids[-1]:
        await asyncio.sleep(0.01)
    acknowledged = read == ids and len(ids) == 1000
    await send(ada, channel)
    await send(ben, other)
    print(f"sam is {'an agent' if kind == 'agent' else 'a person'}: read {len(read)} messages, ", end="")
    print(f"and has acknowledged the last: {acknowledged}")
    print(f"message 1001: {errors[0]}")
    print(f"in another channel: {errors[1]}")
    assert acknowledged, "the behaviour has changed"
    assert errors == ["InboxFull: recipient 'sam' inbox at capacity (1000 >= 1000)"] * 2, "the behaviour has changed"
    for link in links:
        await link.close()
    await hub.close()


for kind in ("agent", "person"):
    asyncio.run(asyncio.wait_for(talk(kind), 120))
PY
