"""The home of MemGPT 0.3 (`~/.memgpt`): its agents, the texts for new agents, and notes about the rest.

Its tables changed in 0.3.18. Both forms are read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from memgpt_autogen.compat.memgpt_stores import (
    ARCHIVAL,
    BEGINNING,
    DATABASE,
    Row,
    Stores,
    id_of,
    json_list,
    json_object,
    settings_of,
    word,
)
from memgpt_autogen.compat.old_agent import (
    INSTRUCTIONS,
    OldAgent,
    OldMessage,
    block_of,
    own_instructions,
    utc,
)
from memgpt_autogen.errors import ConfigurationError
from memgpt_autogen.memory.context.block import DEFAULT_LIMIT, Block
from memgpt_autogen.memory.passages import Draft
from memgpt_autogen.memory.upkeep.bundle_schema import AgentSettings
from memgpt_autogen.named_texts import TextKind
from memgpt_autogen.rendering.plain_text import counted
from memgpt_autogen.text.names import agent_name_for

AGENTS = "agents"

# MemGPT's functions, which this package has too
SAME_HERE = frozenset(
    {
        "send_message", "pause_heartbeats", "core_memory_append", "core_memory_replace",
        "conversation_search", "conversation_search_date", "archival_memory_insert",
        "archival_memory_search",
    }
)  # fmt: skip

# personas and humans that MemGPT brought with it
DEFAULT_TEXTS = (
    "anna_pa", "basic", "cs_phd", "google_search_persona", "memgpt_doc", "memgpt_starter", "sam", "sam_pov",
    "sam_simple_pov_gpt35",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class MemGPTHome:
    """What a home of MemGPT 0.3 has: agents, texts for new agents, and notes about the rest."""

    agents: tuple[OldAgent, ...]
    texts: Mapping[TextKind, Mapping[str, str]]
    """The personas and humans of the user, by name."""
    notes: tuple[str, ...] = ()
    """What is not imported, beyond the notes of each agent."""


def read_memgpt_home(folder: Path) -> MemGPTHome:
    """Read the whole home; write nothing.

    Raises `ConfigurationError` for a folder that is no home of MemGPT 0.3, and `StorageError` where a file
    or a database of it cannot be read.
    """
    stores = Stores(folder, settings_of(folder))
    found = stores.rows("metadata", AGENTS, "*")
    if found is None or (found and "state" not in found[0]):
        raise ConfigurationError(_no_home(folder, found))
    recall, passages = stores.messages(), stores.passages(ARCHIVAL)
    agents = [
        _agent(row, recall[id_of(row)], passages.of(id_of(row)), stores.notes)
        for row in sorted(found, key=lambda row: str(row.get("created_at")))
    ]
    if not agents:
        raise ConfigurationError(f"the MemGPT home {folder} has no agents.")
    attached = {draft.source for each in agents for draft in each.drafts if draft.source}
    notes = (*stores.home_notes(attached), *_folder_notes(folder))
    return MemGPTHome(tuple(agents), _texts(folder, stores), notes)


# Agents


def _agent(
    row: Row, messages: Sequence[OldMessage], drafts: Sequence[Draft], notes: Sequence[str]
) -> OldAgent:
    state = json_object(row.get("state"))
    old_name = str(row.get("name") or "agent")
    name = agent_name_for(old_name)
    created = utc(row.get("created_at")) or (messages[0].time if messages else BEGINNING)
    system = str(row.get("system") or state.get("system") or "")
    own, was_own = own_instructions(system)
    blocks = list(_blocks(row, state))
    if own:
        about = "the instructions that this agent had in MemGPT"
        blocks.append(block_of(INSTRUCTIONS, own, DEFAULT_LIMIT, about, read_only=True))
    model, embedding = json_object(row.get("llm_config")), json_object(row.get("embedding_config"))
    window = model.get("context_window")
    settings = AgentSettings(
        model=model.get("model") if isinstance(model.get("model"), str) else None,
        window_tokens=window if isinstance(window, int) else None,
        embedding_model=word(embedding.get("embedding_model")),
    )
    in_context = frozenset(each for each in json_list(state.get("messages")) if isinstance(each, str))
    said = [
        *([f"its name was '{old_name}', which an agent cannot have here"] if old_name != name else ()),
        *_agent_notes(row, messages, system, own, was_own=was_own),
        *notes,
    ]
    return OldAgent(
        "MemGPT", id_of(row), name, created, settings, blocks, messages, in_context, drafts, tuple(said)
    )


def _blocks(row: Row, state: Row) -> Iterator[Block]:
    """Yield the blocks of `state`: sections with limits since 0.3.18, and two texts before."""
    memory = json_object(state.get("memory"))
    for label, section in memory.items():
        found = json_object(section)
        value, limit = found.get("value"), found.get("limit")
        text = "\n".join(map(str, value)) if isinstance(value, list) else str(value or "")
        about = str(found.get("description") or "")
        yield block_of(label, text, limit if isinstance(limit, int) else DEFAULT_LIMIT, about)
    for label in ("persona", "human") if not memory else ():
        text = state.get(label, row.get(label))
        if isinstance(text, str):
            yield block_of(label, text, DEFAULT_LIMIT)


def _agent_notes(
    row: Row, messages: Sequence[OldMessage], system: str, own: str, *, was_own: bool
) -> Iterator[str]:
    copies = sum(message.role == "system" for message in messages)
    if copies:
        yield f"{counted(copies, 'copy', 'copies')} of the system prompt: not imported"
    if own:
        part = "what the user wrote around the system text" if was_own else "the system text"
        yield f"{part} became the read-only block '{INSTRUCTIONS}' ({len(own):,} characters)"
    if was_own:
        yield (
            f"the system text ({len(system):,} characters) explains MemGPT's own functions, so it is not "
            "imported; this package has its own"
        )
    state = json_object(row.get("state"))
    functions = [json_object(each).get("name") for each in json_list(state.get("functions"))]
    tools = [*json_list(row.get("tools")), *functions]
    others = sorted({each for each in tools if isinstance(each, str)} - SAME_HERE)
    if others:
        yield (
            f"tools that this package does not have: {', '.join(others)}. Write them as typed functions: "
            "MemGPTAgent(tools=[...])"
        )


# Texts for new agents, and what else is in the folder


def _texts(folder: Path, stores: Stores) -> dict[TextKind, dict[str, str]]:
    """Return the user's personas and humans, without those that MemGPT brought."""
    found: dict[TextKind, dict[str, str]] = {"persona": {}, "human": {}}
    for kind, texts in found.items():
        for row in stores.rows("metadata", f"{kind}model", "name, text") or ():
            texts[str(row.get("name"))] = str(row.get("text"))
        for path in sorted((folder / f"{kind}s").glob("*.txt")):
            texts[path.stem] = path.read_text(encoding="utf-8", errors="replace")
        for name in DEFAULT_TEXTS:
            texts.pop(name, None)
    return found


def _folder_notes(folder: Path) -> Iterator[str]:
    for name, what in (
        ("functions/*.py", "functions of your own, not imported and never run"),
        ("presets/*.yaml", "presets, not imported"),
        ("system_prompts/*.txt", "system prompts, not imported"),
        (
            "agents/*/config.json",
            "agents of MemGPT 0.2 or older, not imported: 0.3 could migrate them",
        ),
    ):
        if found := sorted(folder.glob(name)):
            names = ", ".join(path.parent.name if path.name == "config.json" else path.stem for path in found)
            yield f"{what}: {names}"


def _no_home(folder: Path, found: object) -> str:
    if found is not None:
        return (
            f"{folder} has the database of a Letta server, not of MemGPT 0.3. Export each agent there as an "
            "agent file (.af), and import the file."
        )
    return (
        f"{folder} is not a home of MemGPT 0.3: it has no {DATABASE} with a table '{AGENTS}'. The home is "
        "usually ~/.memgpt."
    )
