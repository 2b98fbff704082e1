"""MemGPT's methods: the same on a server and on a home."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from running_servers import running
from server_apps import PASSWORD, make_app

import memgpt_autogen.client
from memgpt_autogen.client import Admin, RESTClient, create_client
from memgpt_autogen.client.memgpt import ChatMemory, LocalClient, RefusedError
from memgpt_autogen.client.memgpt.base import MemGPTClient


@pytest.fixture(params=["rest", "local"])
def client(request: pytest.FixtureRequest) -> Iterator[Any]:
    """A client of each kind, on this test's home, one after the other."""
    if request.param == "local":
        local = create_client()
        assert isinstance(local, LocalClient)
        yield local
        local.close()
        return
    with running(make_app()) as address:
        remote = create_client(address, PASSWORD)
        yield remote
        remote.close()


@pytest.fixture
def agent(client: Any) -> str:
    memory = ChatMemory(persona="I am Sam.", human="Her name is Ada.")
    return str(client.create_agent(name="old", memory=memory).id)


def said(answer: Any) -> list[str]:
    return [each["assistant_message"] for each in answer if "assistant_message" in each]


def test_agents_are_made_found_renamed_and_deleted(client: Any, agent: str) -> None:
    assert client.agent_exists(agent) is client.agent_exists(agent_name="old") is True
    assert client.agent_exists(uuid.uuid4()) is client.agent_exists(agent_name="gone") is False
    assert client.get_agent(agent_name="old").id == agent
    assert client.get_agent_config(uuid.UUID(agent)).state["persona"] == "I am Sam."
    assert client.get_agent(agent).created_at.tzinfo is not None
    assert client.rename_agent(agent, "older").name == "older"
    assert [each["name"] for each in client.list_agents().agents] == ["older"]
    client.delete_agent(agent)
    assert client.list_agents().num_agents == 0
    older = client.create_agent(name="oldest", persona="I am Ann.", human="Ben")
    assert (older.state["persona"], older.state["human"]) == ("I am Ann.", "Ben")


def test_an_agent_answers_whole_or_in_chunks(client: Any, agent: str) -> None:
    answer = client.user_message(agent, "I live in Lisbon.")
    chunks = list(client.send_message(agent, "Where do I live?", "user", stream=True))
    named = client.send_message(agent_name="old", message="It is late.", role="system")

    assert "Lisbon" in said(answer.messages)[0]
    assert answer.usage.step_count >= 1
    assert "Lisbon" in said(chunks)[0]
    assert {"id", "date"} <= set(chunks[0])
    assert said(named.messages)
    newest = client.get_messages(agent, limit=3).messages
    assert [each["id"] for each in client.get_messages(agent, after=newest[1]["id"]).messages] == [
        newest[0]["id"]
    ]
    assert "Lisbon" in client.run_command(agent, "/dump").response
    assert client.run_command(agent, "/retry").response
    assert client.save() is None


def test_memory_is_read_and_changed(client: Any, agent: str) -> None:
    changed = client.update_agent_core_memory(agent, {"human": "Her name is Eva."})
    ids = [client.insert_archival_memory(agent, text).ids[0] for text in ("one", "two", "three")]
    found = client.get_agent_archival_memory(agent, after=ids[0], before=ids[2]).archival_memory
    client.delete_archival_memory(agent, ids[0])

    assert changed.old_core_memory["human"] == "Her name is Ada."
    assert [each.contents for each in found] == ["two"]
    memory = client.get_agent_memory(agent)
    assert (memory.core_memory["human"], memory.archival_memory) == ("Her name is Eva.", 2)


