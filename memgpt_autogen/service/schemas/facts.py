"""What there is and what was used: models, tools, and usage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Optional

from pydantic import Field

from memgpt_autogen.service.schemas.base import Answer, Body
from memgpt_autogen.service.server_facts import Models
from memgpt_autogen.service.tools import Approval, Origin


class FoundBackend(Answer):
    """A server of models on the machine, or a service with a key in the environment."""

    kind: str
    address: Optional[str]
    """For the admin only."""
    models: list[str]
    embedding_models: list[str]
    loading: bool
    """Whether it is still loading its model."""
    has_key: bool
    """Whether the environment has a key for it."""


class ModelsAnswer(Answer):
    """The model that turns use, and what else was found."""

    model: str
    """`offline` are the built-in rules."""
    window_tokens: Optional[int]
    """The window of the settings; null where the endpoint or the model's name decides."""
    embedding_model: Optional[str]
    found: list[FoundBackend]

    @classmethod
    def of(cls, models: Models, *, addresses: bool) -> ModelsAnswer:
        found = [
            FoundBackend(
                kind=each.kind,
                address=each.base_url if addresses else None,
                models=[model.name for model in each.models],
                embedding_models=list(each.embedding_models),
                loading=each.loading,
                has_key=each.key_from is not None,
            )
            for each in models.found
        ]
        return cls(
            model=models.model,
            window_tokens=models.window_tokens,
            embedding_model=models.embedding_model,
            found=found,
        )


class HomeToolAnswer(Answer):
    """A function that every agent of the home has."""

    name: str
    description: str
    parameters: dict[str, Any]
    """A JSON schema."""
    origin: Origin
    """Where it comes from: this package, the operator of the server, or an MCP server."""
    server: Optional[str] = None
    """The name of the MCP server that has it."""
    approval: Approval
    """Whether somebody must allow a call first; `sometimes` depends on the arguments."""


class ToolAnswer(Answer):
    """A function that an agent's model is offered."""

    name: str
    description: str
    parameters: dict[str, Any]
    """A JSON schema."""


class ToolsAnswer(Answer):
    """The functions of an agent."""

    items: list[ToolAnswer]

    @classmethod
    def of(cls, schemas: Sequence[Mapping[str, Any]]) -> ToolsAnswer:
        functions = [each["function"] for each in schemas]
        return cls(
            items=[
                ToolAnswer(
                    name=each["name"],
                    description=each.get("description", ""),
                    parameters=each.get("parameters", {}),
                )
                for each in functions
            ]
        )


class ToolArguments(Body):
    """The arguments of a function."""

    arguments: Annotated[dict[str, Any], Field(default_factory=dict)]


class ToolRunAnswer(Answer):
    """What a function returned."""

    ok: bool
    text: str
    """As the model reads it; where it failed, why."""


class UsageAnswer(Answer):
    """What one agent, user, key or model used, or all did on one day (in UTC)."""

    key: str
    """The id of the agent, the user or the key, the model, or the day; empty where there was none."""
    name: str
    """Empty where it was deleted."""
    runs: int
    failed: int
    steps: int
    prompt_tokens: int
    completion_tokens: int
    cost: Optional[float]
    """null where no endpoint reported a cost."""
