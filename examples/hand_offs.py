"""An AG2 pattern with an agent that remembers: sam answers what it knows and hands over other questions.

`sam` can hand over to `desk` with a tool of AG2. This is an ordinary tool call: the group's executor runs it,
and `desk` speaks next. sam also hears what the others say while it is silent, and remembers it in the next
run.

    python examples/hand_offs.py

A script replaces the model. AG2's patterns need pyautogen 0.9 or autogen 0.14.
"""

from __future__ import annotations

import sys

import autogen

from memgpt_autogen import MemGPTAgent
from memgpt_autogen.testing import ScriptedLLM, call, says

try:
    from autogen.agentchat import initiate_group_chat
    from autogen.agentchat.group import AgentTarget, OnCondition, StringLLMCondition, TerminateTarget
    from autogen.agentchat.group.patterns import DefaultPattern
except ImportError:
    print("This AutoGen has no patterns; install pyautogen 0.9 or autogen 0.14.")
    sys.exit()

# This endpoint is never called, but AG2 creates hand-offs only for an agent that has an `llm_config`.
UNUSED = {"model": "scripted", "base_url": "http://localhost", "api_key": "none"}

SCRIPT = (
    says("", call("core_memory_append", label="human", content="wants a refund"), call("transfer_to_desk_1")),
    says("", call("send_message", message="The desk told you: refund R-17 is on its way.")),
)


def speaker(name: str, line: str) -> autogen.ConversableAgent:
    """Return an agent that always says the same line."""
    return autogen.ConversableAgent(name, llm_config=False, human_input_mode="NEVER", default_auto_reply=line)


def main() -> None:
    sam = MemGPTAgent(
        "sam", llm_config={"config_list": [UNUSED]}, llm=ScriptedLLM(*SCRIPT), ephemeral=True, verbose=True
    )
    desk, customer = speaker("desk", "Refund R-17 is on its way."), speaker("customer", "Thanks.")
    sam.handoffs.add_llm_condition(
        OnCondition(target=AgentTarget(desk), condition=StringLLMCondition("a refund is wanted"))
    )
    for question in ("I want my money back.", "What became of my refund?"):
        pattern = DefaultPattern(
            initial_agent=sam, agents=[sam, desk], user_agent=customer, group_after_work=TerminateTarget()
        )
        result, _, last = initiate_group_chat(pattern=pattern, messages=question, max_rounds=5)
        print(f"=== the last message is from {last.name}: {result.chat_history[-1]['content']} ===")


if __name__ == "__main__":
    main()
