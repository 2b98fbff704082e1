"""Two ways to give an agent your own functions: one runs inside its turn, the other is run by another agent.

`stock` is given as `tools=[...]`: typed, documented, called in the loop, never seen by the others. `delivery` is registered
as AutoGen does it: the agent may call it, `desk` runs it, and the turn goes on when the result has come back.

    python examples/own_tool.py

Without OPENAI_API_KEY the built-in rules stand in for the model.
"""

from __future__ import annotations

import os

import autogen

from memgpt_autogen import MemGPTAgent, OfflineLLM

REAL = {"model": "gpt-4.1-mini"}
STAND_IN = {"model": "offline", "base_url": "http://localhost", "api_key": "none"}
"""Never asked: AutoGen registers functions only with an agent that has an `llm_config`."""


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
        llm_config={"config_list": [REAL | {"api_key": key} if key else STAND_IN]},
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
