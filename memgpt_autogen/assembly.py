"""The only place that chooses and joins parts: settings become a memory, a memory becomes a loop."""

from __future__ import annotations

import hashlib
import logging
import os
import shutil
import tempfile
import uuid
import weakref
from collections.abc import Callable, Iterable, Sequence
from contextlib import nullcontext, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Literal, Union

from memgpt_autogen.chosen_models import ask_window, choose_embedder, choose_reranker
from memgpt_autogen.errors import BlockError, ConfigurationError, MemGPTError
from memgpt_autogen.home_stores import (
    create_home,
    holdings_of,
    join_archive,
    open_home_database,
    open_home_index,
)
from memgpt_autogen.llm.embedders.open import AnyEmbedder
from memgpt_autogen.llm.known_models import accepts_images, known_window
from memgpt_autogen.llm.model_kinds import NONE
from memgpt_autogen.llm.protocols import LLM, Embedder, can_stream
from memgpt_autogen.llm.reply_shape import ReplyShape
from memgpt_autogen.llm.rerankers.open import AnyReranker
from memgpt_autogen.llm.tokens import counter_for
from memgpt_autogen.loop.gate import Gate, GatedSummaries, OpenGate
from memgpt_autogen.loop.heartbeat import HeartbeatLoop
from memgpt_autogen.loop.model_call import ModelCall
from memgpt_autogen.loop.served_window import ServedWindow
from memgpt_autogen.loop.turn import Limits
from memgpt_autogen.memory.archival.archive import Archive
from memgpt_autogen.memory.context.block import Block
from memgpt_autogen.memory.context.budget import Budget
from memgpt_autogen.memory.context.core import CoreMemory
from memgpt_autogen.memory.context.pressure import Pressure
from memgpt_autogen.memory.context.queue import Queue
from memgpt_autogen.memory.documents.readable import ReadableArchives
from memgpt_autogen.memory.documents.sources import ArchiveSources
from memgpt_autogen.memory.hierarchy import MemoryHierarchy
from memgpt_autogen.memory.history.fork import refuse_taken, write_fork
from memgpt_autogen.memory.history.history import MemoryState
from memgpt_autogen.memory.history.revision import Revision
from memgpt_autogen.memory.qdrant.protocol import PassageIndex
from memgpt_autogen.memory.recall.index import RecallIndex
from memgpt_autogen.memory.recall.neighbours import Neighbours
from memgpt_autogen.memory.recall.search import RecallMemory
from memgpt_autogen.memory.storage.agents import (
    Pause,
    find_or_create_agent,
    find_or_create_archive,
    stored_agent_names,
)
from memgpt_autogen.memory.storage.database import Database
from memgpt_autogen.memory.storage.images import ImageFolder
from memgpt_autogen.memory.storage.lease import LEASE_SECONDS, WAIT_SECONDS
from memgpt_autogen.memory.storage.log import Log
from memgpt_autogen.memory.storage.refusals import repeatable
from memgpt_autogen.memory.storage.turn_lock import turn_lock
from memgpt_autogen.memory.storage.windows import LearnedWindows
from memgpt_autogen.moved import moved_name
from memgpt_autogen.readers.reading_process import ReadingProcess
from memgpt_autogen.settings import Settings
from memgpt_autogen.text.names import check_agent_name, check_archive_name
from memgpt_autogen.tools.approval import Approve
from memgpt_autogen.tools.memory.archival import SEARCH_TOKENS as ARCHIVAL_TOKENS
from memgpt_autogen.tools.memory.archival import archival_memory_tools
from memgpt_autogen.tools.memory.conversation import conversation_tools, pause_tool
from memgpt_autogen.tools.memory.core import core_memory_tools
from memgpt_autogen.tools.memory.documents import document_tools
from memgpt_autogen.tools.memory.recall import SEARCH_TOKENS as RECALL_TOKENS
from memgpt_autogen.tools.memory.recall import recall_memory_tools
from memgpt_autogen.tools.memory.timeline import timeline_tool
from memgpt_autogen.tools.tool import Tool
from memgpt_autogen.tools.toolbox import Toolbox

logger = logging.getLogger(__name__)

PERSONA = "I am attentive and honest. I remember what people tell me, and I say so when I do not know."

TOOL_SECONDS = 120.0
"""How long a tool may take by default."""

LEAST_SEARCH_TOKENS = 200
"""What the answer of a search may have in the smallest window."""

UserTool = Union[Tool, Callable[..., Any]]


