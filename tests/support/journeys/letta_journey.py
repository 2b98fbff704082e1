"""The journey of Letta's own client. Answers that do not have the types of the client are faults."""

from __future__ import annotations

import io
import json
import sys
import time
from collections.abc import Callable
from typing import Any

from journey import KEY, URL
from letta_client import APIStatusError, Letta, NotFoundError, UnprocessableEntityError
from letta_client.types.agents import AssistantMessage

WEATHER = {
    "name": "weather",
    "description": "The weather of a city.",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
}

told: dict[str, str] = {}
"""Why a call does not work, by its name; empty if it does."""


def call(name: str, act: Callable[[], Any]) -> Any:
    """Make a call, note whether it works, and return its result; None if it does not."""
    try:
        result = act()
    except APIStatusError as error:
        body = error.body if isinstance(error.body, dict) else {"detail": str(error)}
        told[name] = f"{error.status_code}: {body.get('detail')}"[:300]
    except Exception as error:  # noqa: BLE001 - whatever it is, it is told
        told[name] = f"{type(error).__name__}: {error}"[:300]
    else:
        told.setdefault(name, "")
        return result
    return None


def check(name: str, holds: bool, what: object) -> None:
    if not holds:
        told[name] = f"it is wrong: {what}"[:300]


def travel(client: Letta) -> None:
    agent_id = agents(client)
    if agent_id is None:
        return
    messages(client, agent_id)
    blocks(client, agent_id)
    passages(client, agent_id)
    folders(client, agent_id)
    archives(client, agent_id)
    runs(client, agent_id)
    others(client, agent_id)
    undone(client, agent_id)
    errors(client)
    call("agents.delete", lambda: client.agents.delete(agent_id))
    left = [each.id for each in client.agents.list()]
    check("agents.delete", agent_id not in left, left)


def agents(client: Letta) -> str | None:
    made = call(
        "agents.create",
        lambda: client.agents.create(
            name="letta",
            memory_blocks=[
                {"label": "human", "value": "The person's name is Ada.", "limit": 3000},
                {"label": "persona", "value": "I am Sam.", "description": "who I am"},
                {"label": "plan", "value": "None yet.", "read_only": True},
            ],
        ),
    )
    if made is None:
        return None
    values = {block.label: block.value for block in made.memory.blocks}
    check("agents.create", values["human"] == "The person's name is Ada." and len(values) == 3, values)
    found = call("agents.retrieve", lambda: client.agents.retrieve(made.id))
    check("agents.retrieve", found is not None and found.id == made.id and bool(found.system), found)
    renamed = call("agents.update", lambda: client.agents.update(made.id, name="samuel"))
    check("agents.update", renamed is not None and renamed.name == "samuel", renamed)
    second = client.agents.create(name="ann")
    names = call("agents.list", lambda: [each.name for each in client.agents.list(limit=1)])
    check("agents.list", names == ["ann", "samuel", "sam"], names)
    client.agents.delete(second.id)
    return str(made.id)


def messages(client: Letta, agent_id: str) -> None:
    said = {"role": "user", "content": "My favourite colour is teal."}
    answer = call("agents.messages.create", lambda: client.agents.messages.create(agent_id, messages=[said]))
    if answer is not None:
        kinds = [each.message_type for each in answer.messages]
        check("agents.messages.create", "assistant_message" in kinds, kinds)
        check("agents.messages.create", answer.stop_reason.stop_reason == "end_turn", answer.stop_reason)
    words = said_in(client.agents.messages.create(agent_id, input="What is my favourite colour?"))
    check("agents.messages.create", "favourite colour" in words, words)
    for name, options in (
        ("agents.messages.stream", {}),
        ("agents.messages.stream (stream_tokens)", {"stream_tokens": True}),
        ("agents.messages.stream (background)", {"background": True, "include_pings": True}),
    ):
        asked = {"agent_id": agent_id, "input": "Hi!", **options}
        chunks = call(name, lambda given=asked: list(client.agents.messages.stream(**given)))
        kinds = [each.message_type for each in chunks or ()]
        check(name, kinds[-2:] == ["stop_reason", "usage_statistics"] and "assistant_message" in kinds, kinds)
    waits = call(
        "agents.messages.create (client_tools)",
        lambda: client.agents.messages.create(
            agent_id, input="What is the weather in Lisbon?", client_tools=[WEATHER]
        ),
    )
    check(
        "agents.messages.create (client_tools)", waits.stop_reason.stop_reason == "requires_approval", waits
    )
    asked = waits.messages[-1].tool_calls[0]
    result = {"tool_call_id": asked.tool_call_id, "tool_return": "sunny", "status": "success"}
    words = said_in(
        client.agents.messages.create(agent_id, messages=[{"type": "tool_return", "tool_returns": [result]}])
    )
    check("agents.messages.create (client_tools)", "sunny" in words, words)
    listed = call("agents.messages.list", lambda: list(client.agents.messages.list(agent_id, limit=3)))
    kinds = {each.message_type for each in listed or ()}
    check("agents.messages.list", {"user_message", "assistant_message"} <= kinds, kinds)
    seen = [(each.id, each.message_type) for each in listed or ()]
    check("agents.messages.list", len(seen) == len(set(seen)), seen)
    run = call(
        "agents.messages.create_async", lambda: client.agents.messages.create_async(agent_id, input="Hm.")
    )
    cancelled = call(
        "agents.messages.cancel", lambda: client.agents.messages.cancel(agent_id, run_ids=[run.id])
    )
    check("agents.messages.cancel", cancelled is not None and list(cancelled) == [run.id], cancelled)


