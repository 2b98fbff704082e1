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
from typing import TYPE_CHECKING, Any, Literal, Optional, Union

from memgpt_autogen.errors import BlockError, ConfigurationError, MemGPTError, StorageError, quoted
from memgpt_autogen.llm.embedders.open import NONE, AnyEmbedder, open_embedder
from memgpt_autogen.llm.known_models import accepts_images, known_window
from memgpt_autogen.llm.protocols import LLM, Embedder, can_stream, known_dimension
from memgpt_autogen.llm.reply_shape import ReplyShape
from memgpt_autogen.llm.served import served_model, warn_if_small
from memgpt_autogen.llm.text_calls.plain import with_function_calling
from memgpt_autogen.llm.tokens import counter_for
from memgpt_autogen.llm.wire.redaction import bare_address
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
from memgpt_autogen.memory.qdrant.open import open_index
from memgpt_autogen.memory.qdrant.protocol import Cluster, PassageIndex, Scope, Space, Where
from memgpt_autogen.memory.recall.index import RecallIndex
from memgpt_autogen.memory.recall.neighbours import Neighbours
from memgpt_autogen.memory.recall.search import RecallMemory
from memgpt_autogen.memory.storage.accounts.users import owner_id
from memgpt_autogen.memory.storage.agents import (
    Pause,
    find_or_create_agent,
    find_or_create_archive,
    stored_agent_names,
)
from memgpt_autogen.memory.storage.database import Database, open_database
from memgpt_autogen.memory.storage.engine import database_url, sqlite_url
from memgpt_autogen.memory.storage.holdings import Holding, Holdings
from memgpt_autogen.memory.storage.home_mark import HomeMark
from memgpt_autogen.memory.storage.images import ImageFolder
from memgpt_autogen.memory.storage.lease import LEASE_SECONDS, WAIT_SECONDS
from memgpt_autogen.memory.storage.log import Log
from memgpt_autogen.memory.storage.outbox import Outbox
from memgpt_autogen.memory.storage.refusals import repeatable
from memgpt_autogen.memory.storage.turn_lock import turn_lock
from memgpt_autogen.memory.storage.windows import LearnedWindows
from memgpt_autogen.moved import moved_name
from memgpt_autogen.private_files import make_inner_file, make_private_folder
from memgpt_autogen.readers.reading_process import ReadingProcess
from memgpt_autogen.settings import Settings, qdrant_addresses
from memgpt_autogen.text.names import check_agent_name, check_archive_name
from memgpt_autogen.text.safe import clean_text
from memgpt_autogen.tools.approval import Approve
from memgpt_autogen.tools.memory.archival import archival_memory_tools
from memgpt_autogen.tools.memory.conversation import conversation_tools, pause_tool
from memgpt_autogen.tools.memory.core import core_memory_tools
from memgpt_autogen.tools.memory.documents import document_tools
from memgpt_autogen.tools.memory.recall import recall_memory_tools
from memgpt_autogen.tools.tool import Tool
from memgpt_autogen.tools.toolbox import Toolbox

if TYPE_CHECKING:
    from memgpt_autogen.memory.qdrant.client.advice import Advice, Server

logger = logging.getLogger(__name__)

PERSONA = "I am attentive and honest. I remember what people tell me, and I say so when I do not know."

DEFAULT_MODEL = "gpt-4.1-mini"
"""The model that is used when there is an API key and no model is configured."""

TOOL_SECONDS = 120.0
"""How long a tool may take by default."""

DATABASE = "memory.db"

ARCHIVES = "archives"

UserTool = Union[Tool, Callable[..., Any]]


