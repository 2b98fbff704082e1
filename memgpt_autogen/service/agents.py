"""The agents of an owner: list, create, rename, fork, export, import, forget and delete."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from memgpt_autogen.assembly import open_memory
from memgpt_autogen.errors import ConfigurationError, NotFoundError, TakenError, quoted
from memgpt_autogen.home import import_memory
from memgpt_autogen.home_stores import create_home, open_home_database
from memgpt_autogen.llm.embedders.open import AnyEmbedder
from memgpt_autogen.llm.model_kinds import NONE
from memgpt_autogen.memory.context.block import Block
from memgpt_autogen.memory.hierarchy import MemoryHierarchy
from memgpt_autogen.memory.storage.accounts.grants import received_grants
from memgpt_autogen.memory.storage.accounts.limits import Usage, UsageLimits, set_usage_limits, usage_limits
from memgpt_autogen.memory.storage.agent_overviews import (
    Activity,
    AgentOverview,
    active_agents,
    agent_overviews,
)
from memgpt_autogen.memory.storage.agents import (
    AgentRecord,
    agent_page,
    agent_record,
    create_agent,
    find_agent,
    find_or_create_archive,
    rename_agent,
)
from memgpt_autogen.memory.storage.database import Database
from memgpt_autogen.memory.storage.runs.usage import usage_today
from memgpt_autogen.memory.storage.tables import to_column
from memgpt_autogen.memory.upkeep.forget_report import ForgetRequest, Forgotten
from memgpt_autogen.memory.upkeep.remove import Removed
from memgpt_autogen.service.pages import Page, page_among, page_of, place_of
from memgpt_autogen.settings import Settings
from memgpt_autogen.text.names import check_agent_name, check_archive_name

# how much of an agent's name the names of its chats begin with
_FORK_NAME = 40

BUSY_SECONDS = 5.0
"""How long a change of an agent that is in a turn waits for the end of it."""


@dataclass(frozen=True, slots=True)
class Agent:
    """An agent, as a list shows it."""

    id: str
    name: str
    created_at: datetime
    messages: int
    """The messages that anyone said and that were not undone."""
    active_at: datetime | None
    """The time of the newest entry of its log; None before anything happened."""
    overview: AgentOverview

    @classmethod
    def of(cls, record: AgentRecord, overviews: Mapping[str, AgentOverview]) -> Agent:
        shown = overviews.get(record.id, AgentOverview())
        return cls(record.id, record.name, record.made, record.messages, record.last, shown)


@dataclass(frozen=True, slots=True)
class ActiveAgent:
    """An agent that does something now."""

    id: str
    activity: Activity


@dataclass(frozen=True, slots=True)
class AgentDetail:
    """An agent with what it always has in its prompt."""

    agent: Agent
    blocks: tuple[Block, ...]
    archive_id: str
    seq: int
    """The number of the newest entry of its log."""


def list_agents(
    settings: Settings,
    *,
    limit: int = 50,
    cursor: str | None = None,
    search: str | None = None,
    among: Collection[str] | None = None,
) -> Page[Agent]:
    """Return a page of the owner's agents, the newest first.

    `search` is a part of the name. `among` are the ids of the agents that the caller may see; None is all.
    """
    after = None
    if cursor is not None:
        made, last = place_of(cursor, str, str)
        after = (str(made), str(last))
    database = _database(settings)
    found = agent_page(database, limit=limit + 1, after=after, search=search, among=among)
    page = page_of(found, limit, lambda each: (to_column(each.made), each.id))
    shown = agent_overviews(database, [each.id for each in page.items])
    return Page([Agent.of(each, shown) for each in page.items], page.next)


def list_active(
    settings: Settings, *, limit: int = 50, cursor: str | None = None, among: Collection[str] | None = None
) -> Page[ActiveAgent]:
    """Return a page of the owner's agents that are in a turn, or have runs that wait, by their ids."""
    found = active_agents(_database(settings), among)
    active = [ActiveAgent(id_, activity) for id_, activity in found.items()]
    return page_among(active, limit, cursor, lambda each: each.id)