def said_in(answer: Any) -> str:
    """Return what the agent has said in an answer."""
    return " ".join(str(each.content) for each in answer.messages if isinstance(each, AssistantMessage))


def blocks(client: Letta, agent_id: str) -> None:
    labels = call("agents.blocks.list", lambda: [each.label for each in client.agents.blocks.list(agent_id)])
    check("agents.blocks.list", set(labels or ()) == {"human", "persona", "plan"}, labels)
    plan = call("agents.blocks.retrieve", lambda: client.agents.blocks.retrieve("plan", agent_id=agent_id))
    check("agents.blocks.retrieve", plan is not None and plan.read_only is True, plan)
    changed = call(
        "agents.blocks.update", lambda: client.agents.blocks.update("plan", agent_id=agent_id, value="Tea.")
    )
    check("agents.blocks.update", changed is not None and changed.value == "Tea.", changed)
    by_id = client.blocks.update(plan.id, value="Cake.")
    check("blocks.update", by_id.value == client.blocks.retrieve(plan.id).value == "Cake.", by_id)
    shared = call("blocks.create", lambda: client.blocks.create(label="team", value="Ada and Bob."))
    call("blocks.update", lambda: client.blocks.update(shared.id, value="Ada, Bob and Eve.", limit=500))
    found = call("blocks.retrieve", lambda: client.blocks.retrieve(shared.id))
    check("blocks.retrieve", found is not None and found.value == "Ada, Bob and Eve.", found)
    listed = call("blocks.list", lambda: [each.label for each in client.blocks.list(limit=2)])
    check("blocks.list", set(listed or ()) == {"human", "persona", "plan", "team"}, listed)
    state = call("agents.blocks.attach", lambda: client.agents.blocks.attach(shared.id, agent_id=agent_id))
    check("agents.blocks.attach", "team" in [each.label for each in state.memory.blocks], state)
    having = call("blocks.agents.list", lambda: [each.id for each in client.blocks.agents.list(shared.id)])
    check("blocks.agents.list", having == [agent_id], having)
    state = call("agents.blocks.detach", lambda: client.agents.blocks.detach(shared.id, agent_id=agent_id))
    check("agents.blocks.detach", "team" not in [each.label for each in state.memory.blocks], state)
    call("blocks.delete", lambda: client.blocks.delete(shared.id))


def passages(client: Letta, agent_id: str) -> None:
    for text in ("The archive is in Lisbon.", "The museum is in Porto."):
        made = call(
            "agents.passages.create",
            lambda text=text: client.agents.passages.create(agent_id, text=text, tags=["place"]),
        )
    texts = call(
        "agents.passages.list",
        lambda: [each.text for each in client.agents.passages.list(agent_id, limit=50)],
    )
    check("agents.passages.list", len(texts or ()) == 2, texts)
    hits = call(
        "agents.passages.search",
        lambda: client.agents.passages.search(agent_id, query="Porto museum", tags=["place"]),
    )
    check("agents.passages.search", hits is not None and "Porto" in hits.results[0].content, hits)
    wide = call("passages.search", lambda: client.passages.search(query="Porto", agent_id=agent_id))
    check("passages.search", bool(wide) and "Porto" in wide[0].passage.text, wide)
    call("agents.passages.delete", lambda: client.agents.passages.delete(made[0].id, agent_id=agent_id))