def open_memory(
    name: str,
    settings: Settings | None = None,
    *,
    persona: str | None = None,
    human: str | None = None,
    blocks: Iterable[Block] = (),
    embedder: AnyEmbedder | None = None,
    reranker: AnyReranker | None = None,
    archive: str | None = None,
    ephemeral: bool = False,
    called: str = "",
    first: Sequence[Block] | None = None,
    owner: str | None = None,
) -> MemoryHierarchy:
    """Open the memory of the agent of that name in this home; create the agent where there is none.

    `embedder` is an embedder, a function that embeds, or a name that `open_embedder` takes; the default is
    the embedder of the settings. `reranker` is one, a function that takes a query and texts and returns
    scores, or a name that `open_reranker` takes; the default is that of the settings. `persona` and `human`
    are the first texts of a new agent. An agent that exists keeps its texts, and of `blocks` only those with
    new labels are added. `archive` names an archive of the home that several agents share, instead of an
    archive of the agent's own. `ephemeral` stores everything in a temporary folder, which is deleted with the
    object. `owner` is the user, by name or id, whose agents, shared blocks and shared archives are meant; the
    default is the home itself. `called` is the agent's name in its prompts, where it is another one, and
    `first` are the blocks of a new agent in place of these two.

    Raises `ConfigurationError` for a name, a home or a block that is not valid, and `StorageError` when the
    home cannot be opened.
    """
    check_agent_name(name)
    check_archive_name(archive)
    settings = settings or Settings.load()
    if owner is not None:
        settings = settings.model_copy(update={"owner": owner})
    temporary = _TemporaryFolder() if ephemeral else None
    if temporary is not None:
        settings = settings.model_copy(
            update={"home": Path(temporary.name), "qdrant_url": None, "database_url": None, "owner": None}
        )
    chosen = choose_embedder(settings, embedder)
    create_home(settings.home)
    database = open_home_database(settings)
    index = open_home_index(settings, database)
    blocks = list(blocks)
    core = _find_or_begin(
        database, name, lambda: _first_blocks(persona, human) if first is None else first, blocks
    )
    agent_id = core.agent_id
    log = Log(database, agent_id, ImageFolder(settings.home))
    log.finish_images()
    # an archive in a temporary folder was never on a server, and may outlive its memory's database
    archive_by_id = partial(
        join_archive,
        database=None if ephemeral else database,
        index=index,
        embedder=chosen,
        deferred=settings.embedding_deferred,
        holdings=None if ephemeral else holdings_of(settings, database),
    )
    archival = archive_by_id(agent_id if archive is None else find_or_create_archive(database, archive))
    if settings.qdrant_url is not None:
        archival.deliver_soon()
    memory = MemoryHierarchy(
        name=name,
        core=core,
        log=log,
        recall=RecallMemory(
            database,
            agent_id,
            called or name,
            index=RecallIndex(
                database, agent_id, called or name, index, chosen, deferred=settings.embedding_deferred
            ),
            zone=settings.zone,
            reranker=choose_reranker(settings, reranker),
        ),
        queue=Queue(database, agent_id, log),
        archival=archival,
        readable=ReadableArchives(database, agent_id, archival, archive_by_id),
        archive_shared=archive is not None,
        lock=turn_lock(agent_id, database),
        pause=Pause(database, agent_id),
        zone=settings.zone,
        dialect=settings.protocol,
        revision=Revision(database, agent_id, core),
        reading=partial(ReadingProcess, settings.document_seconds, settings.document_megabytes),
        make_fork=partial(_fork, database, settings, index, chosen),
        open_client=partial(_open_client, settings, chosen),
        called=called,
        discover=settings.discover,
        search_tokens=settings.search_tokens,
    )
    if temporary is not None:
        weakref.finalize(memory, _delete_ephemeral, database, archival, index, temporary)
    return memory


