"""Two ways to give an agent your own functions: one runs inside its turn, another agent runs the other.

`stock` is passed in `tools=[...]`. It is typed and documented, runs in the loop, and the other agents do not
see it. `delivery` is registered with AutoGen. The agent calls it, `desk` runs it, and the turn resumes with
the result.

    python examples/own_tool.py

Without OPENAI_API_KEY, the built-in offline rules replace the model.
"""

from __future__ import annotations

import os

import autogen

from memgpt_autogen import MemGPTAgent, OfflineLLM

REAL = {"model": "gpt-4.1-mini"}
# This endpoint is never called, but AutoGen registers functions only with an agent that has an `llm_config`.
UNUSED = {"model": "offline", "base_url": "http://localhost", "api_key": "none"}


def stock(article: str) -> int:
    """Return how many pieces of an article are in stock.

    Args:
        article: its name, in quotes
    """
    return {"heron lamp": 12, "owl lamp": 0}.get(article.lower(), 0)


def delivery(article: str) -> str:
    return f"the next {article} arrives on 14 May"


def main() -> None:
    key = os.environ.get("OPENAI_API_KEY")
    sam = MemGPTAgent(
        "sam",
        system_message="You answer questions about the shop's articles.",
        llm_config={"config_list": [REAL | {"api_key": key} if key else UNUSED]},
        llm=None if key else OfflineLLM(),
        tools=[stock],
        ephemeral=True,
        verbose=True,
    )
    desk = autogen.ConversableAgent("desk", llm_config=False, human_input_mode="NEVER")
    autogen.register_function(
        delivery, caller=sam, executor=desk, name="delivery", description="When an article arrives."
    )

    desk.initiate_chat(sam, message='Check the stock of the "heron lamp".', max_turns=1)
    desk.initiate_chat(sam, message='Check the delivery of the "owl lamp".', max_turns=2)


if __name__ == "__main__":
    main()