def resolve_agent(settings: Settings, agent: str, among: Collection[str] | None = None) -> tuple[str, str]:
    """Return the id and the name of the owner's agent with this name or id.

    Raises `NotFoundError`, the same for an agent that belongs to another owner or is not `among` these.
    """
    return resolve_agent_in(_database(settings), agent, among)


def resolve_agent_in(database: Database, agent: str, among: Collection[str] | None = None) -> tuple[str, str]:
    """Do what `resolve_agent` does in a database that is bound to its owner."""
    found = find_agent(database, agent)
    if found is None or (among is not None and found[0] not in among):
        raise missing_agent(agent)
    return found


def missing_agent(agent: str) -> NotFoundError:
    """Return the error for an agent that does not exist, or not for who asks."""
    return NotFoundError(f"there is no agent {quoted(agent)}. GET /agents lists those that there are.")


def open_agent(
    settings: Settings,
    agent: str,
    among: Collection[str] | None = None,
    *,
    embedder: AnyEmbedder | None = None,
) -> MemoryHierarchy:
    """Open the memory of an agent that exists; `NONE` as the embedder where no passage is searched."""
    return open_memory(resolve_agent(settings, agent, among)[1], settings, embedder=embedder)


def between_turns(memory: MemoryHierarchy) -> AbstractContextManager[None]:
    """A block in which no turn of the agent runs. Raises `TurnElsewhereError` if one does not end soon."""
    return memory.exclusive(wait=BUSY_SECONDS, patience=BUSY_SECONDS)


def agent_detail(settings: Settings, agent: str, among: Collection[str] | None = None) -> AgentDetail:
    """Return an agent with its blocks."""
    memory = open_agent(settings, agent, among, embedder=NONE)
    record = agent_record(memory.log.database, memory.log.agent_id)
    if record is None:  # deleted since
        raise missing_agent(agent)
    return AgentDetail(
        Agent.of(record, agent_overviews(memory.log.database, [record.id])),
        tuple(memory.core),
        memory.archival.archive_id,
        memory.log.last_seq(),
    )


def add_agent(
    settings: Settings,
    name: str,
    *,
    persona: str | None = None,
    human: str | None = None,
    blocks: Collection[Block] = (),
    archive: str | None = None,
    first: Sequence[Block] | None = None,
) -> AgentDetail:
    """Create an agent, completely or not at all. Raises `TakenError` if the owner has one of that name.

    It reads the shared `archive` too, which is created where there is none. `first` are its blocks in place
    of persona and human.
    """
    check_agent_name(name)
    check_archive_name(archive)
    database = _database(settings)
    agent_id = create_agent(database, name)
    try:
        open_memory(name, settings, persona=persona, human=human, blocks=blocks, first=first, embedder=NONE)
        if archive is not None:
            _attach(settings, agent_id, archive)
    except BaseException:
        remove_agent(settings, agent_id)
        raise
    return agent_detail(settings, agent_id)


def change_name(
    settings: Settings, agent: str, name: str, among: Collection[str] | None = None
) -> AgentDetail:
    """Give an agent another name, between two turns. Raises `TakenError` if another one has it."""
    check_agent_name(name)
    memory = open_agent(settings, agent, among, embedder=NONE)
    with between_turns(memory):
        rename_agent(memory.log.database, memory.log.agent_id, name)
    return agent_detail(settings, memory.log.agent_id)


def remove_agent(
    settings: Settings, agent: str, among: Collection[str] | None = None, *, dry_run: bool = False
) -> Removed:
    """Delete an agent with everything that belongs to it alone; `dry_run` only reports what that is."""
    return open_agent(settings, agent, among, embedder=NONE).remove(dry_run=dry_run)


def get_limits(settings: Settings, agent: str, among: Collection[str] | None = None) -> UsageLimits:
    """Return what an agent may use."""
    return usage_limits(_database(settings), "agent", resolve_agent(settings, agent, among)[0])


