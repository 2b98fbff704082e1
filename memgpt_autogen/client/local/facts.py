"""The state of a home, templates, files of agents, models, tools and usage."""

from __future__ import annotations

from datetime import datetime

from memgpt_autogen._version import __version__
from memgpt_autogen.client.local.local_home import LocalHome
from memgpt_autogen.memory.storage.accounts.templates import TemplateKind
from memgpt_autogen.memory.storage.runs.counts import server_counts
from memgpt_autogen.memory.storage.runs.used import UsageBy
from memgpt_autogen.service import server_facts, templates, tools
from memgpt_autogen.service.apply import apply_file, read_body
from memgpt_autogen.service.pages import page_among
from memgpt_autogen.service.readiness import check_home
from memgpt_autogen.service.revisions import expected_of
from memgpt_autogen.service.schemas.apply import ApplyAnswer, ApplyBody
from memgpt_autogen.service.schemas.base import PageOf
from memgpt_autogen.service.schemas.facts import (
    HomeToolAnswer,
    ModelsAnswer,
    ToolArguments,
    ToolRunAnswer,
    ToolsAnswer,
    UsageAnswer,
)
from memgpt_autogen.service.schemas.state import Health, Readiness, ServerState
from memgpt_autogen.service.schemas.templates import TemplateAnswer, TemplateText


def health(_home: LocalHome) -> Health:
    return Health(status="ok", version=__version__)


def ready(home: LocalHome) -> Readiness:
    return Readiness.of(check_home(home.settings))


def get_server_state(home: LocalHome) -> ServerState:
    counts = server_counts(home.executor.database)
    return ServerState.with_counts(ready(home), counts, __version__)


def list_templates(
    home: LocalHome,
    kind: TemplateKind,
    limit: int = 50,
    cursor: str | None = None,
    search: str | None = None,
) -> PageOf[TemplateAnswer]:
    page = templates.list_templates(home.settings, kind, limit=limit, cursor=cursor, search=search)
    return PageOf[TemplateAnswer].model_validate(page)


def get_template(home: LocalHome, kind: TemplateKind, template: str) -> TemplateAnswer:
    return TemplateAnswer.model_validate(templates.find(home.settings, kind, template))


def put_template(
    home: LocalHome,
    kind: TemplateKind,
    template: str,
    body: TemplateText,
    if_match: str | None = None,
    if_none_match: str | None = None,
) -> TemplateAnswer:
    expected = expected_of(if_match, if_none_match)
    stored, _ = templates.put(home.settings, kind, template, body.text, expected=expected)
    return TemplateAnswer.model_validate(stored)


def delete_template(
    home: LocalHome,
    kind: TemplateKind,
    template: str,
    if_match: str | None = None,
    if_none_match: str | None = None,
) -> None:
    templates.remove(home.settings, kind, template, expected=expected_of(if_match, if_none_match))


def apply(home: LocalHome, body: ApplyBody) -> ApplyAnswer:
    file, options = read_body(body)
    return ApplyAnswer.model_validate(apply_file(home.settings, file, options))


def get_models(home: LocalHome, discover: bool = True) -> ModelsAnswer:  # noqa: FBT001, FBT002 - given by name
    return ModelsAnswer.of(server_facts.models(home.settings, discover=discover), addresses=True)


def list_home_tools(home: LocalHome, limit: int = 50, cursor: str | None = None) -> PageOf[HomeToolAnswer]:
    found = tools.home_tools(home.settings, home.equipment)
    return PageOf[HomeToolAnswer].model_validate(page_among(found, limit, cursor, lambda each: each.name))


def list_tools(home: LocalHome, agent: str) -> ToolsAnswer:
    return ToolsAnswer.of(tools.agent_tools(home.settings, agent, equipment=home.equipment))


def run_tool(home: LocalHome, agent: str, tool: str, body: ToolArguments) -> ToolRunAnswer:
    run = tools.run_tool(home.settings, agent, tool, body.arguments, equipment=home.equipment)
    return ToolRunAnswer.model_validate(run)


def get_usage(
    home: LocalHome,
    by: UsageBy = "agent",
    start: datetime | None = None,
    end: datetime | None = None,
    *,
    everyone: bool = False,
    limit: int = 50,
    cursor: str | None = None,
) -> PageOf[UsageAnswer]:
    page = server_facts.usage(
        home.settings, by, start=start, end=end, everyone=everyone, limit=limit, cursor=cursor
    )
    return PageOf[UsageAnswer].model_validate(page)
