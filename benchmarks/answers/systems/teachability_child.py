"""One piece of work for AutoGen's Teachability, in its own environment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from benchmarks.answers.systems.child import serve
from benchmarks.answers.systems.counted import LocalEmbedder, count_requests


def work(job: Mapping[str, Any]) -> dict[str, Any]:
    from autogen import ConversableAgent
    from autogen.agentchat.contrib.capabilities.teachability import Teachability

    counted = count_requests()
    agent = ConversableAgent(
        "listener",
        system_message=job["instructions"],
        llm_config={**job["config"], "cache_seed": None},
        human_input_mode="NEVER",
        code_execution_config=False,
    )
    teachability = Teachability(path_to_db_dir=job["folder"], max_num_retrievals=job["k"])
    store = teachability.memo_store
    store.vec_db = store.db_client.get_or_create_collection("local", embedding_function=_function())
    teachability.add_to_agent(agent)
    text = ""
    if job["do"] == "remember":
        for message in job["messages"]:
            teachability.process_last_received_message(message["text"])
    else:
        asker = ConversableAgent("asker", llm_config=False, human_input_mode="NEVER")
        reply = agent.generate_reply([{"role": "user", "content": job["question"]}], asker)
        text = str(reply.get("content") if isinstance(reply, dict) else reply or "")
    return {
        "text": text,
        "memos": len(store.uid_text_dict),
        "tokens_in": counted.tokens_in,
        "tokens_out": counted.tokens_out,
    }


def _function() -> Any:
    """Return WordLlama as one of Chroma's embedding functions."""
    from chromadb import EmbeddingFunction

    embedder = LocalEmbedder()

    class Local(EmbeddingFunction):  # type: ignore[misc]
        def __init__(self) -> None:
            pass

        def __call__(self, input: list[str]) -> Any:  # noqa: A002 - Chroma's name
            return embedder.embed(input)

        @staticmethod
        def name() -> str:
            return "wordllama"

        def get_config(self) -> dict[str, Any]:
            return {}

        @staticmethod
        def build_from_config(config: dict[str, Any]) -> Any:  # noqa: ARG004 - Chroma's form
            return Local()

    return Local()


if __name__ == "__main__":
    serve(work)
