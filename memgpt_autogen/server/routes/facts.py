"""What there is and what was used: models, the tools of an agent, and usage."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Optional

from fastapi import Path, Query
from pydantic import AwareDatetime, Field

from memgpt_autogen.memory.storage.runs.used import Used
from memgpt_autogen.server.authentication import Reader, Writer
from memgpt_autogen.server.problems import ProblemError
from memgpt_autogen.server.routes.agents import AgentPath
from memgpt_autogen.server.routes.area import area
from memgpt_autogen.server.schemas.base import Answer, Body, Cursor, Limit, PageOf
from memgpt_autogen.service import server_facts
from memgpt_autogen.service.pages import Page

router = area("facts")


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


class ToolAnswer(Answer):
    """A function that an agent's model is offered."""

    name: str
    description: str
    parameters: dict[str, Any]
    """A JSON schema."""


class ToolsAnswer(Answer):
    """The functions of an agent."""

    items: list[ToolAnswer]


class ToolArguments(Body):
    """The arguments of a function."""

    arguments: Annotated[dict[str, Any], Field(default_factory=dict)]


class ToolRunAnswer(Answer):
    """What a function returned."""

    ok: bool
    text: str
    """As the model reads it; where it failed, why."""


class UsageAnswer(Answer):
    """What one agent or user used, or all did on one day (in UTC)."""

    key: str
    """The id of the agent or the user, or the day."""
    name: str
    runs: int
    failed: int
    steps: int
    prompt_tokens: int
    completion_tokens: int
    cost: Optional[float]
    """null where no endpoint reported a cost."""


@router.get("/models")
def get_models(caller: Reader) -> ModelsAnswer:
    """Return the model that turns use, and the servers and keys that are found on the machine."""
    models = server_facts.models(caller.settings)
    found = [
        FoundBackend(
            kind=each.kind,
            address=each.base_url if caller.is_admin else None,
            models=[model.name for model in each.models],
            embedding_models=list(each.embedding_models),
            loading=each.loading,
            has_key=each.key_from is not None,
        )
        for each in models.found
    ]
    return ModelsAnswer(
        model=models.model,
        window_tokens=models.window_tokens,
        embedding_model=models.embedding_model,
        found=found,
    )


@router.get("/agents/{agent}/tools")
def list_tools(caller: Reader, agent: AgentPath) -> ToolsAnswer:
    """Return the functions that an agent's model is offered."""
    schemas = server_facts.tools(caller.settings, agent, caller.agents)
    return ToolsAnswer(items=[ToolAnswer.model_validate(_tool(each["function"])) for each in schemas])


@router.post("/agents/{agent}/tools/{tool}/run", response_model=ToolRunAnswer)
def run_tool(
    caller: Writer,
    agent: AgentPath,
    tool: Annotated[str, Path(max_length=100, description="The name of a function of the agent.")],
    body: ToolArguments,
) -> server_facts.ToolRun:
    """Run one function as the agent's model would, between two turns, to try it.

    What it changes is changed, and the log does not have the call.
    """
    return server_facts.run_tool(caller.settings, agent, tool, body.arguments, caller.agents)


@router.get("/usage", response_model=PageOf[UsageAnswer])
def get_usage(
    caller: Reader,
    by: Literal["agent", "user", "day"] = "agent",
    start: Optional[AwareDatetime] = None,
    end: Optional[AwareDatetime] = None,
    everyone: Annotated[bool, Query(description="Of all users; for the admin.")] = False,  # noqa: FBT002 - FastAPI calls it by name
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[Used]:
    """Return the turns, tokens and cost of runs, by agent, by user, or by day with the newest first."""
    if everyone and not caller.is_admin:
        raise ProblemError(403, "only the admin sees the usage of all users. Leave out everyone.")
    if caller.agents is not None:
        raise ProblemError(403, "this key is for certain agents only, and usage is of all. Ask for another.")
    return server_facts.usage(
        caller.settings, by, start=start, end=end, everyone=everyone, limit=limit, cursor=cursor
    )


def _tool(function: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": function["name"],
        "description": function.get("description", ""),
        "parameters": function.get("parameters", {}),
    }
