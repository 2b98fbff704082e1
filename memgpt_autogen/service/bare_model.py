"""The bare model of the server: one answer to a prompt of a client, without an agent's memory and tools."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from memgpt_autogen.llm.asking import answers_within, complete_by
from memgpt_autogen.llm.offline import OfflineLLM
from memgpt_autogen.llm.protocols import LLM, Completion, Messages
from memgpt_autogen.llm.text_calls.thoughts import split_thoughts
from memgpt_autogen.memory.storage.database import Database
from memgpt_autogen.memory.storage.runs.past_usage import note_usage
from memgpt_autogen.memory.storage.runs.usage import check_limits

NO_MODEL = "Chat"
"""The answer where no model is configured. Front ends show it as the title of a chat."""


def ask_bare_model(
    database: Database,
    choose: Callable[[], LLM],
    messages: Messages,
    *,
    agent: tuple[str, str],
    key_id: str | None,
    sampling: Mapping[str, float],
) -> Completion:
    """Return the model's answer to these messages. Its tokens count as used by the agent, by id and name.

    Raises `LimitReachedError` where a limit is reached, and `ModelError` where no model answers.
    """
    llm = choose()
    if isinstance(llm, OfflineLLM):
        return Completion(NO_MODEL)
    agent_id, name = agent
    key = None if key_id is None else (key_id, "the key")
    check_limits(database, key=key, agent=(agent_id, f"the agent '{name}'"))
    with answers_within(sampling=sampling):
        answer = complete_by(llm, messages)
    note_usage(database, answer.usage, agent_id=agent_id, key_id=key_id, model=llm.model)
    # a title must not have the reasoning of a model that writes it into its answer
    return replace(answer, text=split_thoughts(answer.text)[0].strip())
