"""Letta's agent file (`.af`) in both of its forms: the present one, and the older one of a single agent.

An agent file has the blocks, the tools and the system text of its agents. It has only the messages of the
newest window and the 50 oldest ones, and no archival passages. Anyone may have written it, so a value of
another type than expected is left out.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Literal

from pydantic import ValidationError

from memgpt_autogen.compat.old_agent import (
    INSTRUCTIONS,
    OldAgent,
    OldMessage,
    OldResult,
    block_of,
    own_instructions,
    utc,
)
from memgpt_autogen.errors import ConfigurationError
from memgpt_autogen.memory.context.block import DEFAULT_LIMIT, Block
from memgpt_autogen.memory.passages import Draft
from memgpt_autogen.memory.upkeep.bundle_schema import AgentSettings
from memgpt_autogen.memory.upkeep.entry_extra import described
from memgpt_autogen.messages import ToolCall
from memgpt_autogen.rendering.plain_text import counted
from memgpt_autogen.text.names import agent_name_for

MOST_BYTES = 256 * 2**20

# agents whose plain text is the answer; the others answer by `send_message`
NATIVE = ("letta_v1_agent", "react_agent")

IMAGE = "[image]"

# Letta's tools that this package has, under the same or another name
SAME_HERE = frozenset(
    {
        "send_message", "pause_heartbeats", "core_memory_append", "core_memory_replace", "memory_insert",
        "memory_replace", "memory_rethink", "conversation_search", "conversation_search_date",
        "archival_memory_insert", "archival_memory_search",
    }
)  # fmt: skip

_RECALL = re.compile(r"(?<!\d)(\d{1,12}) previous messages between you and the user")
_ARCHIVAL = re.compile(r"(?<!\d)(\d{1,12}) total memories you created are stored in archival memory")

Json = Mapping[str, Any]


def read_agent_file(path: Path) -> list[OldAgent]:
    """Return the agents of the file, in its order.

    Raises `ConfigurationError` for a file that is no agent file.
    """
    whole = _load(path)
    if isinstance(whole.get("agents"), list):
        agents = [each for each in whole["agents"] if isinstance(each, dict)]
        if not agents:
            raise ConfigurationError(f"the agent file {path} has no agents. Export the agent again.")
        return [_agent(whole, agent) for agent in agents]
    if isinstance(whole.get("core_memory"), list) and "name" in whole:
        return [_agent({}, whole)]
    raise ConfigurationError(
        f"{path} is JSON, but not an agent file: it has neither 'agents' nor 'core_memory'. Letta's export "
        "writes such a file."
    )


def _load(path: Path) -> Json:
    try:
        size = path.stat().st_size
        if size > MOST_BYTES:
            raise ConfigurationError(
                f"the agent file {path} has {size:,} bytes; the limit is {MOST_BYTES:,}. Export it without "
                "its documents, and attach them here."
            )
        found = json.loads(path.read_bytes().decode("utf-8-sig"))
    except OSError as error:
        raise ConfigurationError(f"the agent file {path} cannot be read: {error}.") from error
    except (ValueError, RecursionError) as error:
        raise ConfigurationError(
            f"{path} is not an agent file, or is damaged: it is not JSON: {error}"
        ) from None
    if not isinstance(found, dict):
        raise ConfigurationError(f"{path} is JSON, but not an agent file: it is not an object.")
    return found


def _agent(whole: Json, agent: Json) -> OldAgent:
    old_name = _text(agent.get("name")) or "agent"
    name = agent_name_for(old_name)
    created = utc(agent.get("created_at")) or utc(whole.get("created_at"))
    messages = list(_messages(agent, created or datetime.fromtimestamp(0, timezone.utc)))
    first = messages[0].time if messages else None
    created = created or first or datetime.fromtimestamp(0, timezone.utc)
    blocks, shared = _blocks(whole, agent)
    system, was_own = own_instructions(_text(agent.get("system")))
    if system:
        about = "the instructions that this agent had in Letta"
        label = _free(INSTRUCTIONS, [block.label for block in blocks])
        blocks.append(block_of(label, system, DEFAULT_LIMIT, about, read_only=True))
    drafts, files = _documents(whole, agent)
    notes = [
        *([f"its name was '{old_name}', which an agent cannot have here"] if old_name != name else ()),
        *_message_notes(agent, messages),
        *_system_notes(_text(agent.get("system")), system, was_own=was_own),
        *_tool_notes(whole, agent),
        *files,
        *_other_notes(whole, agent, shared),
    ]
    return OldAgent(
        "Letta",
        _text(agent.get("id")),
        name,
        created,
        _settings(agent),
        blocks,
        messages,
        _in_context(agent, messages),
        drafts,
        tuple(notes),
    )


def _settings(agent: Json) -> AgentSettings:
    model, embedding = _object(agent.get("llm_config")), _object(agent.get("embedding_config"))
    window = model.get("context_window")
    try:
        return AgentSettings(
            protocol="native" if agent.get("agent_type") in NATIVE else "memgpt",
            timezone=_text(agent.get("timezone")) or "UTC",
            model=_text(model.get("model")) or None,
            window_tokens=window if isinstance(window, int) and not isinstance(window, bool) else None,
            embedding_model=_text(embedding.get("embedding_model")) or None,
        )
    except ValidationError as error:
        raise ConfigurationError(
            f"an agent of the file has settings that are not valid: {described(error)}. Correct them first."
        ) from None


# Blocks


def _blocks(whole: Json, agent: Json) -> tuple[list[Block], list[str]]:
    """Return the blocks in their order, and the labels of those that another agent of the file has too."""
    users = Counter(id_ for each in _objects(whole.get("agents")) for id_ in {*_texts(each.get("block_ids"))})
    there = {_text(each.get("id")): each for each in _objects(whole.get("blocks"))}
    attached = [there[id_] for id_ in _texts(agent.get("block_ids")) if id_ in there]
    found = [*attached, *_objects(agent.get("memory_blocks")), *_objects(agent.get("core_memory"))]
    blocks: list[Block] = []
    shared = []
    for each in found:
        value, limit = each.get("value"), each.get("limit")
        block = block_of(
            _free(_text(each.get("label")) or "block", [block.label for block in blocks]),
            value if isinstance(value, str) else "",
            limit if isinstance(limit, int) and not isinstance(limit, bool) else DEFAULT_LIMIT,
            _text(each.get("description")),
            read_only=each.get("read_only") is True,
        )
        if users[_text(each.get("id"))] > 1:
            block = replace(block, shared=True)
            shared.append(block.label)
        blocks.append(block)
    return blocks, shared


def _free(label: str, taken: Sequence[str]) -> str:
    """Return the label, with a number if another block has it."""
    label, number = block_of(label, "", 1).label, 1
    free = label
    while free in taken:
        number += 1
        free = f"{label[:60]}_{number}"
    return free


# Messages


def _messages(agent: Json, start: datetime) -> Iterator[OldMessage]:
    native = agent.get("agent_type") in NATIVE
    time = start
    for number, each in enumerate(_objects(agent.get("messages"))):
        time = utc(each.get("created_at")) or time
        yield from _message(each, _text(each.get("id")) or f"message {number}", time, native=native)


def _message(each: Json, id_: str, time: datetime, *, native: bool) -> Iterator[OldMessage]:
    role = {"function": "tool"}.get(_text(each.get("role")), _text(each.get("role"))) or "user"
    contents = _contents(each)
    calls = (*_calls(each), *_calls_in(contents))
    name = _text(each.get("name")) or None
    if calls or role == "assistant":
        said = _joined(contents, "text")
        thought = _joined(contents, "reasoning")
        if native:
            yield OldMessage(id_, "assistant", time, said, thought=thought, calls=calls)
        else:
            whole = "\n".join(filter(None, (thought, said)))
            yield OldMessage(id_, "assistant", time, thought=whole, calls=calls)
        return
    results = _results(each, contents)
    if results:
        yield OldMessage(id_, "tool", time, name=name, results=results)
    else:
        yield OldMessage(id_, role, time, _joined(contents, "text"), name)


Part = tuple[Literal["text", "reasoning", "other"], str]


def _contents(each: Json) -> list[Json]:
    """Return the parts of a message's content, also of the forms that older files have."""
    content = each.get("content", each.get("text"))
    if isinstance(content, str):
        return [{"type": "text", "text": content}]
    return list(_objects(content))