def open_loop(
    memory: MemoryHierarchy,
    llm: LLM,
    *,
    window_tokens: int | None = None,
    tools: Sequence[UserTool] = (),
    limits: Limits | None = None,
    inner_thoughts: bool = True,
    plain_text: Literal["hint", "deliver"] = "hint",
    calls_in_text: bool = True,
    approve: Approve | Literal["later"] | None = None,
    timed_heartbeats: bool = False,
    tool_seconds: float = TOOL_SECONDS,
    vision: bool | None = None,
    warn_fraction: float = 0.75,
    turn_wait: float = WAIT_SECONDS,
    lease_seconds: float = LEASE_SECONDS,
    stream: bool = False,
    clock: bool = True,
    gate: Gate | None = None,
    response_format: Any = None,
) -> HeartbeatLoop:
    """Return a heartbeat loop for this memory and model, with the memory tools and the user's `tools`.

    A turn waits at most `turn_wait` seconds for a turn of another process. A process that has not renewed its
    lease for `lease_seconds` loses its turn. With `stream`, a model that can stream reports its words while
    it writes them, as `ReplyPart` events; a model that cannot is logged as a warning. The window decides how
    long a tool result or a search result may be in the prompt. `vision` says whether the model takes images;
    the default depends on the model's name. Without `clock`, the messages of a prompt have no times, so that
    the same words give the same prompt. `gate` is what a host has put between the agent and its model.
    A window larger than a server on this machine serves is not used.

    Replies have the form of `response_format`: a pydantic model, a JSON schema, or a form of the chat API.
    """
    memory.prompt.clock = clock
    if stream and not can_stream(llm):
        logger.warning(
            "%s streams nothing: model '%s' returns whole answers. OpenAILLM and the endpoint of the "
            "settings can stream; an llm_config and the offline rules cannot.",
            memory.name,
            llm.model,
        )
    told = ask_window(llm, window_tokens) if memory.discover else None
    believed = min(told, window_tokens or told) if told else window_tokens or known_window(llm.model)
    learned = LearnedWindows(memory.log.database, memory.log.agent_id)
    # a server that is started later is asked before the first prompt
    ask = partial(ask_window, llm, window_tokens) if memory.discover else None
    served = ServedWindow(learned, llm, believed, ask, answered=told is not None)
    window = served.tokens
    budget = Budget(
        window,
        counter_for(llm.model),
        warn_fraction=warn_fraction,
        answer_tokens=getattr(llm, "answer_tokens", None),
    )

    def share(part: int, least: int, most: int) -> Callable[[], int]:
        """The characters of a result: the window may turn out to be smaller during a turn."""
        return lambda: min(max(budget.window // part, least), most)

    def search_tokens(most: int) -> Callable[[], int]:
        return lambda: memory.search_tokens or min(max(budget.window // 8, LEAST_SEARCH_TOKENS), most)

    archival_tokens = search_tokens(ARCHIVAL_TOKENS)
    own = [
        *conversation_tools(),
        *core_memory_tools(memory.core),
        *recall_memory_tools(
            memory.recall,
            memory.zone,
            budget_tokens=search_tokens(RECALL_TOKENS),
            neighbours=Neighbours(memory.log, memory.called or memory.name),
        ),
        # before anything was evicted, all of it is in the prompt in this order
        timeline_tool(
            memory.recall,
            memory.zone,
            item_chars=share(8, 120, 4000),
            offered=lambda: memory.prompt.look().summary is not None,
        ),
        *archival_memory_tools(
            memory.archival,
            memory.zone,
            budget_tokens=archival_tokens,
            readable=memory.readable,
            blocks=lambda: memory.core,
        ),
        *document_tools(
            memory.readable, memory.zone, budget_tokens=archival_tokens, open_chars=share(4, 1300, 8000)
        ),
        *([pause_tool(memory.pause)] if timed_heartbeats else ()),
    ]
    if memory.dialect == "native":
        own = own[len(conversation_tools()) :]
    toolbox = Toolbox(
        [*own, *(tool if isinstance(tool, Tool) else Tool.from_function(tool) for tool in tools)],
        result_chars=share(2, 500, 12_000),
        seconds=tool_seconds,
    )
    model_call = ModelCall(
        memory,
        llm,
        Pressure(memory.prompt, budget, llm if gate is None else GatedSummaries(llm, gate)),
        thoughts=inner_thoughts,
        calls_in_text=calls_in_text,
        vision=accepts_images(llm.model) if vision is None else vision,
        stream=stream,
        gate=gate or OpenGate(),
        shape=ReplyShape.read(response_format),
        window=served,
    )
    return HeartbeatLoop(
        memory,
        model_call,
        toolbox,
        turn_wait=turn_wait,
        lease_seconds=lease_seconds,
        limits=limits,
        plain_text=plain_text,
        approve=approve,
    )


@repeatable
def _find_or_begin(
    database: Database, name: str, first: Callable[[], Sequence[Block]], blocks: Sequence[Block]
) -> CoreMemory:
    """Return the core memory of the agent of that name, with these blocks.

    A new agent gets its `first` blocks. Where they are refused, it is not created.
    """
    new = name not in stored_agent_names(database)
    with database.writing(alone=True) if new else nullcontext():
        core = CoreMemory(database, find_or_create_agent(database, name))
        # an agent without blocks is new, or its process died before it had any
        wanted = [*([] if any(core) else first()), *blocks]
        core.add(_missing_blocks(core, wanted), if_lacking=True)
    return core


@repeatable
def _write_fork(
    database: Database, source: MemoryHierarchy, state: MemoryState, new_id: str, name: str
) -> None:
    with database.writing(alone=True):
        write_fork(database, source.log, state, to=new_id, name=name)
        source.readable.copy_to(new_id)


def _fork(
    database: Database,
    settings: Settings,
    index: PassageIndex,
    embedder: Embedder | None,
    source: MemoryHierarchy,
    name: str,
    at: int | None,
) -> MemoryHierarchy:
    """Copy the passages first, under a new id; then write the agent in one transaction.

    Only then the fork exists.
    """
    check_agent_name(name)
    refuse_taken(database, name)
    state = source.at(source.log.last_seq() if at is None else at)
    new_id = str(uuid.uuid4())
    archive = join_archive(
        new_id, database=database, index=index, embedder=embedder, holdings=holdings_of(settings, database)
    )
    try:
        source.archival.copy_to(archive, until=None if at is None else state.time)
        ArchiveSources(database, archive).refresh()
        _write_fork(database, source, state, new_id, name)
    except BaseException:  # an interrupt too: nothing else knows of the copies, or would delete them
        with suppress(MemGPTError):
            archive.clear()
            ArchiveSources(database, archive).clear()
        raise
    return open_memory(name, settings, embedder=embedder or NONE)


def _open_client(
    settings: Settings, embedder: Embedder | None, served: MemoryHierarchy, client: str
) -> MemoryHierarchy:
    """Open the memory of a served agent for one client: a memory of its own in the same home."""
    name = f"{served.name[:40]}~{hashlib.sha256(f'{served.name}/{client}'.encode()).hexdigest()[:20]}"
    first = {
        edit.message.name: edit.message.extra["after"]
        for edit in served.log.edits()
        if edit.message.extra["before"] is None
    }
    # another agent's edits of a shared block may have words of a client, and this one's must not reach others
    blocks = [
        replace(
            block,
            value=first.get(block.label, block.value if block.shared else ""),
            shared=False,
            read_only=block.read_only or block.shared,
        )
        for block in served.core
    ]
    memory = open_memory(
        name,
        settings,
        first=blocks,
        embedder=embedder or NONE,
        called=served.called or served.name,
    )
    memory.readable.give(served.archival.archive_id, None if served.archive_shared else served.name)
    served.readable.copy_to(memory.log.agent_id)
    return memory


def _missing_blocks(core: CoreMemory, wanted: Sequence[Block]) -> list[Block]:
    """Return the blocks that the agent does not have.

    Raises `ConfigurationError` where a block of the agent's own would become a shared one, or a shared one
    its own.
    """
    existing = {block.label: block for block in core}
    for block in wanted:
        if block.label in existing and block.shared != existing[block.label].shared:
            new, old = ("shared", "the agent's own") if block.shared else ("the agent's own", "shared")
            raise ConfigurationError(
                f"block '{block.label}' is {old} already and cannot become {new}. Choose another label."
            )
    return [block for block in wanted if block.label not in existing]


def _first_blocks(persona: str | None, human: str | None) -> list[Block]:
    try:
        return [
            Block("persona", persona or PERSONA, description="who I am"),
            Block("human", human or "", description="lasting facts about the people I talk to, by name"),
        ]
    except BlockError as error:
        raise ConfigurationError(f"{error} Or give blocks=[Block(..., limit=...)].") from error


class _TemporaryFolder:
    """A folder that is deleted with the object, by the process that has made it and by no fork of it."""

    def __init__(self) -> None:
        self.name = tempfile.mkdtemp(prefix="memgpt-autogen-")
        self._process = os.getpid()
        self._finalizer = weakref.finalize(self, self._delete, self.name, self._process)

    @property
    def is_own(self) -> bool:
        """Whether this process has made it."""
        return os.getpid() == self._process

    def cleanup(self) -> None:
        self._finalizer()

    @staticmethod
    def _delete(folder: str, process: int) -> None:
        if os.getpid() == process:
            shutil.rmtree(folder, ignore_errors=True)


def _delete_ephemeral(
    database: Database,
    archive: Archive,
    index: PassageIndex,
    temporary: _TemporaryFolder,
) -> None:
    if not temporary.is_own:
        return
    archive.close(timeout=0)  # nothing will read the vectors that are not made yet
    index.close()
    database.close()
    temporary.cleanup()


def __getattr__(name: str) -> object:
    return moved_name(__name__, name)
