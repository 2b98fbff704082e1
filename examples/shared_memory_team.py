"""A team that shares memory: two agents share a block and an archive, and a third can read the block.

`scout` and `writer` see and edit the block `team`; `guest` sees it and cannot edit it. The writer finds what
the scout stores in the archive `library`. Each agent has its own conversation and its own other blocks.

    python examples/shared_memory_team.py

It needs no API key: a script replaces the model and makes the steps that a model would make.
"""

from __future__ import annotations

import tempfile
from typing import Any

import autogen

from memgpt_autogen import Block, MemGPTAgent
from memgpt_autogen.testing import ScriptedLLM, call, says

TEAM = Block("team", "goal: publish the festival page", shared=True)

SCOUT = says(
    "The others need this.",
    call("core_memory_append", label="team", content="permit: FG-2219 (scout)"),
    call("archival_memory_insert", content="The festival opens on 13 June at ten.", tags=["dates"]),
    call("send_message", message="The permit is in, and I filed the dates."),
)


def what_was_found(request: Any) -> Any:
    found = "13 June" in request.messages[-2]["content"]
    said = "Drafted. The archive says 13 June." if found else "I found no date."
    drafted = call("core_memory_append", label="team", content="page: drafted (writer)")
    return says("", drafted, call("send_message", message=said))


WRITER = says("", call("archival_memory_search", query="festival opens", request_heartbeat=True))


def main() -> None:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        shared: dict[str, Any] = {"home": home, "blocks": [TEAM], "archive": "library"}
        scout = MemGPTAgent("scout", llm=ScriptedLLM(SCOUT), **shared)
        writer = MemGPTAgent("writer", llm=ScriptedLLM(WRITER, what_was_found), **shared)
        seen = {**shared, "blocks": [Block("team", shared=True, read_only=True)]}
        guest = MemGPTAgent("guest", llm_config=False, **seen)

        boss = autogen.ConversableAgent("boss", llm_config=False, human_input_mode="NEVER")
        chat = autogen.GroupChat([boss, scout, writer, guest], [], 3, speaker_selection_method="round_robin")
        manager = autogen.GroupChatManager(groupchat=chat, llm_config=False)
        boss.initiate_chat(manager, message="Where do we stand?")

        print(f"what the guest sees in the block team:\n{guest.memory.core['team'].value}")


if __name__ == "__main__":
    main()