def folders(client: Letta, agent_id: str) -> None:
    folder = call("folders.create", lambda: client.folders.create(name="handbook"))
    call("folders.retrieve", lambda: client.folders.retrieve(folder.id))
    call("folders.update", lambda: client.folders.update(folder.id, name="manual"))
    listed = call("folders.list", lambda: [each.name for each in client.folders.list(name="manual")])
    check("folders.list", listed == ["manual"], listed)
    text = b"Employees have 30 days of holiday a year.\n"
    file = call(
        "folders.files.upload", lambda: client.folders.files.upload(folder.id, file=("rules.txt", text))
    )
    end = time.monotonic() + 60
    while time.monotonic() < end:
        loaded = call(
            "folders.files.retrieve",
            lambda: client.folders.files.retrieve(file.id, folder_id=folder.id, include_content=True),
        )
        if loaded is None or loaded.processing_status in ("completed", "error"):
            break
        time.sleep(0.1)
    check("folders.files.upload", loaded is not None and "30 days" in (loaded.content or ""), loaded)
    names = call(
        "folders.files.list", lambda: [each.file_name for each in client.folders.files.list(folder.id)]
    )
    check("folders.files.list", names == ["rules.txt"], names)
    state = call("agents.folders.attach", lambda: client.agents.folders.attach(folder.id, agent_id=agent_id))
    check("agents.folders.attach", [each.id for each in state.sources] == [folder.id], state)
    mine = call("agents.folders.list", lambda: [each.id for each in client.agents.folders.list(agent_id)])
    check("agents.folders.list", mine == [folder.id], mine)
    files = call("agents.files.list", lambda: [each.file_name for each in client.agents.files.list(agent_id)])
    check("agents.files.list", files == ["rules.txt"], files)
    readers = call("folders.agents.list", lambda: list(client.folders.agents.list(folder.id)))
    check("folders.agents.list", readers == [agent_id], readers)
    call("agents.folders.detach", lambda: client.agents.folders.detach(folder.id, agent_id=agent_id))
    call("folders.files.delete", lambda: client.folders.files.delete(file.id, folder_id=folder.id))
    call("folders.delete", lambda: client.folders.delete(folder.id))


def archives(client: Letta, agent_id: str) -> None:
    archive = call("archives.create", lambda: client.archives.create(name="facts"))
    call("archives.retrieve", lambda: client.archives.retrieve(archive.id))
    call("archives.update", lambda: client.archives.update(archive.id, name="known facts"))
    listed = call("archives.list", lambda: [each.name for each in client.archives.list()])
    check("archives.list", listed == ["known facts"], listed)
    passage = call(
        "archives.passages.create",
        lambda: client.archives.passages.create(archive.id, text="Water boils at 100 degrees."),
    )
    call(
        "archives.passages.create_many",
        lambda: client.archives.passages.create_many(archive.id, passages=[{"text": "Ice melts."}]),
    )
    call("agents.archives.attach", lambda: client.agents.archives.attach(archive.id, agent_id=agent_id))
    call("agents.archives.detach", lambda: client.agents.archives.detach(archive.id, agent_id=agent_id))
    call(
        "archives.passages.delete", lambda: client.archives.passages.delete(passage.id, archive_id=archive.id)
    )
    call("archives.delete", lambda: client.archives.delete(archive.id))


def runs(client: Letta, agent_id: str) -> None:
    listed = call("runs.list", lambda: list(client.runs.list(agent_id=agent_id, limit=2)))
    ended = [each for each in listed or () if each.status == "completed"]
    run = ended[-1]
    call("runs.retrieve", lambda: client.runs.retrieve(run.id))
    call("runs.usage.retrieve", lambda: client.runs.usage.retrieve(run.id))
    told_ = call("runs.messages.list", lambda: list(client.runs.messages.list(run.id)))
    check("runs.messages.list", "assistant_message" in [each.message_type for each in told_ or ()], told_)
    chunks = call("runs.messages.stream", lambda: list(client.runs.messages.stream(run.id, starting_after=0)))
    check("runs.messages.stream", bool(chunks), chunks)


