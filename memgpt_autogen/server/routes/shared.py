"""Shared blocks and archives: list, create, change, delete, attach, and grant to other users."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

from fastapi import Path, Request, Response

from memgpt_autogen.errors import NotFoundError
from memgpt_autogen.memory.context.shared_blocks import SharedBlock
from memgpt_autogen.memory.documents.shared_archives import SharedArchive
from memgpt_autogen.memory.storage.accounts.grants import Grant
from memgpt_autogen.server.attempts import Attempts
from memgpt_autogen.server.authentication import Reader, Writer
from memgpt_autogen.server.caller import Caller
from memgpt_autogen.server.etags import Matching, set_etag
from memgpt_autogen.server.problems import ProblemError
from memgpt_autogen.server.routes.agents import AgentPath
from memgpt_autogen.server.routes.area import area
from memgpt_autogen.server.routes.parameters import Cursor, Limit
from memgpt_autogen.server.routes.passages import ByTime
from memgpt_autogen.service import shared
from memgpt_autogen.service.pages import Page
from memgpt_autogen.service.schemas.base import PageOf
from memgpt_autogen.service.schemas.passages import NewPassage, NewPassages, PassageAnswer
from memgpt_autogen.service.schemas.shared import (
    ArchiveAnswer,
    ArchiveName,
    CountedArchive,
    Emptied,
    GrantAnswer,
    GrantsAnswer,
    NewSharedBlock,
    Permission,
    ReadArchive,
    ReadArchives,
    SharedBlockAnswer,
    SharedBlockChange,
)

router = area("shared")

BlockPath = Annotated[str, Path(alias="block", max_length=64, description="The id or the label of a block.")]

ArchivePath = Annotated[
    str, Path(alias="archive", max_length=120, description="The id or the name of an archive.")
]

OtherPath = Annotated[
    str, Path(alias="other", max_length=64, description="The id or the name of another user.")
]


@router.get("/blocks")
def list_shared_blocks(caller: Reader, limit: Limit = 50, cursor: Cursor = None) -> PageOf[SharedBlockAnswer]:
    """Return the user's shared blocks, and who has them."""
    whole(caller)
    page = shared.list_blocks(caller.settings, limit=limit, cursor=cursor)
    return PageOf(items=list(map(SharedBlockAnswer.of, page.items)), next=page.next)


@router.post("/blocks", status_code=201)
def create_shared_block(caller: Writer, body: NewSharedBlock, response: Response) -> SharedBlockAnswer:
    """Create a shared block. An agent gets it by a PUT of a shared block with its label."""
    whole(caller)
    made = shared.add_block(caller.settings, body.block())
    caller.note(made.id, made.block.label)
    return _answer(response, made)


@router.get("/blocks/{block}")
def get_shared_block(caller: Reader, block: BlockPath, response: Response) -> SharedBlockAnswer:
    """Return a shared block; its ETag is for `If-Match`."""
    whole(caller)
    return _answer(response, shared.find_block(caller.settings, block))


@router.patch("/blocks/{block}")
def edit_shared_block(
    caller: Writer, block: BlockPath, body: SharedBlockChange, expected: Matching, response: Response
) -> SharedBlockAnswer:
    """Change a shared block for all agents that have it. 412 with both texts if it was changed since."""
    whole(caller)
    return _answer(response, shared.edit_block(caller.settings, block, body.edit(), expected=expected))


@router.delete("/blocks/{block}", status_code=204, response_model=None)
def delete_shared_block(caller: Writer, block: BlockPath, expected: Matching) -> None:
    """Delete a shared block. 409 while agents have it."""
    whole(caller)
    shared.remove_block(caller.settings, block, expected=expected)


@router.get("/grants/blocks", response_model=GrantsAnswer)
def list_block_grants(caller: Reader) -> shared.Grants:
    """Return which shared blocks the user lets others use, and which others let the user use."""
    whole(caller)
    return shared.grants(caller.settings, "block")


@router.put("/blocks/{block}/grants/{other}", response_model=GrantAnswer)
def grant_block(
    request: Request, caller: Writer, block: BlockPath, other: OtherPath, body: Permission
) -> Grant:
    """Let another user's agents read a shared block, or write it too. 404 for a user whom there is not.

    429 for who names many such users: names are not to be guessed.
    """
    whole(caller)
    with _guessing(request, caller):
        return shared.grant(caller.settings, "block", block, other, body.may)


@router.delete("/blocks/{block}/grants/{other}", status_code=204, response_model=None)
def revoke_block(caller: Writer, block: BlockPath, other: OtherPath) -> None:
    """Take a shared block away from another user's agents, at once."""
    whole(caller)
    shared.revoke(caller.settings, "block", block, other)


@router.get("/archives", response_model=PageOf[ArchiveAnswer])
def list_archives(caller: Reader, limit: Limit = 50, cursor: Cursor = None) -> Page[SharedArchive]:
    """Return the user's shared archives, and who reads them."""
    whole(caller)
    return shared.list_archives(caller.settings, limit=limit, cursor=cursor)


