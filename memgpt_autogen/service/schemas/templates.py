"""Templates of personas, humans and presets."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from memgpt_autogen.service.schemas.base import Answer, Body


class TemplateAnswer(Answer):
    """A named text for a block of new agents, or a preset."""

    kind: Literal["persona", "human", "preset"]
    name: str
    text: str
    revision: str
    """For `If-Match`: it is another one after each change."""


class TemplateText(Body):
    """The text of a template."""

    text: Annotated[str, Field(min_length=1, max_length=100_000)]
