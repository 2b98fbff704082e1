"""Templates of personas, humans and presets."""

from __future__ import annotations

from typing import Annotated, Literal, Optional

from fastapi import Path, Query, Response

from memgpt_autogen.server.authentication import Reader, Writer
from memgpt_autogen.server.etags import Matching, set_etag
from memgpt_autogen.server.routes.area import area
from memgpt_autogen.server.routes.parameters import Cursor, Limit
from memgpt_autogen.service import templates
from memgpt_autogen.service.pages import Page
from memgpt_autogen.service.schemas.base import PageOf
from memgpt_autogen.service.schemas.templates import TemplateAnswer, TemplateText

router = area("templates")

KindPath = Annotated[Literal["persona", "human", "preset"], Path(alias="kind")]

TemplatePath = Annotated[str, Path(alias="template", max_length=64, description="The name of a template.")]


@router.get("/templates/{kind}", response_model=PageOf[TemplateAnswer])
def list_templates(
    caller: Reader,
    kind: KindPath,
    limit: Limit = 50,
    cursor: Cursor = None,
    search: Annotated[
        Optional[str], Query(max_length=64, description="A part of the name or the text.")
    ] = None,
) -> Page[templates.NamedText]:
    """Return the user's templates of a kind, by name."""
    return templates.list_templates(caller.settings, kind, limit=limit, cursor=cursor, search=search)


@router.get("/templates/{kind}/{template}")
def get_template(
    caller: Reader, kind: KindPath, template: TemplatePath, response: Response
) -> TemplateAnswer:
    """Return a template; its ETag is for `If-Match`."""
    return _answer(response, templates.find(caller.settings, kind, template))


@router.put(
    "/templates/{kind}/{template}",
    responses={201: {"model": TemplateAnswer, "description": "The template is new."}},
)
def put_template(
    caller: Writer,
    kind: KindPath,
    template: TemplatePath,
    body: TemplateText,
    expected: Matching,
    response: Response,
) -> TemplateAnswer:
    """Store a template, in place of that of the same name. 412 with both texts if it was changed since."""
    caller.check_whole("templates are for all")
    stored, is_new = templates.put(caller.settings, kind, template, body.text, expected=expected)
    if is_new:
        response.status_code = 201
    return _answer(response, stored)


@router.delete("/templates/{kind}/{template}", status_code=204, response_model=None)
def delete_template(caller: Writer, kind: KindPath, template: TemplatePath, expected: Matching) -> None:
    """Delete a template. Agents that were made with it keep their texts."""
    caller.check_whole("templates are for all")
    templates.remove(caller.settings, kind, template, expected=expected)


def _answer(response: Response, found: templates.NamedText) -> TemplateAnswer:
    set_etag(response, found.revision)
    return TemplateAnswer.model_validate(found)
