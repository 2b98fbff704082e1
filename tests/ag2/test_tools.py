"""Functions of an agent: registered, offered, run, and run by another agent; code too."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

import autogen
import pytest
from side_by_side import helper, offered, results

from memgpt_autogen.testing import call

pytestmark = pytest.mark.autogen


def weather(city: str) -> str:
    return f"snow in {city}"


weather.__annotations__["city"] = Annotated[str, "a city"]


def add(a: int, b: int = 1) -> int:
    return a + b


async def slow(city: str) -> str:
    await asyncio.sleep(0)
    return f"later in {city}"


def broken(city: str) -> str:
    raise ValueError(f"no station in {city}")


def register(sam: Any, executor: Any, *functions: Any) -> None:
    for function in functions or (weather,):
        autogen.register_function(
            function, caller=sam, executor=executor, name=function.__name__, description="A function."
        )


def test_a_registered_function_is_offered(world: Any) -> None:
    sam, p = world.agent(), helper("p")
    register(sam, p)
    p.initiate_chat(sam, message="Hi", max_turns=1, silent=True)

    assert "weather" in offered(world.server)
    assert sam.llm_config["tools"][0]["function"]["name"] == "weather"


def test_a_schema_has_types_descriptions_and_what_is_required(world: Any) -> None:
    sam = world.agent()
    register(sam, helper("p"), weather, add)
    schemas = {each["function"]["name"]: each["function"]["parameters"] for each in sam.llm_config["tools"]}

    assert schemas["weather"]["properties"]["city"] == {"type": "string", "description": "a city"}
    assert schemas["add"]["required"] == ["a"]
    assert schemas["add"]["properties"]["b"]["default"] == 1


def test_a_call_is_run_by_the_other_agent(world: Any) -> None:
    sam, p = world.agent(), helper("p")
    register(sam, p)
    world.says("", call("weather", city="Oslo"))
    world.says("It snows.")

    result = p.initiate_chat(sam, message="Weather?", max_turns=2, silent=True)

    assert result.summary == "It snows."
    assert results(world.server) == ["snow in Oslo"]
    assert result.chat_history[1]["tool_calls"][0]["function"]["name"] == "weather"
    assert result.chat_history[2]["role"] == "tool"


def test_several_calls_of_one_message(world: Any) -> None:
    sam, p = world.agent(), helper("p")
    register(sam, p, weather, add)
    world.says("", call("weather", city="Oslo"), call("add", a=2), call("weather", city="Bergen"))

    p.initiate_chat(sam, message="Weather?", max_turns=2, silent=True)

    assert results(world.server) == ["snow in Oslo", "3", "snow in Bergen"]


def test_calls_one_after_another(world: Any) -> None:
    sam, p = world.agent(), helper("p")
    register(sam, p, weather, add)
    world.says("", call("weather", city="Oslo"))
    world.says("", call("add", a=2, b=3))

    result = p.initiate_chat(sam, message="Weather?", max_turns=3, silent=True)

    assert results(world.server) == ["snow in Oslo", "5"]
    assert result.summary == "answer"


@pytest.mark.parametrize("function", [broken, None])
def test_a_call_that_fails_tells_the_model(world: Any, function: Any) -> None:
    sam, p = world.agent(), helper("p")
    register(sam, p if function else helper("q"), function or weather)
    world.says("", call("broken" if function else "weather", city="Oslo"))

    p.initiate_chat(sam, message="Weather?", max_turns=2, silent=True)

    assert results(world.server)[0].startswith("Error: ")


def test_a_coroutine_in_an_asynchronous_chat(world: Any) -> None:
    sam, p = world.agent(), helper("p")
    register(sam, p, slow)
    world.says("", call("slow", city="Oslo"))

    asyncio.run(p.a_initiate_chat(sam, message="Weather?", max_turns=2, silent=True))

    assert results(world.server) == ["later in Oslo"]


def test_a_call_of_another_agent_is_run(world: Any) -> None:
    sam = world.agent(llm_config=False)
    sam.register_function({"weather": weather})
    message = {
        "role": "assistant",
        "content": None,
        "tool_calls": [
            {"id": "c1", "type": "function", "function": {"name": "weather", "arguments": '{"city": "Oslo"}'}}
        ],
    }

    reply = sam.generate_reply([message], helper("p"))

    assert reply["role"] == "tool"
    assert reply["tool_responses"][0]["tool_call_id"] == "c1"
    assert "snow in Oslo" in reply["content"]


def test_an_older_function_call_of_another_agent_is_run(world: Any) -> None:
    sam = world.agent(llm_config=False, function_map={"weather": weather})
    message = {
        "role": "assistant",
        "content": None,
        "function_call": {"name": "weather", "arguments": '{"city": "Oslo"}'},
    }

    assert sam.generate_reply([message], helper("p"))["content"] == "snow in Oslo"


def test_a_function_can_be_executed_directly(world: Any) -> None:
    sam = world.agent(function_map={"weather": weather})

    ok, answer = sam.execute_function({"name": "weather", "arguments": '{"city": "Oslo"}'})

    assert (ok, answer["content"]) == (True, "snow in Oslo")


@pytest.mark.parametrize("arguments", ["{not json", '{"town": "Oslo"}'])
def test_wrong_arguments_are_an_error(world: Any, arguments: str) -> None:
    ok, answer = world.agent(function_map={"weather": weather}).execute_function(
        {"name": "weather", "arguments": arguments}
    )

    assert not ok
    assert answer["content"].startswith("Error: ")


def test_a_coroutine_can_be_executed_directly(world: Any) -> None:
    ok, answer = asyncio.run(
        world.agent(function_map={"slow": slow}).a_execute_function(
            {"name": "slow", "arguments": '{"city": "Oslo"}'}
        )
    )

    assert (ok, answer["content"]) == (True, "later in Oslo")


def test_what_an_agent_can_execute(world: Any) -> None:
    sam = world.agent()
    sam.register_for_execution(name="weather")(weather)

    assert sam.can_execute_function("weather")
    assert not sam.can_execute_function(["weather", "add"])
    assert set(sam.function_map) == {"weather"}


def test_a_function_is_removed(world: Any) -> None:
    sam = world.agent()
    register(sam, helper("p"), weather, add)
    sam.update_tool_signature("weather", is_remove=True)

    assert [each["function"]["name"] for each in sam.llm_config["tools"]] == ["add"]


def test_a_function_of_the_map_is_removed(world: Any) -> None:
    sam = world.agent(function_map={"weather": weather})
    sam.register_function({"weather": None})

    assert not sam.can_execute_function("weather")


def test_a_model_is_needed_to_offer_a_function(world: Any) -> None:
    with pytest.raises((AssertionError, RuntimeError)):
        world.agent(llm_config=False).register_for_llm(name="weather", description="w")(weather)


def test_a_description_is_needed(world: Any) -> None:
    with pytest.raises((ValueError, TypeError)):
        world.agent().register_for_llm()(lambda city: city)


def test_a_function_under_another_name(world: Any) -> None:
    sam = world.agent()
    sam.register_for_llm(name="forecast", description="w")(weather)

    assert sam.llm_config["tools"][0]["function"]["name"] == "forecast"


# Code


def test_code_is_executed_in_the_folder(world: Any, tmp_path: Any) -> None:
    sam = world.agent(
        llm_config=False, code_execution_config={"work_dir": str(tmp_path), "use_docker": False}
    )

    reply = sam.generate_reply([{"role": "user", "content": "```python\nprint(6 * 7)\n```"}], helper("p"))

    assert "exitcode: 0" in reply
    assert "42" in reply


def test_code_that_fails_is_told(world: Any, tmp_path: Any) -> None:
    sam = world.agent(
        llm_config=False, code_execution_config={"work_dir": str(tmp_path), "use_docker": False}
    )

    assert "exitcode: 1" in sam.generate_reply(
        [{"role": "user", "content": "```python\nraise SystemExit(1)\n```"}], helper("p")
    )


def test_a_message_without_code_goes_to_the_model(world: Any, tmp_path: Any) -> None:
    sam = world.agent(code_execution_config={"work_dir": str(tmp_path), "use_docker": False})

    assert sam.generate_reply([{"role": "user", "content": "no code"}], helper("p")) == "answer"
