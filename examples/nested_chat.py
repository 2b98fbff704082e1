"""A nested chat: before sam answers ada, it asks the store room. Later it remembers both chats.

    python examples/nested_chat.py

Without an API key, the built-in offline rules answer. They are not a language model. With OPENAI_API_KEY, a
real model answers.
"""

from __future__ import annotations

from typing import Any

import autogen

from memgpt_autogen import MemGPTAgent


def main() -> None:
    sam = MemGPTAgent("sam", ephemeral=True)
    ada = autogen.ConversableAgent("ada", llm_config=False, human_input_mode="NEVER")
    eve = autogen.ConversableAgent("eve", llm_config=False, human_input_mode="NEVER")
    store_room = autogen.ConversableAgent(
        "store_room",
        llm_config=False,
        human_input_mode="NEVER",
        default_auto_reply="The heron lamps are on shelf 12.",
    )
    inquiry = {"recipient": store_room, "message": asked, "max_turns": 1, "summary_method": "last_msg"}
    sam.register_nested_chats([inquiry], trigger=ada)

    ada.initiate_chat(sam, message="Where are the heron lamps?", max_turns=1)
    eve.initiate_chat(sam, message="Which shelf are the heron lamps on?", max_turns=1)

    print("\n=== what sam heard and said, in order ===")
    for entry in sam.memory.log.spoken_tail(20):
        print(f"{entry.message.name or 'sam'}: {entry.message.spoken}")


def asked(_recipient: Any, messages: Any, _sender: Any, _config: Any) -> str:
    return f"A customer asks: {messages[-1]['content']}"


if __name__ == "__main__":
    main()
