"""A person who talks to an agent by `agent.say`: to AutoGen, the other agent of a chat of two."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Union

from autogen import ConversableAgent

from memgpt_autogen.adapter.messages import Reply, text_of
from memgpt_autogen.errors import ConfigurationError

Words = Union[Reply, list[dict[str, Any]]]
"""A text, parts with images in AutoGen's form, or a whole message of AutoGen."""


class Person(ConversableAgent):  # type: ignore[misc] # AutoGen has no types
    """Someone who speaks, and who gives no answers and runs no tools."""

    def __init__(self, name: str) -> None:
        super().__init__(name, llm_config=False, human_input_mode="NEVER", silent=True)

    def tell(self, agent: Any, words: Words) -> str:
        """Say something to the agent, and return its reply; empty where AutoGen's rules end the chat."""
        agent.receive(_message(words), self, request_reply=False, silent=True)
        agent.reset_consecutive_auto_reply_counter(self)
        reply = agent.generate_reply(agent.chat_messages[self], self)
        if reply:
            agent.send(reply, self, request_reply=False, silent=True)
        return text_of(reply)

    async def a_tell(self, agent: Any, words: Words) -> str:
        await agent.a_receive(_message(words), self, request_reply=False, silent=True)
        agent.reset_consecutive_auto_reply_counter(self)
        reply = await agent.a_generate_reply(agent.chat_messages[self], self)
        if reply:
            await agent.a_send(reply, self, request_reply=False, silent=True)
        return text_of(reply)


class People:
    """The persons who talk to the agent `name`, by their names."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._known: dict[str, Person] = {}

    def named(self, speaker: str) -> Person:
        """Return the person of this name. Raises `ConfigurationError` for a name that nobody can have."""
        if not isinstance(speaker, str) or not speaker.strip():
            raise ConfigurationError(f"speaker is {speaker!r}; give the name of who speaks, such as 'ada'.")
        if speaker == self._name:
            raise ConfigurationError(
                f"speaker is '{speaker}', which is the agent's own name; give the name of who speaks to it."
            )
        return self._known.get(speaker) or self._known.setdefault(speaker, Person(speaker))


def _message(words: Words) -> Any:
    """Return a message of AutoGen. Raises `ConfigurationError` where it is none, or has no words."""
    parts = isinstance(words, list) and all(isinstance(part, Mapping) for part in words)
    message: Any = {"content": words} if parts else words
    if not isinstance(message, (str, Mapping)) or not text_of(message).strip():
        raise ConfigurationError(f"message is {words!r:.80}; give a text, such as 'Hello'.")
    return message
