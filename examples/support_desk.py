"""A support desk: ordinary agents write and run code, and sam answers the customer, also a month later.

`engineer` writes a program, `runner` runs it in its own folder, and `sam` tells the customer the result. The
next chat is only with sam.

    python examples/support_desk.py

Without an API key, the built-in offline rules and a fixed program replace the models. With OPENAI_API_KEY,
sam and the engineer use a real model.
"""

from __future__ import annotations

import os
import tempfile

import autogen
from autogen.coding import LocalCommandLineCodeExecutor

from memgpt_autogen import MemGPTAgent

KEY = os.environ.get("OPENAI_API_KEY")
MODEL = {"config_list": [{"model": "gpt-4.1-mini", "api_key": KEY}]} if KEY else False
RULE = (
    "You write a Python program that prints the refund as one sentence: 2% less for each day after the 14th."
)
ASKED = "Order 77 cost 120.00 euros, and I returned it after 19 days. What is the refund of order 77?"
PROGRAM = """\
```python
price, days = 120.00, 19
refund = price * (1 - 0.02 * max(0, days - 14))
print(f"The refund of order 77 is {refund:.2f} euros.")
```"""


def main() -> None:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        customer = autogen.UserProxyAgent("ada", human_input_mode="NEVER", code_execution_config=False)
        engineer = autogen.AssistantAgent("engineer", RULE, llm_config=MODEL, default_auto_reply=PROGRAM)
        executor = LocalCommandLineCodeExecutor(work_dir=folder, timeout=60)
        runner = autogen.UserProxyAgent(
            "runner", human_input_mode="NEVER", code_execution_config={"executor": executor}
        )
        sam = MemGPTAgent("sam", "You are the support desk's voice.", ephemeral=True)
        order = {customer: engineer, engineer: runner, runner: sam}
        chat = autogen.GroupChat(
            agents=[customer, engineer, runner, sam],
            messages=[],
            max_round=4,
            speaker_selection_method=lambda last, _chat: order[last],
        )
        desk = autogen.GroupChatManager(groupchat=chat, llm_config=False)

        customer.initiate_chat(desk, message=ASKED)
        print("\n=== a month later ===\n")
        customer.initiate_chat(sam, message="What was the refund of order 77?", max_turns=1)


if __name__ == "__main__":
    main()