def test_templates_are_stored(client: Any) -> None:
    client.create_human("ada", "Her name is Ada.")
    client.create_persona("calm", "I am calm.")
    client.update_human("ada", "Her name is Eva.")
    client.update_persona("calm", "I am very calm.")
    preset = client.create_preset("tea", human_name="ada", persona_name="calm")

    assert [each.name for each in client.list_humans().humans] == ["ada"]
    assert client.get_human("ada").text == "Her name is Eva."
    assert (client.get_human("bob"), client.get_persona("bob")) == (None, None)
    assert [each.text for each in client.list_personas().personas] == ["I am very calm."]
    assert client.create_agent(name="tea", preset="tea").state["human"] == "Her name is Eva."
    assert {each.name for each in client.list_presets()} == {"memgpt_chat", "tea"}
    client.delete_preset(preset.id)
    client.delete_human("ada")
    client.delete_persona("calm")
    assert client.list_humans().humans == client.list_personas().personas == []
    assert {each.name for each in client.list_presets()} == {"memgpt_chat"}


def test_sources_are_loaded_and_attached(client: Any, agent: str, tmp_path: Path) -> None:
    (tmp_path / "tosca.txt").write_text("Tosca sleeps on the red sofa.", encoding="utf-8")
    source = client.create_source("notes")
    job = client.load_file_into_source(tmp_path / "tosca.txt", source.id)

    assert (job.status, job.metadata_["num_documents"]) == ("completed", 1)
    assert client.get_job_status(job.id).status == "completed"
    client.attach_source_to_agent(source.id, agent)
    assert client.list_attached_sources(agent) == [source.id]
    client.detach_source(source.id, agent)
    assert client.list_attached_sources(agent) == []
    assert client.get_source(source_name="notes").id == client.get_source(source.id).id == source.id

    class Connector:
        def generate_documents(self) -> Iterator[tuple[str, dict[str, str]]]:
            yield "Tea is hot.", {"file_name": "tea.html"}
            yield "Ice is cold.", {}

    client.load_data(Connector(), "more")
    assert {each.name for each in client.list_sources().sources} == {"notes", "more"}
    client.delete_source(source.id)
    client.delete_source(source_name="more")
    assert client.list_sources().sources == []


def test_functions_models_and_configuration_are_told(client: Any) -> None:
    def core_memory_append(name: str, content: str) -> None:
        """Append."""

    assert "send_message" in [each.name for each in client.list_tools()]
    assert client.get_tool("roll") is None
    assert client.create_tool(core_memory_append).source_code == ""
    assert client.list_models().models[0].model == "offline"
    assert client.get_config().config["preset"] == "memgpt_chat"


