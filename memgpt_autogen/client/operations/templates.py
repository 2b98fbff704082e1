"""The operations of `templates`. Written by docs/write_client.py from the OpenAPI file."""

from __future__ import annotations

from typing import Annotated, Literal, Optional

from pydantic import Field

from memgpt_autogen.client.operation import AsyncCaller, Caller, Operation, Parameter
from memgpt_autogen.service.schemas.base import PageOf
from memgpt_autogen.service.schemas.templates import TemplateAnswer, TemplateText

LIST_TEMPLATES: Operation[PageOf[TemplateAnswer]] = Operation(
    "list_templates",
    "GET",
    "/api/v1/templates/{kind}",
    parameters=(
        Parameter("kind", "kind", "path", Literal["persona", "human", "preset"]),
        Parameter("limit", "limit", "query", Annotated[int, Field(ge=1, le=200)]),
        Parameter("cursor", "cursor", "query", Optional[Annotated[str, Field(max_length=500)]]),
        Parameter("search", "search", "query", Optional[Annotated[str, Field(max_length=64)]]),
    ),
    area="templates",
    answer=PageOf[TemplateAnswer],
)

GET_TEMPLATE: Operation[TemplateAnswer] = Operation(
    "get_template",
    "GET",
    "/api/v1/templates/{kind}/{template}",
    parameters=(
        Parameter("kind", "kind", "path", Literal["persona", "human", "preset"]),
        Parameter("template", "template", "path", Annotated[str, Field(max_length=64)]),
    ),
    area="templates",
    answer=TemplateAnswer,
)

PUT_TEMPLATE: Operation[TemplateAnswer] = Operation(
    "put_template",
    "PUT",
    "/api/v1/templates/{kind}/{template}",
    parameters=(
        Parameter("kind", "kind", "path", Literal["persona", "human", "preset"]),
        Parameter("template", "template", "path", Annotated[str, Field(max_length=64)]),
        Parameter("if_match", "if-match", "header", Optional[Annotated[str, Field(max_length=1000)]]),
        Parameter(
            "if_none_match", "if-none-match", "header", Optional[Annotated[str, Field(max_length=1000)]]
        ),
    ),
    body=TemplateText,
    area="templates",
    answer=TemplateAnswer,
)

DELETE_TEMPLATE: Operation[None] = Operation(
    "delete_template",
    "DELETE",
    "/api/v1/templates/{kind}/{template}",
    parameters=(
        Parameter("kind", "kind", "path", Literal["persona", "human", "preset"]),
        Parameter("template", "template", "path", Annotated[str, Field(max_length=64)]),
        Parameter("if_match", "if-match", "header", Optional[Annotated[str, Field(max_length=1000)]]),
        Parameter(
            "if_none_match", "if-none-match", "header", Optional[Annotated[str, Field(max_length=1000)]]
        ),
    ),
    area="templates",
)


class TemplatesOperations(Caller):
    """The operations of `templates`."""

    def list_templates(
        self,
        kind: Literal["persona", "human", "preset"],
        *,
        limit: int = 50,
        cursor: str | None = None,
        search: str | None = None,
    ) -> PageOf[TemplateAnswer]:
        """Return the user's templates of a kind, by name.

        `limit`: The most items of the page.
        `cursor`: `next` of the page before this one.
        `search`: A part of the name or the text.
        """
        return self._call(LIST_TEMPLATES, {"kind": kind, "limit": limit, "cursor": cursor, "search": search})

    def get_template(self, kind: Literal["persona", "human", "preset"], template: str) -> TemplateAnswer:
        """Return a template; its ETag is for `If-Match`."""
        return self._call(GET_TEMPLATE, {"kind": kind, "template": template})

    def put_template(
        self,
        kind: Literal["persona", "human", "preset"],
        template: str,
        text: str,
        *,
        if_match: str | None = None,
        if_none_match: str | None = None,
    ) -> TemplateAnswer:
        """Store a template, in place of that of the same name. 412 with both texts if it was changed
        since.

        `if_match`: The ETag that was read: 412 if it is another one now.
        `if_none_match`: `*` creates only: 412 if it is there already.
        """
        return self._call(
            PUT_TEMPLATE,
            {
                "kind": kind,
                "template": template,
                "text": text,
                "if_match": if_match,
                "if_none_match": if_none_match,
            },
        )

    def delete_template(
        self,
        kind: Literal["persona", "human", "preset"],
        template: str,
        *,
        if_match: str | None = None,
        if_none_match: str | None = None,
    ) -> None:
        """Delete a template. Agents that were made with it keep their texts.

        `if_match`: The ETag that was read: 412 if it is another one now.
        `if_none_match`: `*` creates only: 412 if it is there already.
        """
        self._call(
            DELETE_TEMPLATE,
            {"kind": kind, "template": template, "if_match": if_match, "if_none_match": if_none_match},
        )


class AsyncTemplatesOperations(AsyncCaller):
    """The operations of `templates`, for an event loop."""

    async def list_templates(
        self,
        kind: Literal["persona", "human", "preset"],
        *,
        limit: int = 50,
        cursor: str | None = None,
        search: str | None = None,
    ) -> PageOf[TemplateAnswer]:
        """Return the user's templates of a kind, by name.

        `limit`: The most items of the page.
        `cursor`: `next` of the page before this one.
        `search`: A part of the name or the text.
        """
        return await self._call(
            LIST_TEMPLATES, {"kind": kind, "limit": limit, "cursor": cursor, "search": search}
        )

    async def get_template(
        self, kind: Literal["persona", "human", "preset"], template: str
    ) -> TemplateAnswer:
        """Return a template; its ETag is for `If-Match`."""
        return await self._call(GET_TEMPLATE, {"kind": kind, "template": template})

    async def put_template(
        self,
        kind: Literal["persona", "human", "preset"],
        template: str,
        text: str,
        *,
        if_match: str | None = None,
        if_none_match: str | None = None,
    ) -> TemplateAnswer:
        """Store a template, in place of that of the same name. 412 with both texts if it was changed
        since.

        `if_match`: The ETag that was read: 412 if it is another one now.
        `if_none_match`: `*` creates only: 412 if it is there already.
        """
        return await self._call(
            PUT_TEMPLATE,
            {
                "kind": kind,
                "template": template,
                "text": text,
                "if_match": if_match,
                "if_none_match": if_none_match,
            },
        )

    async def delete_template(
        self,
        kind: Literal["persona", "human", "preset"],
        template: str,
        *,
        if_match: str | None = None,
        if_none_match: str | None = None,
    ) -> None:
        """Delete a template. Agents that were made with it keep their texts.

        `if_match`: The ETag that was read: 412 if it is another one now.
        `if_none_match`: `*` creates only: 412 if it is there already.
        """
        await self._call(
            DELETE_TEMPLATE,
            {"kind": kind, "template": template, "if_match": if_match, "if_none_match": if_none_match},
        )
