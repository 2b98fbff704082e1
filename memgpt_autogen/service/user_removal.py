"""Delete a user of a home with all that the user has, and count what users have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from memgpt_autogen.errors import InUseError
from memgpt_autogen.home import agent_names, each_owner, remove_agent
from memgpt_autogen.home_stores import create_home, open_archive, open_home_database
from memgpt_autogen.memory.documents.sources import ArchiveSources
from memgpt_autogen.memory.storage.accounts.users import delete_user, find_user, suspend_user
from memgpt_autogen.memory.storage.agents import stored_archives
from memgpt_autogen.memory.storage.database import Database
from memgpt_autogen.memory.storage.runs.runs import Runs
from memgpt_autogen.memory.upkeep.remove import Removed, remove_archive, remove_blocks
from memgpt_autogen.rendering.plain_text import counted
from memgpt_autogen.settings import Settings

SUSPENDED = "the user was suspended"
"""Why the runs of a suspended user were cancelled."""


@dataclass(frozen=True, slots=True)
class UserRemoved:
    """What the removal of a user deleted, or would delete. `print` it."""

    name: str
    agents: tuple[Removed, ...] = ()
    archives: Mapping[str, int] = field(default_factory=dict)
    """The shared archives, with how many passages each had."""
    keys: int = 0
    scrubbed: bool = False
    """Whether the database's files contain nothing of it any more."""
    dry_run: bool = False

    def __str__(self) -> str:
        removed = "would remove" if self.dry_run else "removed"
        messages = sum(each.messages for each in self.agents)
        passages = sum(each.passages for each in self.agents) + sum(self.archives.values())
        lines = [
            f"{removed} the user '{self.name}' with {counted(self.keys, 'key')}",
        ]
        agents = f"{counted(len(self.agents), 'agent')}: {counted(messages, 'message')}"
        lines.append(f"{removed} {agents}, {counted(passages, 'passage')}")
        if not self.dry_run and not self.scrubbed:
            lines.append("the database's files may still contain traces until the database rewrites them")
        return "\n".join(lines)


def remove_user(settings: Settings, name: str, *, dry_run: bool = False) -> UserRemoved:
    """Delete a user for good: agents, shared archives and blocks, keys, templates, and the user's audit.

    The user's keys are refused from the start. If it is interrupted, run it again. `dry_run` only reports
    what would be deleted.
    """
    database = _home(settings)
    user = find_user(database, name)
    if user.is_home:
        raise InUseError(
            "the user 'home' is the home itself and cannot be deleted. Its agents are those of the terminal."
        )
    own = settings.model_copy(update={"owner": user.id})
    removed = UserRemoved(user.name, keys=user.keys, dry_run=dry_run)
    if not dry_run:
        suspend_user(database, user.id)
        Runs(database.owned_by(user.id)).cancel_all(SUSPENDED)
    agents = tuple(remove_agent(each, own, dry_run=dry_run) for each in agent_names(own))
    archives = {}
    for archive_id, archive_name in stored_archives(open_home_database(own)):
        archive = open_archive(archive_id, own, None, database)
        archives[archive_name] = archive.count()
        if not dry_run:
            remove_archive(database, archive, ArchiveSources(database, archive))
    removed = replace(removed, agents=agents, archives=archives)
    if dry_run:
        return removed
    with database.writing(alone=True) as connection:
        database.will_scrub(connection)
        remove_blocks(open_home_database(own), connection)
        delete_user(database, user.id)
    return replace(removed, scrubbed=database.scrub())


def agents_of_users(settings: Settings) -> tuple[int, int]:
    """Return how many agents belong to users of the home, and how many users these are."""
    counts = [user.agents for user, _ in each_owner(settings) if not user.is_home and user.agents]
    return sum(counts), len(counts)


def _home(settings: Settings) -> Database:
    """The database as the home itself sees it: users are its own."""
    create_home(settings.home)
    return open_home_database(settings.model_copy(update={"owner": None}))
