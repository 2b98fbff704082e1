"""The operations of `shared`. Written by docs/write_client.py from the OpenAPI file."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal, Optional

from pydantic import Field

from memgpt_autogen.client.operation import AsyncCaller, Caller, Operation, Parameter
from memgpt_autogen.service.schemas.base import PageOf
from memgpt_autogen.service.schemas.passages import (
    NewPassage,
    NewPassages,
    PassageAnswer,
    PassageChange,
    PassageVersions,
)
from memgpt_autogen.service.schemas.shared import (
    ArchiveAnswer,
    ArchiveName,
    CountedArchive,
    Emptied,
    GrantAnswer,
    GrantsAnswer,
    NewSharedBlock,
    Permission,
    ReadArchives,
    SharedBlockAnswer,
    SharedBlockChange,
)

LIST_SHARED_BLOCKS: Operation[PageOf[SharedBlockAnswer]] = Operation(
    "list_shared_blocks",
    "GET",
    "/api/v1/blocks",
    parameters=(
        Parameter("limit", "limit", "query", Annotated[int, Field(ge=1, le=200)]),
        Parameter("cursor", "cursor", "query", Optional[Annotated[str, Field(max_length=500)]]),
    ),
    area="shared",
    answer=PageOf[SharedBlockAnswer],
)

CREATE_SHARED_BLOCK: Operation[SharedBlockAnswer] = Operation(
    "create_shared_block",
    "POST",
    "/api/v1/blocks",
    parameters=(),
    body=NewSharedBlock,
    area="shared",
    answer=SharedBlockAnswer,
)

GET_SHARED_BLOCK: Operation[SharedBlockAnswer] = Operation(
    "get_shared_block",
    "GET",
    "/api/v1/blocks/{block}",
    parameters=(Parameter("block", "block", "path", Annotated[str, Field(max_length=64)]),),
    area="shared",
    answer=SharedBlockAnswer,
)

EDIT_SHARED_BLOCK: Operation[SharedBlockAnswer] = Operation(
    "edit_shared_block",
    "PATCH",
    "/api/v1/blocks/{block}",
    parameters=(
        Parameter("block", "block", "path", Annotated[str, Field(max_length=64)]),
        Parameter("if_match", "if-match", "header", Optional[Annotated[str, Field(max_length=1000)]]),
        Parameter(
            "if_none_match", "if-none-match", "header", Optional[Annotated[str, Field(max_length=1000)]]
        ),
    ),
    body=SharedBlockChange,
    area="shared",
    answer=SharedBlockAnswer,
)

DELETE_SHARED_BLOCK: Operation[None] = Operation(
    "delete_shared_block",
    "DELETE",
    "/api/v1/blocks/{block}",
    parameters=(
        Parameter("block", "block", "path", Annotated[str, Field(max_length=64)]),
        Parameter("if_match", "if-match", "header", Optional[Annotated[str, Field(max_length=1000)]]),
        Parameter(
            "if_none_match", "if-none-match", "header", Optional[Annotated[str, Field(max_length=1000)]]
        ),
    ),
    area="shared",
)

LIST_BLOCK_GRANTS: Operation[GrantsAnswer] = Operation(
    "list_block_grants",
    "GET",
    "/api/v1/grants/blocks",
    parameters=(),
    area="shared",
    answer=GrantsAnswer,
)

GRANT_BLOCK: Operation[GrantAnswer] = Operation(
    "grant_block",
    "PUT",
    "/api/v1/blocks/{block}/grants/{other}",
    parameters=(
        Parameter("block", "block", "path", Annotated[str, Field(max_length=64)]),
        Parameter("other", "other", "path", Annotated[str, Field(max_length=64)]),
    ),
    body=Permission,
    area="shared",
    answer=GrantAnswer,
)

REVOKE_BLOCK: Operation[None] = Operation(
    "revoke_block",
    "DELETE",
    "/api/v1/blocks/{block}/grants/{other}",
    parameters=(
        Parameter("block", "block", "path", Annotated[str, Field(max_length=64)]),
        Parameter("other", "other", "path", Annotated[str, Field(max_length=64)]),
    ),
    area="shared",
)

LIST_ARCHIVES: Operation[PageOf[ArchiveAnswer]] = Operation(
    "list_archives",
    "GET",
    "/api/v1/archives",
    parameters=(
        Parameter("limit", "limit", "query", Annotated[int, Field(ge=1, le=200)]),
        Parameter("cursor", "cursor", "query", Optional[Annotated[str, Field(max_length=500)]]),
    ),
    area="shared",
    answer=PageOf[ArchiveAnswer],
)

CREATE_ARCHIVE: Operation[ArchiveAnswer] = Operation(
    "create_archive",
    "POST",
    "/api/v1/archives",
    parameters=(),
    body=ArchiveName,
    area="shared",
    answer=ArchiveAnswer,
)

GET_ARCHIVE: Operation[CountedArchive] = Operation(
    "get_archive",
    "GET",
    "/api/v1/archives/{archive}",
    parameters=(Parameter("archive", "archive", "path", Annotated[str, Field(max_length=120)]),),
    area="shared",
    answer=CountedArchive,
)

RENAME_ARCHIVE: Operation[ArchiveAnswer] = Operation(
    "rename_archive",
    "PATCH",
    "/api/v1/archives/{archive}",
    parameters=(Parameter("archive", "archive", "path", Annotated[str, Field(max_length=120)]),),
    body=ArchiveName,
    area="shared",
    answer=ArchiveAnswer,
)

DELETE_ARCHIVE: Operation[Emptied] = Operation(
    "delete_archive",
    "DELETE",
    "/api/v1/archives/{archive}",
    parameters=(Parameter("archive", "archive", "path", Annotated[str, Field(max_length=120)]),),
    area="shared",
    answer=Emptied,
)

LIST_ARCHIVE_PASSAGES: Operation[PageOf[PassageAnswer]] = Operation(
    "list_archive_passages",
    "GET",
    "/api/v1/archives/{archive}/passages",
    parameters=(
        Parameter("archive", "archive", "path", Annotated[str, Field(max_length=120)]),
        Parameter("order", "order", "query", Literal["oldest", "newest"]),
        Parameter("limit", "limit", "query", Annotated[int, Field(ge=1, le=200)]),
        Parameter("cursor", "cursor", "query", Optional[Annotated[str, Field(max_length=500)]]),
    ),
    area="shared",
    answer=PageOf[PassageAnswer],
)

ADD_ARCHIVE_PASSAGES: Operation[NewPassages] = Operation(
    "add_archive_passages",
    "POST",
    "/api/v1/archives/{archive}/passages",
    parameters=(Parameter("archive", "archive", "path", Annotated[str, Field(max_length=120)]),),
    body=NewPassage,
    area="shared",
    answer=NewPassages,
)

LIST_ARCHIVE_GRANTS: Operation[GrantsAnswer] = Operation(
    "list_archive_grants",
    "GET",
    "/api/v1/grants/archives",
    parameters=(),
    area="shared",
    answer=GrantsAnswer,
)

GRANT_ARCHIVE: Operation[GrantAnswer] = Operation(
    "grant_archive",
    "PUT",
    "/api/v1/archives/{archive}/grants/{other}",
    parameters=(
        Parameter("archive", "archive", "path", Annotated[str, Field(max_length=120)]),
        Parameter("other", "other", "path", Annotated[str, Field(max_length=64)]),
    ),
    area="shared",
    answer=GrantAnswer,
)

REVOKE_ARCHIVE: Operation[None] = Operation(
    "revoke_archive",
    "DELETE",
    "/api/v1/archives/{archive}/grants/{other}",
    parameters=(
        Parameter("archive", "archive", "path", Annotated[str, Field(max_length=120)]),
        Parameter("other", "other", "path", Annotated[str, Field(max_length=64)]),
    ),
    area="shared",
)

LIST_AGENT_ARCHIVES: Operation[ReadArchives] = Operation(
    "list_agent_archives",
    "GET",
    "/api/v1/agents/{agent}/archives",
    parameters=(Parameter("agent", "agent", "path", Annotated[str, Field(max_length=64)]),),
    area="shared",
    answer=ReadArchives,
)

ATTACH_ARCHIVE: Operation[None] = Operation(
    "attach_archive",
    "PUT",
    "/api/v1/agents/{agent}/archives/{archive}",
    parameters=(
        Parameter("agent", "agent", "path", Annotated[str, Field(max_length=64)]),
        Parameter("archive", "archive", "path", Annotated[str, Field(max_length=120)]),
    ),
    area="shared",
)

DETACH_ARCHIVE: Operation[None] = Operation(
    "detach_archive",
    "DELETE",
    "/api/v1/agents/{agent}/archives/{archive}",
    parameters=(
        Parameter("agent", "agent", "path", Annotated[str, Field(max_length=64)]),
        Parameter("archive", "archive", "path", Annotated[str, Field(max_length=120)]),
    ),
    area="shared",
)

GET_ARCHIVE_PASSAGE: Operation[PassageAnswer] = Operation(
    "get_archive_passage",
    "GET",
    "/api/v1/archives/{archive}/passages/{passage}",
    parameters=(
        Parameter("archive", "archive", "path", Annotated[str, Field(max_length=120)]),
        Parameter("passage", "passage", "path", Annotated[str, Field(max_length=64)]),
    ),
    area="shared",
    answer=PassageAnswer,
)

EDIT_ARCHIVE_PASSAGE: Operation[PassageAnswer] = Operation(
    "edit_archive_passage",
    "PATCH",
    "/api/v1/archives/{archive}/passages/{passage}",
    parameters=(
        Parameter("archive", "archive", "path", Annotated[str, Field(max_length=120)]),
        Parameter("passage", "passage", "path", Annotated[str, Field(max_length=64)]),
        Parameter("if_match", "if-match", "header", Optional[Annotated[str, Field(max_length=1000)]]),
        Parameter(
            "if_none_match", "if-none-match", "header", Optional[Annotated[str, Field(max_length=1000)]]
        ),
    ),
    body=PassageChange,
    area="shared",
    answer=PassageAnswer,
)

DELETE_ARCHIVE_PASSAGE: Operation[None] = Operation(
    "delete_archive_passage",
    "DELETE",
    "/api/v1/archives/{archive}/passages/{passage}",
    parameters=(
        Parameter("archive", "archive", "path", Annotated[str, Field(max_length=120)]),
        Parameter("passage", "passage", "path", Annotated[str, Field(max_length=64)]),
        Parameter("if_match", "if-match", "header", Optional[Annotated[str, Field(max_length=1000)]]),
        Parameter(
            "if_none_match", "if-none-match", "header", Optional[Annotated[str, Field(max_length=1000)]]
        ),
    ),
    area="shared",
)

LIST_ARCHIVE_PASSAGE_VERSIONS: Operation[PassageVersions] = Operation(
    "list_archive_passage_versions",
    "GET",
    "/api/v1/archives/{archive}/passages/{passage}/versions",
    parameters=(
        Parameter("archive", "archive", "path", Annotated[str, Field(max_length=120)]),
        Parameter("passage", "passage", "path", Annotated[str, Field(max_length=64)]),
    ),
    area="shared",
    answer=PassageVersions,
)


class SharedOperations(Caller):
    """The operations of `shared`."""

    def list_shared_blocks(self, *, limit: int = 50, cursor: str | None = None) -> PageOf[SharedBlockAnswer]:
        """Return the user's shared blocks, and who has them.

        `limit`: The most items of the page.
        `cursor`: `next` of the page before this one.
        """
        return self._call(LIST_SHARED_BLOCKS, {"limit": limit, "cursor": cursor})

    def create_shared_block(
        self, label: str, *, value: str = "", limit: int = 2000, description: str = ""
    ) -> SharedBlockAnswer:
        """Create a shared block. An agent gets it by a PUT of a shared block with its label."""
        return self._call(
            CREATE_SHARED_BLOCK, {"label": label, "value": value, "limit": limit, "description": description}
        )

    def get_shared_block(self, block: str) -> SharedBlockAnswer:
        """Return a shared block; its ETag is for `If-Match`."""
        return self._call(GET_SHARED_BLOCK, {"block": block})

    def edit_shared_block(
        self,
        block: str,
        *,
        if_match: str | None = None,
        if_none_match: str | None = None,
        value: str | None = None,
        limit: int | None = None,
        description: str | None = None,
    ) -> SharedBlockAnswer:
        """Change a shared block for all agents that have it. 412 with both texts if it was changed since.

        `if_match`: The ETag that was read: 412 if it is another one now.
        `if_none_match`: `*` creates only: 412 if it is there already.
        """
        return self._call(
            EDIT_SHARED_BLOCK,
            {
                "block": block,
                "if_match": if_match,
                "if_none_match": if_none_match,
                "value": value,
                "limit": limit,
                "description": description,
            },
        )

    def delete_shared_block(
        self, block: str, *, if_match: str | None = None, if_none_match: str | None = None
    ) -> None:
        """Delete a shared block. 409 while agents have it.

        `if_match`: The ETag that was read: 412 if it is another one now.
        `if_none_match`: `*` creates only: 412 if it is there already.
        """
        self._call(
            DELETE_SHARED_BLOCK, {"block": block, "if_match": if_match, "if_none_match": if_none_match}
        )

    def list_block_grants(self) -> GrantsAnswer:
        """Return which shared blocks the user lets others use, and which others let the user use."""
        return self._call(LIST_BLOCK_GRANTS, {})

    def grant_block(self, block: str, other: str, *, may: Literal["read", "write"] = "read") -> GrantAnswer:
        """Let another user's agents read a shared block, or write it too. 404 for a user whom there is
        not.

        429 for who names many such users: names are not to be guessed.

        `may`: An archive of another user can only be read.
        """
        return self._call(GRANT_BLOCK, {"block": block, "other": other, "may": may})

    def revoke_block(self, block: str, other: str) -> None:
        """Take a shared block away from another user's agents, at once."""
        self._call(REVOKE_BLOCK, {"block": block, "other": other})

    def list_archives(self, *, limit: int = 50, cursor: str | None = None) -> PageOf[ArchiveAnswer]:
        """Return the user's shared archives, and who reads them.

        `limit`: The most items of the page.
        `cursor`: `next` of the page before this one.
        """
        return self._call(LIST_ARCHIVES, {"limit": limit, "cursor": cursor})

    def create_archive(self, name: str) -> ArchiveAnswer:
        """Create a shared archive. 409 if the user has one of that name."""
        return self._call(CREATE_ARCHIVE, {"name": name})

    def get_archive(self, archive: str) -> CountedArchive:
        """Return a shared archive with the number of its passages."""
        return self._call(GET_ARCHIVE, {"archive": archive})

    def rename_archive(self, archive: str, name: str) -> ArchiveAnswer:
        """Give a shared archive another name."""
        return self._call(RENAME_ARCHIVE, {"archive": archive, "name": name})

    def delete_archive(self, archive: str) -> Emptied:
        """Delete a shared archive with its passages. 409 while agents read it."""
        return self._call(DELETE_ARCHIVE, {"archive": archive})

    def list_archive_passages(
        self,
        archive: str,
        *,
        order: Literal["oldest", "newest"] = "oldest",
        limit: int = 50,
        cursor: str | None = None,
    ) -> PageOf[PassageAnswer]:
        """Return the passages of a shared archive, or of one that you may read, by time.

        `order`: Which of them come first.
        `limit`: The most items of the page.
        `cursor`: `next` of the page before this one.
        """
        return self._call(
            LIST_ARCHIVE_PASSAGES, {"archive": archive, "order": order, "limit": limit, "cursor": cursor}
        )

    def add_archive_passages(
        self,
        archive: str,
        text: str,
        *,
        tags: Sequence[str] | None = None,
        source: str | None = None,
        created_at: datetime | None = None,
        replaces: Sequence[str] | None = None,
    ) -> NewPassages:
        """Store a text in a shared archive, for all agents that read it. 403 for an archive of another
        user.

        `created_at`: Its time; now by default.
        `replaces`: The ids of passages of the same archive that it makes outdated. They stay, and are
          marked.
        """
        return self._call(
            ADD_ARCHIVE_PASSAGES,
            {
                "archive": archive,
                "text": text,
                "tags": tags,
                "source": source,
                "created_at": created_at,
                "replaces": replaces,
            },
        )

    def list_archive_grants(self) -> GrantsAnswer:
        """Return which shared archives the user lets others read, and which others let the user read."""
        return self._call(LIST_ARCHIVE_GRANTS, {})

    def grant_archive(self, archive: str, other: str) -> GrantAnswer:
        """Let another user's agents read a shared archive. 404 for a user whom there is not.

        429 for who names many such users: names are not to be guessed.
        """
        return self._call(GRANT_ARCHIVE, {"archive": archive, "other": other})

    def revoke_archive(self, archive: str, other: str) -> None:
        """Take a shared archive away from another user's agents, at once."""
        self._call(REVOKE_ARCHIVE, {"archive": archive, "other": other})

    def list_agent_archives(self, agent: str) -> ReadArchives:
        """Return the archives that an agent reads: its own first, then those that are attached."""
        return self._call(LIST_AGENT_ARCHIVES, {"agent": agent})

    def attach_archive(self, agent: str, archive: str) -> None:
        """Let an agent read a shared archive in addition to its own."""
        self._call(ATTACH_ARCHIVE, {"agent": agent, "archive": archive})

    def detach_archive(self, agent: str, archive: str) -> None:
        """Let an agent stop reading a shared archive."""
        self._call(DETACH_ARCHIVE, {"agent": agent, "archive": archive})

    def get_archive_passage(self, archive: str, passage: str) -> PassageAnswer:
        """Return a passage of a shared archive; its ETag is for `If-Match`."""
        return self._call(GET_ARCHIVE_PASSAGE, {"archive": archive, "passage": passage})

    def edit_archive_passage(
        self,
        archive: str,
        passage: str,
        *,
        if_match: str | None = None,
        if_none_match: str | None = None,
        text: str | None = None,
        source: str | None = None,
        tags: Sequence[str] | None = None,
        superseded: bool | None = None,
    ) -> PassageAnswer:
        """Change a passage for all agents that read the archive. Another text makes it another passage.

        403 for an archive of another user, who lets you read it only.

        `if_match`: The ETag that was read: 412 if it is another one now.
        `if_none_match`: `*` creates only: 412 if it is there already.
        `text`: With another text it is another passage, with another id, of the same time.
        `source`: Another source makes it another passage too; an empty one is none.
        `tags`: All tags that it has then.
        `superseded`: Whether it is marked as no longer true.
        """
        return self._call(
            EDIT_ARCHIVE_PASSAGE,
            {
                "archive": archive,
                "passage": passage,
                "if_match": if_match,
                "if_none_match": if_none_match,
                "text": text,
                "source": source,
                "tags": tags,
                "superseded": superseded,
            },
        )

    def delete_archive_passage(
        self, archive: str, passage: str, *, if_match: str | None = None, if_none_match: str | None = None
    ) -> None:
        """Delete a passage of a shared archive. 403 for an archive of another user.

        `if_match`: The ETag that was read: 412 if it is another one now.
        `if_none_match`: `*` creates only: 412 if it is there already.
        """
        self._call(
            DELETE_ARCHIVE_PASSAGE,
            {"archive": archive, "passage": passage, "if_match": if_match, "if_none_match": if_none_match},
        )

    def list_archive_passage_versions(self, archive: str, passage: str) -> PassageVersions:
        """Return what a passage replaces, itself, and what replaces it; and what may be outdated with it."""
        return self._call(LIST_ARCHIVE_PASSAGE_VERSIONS, {"archive": archive, "passage": passage})