def _joined(contents: Sequence[Json], wanted: str) -> str:
    return "\n".join(text for each in contents for kind, text in _part(each) if kind == wanted and text)


def _part(each: Json) -> Iterator[Part]:
    kind = each.get("type")
    if kind == "text":
        yield "text", _text(each.get("text"))
    elif kind == "image":
        yield "text", IMAGE
    elif kind == "reasoning":
        yield "reasoning", _text(each.get("reasoning"))
    elif kind == "summarized_reasoning":
        for part in _objects(each.get("summary")):
            yield "reasoning", _text(part.get("text"))


def _calls(each: Json) -> Iterator[ToolCall]:
    for call in _objects(each.get("tool_calls")):
        function = _object(call.get("function"))
        arguments = function.get("arguments")
        if name := _text(function.get("name")):
            written = arguments if isinstance(arguments, str) else json.dumps(_object(arguments))
            yield ToolCall(_text(call.get("id")), name, written)


def _calls_in(contents: Sequence[Json]) -> Iterator[ToolCall]:
    for part in contents:
        if part.get("type") == "tool_call" and (name := _text(part.get("name"))):
            written = json.dumps(_object(part.get("input")), ensure_ascii=False)
            yield ToolCall(_text(part.get("id")), name, written)


def _results(each: Json, contents: Sequence[Json]) -> tuple[OldResult, ...]:
    """Return the results of a message, which are in its content, in `tool_returns` or in `approvals`."""
    returned = [*_objects(each.get("tool_returns")), *_objects(each.get("approvals"))]
    found = [
        OldResult(_text(one.get("tool_call_id")), _returned(one), ok=one.get("status") != "error")
        for one in returned
        if one.get("tool_call_id") and ("status" in one or "func_response" in one or "tool_return" in one)
    ]
    found += [
        OldResult(_text(part.get("tool_call_id")), _text(part.get("content")), ok=not part.get("is_error"))
        for part in contents
        if part.get("type") == "tool_return"
    ]
    call_id = _text(each.get("tool_call_id"))
    if call_id and call_id not in {result.call_id for result in found}:
        ok = all(one.get("status") != "error" for one in returned)
        found.append(OldResult(call_id, _joined(contents, "text"), ok=ok))
    return tuple(found)