REFUSED: dict[str, tuple[Callable[[Any, str], Any], int, str]] = {
    "taken": (lambda client, _: client.create_agent(name="old"), 409, "already"),
    "models": (lambda client, _: client.create_agent(llm_config={"model": "x"}), 400, "in the settings"),
    "name": (lambda client, agent: client.rename_agent(agent, "a/b"), 400, "is not valid"),
    "path": (lambda client, _: client.rename_agent("../agents", "a"), 404, "agent"),
    "dots": (lambda client, _: client.delete_agent(".."), 404, r"\.\."),
    "role": (lambda client, agent: client.send_message(agent, "Hi.", "tool"), 400, "'tool'"),
    "empty": (lambda client, agent: client.user_message(agent, ""), 400, "empty"),
    "agent": (lambda client, _: client.user_message(uuid.uuid4(), "Hi."), 404, "no agent"),
    "stream": (lambda client, _: list(client.send_message("gone", "Hi.", stream=True)), 404, "no agent"),
    "both": (lambda client, agent: client.get_agent(agent, "old"), 400, "one of them"),
    "block": (lambda client, agent: client.update_agent_core_memory(agent, {"humna": "x"}), 404, "humna"),
    "passage": (lambda client, agent: client.delete_archival_memory(agent, uuid.uuid4()), 404, "no passage"),
    "tool": (lambda client, _: client.create_tool(lambda: None, name="roll"), 403, "is not run"),
    "tools": (lambda client, _: client.delete_tool("send_message"), 403, "stays"),
    "command": (lambda client, agent: client.run_command(agent, "/dance"), 400, "There are"),
    "file": (
        lambda client, _: client.load_file_into_source("/nowhere/a.txt", "notes"),
        400,
        "cannot be read",
    ),
    "job": (lambda client, _: client.get_job_status(uuid.uuid4()), 404, "no job"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_is_a_value_error_of_one_text(client: Any, agent: str, name: str) -> None:
    call, status, text = REFUSED[name]

    with pytest.raises(ValueError, match=text) as refused:
        call(client, agent)

    assert isinstance(refused.value, RefusedError)
    assert isinstance(refused.value, AssertionError)
    assert refused.value.status == status


def test_a_file_that_cannot_be_loaded_is_a_value_error(client: Any, tmp_path: Path) -> None:
    (tmp_path / "broken.pdf").write_bytes(b"%PDF-1.4 broken")
    source = client.create_source("notes")

    with pytest.raises(ValueError, match="was not loaded"):
        client.load_file_into_source(tmp_path / "broken.pdf", source.id)


def test_the_admin_manages_users_and_keys() -> None:
    with running(make_app()) as address:
        admin = Admin(address, PASSWORD)
        user = admin.create_user()
        key = admin.create_key(user.user_id, "phone").api_key
        theirs = RESTClient(address, key)

        assert theirs.create_agent(name="hers").user_id == user.user_id
        assert user.user_id in [each["user_id"] for each in admin.get_users().user_list]
        assert len(admin.get_keys(user.user_id)) == 2
        admin.delete_key(key)
        with pytest.raises(ValueError, match="not valid"):
            theirs.list_agents()
        admin.delete_user(user.user_id)
        assert user.user_id not in [each["user_id"] for each in admin.get_users().user_list]
        assert "send_message" in [each.name for each in admin.list_tools()]
        assert (admin.get_tool("roll"), admin.get_tool("send_message") is None) == (None, False)
        with pytest.raises(ValueError, match="is not run"):
            admin.create_tool(lambda: None, name="roll")
        with pytest.raises(ValueError, match="stays"):
            admin.delete_tool("send_message")


def test_a_local_client_of_a_user_sees_what_the_user_has() -> None:
    with running(make_app()) as address:
        user = Admin(address, PASSWORD).create_user()
        RESTClient(address, user.api_key).create_agent(name="hers")

    local = LocalClient(user_id=user.user_id)
    assert [each["name"] for each in local.list_agents().agents] == ["hers"]
    local.close()
    with pytest.raises(ValueError, match="no user"):
        LocalClient(user_id=str(uuid.uuid4())).list_agents()


def test_what_is_no_server_is_a_value_error() -> None:
    with pytest.raises(ValueError, match="no server answers"):
        RESTClient("http://127.0.0.1:9", "key").list_agents()


def test_the_client_of_today_says_where_memgpts_methods_are() -> None:
    with memgpt_autogen.client.LocalClient() as today:
        with pytest.raises(AttributeError, match=r"create_client\(\)"):
            today.user_message("sam", "Hi.")
        with pytest.raises(AttributeError, match="no attribute 'nothing'"):
            _ = today.nothing


METHODS = """
    list_agents agent_exists create_agent rename_agent delete_agent get_agent get_agent_config
    user_message send_message run_command save get_agent_memory update_agent_core_memory
    get_agent_archival_memory insert_archival_memory delete_archival_memory get_messages list_humans
    create_human get_human update_human delete_human list_personas create_persona get_persona
    update_persona delete_persona create_preset get_preset delete_preset list_presets create_tool
    list_tools get_tool delete_tool list_sources create_source delete_source get_job_status
    load_file_into_source attach_source_to_agent detach_source load_data get_source
    list_attached_sources list_models get_config
"""


def test_no_method_of_memgpt_is_missing() -> None:
    assert [name for name in METHODS.split() if not callable(getattr(MemGPTClient, name, None))] == []
