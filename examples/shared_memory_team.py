"""A team that shares memory: one block and one archive that two agents have, read-only for a third.

`scout` and `writer` both see and edit the block `team`; `guest` sees it and cannot edit it. What the scout stores in the archive
`library`, the writer finds. Each keeps a conversation and core memory of its own. Runs without a key, on scripted steps that a
model would take.
"""

from __future__ import annotations

import tempfile

import autogen

from memgpt_autogen import Block, MemGPTAgent
from memgpt_autogen.testing import ScriptedLLM, call, says

home = tempfile.mkdtemp(prefix="memgpt-autogen-example-")
team = Block("team", "goal: publish the festival page", shared=True)

scout = MemGPTAgent(
    "scout",
    home=home,
    blocks=[team],
    archive="library",
    llm=ScriptedLLM(
        says(
            "The others need this.",
            call("core_memory_append", label="team", content="permit: FG-2219 (scout)"),
            call("archival_memory_insert", content="The festival opens on 13 June at ten.", tags=["dates"]),
            call("send_message", message="The permit is in, and I filed the dates."),
        )
    ),
)
writer = MemGPTAgent(
    "writer",
    home=home,
    blocks=[team],
    archive="library",
    llm=ScriptedLLM(
        says("", call("archival_memory_search", query="festival opens", request_heartbeat=True)),
        lambda request: says(
            "",
            call("core_memory_append", label="team", content="page: drafted (writer)"),
            call(
                "send_message",
                message="Drafted. The archive says 13 June."
                if "13 June" in request.messages[-2]["content"]
                else "I found no date.",
            ),
        ),
    ),
)
guest = MemGPTAgent(
    "guest",
    home=home,
    blocks=[Block("team", shared=True, read_only=True)],
    archive="library",
    llm_config=False,
)

boss = autogen.ConversableAgent(
    "boss", llm_config=False, human_input_mode="NEVER", default_auto_reply="Go on."
)
chat = autogen.GroupChat(
    agents=[boss, scout, writer, guest],
    messages=[],
    max_round=3,
    speaker_selection_method=lambda last, _chat: scout if last is boss else writer,
)
boss.initiate_chat(autogen.GroupChatManager(groupchat=chat, llm_config=False), message="Where do we stand?")

print("what the guest sees of the team:")
print(guest.memory.core["team"].value)