def used_today(settings: Settings, agent: str, among: Collection[str] | None = None) -> Usage:
    """Return what an agent has used in the last 24 hours."""
    return usage_today(_database(settings), "agent", resolve_agent(settings, agent, among)[0])


def put_limits(
    settings: Settings, agent: str, limits: UsageLimits, among: Collection[str] | None = None
) -> UsageLimits:
    """Replace what an agent may use."""
    set_usage_limits(_database(settings), "agent", resolve_agent(settings, agent, among)[0], limits)
    return limits


def fork_agent(
    settings: Settings,
    agent: str,
    name: str,
    *,
    at: int | None = None,
    among: Collection[str] | None = None,
) -> AgentDetail:
    """Create an agent that begins with the memory of another one, as it is or as it was at an entry."""
    check_agent_name(name)
    source = open_agent(settings, agent, among)
    if find_agent(source.log.database, name) is not None:
        raise TakenError(f"there is an agent {quoted(name)} already. Give another name.")
    return agent_detail(settings, source.fork(name, at=at).log.agent_id)


def fork_of_chat(settings: Settings, agent: tuple[str, str], chat: str) -> tuple[str, str]:
    """Return the id and the name of the fork that has one chat of an agent alone; make it for a new chat.

    It begins with what the agent knows then, and with its limits.
    """
    agent_id, name = agent
    digest = hashlib.sha256(f"{agent_id} {chat}".encode("utf-8", "surrogatepass")).hexdigest()
    fork = f"{name[:_FORK_NAME]}.{digest[:12]}"
    database = _database(settings)
    found = find_agent(database, fork)
    if found is None:
        with suppress(TakenError):  # two requests of the chat came at once
            made = fork_agent(settings, agent_id, fork).agent
            set_usage_limits(database, "agent", made.id, usage_limits(database, "agent", agent_id))
        found = resolve_agent_in(database, fork)
    return found


def export_agent(
    settings: Settings, agent: str, file: Path, among: Collection[str] | None = None
) -> tuple[str, Path]:
    """Write all that an agent remembers into a file; return the agent's name and the file."""
    memory = open_agent(settings, agent, among)
    return memory.name, memory.export(file)


def import_agent(
    settings: Settings, file: Path, *, name: str | None = None, archive: str | None = None
) -> AgentDetail:
    """Create the agent of a file that `export_agent` wrote. Raises `ConfigurationError` for another file."""
    if name is not None:
        check_agent_name(name)
        if find_agent(_database(settings), name) is not None:
            raise TakenError(f"there is an agent {quoted(name)} already. Give another name.")
    try:
        memory = import_memory(file, name, settings, archive=archive)
    except ConfigurationError as error:
        # the file's name here is none that its sender knows
        text = str(error).replace(f"the bundle {file}", "the file").replace(str(file), "the file")
        raise type(error)(text) from None
    if archive is not None:  # which archive an agent's passages are in is not stored with the agent
        _attach(settings, memory.log.agent_id, archive)
    return agent_detail(settings, memory.log.agent_id)


def forget(
    settings: Settings, agent: str, request: ForgetRequest, among: Collection[str] | None = None
) -> Forgotten:
    """Delete for good what matches all conditions, or report what that would be."""
    forgotten = open_agent(settings, agent, among).run_forget(request)
    # files of the home, folders and names there are not the business of its users
    kept = {kind: count for kind, count in forgotten.names_left.items() if kind != "file of yours"}
    return replace(forgotten, names_left=kept, damaged=(), damaged_removed=(), ownerless=())


def _attach(settings: Settings, agent: str, archive: str) -> None:
    """Let an agent read a shared archive, which is created unless the owner has it, or may read another's."""
    database = _database(settings)
    if all(grant.name != archive for grant in received_grants(database, "archive")):
        find_or_create_archive(database, archive)
    open_agent(settings, agent).attach(archive=archive)


def _database(settings: Settings) -> Database:
    create_home(settings.home)
    return open_home_database(settings)
