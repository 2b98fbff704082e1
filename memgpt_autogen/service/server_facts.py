"""What a home can use, and what was used: models, tools and usage."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from memgpt_autogen.chosen_models import choose_llm
from memgpt_autogen.home_stores import open_home_database
from memgpt_autogen.llm.discover import Backend
from memgpt_autogen.llm.discover import discover as find_backends
from memgpt_autogen.memory.storage.runs.used import UsageBy, Used, used_by
from memgpt_autogen.service.pages import Page, page_among
from memgpt_autogen.settings import Settings


@dataclass(frozen=True, slots=True)
class Models:
    """The model that turns use, and what else was found."""

    model: str
    window_tokens: int | None
    """The window of the settings; None where the endpoint or the model's name decides."""
    embedding_model: str | None
    found: tuple[Backend, ...]
    """Servers on this machine, and services with a key in the environment. Their keys are told nowhere."""


def models(settings: Settings, *, discover: bool = True) -> Models:
    """Return the models that there are. Only this machine is asked, unless `discover` or the settings forbid.

    Without, it is only the model that turns use.
    """
    found = find_backends() if discover and settings.discover else ()
    return Models(choose_llm(settings).model, settings.window_tokens, settings.embedding_model, found)


def usage(
    settings: Settings,
    by: UsageBy,
    *,
    start: datetime | None = None,
    end: datetime | None = None,
    everyone: bool = False,
    limit: int = 50,
    cursor: str | None = None,
) -> Page[Used]:
    """Return a page of what runs have used; days come newest first."""
    found = used_by(open_home_database(settings), by, start=start, end=end, everyone=everyone)
    return page_among(found, limit, cursor, lambda each: each.key, newest=by == "day")