def open_memory(
    name: str,
    settings: Settings | None = None,
    *,
    persona: str | None = None,
    human: str | None = None,
    blocks: Iterable[Block] = (),
    embedder: AnyEmbedder | None = None,
    archive: str | None = None,
    ephemeral: bool = False,
    called: str = "",
    first: Sequence[Block] | None = None,
    owner: str | None = None,
) -> MemoryHierarchy:
    """Open the memory of the agent of that name in this home; create the agent where there is none.

    `embedder` is an embedder, a function that embeds, or a name that `open_embedder` takes; the default is
    the embedder of the settings. `persona` and `human` are the first texts of a new agent. An agent that
    exists keeps its texts, and of `blocks` only those with new labels are added. `archive` names an archive
    of the home that several agents share, instead of an archive of the agent's own. `ephemeral` stores
    everything in a temporary folder, which is deleted with the object. `owner` is the user, by name or id,
    whose agents, shared blocks and shared archives are meant; the default is the home itself. `called` is the
    agent's name in its prompts, where it is another one, and `first` are the blocks of a new agent in place
    of these two.

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
        _open_archive,
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
    approve: Approve | None = None,
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
    told = _ask_window(llm, window_tokens) if memory.discover else None
    believed = min(told, window_tokens or told) if told else window_tokens or known_window(llm.model)
    learned = LearnedWindows(memory.log.database, memory.log.agent_id)
    # a server that is started later is asked before the first prompt
    ask = partial(_ask_window, llm, window_tokens) if memory.discover else None
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

    item_chars = share(8, 120, 4000)
    own = [
        *conversation_tools(),
        *core_memory_tools(memory.core),
        *recall_memory_tools(
            memory.recall,
            memory.zone,
            item_chars=item_chars,
            neighbours=Neighbours(memory.log, memory.called or memory.name),
        ),
        *archival_memory_tools(memory.archival, memory.zone, item_chars=item_chars, readable=memory.readable),
        *document_tools(memory.readable, memory.zone, item_chars=item_chars, open_chars=share(4, 1300, 8000)),
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


def choose_llm(settings: Settings) -> LLM:
    """Return the configured model, or the offline model where there is neither a model nor a key."""
    has_key = settings.api_key is not None or bool(os.environ.get("OPENAI_API_KEY"))
    if settings.model != "offline" and (settings.model or settings.base_url or has_key):
        from memgpt_autogen.llm.openai import OpenAILLM

        llm = OpenAILLM(
            settings.model or DEFAULT_MODEL,
            base_url=settings.base_url,
            api_key=_secret(settings),
            api_version=settings.api_version,
            max_tokens=settings.answer_tokens,
            timeout=settings.request_seconds,
            max_retries=settings.max_retries,
            price=settings.price,
            proxy_private=settings.proxy_private,
            loading_seconds=settings.loading_seconds,
        )
        return with_function_calling(llm, settings.function_calling)
    from memgpt_autogen.llm.offline import OfflineLLM

    return OfflineLLM()


def window_for(settings: Settings, llm: LLM) -> int | None:
    """Return the configured window, but no more than a server on this machine serves; None without both."""
    served = _ask_window(llm, settings.window_tokens) if settings.discover else None
    return min(served, settings.window_tokens or served) if served else settings.window_tokens


def _ask_window(llm: LLM, given: int | None) -> int | None:
    """Return what a server on this machine serves; None where none answers, or does not report it.

    Where much less is served than the model can, or than was given, a warning says so once, with the way out.
    """
    base_url = getattr(llm, "base_url", None)
    served = served_model(base_url, llm.model) if base_url else None
    if served is None or served.window_tokens is None:
        return None
    warn_if_small(served, given)
    return served.window_tokens


def choose_embedder(settings: Settings, given: AnyEmbedder | None = None) -> Optional[Embedder]:
    """Return the given or the configured embedder; None, for lexical search, without both."""
    endpoint: dict[str, Any] = {
        "base_url": settings.embedding_base_url or settings.base_url,
        "api_key": _secret(settings),
        "api_version": None if settings.embedding_base_url else settings.api_version,
        "timeout": settings.request_seconds,
        "max_retries": settings.max_retries,
        "proxy_private": settings.proxy_private,
        "loading_seconds": settings.loading_seconds,
    }
    if given is not None:
        return open_embedder(given, **endpoint)
    if settings.embedding_model is None:
        return None
    return open_embedder(
        settings.embedding_model,
        **endpoint,
        dimension=settings.embedding_dimension,
        passage_prefix=settings.embedding_passage_prefix,
        query_prefix=settings.embedding_query_prefix,
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
    archive = _open_archive(
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


# The parts of a home


def create_home(home: Path) -> None:
    """Create the folder of a home. Raises `StorageError` where that is not possible."""
    if clean_text(str(home)) != str(home):
        raise ConfigurationError(
            f"the home folder {quoted(str(home))} has a name that is not text; give one without NUL and "
            "stray bytes."
        )
    try:
        make_private_folder(home)
    except OSError as error:
        raise StorageError(
            f"the home folder {home} cannot be created: {error}. Set MEMGPT_AUTOGEN_HOME, or pass home=."
        ) from error


def home_exists(settings: Settings) -> bool:
    """Return whether there is a database to open; opening one that is not there would create it."""
    return settings.database_url is not None or (settings.home / DATABASE).exists()


def open_home_database(settings: Settings) -> Database:
    """Return the database of a home, as the owner of the settings sees it.

    Raises `NotFoundError` where the home has no such user.
    """
    if settings.database_url is None:
        make_inner_file(settings.home / DATABASE)
        database = open_database(sqlite_url(settings.home / DATABASE))
    else:
        database = open_database(database_url(settings.database_url.get_secret_value()))
    return database if settings.owner is None else database.owned_by(owner_id(database, settings.owner))


def open_archive(
    archive_id: str, settings: Settings, embedder: Embedder | None, database: Database
) -> Archive:
    """Return an archive of this home; it is created when something is inserted."""
    index = open_home_index(settings, database)
    return _open_archive(
        archive_id,
        database=database,
        index=index,
        embedder=embedder,
        holdings=holdings_of(settings, database),
    )


def qdrant_version(settings: Settings) -> str:
    """Ask the configured Qdrant server for its version. Raises `StorageError` if it does not answer."""
    from memgpt_autogen.memory.qdrant.client.index import ClientIndex  # it takes a second

    index = open_home_index(settings, None)
    if not isinstance(index, ClientIndex):
        raise ConfigurationError("no Qdrant server is configured. Set qdrant_url.")
    try:
        return index.version()
    finally:
        index.close()


def qdrant_report(settings: Settings, embedder: Embedder | None) -> tuple[Server, list[Advice]]:
    """Return what the configured server, or each node of a cluster, tells of itself, and advice about it.

    Raises `StorageError` if none answers.
    """
    from memgpt_autogen.memory.qdrant.client.report import report  # it takes a second

    qdrant_version(settings)
    dimension = 0 if embedder is None else known_dimension(embedder)
    space = None if dimension is None else Space(embedder.model if embedder else None, dimension)
    return report(
        str(settings.qdrant_url), _qdrant_key(settings), _cluster(settings), settings.qdrant_prefix, space
    )


def open_home_index(settings: Settings, database: Database | None) -> PassageIndex:
    """Return the index of the home's archives. With its database, it changes no archive of another home."""
    if settings.qdrant_url is None:
        return open_index(settings.home / ARCHIVES)
    return open_index(
        settings.qdrant_url,
        api_key=_qdrant_key(settings),
        cluster=_cluster(settings),
        prefix=settings.qdrant_prefix,
        mark=None if database is None else partial(HomeMark.of, database),
    )


