"""One passage of a shared archive: read, change and delete it."""

from __future__ import annotations

from memgpt_autogen.memory.passages import Passage
from memgpt_autogen.service.passages import PassageEdit, edit_in, find_in, remove_in, versions_in
from memgpt_autogen.service.revisions import ANY, Expected
from memgpt_autogen.service.shared import open_shared, reachable_archive
from memgpt_autogen.settings import Settings


def find_archive_passage(settings: Settings, archive: str, id_: str) -> Passage:
    """Return a passage of a shared archive, or of one that was granted."""
    return find_in(open_shared(settings, reachable_archive(settings, archive), searching=False), id_)


def find_archive_versions(settings: Settings, archive: str, id_: str) -> tuple[list[Passage], list[Passage]]:
    """Return the versions of a passage, and what may be outdated since it was replaced."""
    return versions_in(open_shared(settings, reachable_archive(settings, archive)), id_)


def edit_archive_passage(
    settings: Settings, archive: str, id_: str, edit: PassageEdit, *, expected: Expected = ANY
) -> Passage:
    """Change a passage of a shared archive, for all agents that read it.

    Raises `NotAllowedError` for an archive that was granted: it can be read only.
    """
    return edit_in(
        open_shared(settings, reachable_archive(settings, archive, write=True)), id_, edit, expected
    )


def remove_archive_passage(settings: Settings, archive: str, id_: str, *, expected: Expected = ANY) -> None:
    """Delete a passage of a shared archive. Raises `NotAllowedError` for one that was granted."""
    place = reachable_archive(settings, archive, write=True)
    remove_in(open_shared(settings, place, searching=False), id_, expected)
