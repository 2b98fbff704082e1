"""One passage of a shared archive."""

from __future__ import annotations

from fastapi import Response

from memgpt_autogen.server.authentication import Reader, Writer
from memgpt_autogen.server.etags import Matching
from memgpt_autogen.server.routes.area import area
from memgpt_autogen.server.routes.passages import PassagePath, answer_passage
from memgpt_autogen.server.routes.shared import ArchivePath, whole
from memgpt_autogen.service import archive_passages
from memgpt_autogen.service.schemas.passages import PassageAnswer, PassageChange, PassageVersions

router = area("shared")


@router.get("/archives/{archive}/passages/{passage}")
def get_archive_passage(
    caller: Reader, archive: ArchivePath, passage: PassagePath, response: Response
) -> PassageAnswer:
    """Return a passage of a shared archive; its ETag is for `If-Match`."""
    whole(caller)
    found = archive_passages.find_archive_passage(caller.settings, archive, passage)
    return answer_passage(response, found)


@router.get("/archives/{archive}/passages/{passage}/versions")
def list_archive_passage_versions(
    caller: Reader, archive: ArchivePath, passage: PassagePath
) -> PassageVersions:
    """Return what a passage replaces, itself, and what replaces it; and what may be outdated with it."""
    whole(caller)
    return PassageVersions.of(*archive_passages.find_archive_versions(caller.settings, archive, passage))


@router.patch("/archives/{archive}/passages/{passage}")
def edit_archive_passage(
    caller: Writer,
    archive: ArchivePath,
    passage: PassagePath,
    body: PassageChange,
    expected: Matching,
    response: Response,
) -> PassageAnswer:
    """Change a passage for all agents that read the archive. Another text makes it another passage.

    403 for an archive of another user, who lets you read it only.
    """
    whole(caller)
    changed = archive_passages.edit_archive_passage(
        caller.settings, archive, passage, body.edit(), expected=expected
    )
    return answer_passage(response, changed)


@router.delete("/archives/{archive}/passages/{passage}", status_code=204, response_model=None)
def delete_archive_passage(
    caller: Writer, archive: ArchivePath, passage: PassagePath, expected: Matching
) -> None:
    """Delete a passage of a shared archive. 403 for an archive of another user."""
    whole(caller)
    archive_passages.remove_archive_passage(caller.settings, archive, passage, expected=expected)
