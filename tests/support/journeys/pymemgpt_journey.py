"""What works with the client package of MemGPT 0.3.25, and what its manual shows as plain requests."""

from __future__ import annotations

import json
import os
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ["HOME"] = str(Path.cwd())  # it writes files there when it is imported

import httpx
from journey import KEY, URL, Journey, ask, check
from memgpt.client.admin import Admin
from memgpt.client.client import create_client
from memgpt.memory import ChatMemory

journey = Journey()

client: Any = create_client(base_url=URL, token=KEY)
admin = Admin(URL, KEY)

HEADERS = {"Authorization": f"Bearer {KEY}"}

ids: dict[str, Any] = {}


def raises(text: str, tries: Callable[[], object]) -> None:
    try:
        tries()
    except (ValueError, AssertionError, OSError) as error:
        if text not in str(error):
            raise
    else:
        raise AssertionError("it was not refused")


def send(**body: Any) -> list[Any]:
    """Send a message, and return the data of the events of the stream."""
    path = f"{URL}/api/agents/{ids['agent']}/messages"
    with httpx.stream("POST", path, json=body, headers=HEADERS, timeout=60) as answer:
        check(answer.status_code, 200)
        check(answer.headers["content-type"].split(";")[0], "text/event-stream")
        lines = [line for line in answer.iter_lines() if line and not line.startswith(":")]
    check([line for line in lines if not line.startswith("data: ")], [])
    data = [line.removeprefix("data: ") for line in lines]
    return [each if each.startswith("[") else json.loads(each) for each in data]


def kinds(chunks: list[Any]) -> list[str]:
    return [each if isinstance(each, str) else next(iter(each)) for each in chunks]


@journey.call("client.create_agent(name=..., memory=ChatMemory(...))")
def _create() -> None:
    memory = ChatMemory(human="Her name is Ada.", persona="I am Sam.")
    made = client.create_agent(name="old", memory=memory, metadata={"team": "tea"})
    ids["agent"] = made.id
    check((made.name, "send_message" in made.tools), ("old", True))
    check(made.id, uuid.UUID(str(made.id)) if isinstance(made.id, uuid.UUID) else str(uuid.UUID(made.id)))
    check(made.state["persona"], "I am Sam.")


@journey.call("client.create_agent(name=TAKEN) raises ValueError")
def _taken() -> None:
    raises("409", lambda: client.create_agent(name="old"))


@journey.call("client.list_agents()")
def _list() -> None:
    found = client.list_agents()
    check(found.num_agents, len(found.agents))
    row = next(each for each in found.agents if each["name"] == "old")
    check(row["memory"]["core_memory"]["human"], "Her name is Ada.")
    check({"id", "created_at", "tools", "last_run", "sources", "persona"} - set(row), set())


@journey.call("client.get_agent(agent_id), client.agent_exists(agent_id)")
def _get() -> None:
    check(client.get_agent(ids["agent"]).name, "old")
    check(client.agent_exists(agent_id=ids["agent"]), True)
    check(client.agent_exists(agent_id=uuid.uuid4()), False)


@journey.call("client.rename_agent(agent_id, new_name)")
def _rename() -> None:
    check(client.rename_agent(ids["agent"], "older").name, "older")
    raises("letters", lambda: client.rename_agent(ids["agent"], "o/d"))
    client.rename_agent(ids["agent"], "old")


@journey.call("client.user_message(agent_id, message)")
def _user_message() -> None:
    answer = client.user_message(ids["agent"], "My cat is Tosca.")
    said = [each["assistant_message"] for each in answer.messages if "assistant_message" in each]
    check(said, ["You said: My cat is Tosca."])
    call = next(each["function_call"] for each in answer.messages if "function_call" in each)
    check((call["name"], json.loads(call["arguments"])["message"]), ("send_message", said[0]))
    check(answer.usage.step_count, 1)
    check(answer.usage.total_tokens, answer.usage.prompt_tokens + answer.usage.completion_tokens)


@journey.call('client.send_message(agent_id, message, role="system")')
def _system() -> None:
    answer = client.send_message(ids["agent"], "It is late.", role="system")
    check("assistant_message" in answer.messages[-1], True)


@journey.call("client.send_message(..., stream=True)")
def _stream() -> None:
    client.send_message(ids["agent"], "Hi.", role="user", stream=True)


@journey.call("POST .../messages with stream_steps")
def _steps() -> None:
    chunks = send(message="Tea?", stream_steps=True)
    check(kinds(chunks), ["function_call", "function_return", "assistant_message", "[DONE_STEP]", "[DONE]"])


