"""The body of a request for a response. What we do not know is ignored: clients send much."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Optional, Union

from pydantic import BaseModel, ConfigDict, Field

from memgpt_autogen.server.facades.openai.body import checked_tools, sampling_of
from memgpt_autogen.server.facades.openai.errors import RequestError
from memgpt_autogen.server.facades.openai.responses.ids import LONGEST
from memgpt_autogen.server.facades.speakers import name_of

MOST_ITEMS = 10_000

# metadata as OpenAI limits it
_MOST_PAIRS = 16
_LONGEST_VALUE = 512


class ResponsesBody(BaseModel):
    """A request for a response."""

    model_config = ConfigDict(extra="allow")

    model: Annotated[str, Field(min_length=1, max_length=256)]
    input: Union[str, Annotated[list[dict[str, Any]], Field(max_length=MOST_ITEMS)]]
    instructions: Any = None
    previous_response_id: Any = None
    conversation: Any = None
    store: Optional[bool] = None
    stream: Optional[bool] = None
    background: Optional[bool] = None
    tools: Any = None
    tool_choice: Any = None
    temperature: Any = None
    top_p: Any = None
    max_output_tokens: Any = None
    top_logprobs: Any = None
    prompt: Any = None
    user: Any = None
    metadata: Any = None
    reasoning: Any = None
    include_thoughts: Any = None
    """Whether the answer has the agent's thoughts, as `reasoning.summary` asks for them."""

    def wants_thoughts(self, usual: bool) -> bool:  # noqa: FBT001 - a value of the key
        """Return whether the answer has the agent's thoughts: as the request says, else as is `usual`."""
        if isinstance(self.include_thoughts, bool):
            return self.include_thoughts
        asked = self.reasoning if isinstance(self.reasoning, Mapping) else {}
        return usual or bool(asked.get("summary") or asked.get("generate_summary"))

    @property
    def is_stored(self) -> bool:
        return self.store is not False

    def given_metadata(self, name: str) -> Any:
        return self.metadata.get(name) if isinstance(self.metadata, Mapping) else None

    def check(self) -> None:
        """Raise `RequestError` for what an agent cannot do, and would not be noticed."""
        if self.top_logprobs not in (None, 0):
            raise RequestError("an agent has no top_logprobs. Leave it out.", param="top_logprobs")
        if self.prompt is not None:
            raise RequestError(
                "prompt names a template that is stored at OpenAI. Send its text as instructions.",
                param="prompt",
            )
        if self.conversation is not None and self.previous_response_id is not None:
            raise RequestError(
                "previous_response_id and conversation cannot be given together: a conversation goes on by "
                "its id alone.",
                param="previous_response_id",
            )
        if self.background and not self.is_stored:
            raise RequestError(
                "background=true needs store=true: the answer is read later, by its id.", param="background"
            )

    def conversation_id(self) -> str:
        """Return the id of the conversation; empty where there is none."""
        given = self.conversation.get("id") if isinstance(self.conversation, Mapping) else self.conversation
        if given is None:
            return ""
        if not isinstance(given, str) or not given or name_of(given) != given:
            raise RequestError(
                f"conversation must be an id of 1 to {LONGEST} characters. POST /v1/conversations makes one.",
                param="conversation",
            )
        return given

    def client_tools(self) -> list[dict[str, Any]]:
        """Return the functions that the client runs, in the chat API's form."""
        if self.tool_choice == "none":
            return []
        return checked_tools(self.tools, "tools", _in_chat_form)

    def sampling(self) -> dict[str, float]:
        """Return the parameters that the steps of the turn get."""
        return sampling_of(self.temperature, self.top_p, self.max_output_tokens)

    def pairs(self) -> dict[str, str]:
        """Return the metadata, which comes back with the response."""
        given = self.metadata or {}
        if not isinstance(given, Mapping) or len(given) > _MOST_PAIRS:
            raise RequestError(
                f"metadata must be an object of at most {_MOST_PAIRS} texts.", param="metadata"
            )
        found = {str(name): str(value) for name, value in given.items()}
        if any(len(name) > LONGEST or len(value) > _LONGEST_VALUE for name, value in found.items()):
            raise RequestError(
                f"metadata has names of at most {LONGEST} and texts of at most {_LONGEST_VALUE} characters.",
                param="metadata",
            )
        return found


def _in_chat_form(tool: Any, param: str) -> Any:
    """Return a function of this API in the form of the chat API, which some clients send here, too."""
    if not isinstance(tool, Mapping) or "function" in tool:
        return tool
    if tool.get("type") != "function":
        raise RequestError(
            f"{param}.type is {tool.get('type')!r:.40}, and an agent takes functions only, which the client "
            "runs. Tools of a server are configured for the agent.",
            param=f"{param}.type",
        )
    fields = ("name", "description", "parameters", "strict")
    return {"type": "function", "function": {name: tool[name] for name in fields if name in tool}}