def _returned(one: Json) -> str:
    value = one.get("func_response", one.get("tool_return"))
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return _joined(list(_objects(value)), "text")
    return "\n".join([*_texts(one.get("stdout")), *_texts(one.get("stderr"))])


def _in_context(agent: Json, messages: Sequence[OldMessage]) -> frozenset[str]:
    ids = {*_texts(agent.get("in_context_message_ids"))}
    places = agent.get("in_context_message_indices")
    listed = list(_objects(agent.get("messages")))
    if isinstance(places, list):
        for place in places:
            if isinstance(place, int) and 0 <= place < len(listed):
                ids.add(_text(listed[place].get("id")) or f"message {place}")
    return frozenset(ids & {message.id for message in messages})


# Documents


def _documents(whole: Json, agent: Json) -> tuple[list[Draft], list[str]]:
    """Return the texts of the files that the agent reads, and notes about files without a text."""
    wanted = {_text(each.get("file_id")) for each in _objects(agent.get("files_agents"))}
    sources = {*_texts(agent.get("source_ids")), *_texts(agent.get("folder_ids"))}
    created = utc(whole.get("created_at"))
    drafts, without = [], []
    for each in _objects(whole.get("files")):
        if _text(each.get("id")) not in wanted and _text(each.get("source_id")) not in sources:
            continue
        name = _text(each.get("original_file_name")) or _text(each.get("file_name")) or "file"
        if (text := _text(each.get("content"))).strip():
            drafts.append(Draft(text, source=name, created_at=created))
        else:
            without.append(name)
    notes = []
    if drafts:
        notes.append(
            f"{counted(len(drafts), 'file')} came as passages: {_listed([str(d.source) for d in drafts])}"
        )
    if without:
        notes.append(f"without text in the file, so not imported: {_listed(without)}. Attach them here")
    return drafts, notes


# Notes: what came in another form, and what did not come