class AsyncSharedOperations(AsyncCaller):
    """The operations of `shared`, for an event loop."""

    async def list_shared_blocks(
        self, *, limit: int = 50, cursor: str | None = None
    ) -> PageOf[SharedBlockAnswer]:
        """Return the user's shared blocks, and who has them.

        `limit`: The most items of the page.
        `cursor`: `next` of the page before this one.
        """
        return await self._call(LIST_SHARED_BLOCKS, {"limit": limit, "cursor": cursor})

    async def create_shared_block(
        self, label: str, *, value: str = "", limit: int = 2000, description: str = ""
    ) -> SharedBlockAnswer:
        """Create a shared block. An agent gets it by a PUT of a shared block with its label."""
        return await self._call(
            CREATE_SHARED_BLOCK, {"label": label, "value": value, "limit": limit, "description": description}
        )

    async def get_shared_block(self, block: str) -> SharedBlockAnswer:
        """Return a shared block; its ETag is for `If-Match`."""
        return await self._call(GET_SHARED_BLOCK, {"block": block})

    async def edit_shared_block(
        self,
        block: str,
        *,
        if_match: str | None = None,
        if_none_match: str | None = None,
        value: str | None = None,
        limit: int | None = None,
        description: str | None = None,
    ) -> SharedBlockAnswer:
        """Change a shared block for all agents that have it. 412 with both texts if it was changed since.

        `if_match`: The ETag that was read: 412 if it is another one now.
        `if_none_match`: `*` creates only: 412 if it is there already.
        """
        return await self._call(
            EDIT_SHARED_BLOCK,
            {
                "block": block,
                "if_match": if_match,
                "if_none_match": if_none_match,
                "value": value,
                "limit": limit,
                "description": description,
            },
        )

    async def delete_shared_block(
        self, block: str, *, if_match: str | None = None, if_none_match: str | None = None
    ) -> None:
        """Delete a shared block. 409 while agents have it.

        `if_match`: The ETag that was read: 412 if it is another one now.
        `if_none_match`: `*` creates only: 412 if it is there already.
        """
        await self._call(
            DELETE_SHARED_BLOCK, {"block": block, "if_match": if_match, "if_none_match": if_none_match}
        )

    async def list_block_grants(self) -> GrantsAnswer:
        """Return which shared blocks the user lets others use, and which others let the user use."""
        return await self._call(LIST_BLOCK_GRANTS, {})

    async def grant_block(
        self, block: str, other: str, *, may: Literal["read", "write"] = "read"
    ) -> GrantAnswer:
        """Let another user's agents read a shared block, or write it too. 404 for a user whom there is
        not.

        429 for who names many such users: names are not to be guessed.

        `may`: An archive of another user can only be read.
        """
        return await self._call(GRANT_BLOCK, {"block": block, "other": other, "may": may})

    async def revoke_block(self, block: str, other: str) -> None:
        """Take a shared block away from another user's agents, at once."""
        await self._call(REVOKE_BLOCK, {"block": block, "other": other})

    async def list_archives(self, *, limit: int = 50, cursor: str | None = None) -> PageOf[ArchiveAnswer]:
        """Return the user's shared archives, and who reads them.

        `limit`: The most items of the page.
        `cursor`: `next` of the page before this one.
        """
        return await self._call(LIST_ARCHIVES, {"limit": limit, "cursor": cursor})

    async def create_archive(self, name: str) -> ArchiveAnswer:
        """Create a shared archive. 409 if the user has one of that name."""
        return await self._call(CREATE_ARCHIVE, {"name": name})

    async def get_archive(self, archive: str) -> CountedArchive:
        """Return a shared archive with the number of its passages."""
        return await self._call(GET_ARCHIVE, {"archive": archive})

    async def rename_archive(self, archive: str, name: str) -> ArchiveAnswer:
        """Give a shared archive another name."""
        return await self._call(RENAME_ARCHIVE, {"archive": archive, "name": name})

    async def delete_archive(self, archive: str) -> Emptied:
        """Delete a shared archive with its passages. 409 while agents read it."""
        return await self._call(DELETE_ARCHIVE, {"archive": archive})

    async def list_archive_passages(
        self,
        archive: str,
        *,
        order: Literal["oldest", "newest"] = "oldest",
        limit: int = 50,
        cursor: str | None = None,
    ) -> PageOf[PassageAnswer]:
        """Return the passages of a shared archive, or of one that you may read, by time.

        `order`: Which of them come first.
        `limit`: The most items of the page.
        `cursor`: `next` of the page before this one.
        """
        return await self._call(
            LIST_ARCHIVE_PASSAGES, {"archive": archive, "order": order, "limit": limit, "cursor": cursor}
        )

    async def add_archive_passages(
        self,
        archive: str,
        text: str,
        *,
        tags: Sequence[str] | None = None,
        source: str | None = None,
        created_at: datetime | None = None,
        replaces: Sequence[str] | None = None,
    ) -> NewPassages:
        """Store a text in a shared archive, for all agents that read it. 403 for an archive of another
        user.

        `created_at`: Its time; now by default.
        `replaces`: The ids of passages of the same archive that it makes outdated. They stay, and are
          marked.
        """
        return await self._call(
            ADD_ARCHIVE_PASSAGES,
            {
                "archive": archive,
                "text": text,
                "tags": tags,
                "source": source,
                "created_at": created_at,
                "replaces": replaces,
            },
        )

    async def list_archive_grants(self) -> GrantsAnswer:
        """Return which shared archives the user lets others read, and which others let the user read."""
        return await self._call(LIST_ARCHIVE_GRANTS, {})

    async def grant_archive(self, archive: str, other: str) -> GrantAnswer:
        """Let another user's agents read a shared archive. 404 for a user whom there is not.

        429 for who names many such users: names are not to be guessed.
        """
        return await self._call(GRANT_ARCHIVE, {"archive": archive, "other": other})

    async def revoke_archive(self, archive: str, other: str) -> None:
        """Take a shared archive away from another user's agents, at once."""
        await self._call(REVOKE_ARCHIVE, {"archive": archive, "other": other})

    async def list_agent_archives(self, agent: str) -> ReadArchives:
        """Return the archives that an agent reads: its own first, then those that are attached."""
        return await self._call(LIST_AGENT_ARCHIVES, {"agent": agent})

    async def attach_archive(self, agent: str, archive: str) -> None:
        """Let an agent read a shared archive in addition to its own."""
        await self._call(ATTACH_ARCHIVE, {"agent": agent, "archive": archive})

    async def detach_archive(self, agent: str, archive: str) -> None:
        """Let an agent stop reading a shared archive."""
        await self._call(DETACH_ARCHIVE, {"agent": agent, "archive": archive})

    async def get_archive_passage(self, archive: str, passage: str) -> PassageAnswer:
        """Return a passage of a shared archive; its ETag is for `If-Match`."""
        return await self._call(GET_ARCHIVE_PASSAGE, {"archive": archive, "passage": passage})

    async def edit_archive_passage(
        self,
        archive: str,
        passage: str,
        *,
        if_match: str | None = None,
        if_none_match: str | None = None,
        text: str | None = None,
        source: str | None = None,
        tags: Sequence[str] | None = None,
        superseded: bool | None = None,
    ) -> PassageAnswer:
        """Change a passage for all agents that read the archive. Another text makes it another passage.

        403 for an archive of another user, who lets you read it only.

        `if_match`: The ETag that was read: 412 if it is another one now.
        `if_none_match`: `*` creates only: 412 if it is there already.
        `text`: With another text it is another passage, with another id, of the same time.
        `source`: Another source makes it another passage too; an empty one is none.
        `tags`: All tags that it has then.
        `superseded`: Whether it is marked as no longer true.
        """
        return await self._call(
            EDIT_ARCHIVE_PASSAGE,
            {
                "archive": archive,
                "passage": passage,
                "if_match": if_match,
                "if_none_match": if_none_match,
                "text": text,
                "source": source,
                "tags": tags,
                "superseded": superseded,
            },
        )

    async def delete_archive_passage(
        self, archive: str, passage: str, *, if_match: str | None = None, if_none_match: str | None = None
    ) -> None:
        """Delete a passage of a shared archive. 403 for an archive of another user.

        `if_match`: The ETag that was read: 412 if it is another one now.
        `if_none_match`: `*` creates only: 412 if it is there already.
        """
        await self._call(
            DELETE_ARCHIVE_PASSAGE,
            {"archive": archive, "passage": passage, "if_match": if_match, "if_none_match": if_none_match},
        )

    async def list_archive_passage_versions(self, archive: str, passage: str) -> PassageVersions:
        """Return what a passage replaces, itself, and what replaces it; and what may be outdated with it."""
        return await self._call(LIST_ARCHIVE_PASSAGE_VERSIONS, {"archive": archive, "passage": passage})