def _qdrant_key(settings: Settings) -> str | None:
    return settings.qdrant_api_key.get_secret_value() if settings.qdrant_api_key else None


def _cluster(settings: Settings) -> Cluster:
    return Cluster(
        settings.qdrant_timeout,
        settings.qdrant_shards,
        settings.qdrant_replicas,
        settings.qdrant_write_consistency,
        settings.qdrant_on_disk_payload,
    )


def _open_archive(archive_id: str, *, database: Database | None, **parts: Any) -> Archive:
    outbox = None if database is None else Outbox(database, archive_id)
    return Archive(archive_id, outbox=outbox, **parts)


def holdings_of(settings: Settings, database: Database) -> Holdings:
    """Return the numbers of passages that the archives should have in the place that the settings name."""
    prefix = f" (prefix {settings.qdrant_prefix})" if settings.qdrant_prefix else ""
    place = qdrant_place(settings)
    left = None if place is None else partial(_left_in_folder, settings)
    return Holdings(database, None if place is None else f"{place}{prefix}", left)


def _left_in_folder(settings: Settings, archive_id: str) -> Holding | None:
    """Return what an archive has in the home's folder, while a server is configured."""
    folder = settings.home / ARCHIVES
    if not folder.is_dir():
        return None
    index = open_index(folder)
    try:
        space = index.space(archive_id)
        count = 0 if space is None else index.count(Where(Scope(archive_id, space)))
    finally:
        index.close(archive_id)
    return Holding(count, str(folder), embedded=True) if count else None


def qdrant_place(settings: Settings) -> str | None:
    """Return the addresses of the Qdrant server without passwords; None if archives are embedded."""
    url = settings.qdrant_url
    return None if url is None else ", ".join(map(bare_address, qdrant_addresses(url)))


def close_index(settings: Settings) -> None:
    """Release all files of the home's archives, also those of the recall index."""
    open_home_index(settings, None).close()


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


def _secret(settings: Settings) -> str | None:
    return settings.api_key.get_secret_value() if settings.api_key else None


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