@journey.call("POST .../messages with stream_steps and stream_tokens")
def _tokens() -> None:
    chunks = send(message="Tea?", stream_steps=True, stream_tokens=True)
    calls = [each["function_call"] for each in chunks if isinstance(each, dict) and "function_call" in each]
    check(["id" in each for each in calls], [True] + [False] * (len(calls) - 1))
    check(json.loads("".join(each.get("arguments", "") for each in calls)), {"message": "You said: Tea?"})
    check([each for each in chunks if isinstance(each, str)], ["[DONE_GEN]", "[DONE_STEP]", "[DONE]"])


@journey.call("POST .../messages with stream, the older form")
def _old() -> None:
    chunks = send(message="Tea?", stream=True)
    check(kinds(chunks), ["function_call", "function_return", "assistant_message"])
    check(chunks[0]["function_call"], "send_message({'message': 'You said: Tea?'})")
    check(chunks[2]["assistant_message"], "You said: Tea?")


@journey.call("client.get_agent_memory(agent_id)")
def _memory() -> None:
    found = client.get_agent_memory(ids["agent"])
    check((found.core_memory.human, found.core_memory.persona), ("Her name is Ada.", "I am Sam."))
    check(found.recall_memory > 0, True)


@journey.call("client.update_agent_core_memory(agent_id, {...})")
def _update() -> None:
    found = client.update_agent_core_memory(ids["agent"], {"human": "Her name is Eva."})
    check(
        (found.old_core_memory.human, found.new_core_memory.human), ("Her name is Ada.", "Her name is Eva.")
    )
    check(found.new_core_memory.persona, "I am Sam.")


@journey.call("client.insert_archival_memory(agent_id, memory)")
def _insert() -> None:
    ids["passages"] = [
        client.insert_archival_memory(ids["agent"], text).ids[0] for text in ("one", "two", "three")
    ]
    check(client.get_agent_memory(ids["agent"]).archival_memory, 3)


@journey.call("client.get_agent_archival_memory(agent_id, before, after, limit)")
def _archival() -> None:
    def texts(**given: Any) -> list[str]:
        found = client.get_agent_archival_memory(ids["agent"], **given).archival_memory
        return [each.contents for each in found]

    first, _, last = ids["passages"]
    check(texts(), ["one", "two", "three"])
    check(texts(after=first), ["two", "three"])
    check(texts(before=last), ["one", "two"])
    check(texts(after=first, limit=1), ["two"])


@journey.call("client.delete_archival_memory(agent_id, memory_id)")
def _delete_passage() -> None:
    client.delete_archival_memory(ids["agent"], ids["passages"][0])
    check(len(client.get_agent_archival_memory(ids["agent"]).archival_memory), 2)


@journey.call("client.get_messages(agent_id, before, after, limit)")
def _messages() -> None:
    newest = client.get_messages(ids["agent"], limit=4).messages
    check(len(newest), 4)
    check([each["role"] for each in newest[:2]], ["tool", "assistant"])
    check(newest[1]["tool_calls"][0]["function"]["name"], "send_message")
    older = client.get_messages(ids["agent"], before=newest[1]["id"], limit=2).messages
    check([each["id"] for each in older], [each["id"] for each in newest[2:]])
    newer = client.get_messages(ids["agent"], after=newest[1]["id"]).messages
    check([each["id"] for each in newer], [newest[0]["id"]])


@journey.call('client.run_command(agent_id, "/memory")')
def _command() -> None:
    check("Her name is Eva." in client.run_command(ids["agent"], "/memory").response, True)


@journey.call("client.create_human, get_human, list_humans")
def _humans() -> None:
    made = client.create_human("tea_lover", "Loves tea.")
    check((made.name, client.get_human("tea_lover").text), ("tea_lover", "Loves tea."))
    check("tea_lover" in [dict(each)["name"] for each in client.list_humans().humans], True)
    check(client.get_human("nobody"), None)


@journey.call("client.create_persona, get_persona, list_personas")
def _personas() -> None:
    made = client.create_persona("calm", "I am calm.")
    check((made.name, client.get_persona("calm").text), ("calm", "I am calm."))
    check("calm" in [dict(each)["name"] for each in client.list_personas().personas], True)


@journey.call("client.create_preset, get_preset, list_presets, delete_preset")
def _presets() -> None:
    made = client.create_preset(name="tea", persona_name="calm", human_name="tea_lover")
    check((made.name, made.persona, client.get_preset("tea").human), ("tea", "I am calm.", "Loves tea."))
    check({"memgpt_chat", "tea"} - {each.name for each in client.list_presets()}, set())
    client.delete_preset(made.id)
    check("tea" in {each.name for each in client.list_presets()}, False)


