"""Notebooks for MemGPT's AutoGen agent run with one changed import."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
from autogen.io import IOStream
from autogen_support import Printed, heard, person, sends

from memgpt_autogen import (
    MemGPTAgent,
    create_memgpt_autogen_agent_from_config,
    load_autogen_memgpt_agent,
    open_memory,
)
from memgpt_autogen.compat.memgpt_config import translate_config
from memgpt_autogen.errors import ConfigurationError
from memgpt_autogen.testing import ScriptedLLM, ScriptedServer, call, says

pytestmark = pytest.mark.autogen


KEY = "sk-secret-0123456789"


OLD_NOTEBOOK = """
import autogen
from memgpt.autogen.memgpt_agent import create_memgpt_autogen_agent_from_config

config_list = [{"model": "gpt-4", "api_key": KEY, "base_url": URL}]
config_list_memgpt = [
    {
        "model": "gpt-4",
        "context_window": 8192,
        "preset": "memgpt_chat",
        "model_wrapper": None,
        "model_endpoint_type": "openai",
        "model_endpoint": URL,
        "openai_key": KEY,
    },
]
llm_config = {"config_list": config_list, "seed": 42}
llm_config_memgpt = {"config_list": config_list_memgpt, "seed": 42}

user_proxy = autogen.UserProxyAgent(
    name="User_proxy",
    system_message="A human admin.",
    code_execution_config=False,
    human_input_mode="NEVER",
    default_auto_reply="...",
)
coder = create_memgpt_autogen_agent_from_config(
    "MemGPT_coder",
    llm_config=llm_config_memgpt,
    nonmemgpt_llm_config=llm_config,
    system_message="I am an engineer, trained in Python.",
    interface_kwargs={"debug": False, "show_inner_thoughts": True, "show_function_outputs": False},
    default_auto_reply="...",
    skip_verify=True,
    auto_save=True,
)
groupchat = autogen.GroupChat(
    agents=[user_proxy, coder], messages=[], max_round=3, speaker_selection_method="round_robin"
)
manager = autogen.GroupChatManager(groupchat=groupchat, llm_config=llm_config)
user_proxy.initiate_chat(manager, message="Let us write an app.")
coder.save()
"""


def made(name: str = "sam", *answers: Any, **options: Any) -> Any:
    """An agent made as MemGPT's function made it, over a scripted model."""
    llm = ScriptedLLM(*answers, otherwise=sends("noted"))
    return create_memgpt_autogen_agent_from_config(name, llm=llm, silent=True, **options)


def with_old_keys(url: str, **more: Any) -> dict[str, Any]:
    entry = {"model": "gpt-4", "model_endpoint_type": "openai", "model_endpoint": url, "openai_key": KEY}
    return {"config_list": [{**entry, "preset": "memgpt_chat", "model_wrapper": None, **more}], "seed": 42}


def test_an_old_notebook_runs_with_one_changed_import() -> None:
    cell = OLD_NOTEBOOK.replace("from memgpt.autogen.memgpt_agent import", "from memgpt_autogen import")

    with ScriptedServer(otherwise=sends("Which app?")) as server, IOStream.set_default(Printed()):
        names: dict[str, Any] = {"URL": server.url, "KEY": KEY}
        exec(cell, names)

    said = [(message["name"], message["content"]) for message in names["groupchat"].messages]
    assert said == [
        ("User_proxy", "Let us write an app."),
        ("MemGPT_coder", "Which app?"),
        ("User_proxy", "..."),
    ]
    assert {request["model"] for request in server.requests} == {"gpt-4"}
    assert {headers["authorization"] for headers in server.headers} == {f"Bearer {KEY}"}
    assert names["coder"].memory.core["persona"].value == "I am an engineer, trained in Python."
    assert names["coder"].context_overview().window_tokens == 8192


def test_configurations_are_left_as_they_were_and_keys_are_in_no_file(tmp_path: Path) -> None:
    with ScriptedServer(otherwise=sends("hello")) as server:
        given = {
            "llm_config": with_old_keys(server.url, embedding_model="e", embedding_endpoint=server.url),
            "nonmemgpt_llm_config": {"config_list": [{"model": "gpt-4", "api_key": KEY}]},
            "interface_kwargs": {"debug": False, "show_inner_thoughts": False},
            "function_map": {"add": _add},
            "code_execution_config": {"use_docker": False, "work_dir": str(tmp_path / "code")},
        }
        before = copy.deepcopy(given)
        sam = create_memgpt_autogen_agent_from_config("sam", silent=True, **given)

        person("boss").initiate_chat(sam, message="hi", max_turns=1, silent=True)
        sam.memory.archival.insert("so that the archive has files")
        load_autogen_memgpt_agent({"name": "sam", **given["llm_config"]["config_list"][0]}, silent=True)

    assert given == before
    assert len(server.embedding_requests) > 0
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) > 1
    assert not [path for path in files if KEY.encode() in path.read_bytes()]
    assert KEY not in repr(sam.memory) + repr(sam.loop)


