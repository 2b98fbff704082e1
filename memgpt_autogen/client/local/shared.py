"""Shared blocks and archives, grants, and the passages of archives."""

from __future__ import annotations

from memgpt_autogen.client.local.local_home import LocalHome
from memgpt_autogen.service import archive_passages, shared
from memgpt_autogen.service.passages import Order
from memgpt_autogen.service.revisions import expected_of
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
    ReadArchive,
    ReadArchives,
    SharedBlockAnswer,
    SharedBlockChange,
)


def list_shared_blocks(
    home: LocalHome, limit: int = 50, cursor: str | None = None
) -> PageOf[SharedBlockAnswer]:
    page = shared.list_blocks(home.settings, limit=limit, cursor=cursor)
    return PageOf(items=list(map(SharedBlockAnswer.of, page.items)), next=page.next)


def create_shared_block(home: LocalHome, body: NewSharedBlock) -> SharedBlockAnswer:
    made = shared.add_block(home.settings, body.block())
    home.note(made.id, made.block.label)
    return SharedBlockAnswer.of(made)


def get_shared_block(home: LocalHome, block: str) -> SharedBlockAnswer:
    return SharedBlockAnswer.of(shared.find_block(home.settings, block))


def edit_shared_block(
    home: LocalHome,
    block: str,
    body: SharedBlockChange,
    if_match: str | None = None,
    if_none_match: str | None = None,
) -> SharedBlockAnswer:
    expected = expected_of(if_match, if_none_match)
    return SharedBlockAnswer.of(shared.edit_block(home.settings, block, body.edit(), expected=expected))


def delete_shared_block(
    home: LocalHome, block: str, if_match: str | None = None, if_none_match: str | None = None
) -> None:
    shared.remove_block(home.settings, block, expected=expected_of(if_match, if_none_match))


def list_block_grants(home: LocalHome) -> GrantsAnswer:
    return GrantsAnswer.model_validate(shared.grants(home.settings, "block"))


def grant_block(home: LocalHome, block: str, other: str, body: Permission) -> GrantAnswer:
    return GrantAnswer.model_validate(shared.grant(home.settings, "block", block, other, body.may))


def revoke_block(home: LocalHome, block: str, other: str) -> None:
    shared.revoke(home.settings, "block", block, other)


# Archives


def list_archives(home: LocalHome, limit: int = 50, cursor: str | None = None) -> PageOf[ArchiveAnswer]:
    page = shared.list_archives(home.settings, limit=limit, cursor=cursor)
    return PageOf[ArchiveAnswer].model_validate(page)


def create_archive(home: LocalHome, body: ArchiveName) -> ArchiveAnswer:
    made = shared.add_archive(home.settings, body.name)
    home.note(made.id, made.name)
    return ArchiveAnswer.model_validate(made)


def get_archive(home: LocalHome, archive: str) -> CountedArchive:
    found, count = shared.find_archive(home.settings, archive)
    return CountedArchive(**ArchiveAnswer.model_validate(found).model_dump(), passages=count)


def rename_archive(home: LocalHome, archive: str, body: ArchiveName) -> ArchiveAnswer:
    return ArchiveAnswer.model_validate(shared.rename_archive(home.settings, archive, body.name))


def delete_archive(home: LocalHome, archive: str) -> Emptied:
    return Emptied(passages=shared.remove_archive(home.settings, archive))


def list_archive_passages(
    home: LocalHome, archive: str, order: Order = "oldest", limit: int = 50, cursor: str | None = None
) -> PageOf[PassageAnswer]:
    page = shared.archive_passages(home.settings, archive, order=order, limit=limit, cursor=cursor)
    return PageOf(items=list(map(PassageAnswer.of, page.items)), next=page.next)


def add_archive_passages(home: LocalHome, archive: str, body: NewPassage) -> NewPassages:
    added = shared.add_passages(
        home.settings, archive, body.text, tags=body.tags, source=body.source, replaces=body.replaces
    )
    return NewPassages(items=list(map(PassageAnswer.of, added)))


def get_archive_passage(home: LocalHome, archive: str, passage: str) -> PassageAnswer:
    return PassageAnswer.of(archive_passages.find_archive_passage(home.settings, archive, passage))


def list_archive_passage_versions(home: LocalHome, archive: str, passage: str) -> PassageVersions:
    return PassageVersions.of(*archive_passages.find_archive_versions(home.settings, archive, passage))


def edit_archive_passage(
    home: LocalHome,
    archive: str,
    passage: str,
    body: PassageChange,
    if_match: str | None = None,
    if_none_match: str | None = None,
) -> PassageAnswer:
    expected = expected_of(if_match, if_none_match)
    return PassageAnswer.of(
        archive_passages.edit_archive_passage(home.settings, archive, passage, body.edit(), expected=expected)
    )


def delete_archive_passage(
    home: LocalHome,
    archive: str,
    passage: str,
    if_match: str | None = None,
    if_none_match: str | None = None,
) -> None:
    expected = expected_of(if_match, if_none_match)
    archive_passages.remove_archive_passage(home.settings, archive, passage, expected=expected)


def list_archive_grants(home: LocalHome) -> GrantsAnswer:
    return GrantsAnswer.model_validate(shared.grants(home.settings, "archive"))


def grant_archive(home: LocalHome, archive: str, other: str) -> GrantAnswer:
    return GrantAnswer.model_validate(shared.grant(home.settings, "archive", archive, other))


def revoke_archive(home: LocalHome, archive: str, other: str) -> None:
    shared.revoke(home.settings, "archive", archive, other)


def list_agent_archives(home: LocalHome, agent: str) -> ReadArchives:
    found = shared.agent_archives(home.settings, agent)
    return ReadArchives(items=[ReadArchive.model_validate(each) for each in found])


def attach_archive(home: LocalHome, agent: str, archive: str) -> None:
    shared.attach_archive(home.settings, agent, archive)


def detach_archive(home: LocalHome, agent: str, archive: str) -> None:
    shared.detach_archive(home.settings, agent, archive)