@router.post("/archives", status_code=201, response_model=ArchiveAnswer)
def create_archive(caller: Writer, body: ArchiveName) -> SharedArchive:
    """Create a shared archive. 409 if the user has one of that name."""
    whole(caller)
    made = shared.add_archive(caller.settings, body.name)
    caller.note(made.id, made.name)
    return made


@router.get("/archives/{archive}")
def get_archive(caller: Reader, archive: ArchivePath) -> CountedArchive:
    """Return a shared archive with the number of its passages."""
    whole(caller)
    found, count = shared.find_archive(caller.settings, archive)
    return CountedArchive(**ArchiveAnswer.model_validate(found).model_dump(), passages=count)


@router.patch("/archives/{archive}", response_model=ArchiveAnswer)
def rename_archive(caller: Writer, archive: ArchivePath, body: ArchiveName) -> SharedArchive:
    """Give a shared archive another name."""
    whole(caller)
    return shared.rename_archive(caller.settings, archive, body.name)


@router.delete("/archives/{archive}")
def delete_archive(caller: Writer, archive: ArchivePath) -> Emptied:
    """Delete a shared archive with its passages. 409 while agents read it."""
    whole(caller)
    return Emptied(passages=shared.remove_archive(caller.settings, archive))


@router.get("/archives/{archive}/passages")
def list_archive_passages(
    caller: Reader, archive: ArchivePath, order: ByTime = "oldest", limit: Limit = 50, cursor: Cursor = None
) -> PageOf[PassageAnswer]:
    """Return the passages of a shared archive, or of one that you may read, by time."""
    whole(caller)
    page = shared.archive_passages(caller.settings, archive, order=order, limit=limit, cursor=cursor)
    return PageOf(items=list(map(PassageAnswer.of, page.items)), next=page.next)


@router.post("/archives/{archive}/passages", status_code=201)
def add_archive_passages(caller: Writer, archive: ArchivePath, body: NewPassage) -> NewPassages:
    """Store a text in a shared archive, for all agents that read it. 403 for an archive of another user."""
    whole(caller)
    added = shared.add_passages(
        caller.settings, archive, body.text, tags=body.tags, source=body.source, replaces=body.replaces
    )
    return NewPassages(items=list(map(PassageAnswer.of, added)))


@router.get("/grants/archives", response_model=GrantsAnswer)
def list_archive_grants(caller: Reader) -> shared.Grants:
    """Return which shared archives the user lets others read, and which others let the user read."""
    whole(caller)
    return shared.grants(caller.settings, "archive")


@router.put("/archives/{archive}/grants/{other}", response_model=GrantAnswer)
def grant_archive(request: Request, caller: Writer, archive: ArchivePath, other: OtherPath) -> Grant:
    """Let another user's agents read a shared archive. 404 for a user whom there is not.

    429 for who names many such users: names are not to be guessed.
    """
    whole(caller)
    with _guessing(request, caller):
        return shared.grant(caller.settings, "archive", archive, other)


@router.delete("/archives/{archive}/grants/{other}", status_code=204, response_model=None)
def revoke_archive(caller: Writer, archive: ArchivePath, other: OtherPath) -> None:
    """Take a shared archive away from another user's agents, at once."""
    whole(caller)
    shared.revoke(caller.settings, "archive", archive, other)


@router.get("/agents/{agent}/archives")
def list_agent_archives(caller: Reader, agent: AgentPath) -> ReadArchives:
    """Return the archives that an agent reads: its own first, then those that are attached."""
    found = shared.agent_archives(caller.settings, agent, caller.agents)
    return ReadArchives(items=[ReadArchive.model_validate(each) for each in found])


@router.put("/agents/{agent}/archives/{archive}", status_code=204, response_model=None)
def attach_archive(caller: Writer, agent: AgentPath, archive: ArchivePath) -> None:
    """Let an agent read a shared archive in addition to its own."""
    whole(caller)
    shared.attach_archive(caller.settings, agent, archive, caller.agents)


@router.delete("/agents/{agent}/archives/{archive}", status_code=204, response_model=None)
def detach_archive(caller: Writer, agent: AgentPath, archive: ArchivePath) -> None:
    """Let an agent stop reading a shared archive."""
    shared.detach_archive(caller.settings, agent, archive, caller.agents)


def _answer(response: Response, found: SharedBlock) -> SharedBlockAnswer:
    answer = SharedBlockAnswer.of(found)
    set_etag(response, answer.revision)
    return answer


def whole(caller: Caller) -> None:
    """Refuse a key for certain agents: what is shared is of all of them."""
    caller.check_whole("what is shared is of all")


@contextmanager
def _guessing(request: Request, caller: Caller) -> Iterator[None]:
    """A block in which a user names another one. Who names many that there are not, waits."""
    attempts: Attempts = request.app.state.guesses
    wait = math.ceil(attempts.seconds_to_wait(caller.user_id))
    if wait > 0 and not caller.is_admin:
        raise ProblemError(
            429,
            f"many users, blocks or archives were named that there are not. Try again in {wait} s.",
            {"Retry-After": str(wait)},
        )
    try:
        yield
    except NotFoundError:
        attempts.failed(caller.user_id)
        raise