def others(client: Letta, agent_id: str) -> None:
    call("health", client.health)
    models = call("models.list", client.models.list)
    check("models.list", [each.model for each in models or ()] == ["scripted"], models)
    names = call("tools.list", lambda: [each.name for each in client.tools.list()])
    check("tools.list", "send_message" in (names or ()), names)
    call("agents.tools.list", lambda: list(client.agents.tools.list(agent_id)))
    ran = call(
        "agents.tools.run",
        lambda: client.agents.tools.run("archival_memory_search", agent_id=agent_id, args={"query": "Porto"}),
    )
    check("agents.tools.run", ran is not None and ran.status == "success", ran)


def undone(client: Letta, agent_id: str) -> None:
    for name, act in (
        ("agents.export_file", lambda: client.agents.export_file(agent_id)),
        ("agents.import_file", lambda: client.agents.import_file(file=("a.af", io.BytesIO(b"{}")))),
        ("agents.recompile", lambda: client.agents.recompile(agent_id)),
        ("agents.messages.reset", lambda: client.agents.messages.reset(agent_id)),
        ("agents.messages.compact", lambda: client.agents.messages.compact(agent_id)),
        ("agents.tools.attach", lambda: client.agents.tools.attach("tool-1", agent_id=agent_id)),
        ("agents.tools.detach", lambda: client.agents.tools.detach("tool-1", agent_id=agent_id)),
        (
            "agents.tools.update_approval",
            lambda: client.agents.tools.update_approval("x", agent_id=agent_id, body_requires_approval=True),
        ),
        ("agents.files.open", lambda: client.agents.files.open("file-1", agent_id=agent_id)),
        ("agents.files.close", lambda: client.agents.files.close("file-1", agent_id=agent_id)),
        ("agents.files.close_all", lambda: client.agents.files.close_all(agent_id)),
        (
            "agents.identities.attach",
            lambda: client.agents.identities.attach("identity-1", agent_id=agent_id),
        ),
        (
            "agents.identities.detach",
            lambda: client.agents.identities.detach("identity-1", agent_id=agent_id),
        ),
        (
            "agents.schedule.create",
            lambda: client.agents.schedule.create(
                agent_id, messages=[], schedule={"type": "one-time", "scheduled_at": 1}
            ),
        ),
        ("agents.schedule.list", lambda: client.agents.schedule.list(agent_id)),
        ("conversations.create", lambda: client.conversations.create(agent_id=agent_id)),
        ("conversations.list", lambda: client.conversations.list(agent_id=agent_id)),
        (
            "conversations.messages.create",
            lambda: client.conversations.messages.create("conv-1", input="Hi."),
        ),
        (
            "mcp_servers.create",
            lambda: client.mcp_servers.create(
                config={"server_url": "https://example.org", "mcp_server_type": "streamable_http"},
                server_name="x",
            ),
        ),
        ("mcp_servers.list", client.mcp_servers.list),
        ("messages.list", client.messages.list),
        ("messages.search", lambda: client.messages.search(query="teal")),
        ("models.embeddings.list", client.models.embeddings.list),
        ("runs.steps.list", lambda: list(client.runs.steps.list("run-1"))),
        ("runs.trace.retrieve", lambda: client.runs.trace.retrieve("run-1")),
        ("steps.list", lambda: list(client.steps.list())),
        ("steps.retrieve", lambda: client.steps.retrieve("step-1")),
        ("tags.list", client.tags.list),
        ("templates.create", lambda: client.templates.create(agent_id=agent_id, type="agent")),
        ("tools.create", lambda: client.tools.create(source_code="def f() -> str:\n    'F.'\n    return ''")),
        ("tools.upsert", lambda: client.tools.upsert(source_code="def f() -> str:\n    'F.'\n    return ''")),
        ("tools.retrieve", lambda: client.tools.retrieve("tool-1")),
        ("tools.delete", lambda: client.tools.delete("tool-1")),
        ("environments.list", client.environments.list),
        ("access_tokens.list", client.access_tokens.list),
    ):
        call(name, act)


def raises(kind: type[Exception], act: Callable[[], Any]) -> bool:
    try:
        act()
    except kind:
        return True
    return False


def errors(client: Letta) -> None:
    for name, kind, act in (
        ("an unknown agent raises NotFoundError", NotFoundError, lambda: client.agents.retrieve("agent-1")),
        (
            "another model raises UnprocessableEntityError",
            UnprocessableEntityError,
            lambda: client.agents.create(name="eve", model="openai/gpt-4o"),
        ),
    ):
        told[name] = "" if raises(kind, act) else "it does not"


if __name__ == "__main__":
    travel(Letta(base_url=URL, api_key=KEY, _strict_response_validation=True))
    json.dump(told, sys.stdout)