def test_system_message_begins_the_persona_and_what_was_learned_stays() -> None:
    sam = made(system_message="I am an engineer.")
    sam.memory.core.set("persona", "I am an engineer. I like tests.")

    again = made(system_message="I am a cook.")

    assert made("ben").memory.core["persona"].value == "You are a helpful AI Assistant."
    assert again.memory.core["persona"].value == "I am an engineer. I like tests."
    assert made("kim", system_message="").memory.core["persona"].value


@pytest.mark.parametrize("mode", ["ALWAYS", "TERMINATE", "NEVER"])
def test_each_human_input_mode_gives_an_agent_that_asks_nobody(mode: str) -> None:
    sam = made(human_input_mode=mode)

    boss = person("boss")

    with IOStream.set_default(Printed()):  # which fails when somebody is asked
        for message in ("hi", "TERMINATE"):
            boss.initiate_chat(sam, message=message, max_turns=1, clear_history=False, silent=True)

    assert isinstance(sam, MemGPTAgent)
    assert heard(sam) == [("boss", "hi"), ("sam", "noted"), ("boss", "TERMINATE")]
    assert (sam.memory.core["human"].value == "") == (mode == "ALWAYS")


def test_an_unknown_human_input_mode_is_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"'SOMETIMES'.*'ALWAYS'"):
        made(human_input_mode="SOMETIMES")


def test_is_termination_msg_gets_the_message_and_ends_the_chat() -> None:
    seen: list[Any] = []

    def ends(message: dict[str, Any]) -> bool:
        seen.append(message)
        return "bye" in message["content"]

    sam = made(is_termination_msg=ends)
    boss = person("boss", ["fine, bye", "still here?"])

    result = boss.initiate_chat(sam, message="hi", silent=True)

    assert [message["content"] for message in result.chat_history] == ["hi", "noted", "fine, bye"]
    assert all(isinstance(message, dict) for message in seen)


def test_max_consecutive_auto_reply_bounds_the_agents_replies() -> None:
    sam = made(max_consecutive_auto_reply=2)

    person("boss", ["one", "two", "three"]).initiate_chat(sam, message="zero", silent=True)

    assert [text for name, text in heard(sam) if name == "sam"] == ["noted", "noted"]


def test_default_auto_reply_answers_for_an_agent_without_a_model() -> None:
    sam = create_memgpt_autogen_agent_from_config(
        "sam", llm_config=False, default_auto_reply="I only listen.", silent=True
    )

    result = person("boss").initiate_chat(sam, message="hi", max_turns=1, silent=True)

    assert result.chat_history[-1]["content"] == "I only listen."


def test_a_function_of_the_function_map_runs_inside_the_turn() -> None:
    step = says("", call("add", a=2, b=3, request_heartbeat=True))

    sam = made("sam", step, sends("5"), function_map={"add": _add})
    result = person("boss").initiate_chat(sam, message="2 + 3?", max_turns=1, silent=True)

    assert result.chat_history[-1]["content"] == "5"
    assert _add_result(sam) == ["5"]


def test_a_function_that_llm_config_describes_needs_no_types() -> None:
    schema = {
        "name": "add",
        "description": "adds",
        "parameters": {"type": "object", "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}}},
    }
    step = says("", call("add", a=2, b=3, request_heartbeat=True))

    with ScriptedServer(step, sends("5")) as server:
        config = {**with_old_keys(server.url), "functions": [schema]}
        sam = create_memgpt_autogen_agent_from_config(
            "sam", llm_config=config, function_map={"add": lambda a, b: a + b}, silent=True
        )
        result = person("boss").initiate_chat(sam, message="2 + 3?", max_turns=1, silent=True)

    assert result.chat_history[-1]["content"] == "5"
    assert _add_result(sam) == ["5"]


def test_code_in_a_message_is_executed_where_code_execution_is_configured(tmp_path: Path) -> None:
    sam = made(code_execution_config={"use_docker": False, "work_dir": str(tmp_path / "code")})

    result = person("boss").initiate_chat(
        sam, message="```python\nprint(6 * 7)\n```", max_turns=1, silent=True
    )

    assert "42" in result.chat_history[-1]["content"]


@pytest.mark.parametrize("shown", ["debug", "show_inner_thoughts", "show_function_outputs"])
def test_interface_kwargs_show_what_the_agent_does(shown: str) -> None:
    step = says("", call("core_memory_append", label="human", content="likes tea", request_heartbeat=True))
    loud = made("loud", step, interface_kwargs={shown: True, "fancy": False})
    quiet = made("quiet", step, interface_kwargs={shown: False, "show_user_message": True})

    printed = Printed()
    with IOStream.set_default(printed):
        for sam in (loud, quiet):
            person("boss").initiate_chat(sam, message="hi", max_turns=1, silent=True)

    told = [line for line in printed.lines if "core_memory_append" in line]
    assert len([line for line in told if "loud" in line]) > 0
    assert not [line for line in told if "quiet" in line]


def test_an_unknown_interface_argument_is_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"'colour'.*debug"):
        made(interface_kwargs={"colour": True})