@journey.call("client.list_tools, get_tool")
def _tools() -> None:
    names = [dict(each)["name"] for each in client.list_tools()]
    check({"send_message", "archival_memory_search"} - set(names), set())
    check(client.get_tool("send_message").name, "send_message")


@journey.call("client.create_tool(FUNCTION): source of one's own is refused with ValueError")
def _own_tool() -> None:
    def roll_dice() -> str:
        """
        Roll a dice.

        Returns:
            str: The number.
        """
        return "4"

    raises("is not run in this server", lambda: client.create_tool(roll_dice))


@journey.call("client.create_source, list_sources")
def _source() -> None:
    ids["source"] = client.create_source("notes").id
    check("notes" in [dict(each)["name"] for each in client.list_sources().sources], True)


@journey.call("client.load_file_into_source(filename, source_id), get_job_status")
def _load() -> None:
    Path("tosca.txt").write_text("Tosca the cat sleeps on the red sofa.", encoding="utf-8")
    job = client.load_file_into_source("tosca.txt", ids["source"])
    check((str(job.status), job.metadata_["num_documents"]), ("completed", 1))
    check(job.metadata_["num_passages"] >= 1, True)


@journey.call("client.attach_source_to_agent(source_id, agent_id)")
def _attach() -> None:
    client.attach_source_to_agent(source_id=ids["source"], agent_id=ids["agent"])
    config = httpx.get(f"{URL}/api/agents/{ids['agent']}/config", headers=HEADERS).json()
    check(config["sources"], [str(ids["source"])])


@journey.call("client.detach_source(source_id, agent_id)")
def _detach() -> None:
    client.detach_source(ids["source"], ids["agent"])
    config = httpx.get(f"{URL}/api/agents/{ids['agent']}/config", headers=HEADERS).json()
    check(config["sources"], [])


@journey.call("client.delete_source(source_id)")
def _delete_source() -> None:
    client.attach_source_to_agent(source_id=ids["source"], agent_id=ids["agent"])
    client.delete_source(ids["source"])
    check("notes" in [dict(each)["name"] for each in client.list_sources().sources], False)


@journey.call("client.list_models()")
def _models() -> None:
    check([each.model for each in client.list_models().models], ["scripted"])


@journey.call("client.get_config()")
def _config() -> None:
    check(client.get_config().config["default_llm_config"]["model"], "scripted")


@journey.call("Admin.create_user, get_users, delete_user")
def _users() -> None:
    made = admin.create_user()
    theirs: Any = create_client(base_url=URL, token=made.api_key)
    check(theirs.list_agents().num_agents, 0)
    mine = theirs.create_agent(name="old")
    check(mine.user_id, made.user_id if isinstance(mine.user_id, uuid.UUID) else str(made.user_id))
    check(client.agent_exists(agent_id=mine.id), False)
    raises("no agent", lambda: theirs.rename_agent(ids["agent"], "mine"))
    check(str(made.user_id) in [str(each["user_id"]) for each in admin.get_users().user_list], True)
    admin.delete_user(made.user_id)
    check(str(made.user_id) in [str(each["user_id"]) for each in admin.get_users().user_list], False)


@journey.call("Admin.create_key, get_keys, delete_key")
def _keys() -> None:
    chosen = uuid.uuid4()
    made = admin.create_user(chosen)
    check(made.user_id, chosen)
    key = admin.create_key(chosen, "laptop").api_key
    shown = admin.get_keys(chosen)
    check(sorted(shown), sorted(f"{each[:8]}...{each[-4:]}" for each in (key, made.api_key)))
    admin.delete_key(key)
    admin.delete_key(next(each for each in admin.get_keys(chosen)))
    check(admin.get_keys(chosen), [])
    admin.delete_user(chosen)


@journey.call("Admin.list_tools, get_tool")
def _admin_tools() -> None:
    check("send_message" in [dict(each)["name"] for each in admin.list_tools()], True)
    tool = admin.get_tool("send_message")
    check(None if tool is None else tool.name, "send_message")


@journey.call("client.delete_agent(agent_id)")
def _delete() -> None:
    client.delete_agent(ids["agent"])
    check(client.agent_exists(agent_id=ids["agent"]), False)


@journey.call("twenty requests to one agent at once are answered one after the other")
def _at_once() -> None:
    from concurrent.futures import ThreadPoolExecutor

    made = client.create_agent(name=f"busy-{int(time.time())}")

    def say(number: int) -> str:
        messages = client.user_message(made.id, f"Number {number}.").messages
        return next(each["assistant_message"] for each in messages if "assistant_message" in each)

    with ThreadPoolExecutor(20) as threads:
        check(list(threads.map(say, range(20))), [f"You said: Number {number}." for number in range(20)])


if __name__ == "__main__":
    ask("GET", "/me")
    journey.run()