def _message_notes(agent: Json, messages: Sequence[OldMessage]) -> Iterator[str]:
    prompts = "\n".join(message.text for message in messages if message.role == "system")
    said, passages = _most(_RECALL, prompts), _most(_ARCHIVAL, prompts)
    if messages:
        yield (
            f"messages{_of(said)}: an agent file has only those of the newest window and the 50 oldest; the "
            "ones between them are in Letta only"
        )
    else:
        yield "no messages: this file was exported without them"
    yield (
        f"archival passages{_of(passages)}: an agent file has none; the page about migration shows how to "
        "fetch and insert them"
    )
    copies = sum(message.role == "system" for message in messages)
    if copies:
        yield f"{counted(copies, 'copy', 'copies')} of the system prompt: not imported"
    listed = [part for each in _objects(agent.get("messages")) for part in _contents(each)]
    if images := sum(part.get("type") == "image" for part in listed):
        yield f"{counted(images, 'image')}: not imported; the log says {IMAGE}"


def _most(pattern: re.Pattern[str], prompts: str) -> int:
    return max(map(int, pattern.findall(prompts)), default=0)


def _of(number: int) -> str:
    return f" (its prompt says {number:,})" if number else ""


def _system_notes(whole: str, own: str, *, was_own: bool) -> Iterator[str]:
    if own:
        part = "what the user wrote around the system text" if was_own else "the system text"
        yield f"{part} became the read-only block '{INSTRUCTIONS}' ({len(own):,} characters)"
    if was_own:
        yield (
            f"the system text ({len(whole):,} characters) explains Letta's own functions, so it is not "
            "imported; this package has its own"
        )


def _tool_notes(whole: Json, agent: Json) -> Iterator[str]:
    there = {_text(each.get("id")): each for each in _objects(whole.get("tools"))}
    tools = [there[id_] for id_ in _texts(agent.get("tool_ids")) if id_ in there]
    tools += list(_objects(agent.get("tools")))
    names = [(_text(each.get("name")), _text(each.get("source_code"))) for each in tools]
    same = [name for name, _ in names if name in SAME_HERE]
    own = [name for name, source in names if name not in SAME_HERE and source]
    others = [name for name, source in names if name not in SAME_HERE and not source]
    if same:
        yield f"tools that this package has too: {_listed(same)}"
    if own:
        yield (
            f"tools with source code in the file, not imported and never run: {_listed(own)}. Write them as "
            "typed functions: MemGPTAgent(tools=[...])"
        )
    if others:
        yield f"tools of Letta or of MCP servers, not imported: {_listed(others)}"


def _other_notes(whole: Json, agent: Json, shared: Sequence[str]) -> Iterator[str]:
    for one in ("block", "tool"):
        there = {_text(each.get("id")) for each in _objects(whole.get(f"{one}s"))}
        lost = [id_ for id_ in _texts(agent.get(f"{one}_ids")) if id_ not in there]
        if lost:
            yield f"{counted(len(lost), one)} that the file names and does not have: {_listed(lost)}"
    if shared:
        yield f"shared with other agents of the file, and here with the agents of the home: {_listed(shared)}"
    listed = (agent.get("tool_exec_environment_variables"), agent.get("secrets"))
    secrets = sum(len(each) for each in listed if isinstance(each, (dict, list)))
    if secrets:
        yield f"{counted(secrets, 'environment variable')} of tools: not imported"
    for key, one in (("tool_rules", "tool rule"), ("tags", "tag"), ("identity_ids", "identity")):
        found = agent.get(key)
        if isinstance(found, list) and found:
            many = "identities" if one == "identity" else None
            yield f"{counted(len(found), one, many)}: not imported"
    for key, what in (("mcp_servers", "server_name"), ("skills", "name"), ("groups", "id")):
        names = [_text(each.get(what)) or "?" for each in _objects(whole.get(key))]
        if names:
            yield f"{key.replace('_', ' ').replace('mcp', 'MCP')}, not imported: {_listed(names)}"


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(names[:MOST_NAMED])
    return shown if len(names) <= MOST_NAMED else f"{shown} and {len(names) - MOST_NAMED:,} more"


# how many names of tools or files a note lists
MOST_NAMED = 20


# Values of a file that anyone may have written


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _texts(value: object) -> list[str]:
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def _object(value: object) -> Json:
    return value if isinstance(value, dict) else {}


def _objects(value: object) -> Iterator[Json]:
    return (each for each in value if isinstance(each, dict)) if isinstance(value, list) else iter(())