def test_an_agent_is_loaded_by_name_with_all_that_it_knows() -> None:
    sam = made("sam", says("", call("core_memory_append", label="human", content="lives in Lisbon")))
    person("boss").initiate_chat(sam, message="I live in Lisbon.", max_turns=1, silent=True)
    sam.memory.archival.insert("Lisbon has seven hills.", source="guide")
    sam.memory.archival.close()

    again = load_autogen_memgpt_agent(
        {"name": "sam"}, True, True, None, {"debug": False}, "...", None, llm=ScriptedLLM(), silent=True
    )

    assert heard(again)[0] == ("boss", "I live in Lisbon.")
    assert again.memory.core["human"].value == "lives in Lisbon"
    assert again.memory.archival.count() == 1
    assert again.memory.core["persona"].value == "You are a helpful AI Assistant."


def test_a_loaded_agent_is_asked_through_the_model_that_the_call_names() -> None:
    made()

    with ScriptedServer(sends("from the endpoint"), sends("again")) as server:
        keys = with_old_keys(server.url, context_window=4096)
        for options in ({}, {"llm_config": keys}):
            config = {"name": "sam"} if options else {"name": "sam", **keys["config_list"][0]}
            sam = load_autogen_memgpt_agent(config, silent=True, **options)
            person("boss").initiate_chat(sam, message="hi", max_turns=1, silent=True)
            assert sam.context_overview().window_tokens == 4096

    assert [text for name, text in heard(sam) if name == "sam"] == ["from the endpoint", "again"]
    with pytest.raises(ConfigurationError, match="give one"):
        load_autogen_memgpt_agent({"name": "sam", "model": "gpt-4"}, llm_config=keys)


def test_loading_whom_the_home_does_not_know_is_refused_and_makes_nothing(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"no agent 'ghost' in this home \(agents: none\)"):
        load_autogen_memgpt_agent({"name": "ghost"})
    assert not (tmp_path / "home").exists()

    made()

    with pytest.raises(ConfigurationError, match=r"agents: sam\)"):
        load_autogen_memgpt_agent({"name": "ghost"})
    with pytest.raises(ConfigurationError, match="no agent 'sam'"):
        load_autogen_memgpt_agent({"name": "sam"}, ephemeral=True)
    with pytest.raises(ConfigurationError, match="no agent 'sam'"):
        load_autogen_memgpt_agent({"name": "sam"}, home=tmp_path / "elsewhere")
    with pytest.raises(ConfigurationError, match="no 'name'"):
        load_autogen_memgpt_agent({})
    with pytest.raises(ConfigurationError, match="interface_kwargs="):
        load_autogen_memgpt_agent({"name": "sam"}, interface=object())
    assert load_autogen_memgpt_agent({"name": "sam"}, memory=open_memory("sam")).name == "sam"


def test_a_folder_is_loaded_and_attached_in_the_old_words(tmp_path: Path) -> None:
    sam = made()
    papers = tmp_path / "papers"
    papers.mkdir()
    (papers / "paging.txt").write_text("Virtual context is paged.")

    with pytest.raises(ConfigurationError, match="Load it"):
        sam.attach("paper")
    with pytest.raises(ConfigurationError, match="cannot be loaded"):
        sam.load("paper", "database", query="SELECT 1")
    sam.load_and_attach("paper", "directory", input_dir=str(papers))
    sam.load_and_attach("paper", "directory", input_dir="nowhere")

    assert [source.name for source in sam.sources()] == ["paper/paging.txt"]
    assert len(sam.attach("paper").unchanged) == 1
    assert sam.save() is None


def entry(**keys: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """What becomes of one entry, and of the arguments beside it."""
    config, found = translate_config({"config_list": [{"model": "m", **keys}]})
    return config["config_list"][0], found


def _add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


def _add_result(sam: MemGPTAgent) -> list[str]:
    from memgpt_autogen.events import ToolReturned

    return [e.text for e in sam.last_turn if isinstance(e, ToolReturned) and e.call.name == "add"]
