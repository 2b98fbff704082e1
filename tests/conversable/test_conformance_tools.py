"""Tools of a stock agent and of ours: the same registrations, the same script, and what AutoGen sees.

Where ours differs, the test's name or a comment says why.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
from collections.abc import Callable
from typing import Annotated, Any

import autogen
import pytest
from autogen_support import heard, person
from pydantic import BaseModel
from side_by_side import (
    KINDS,
    Kind,
    config,
    either,
    helper,
    legal,
    made,
    offered,
    results,
    said,
    seen,
    served,
)

from memgpt_autogen import MemGPTAgent
from memgpt_autogen.events import ToolReturned
from memgpt_autogen.testing import ScriptedLLM, call, says

pytestmark = pytest.mark.autogen

with contextlib.suppress(ImportError):
    from autogen.tools import Tool
HAS_TOOLS = "Tool" in globals()
needs_tools = pytest.mark.skipif(not HAS_TOOLS, reason="this AutoGen has no Tool objects")

ASKS = either("", call("get_weather", city="Oslo"))
TELLS = either("it snows in Oslo")


def get_weather(city: str) -> str:
    """The weather of a city."""
    return f"snow in {city}"


def registered(caller: Any, executor: Any, function: Callable[..., Any] = get_weather) -> None:
    autogen.register_function(
        function, caller=caller, executor=executor, name=function.__name__, description="A function."
    )


def both_ways(agent: Any, function: Callable[..., Any] = get_weather) -> None:
    """The function registered with one agent for its model and for execution."""
    registered(agent, agent, function)


def ours(*answers: Any, function: Callable[..., Any], **options: Any) -> tuple[Any, str, list[str]]:
    """Our agent, its reply, and what the results of its calls were, where it executes the function itself."""
    with served(*answers) as server:
        sam = made(MemGPTAgent, server, **options)
        both_ways(sam, function)
        result = person("boss").initiate_chat(sam, message="go", max_turns=1, silent=True)
    assert legal(server)
    return sam, result.chat_history[-1]["content"], results(server)


# Someone else executes: the conversation is the stock agent's to the letter


def _register_function(sam: Any, desk: Any) -> None:
    registered(sam, desk)


def _decorators(sam: Any, desk: Any) -> None:
    desk.register_for_execution(name="get_weather")(
        sam.register_for_llm(name="get_weather", description="the weather")(get_weather)
    )


def _execution_first(sam: Any, desk: Any) -> None:
    desk.register_for_execution(name="get_weather")(get_weather)
    sam.register_for_llm(name="get_weather", description="the weather")(get_weather)


def _signature_and_map(sam: Any, desk: Any) -> None:
    schema = {"name": "get_weather", "description": "w", "parameters": {"type": "object", "properties": {}}}
    sam.update_tool_signature({"type": "function", "function": schema}, is_remove=False)
    desk.register_function({"get_weather": get_weather})


REGISTRATIONS = [_register_function, _decorators, _execution_first, _signature_and_map]


@pytest.mark.parametrize("register", REGISTRATIONS)
def test_a_call_goes_out_and_its_result_comes_back_however_it_was_registered(
    register: Callable[[Any, Any], None],
) -> None:  # T69
    histories = []
    for kind in (autogen.ConversableAgent, MemGPTAgent):
        with served(ASKS, TELLS) as server:
            sam, desk = made(kind, server), helper("desk")
            register(sam, desk)
            result = desk.initiate_chat(sam, message="weather?", max_turns=2, silent=True)
        histories.append((seen(result.chat_history), seen(sam.chat_messages[desk]), result.summary))
        assert legal(server)
        assert results(server) == ["snow in Oslo"]

    assert histories[0] == histories[1]


def test_several_calls_of_one_answer_go_out_together_and_come_back_in_order() -> None:
    def add(a: int, b: int) -> int:
        return a + b

    histories = []
    for kind in (autogen.ConversableAgent, MemGPTAgent):
        with served(
            either(
                "",
                call("get_weather", city="Oslo"),
                call("add", a=2, b=3),
                call("get_weather", city="Bergen"),
            ),
            TELLS,
        ) as server:
            sam, desk = made(kind, server), helper("desk")
            registered(sam, desk)
            registered(sam, desk, add)
            result = desk.initiate_chat(sam, message="weather?", max_turns=2, silent=True)
        histories.append(seen(result.chat_history))
        assert results(server) == ["snow in Oslo", "5", "snow in Bergen"]

    assert histories[0] == histories[1]


def test_an_executor_that_fails_or_lacks_the_function_tells_the_model() -> None:
    def broken(city: str) -> str:
        raise ValueError(f"no station in {city}")

    histories = []
    for kind in (autogen.ConversableAgent, MemGPTAgent):
        with served(
            either("", call("broken", city="Oslo")), either("", call("get_weather", city="Oslo")), TELLS
        ) as server:
            sam, desk = made(kind, server), helper("desk")
            registered(sam, desk, broken)
            sam.register_for_llm(name="get_weather", description="the weather")(get_weather)
            result = desk.initiate_chat(sam, message="weather?", max_turns=3, silent=True)
        histories.append(seen(result.chat_history))
        assert results(server) == ["Error: no station in Oslo", "Error: Function get_weather not found."]
        if kind is MemGPTAgent:  # ours tells its model also in the result's status
            statuses = [
                json.loads(m["content"])["status"]
                for m in server.requests[-1]["messages"]
                if m["role"] == "tool"
            ]
            assert statuses == ["Failed", "Failed"]

    assert histories[0] == histories[1]


def test_legacy_functions_are_offered_and_go_out_as_tool_calls() -> None:
    """A stock agent sends the older `function_call`, ours `tool_calls`, which every executor takes."""
    with served(ASKS, TELLS) as server:
        llm_config = config(server)
        llm_config["functions"] = [
            {"name": "get_weather", "description": "w", "parameters": {"type": "object", "properties": {}}}
        ]
        sam = MemGPTAgent("sam", llm_config=llm_config, silent=True)
        desk = helper("desk")
        desk.register_function({"get_weather": get_weather})

        result = desk.initiate_chat(sam, message="weather?", max_turns=2, silent=True)

    assert "get_weather" in offered(server)
    assert results(server) == ["snow in Oslo"]
    assert result.summary == "it snows in Oslo"


def test_a_call_among_memory_calls_goes_out_alone() -> None:
    with served(
        either(
            "",
            call("core_memory_append", label="human", content="asks about Oslo"),
            call("get_weather", city="Oslo"),
            call("archival_memory_insert", content="Oslo was asked about"),
        ),
        TELLS,
    ) as server:
        sam, desk = made(MemGPTAgent, server), helper("desk")
        registered(sam, desk)
        result = desk.initiate_chat(sam, message="weather?", max_turns=2, silent=True)

    assert [calls for _, _, calls, _ in seen(result.chat_history) if calls] == [
        [("get_weather", {"city": "Oslo"})]
    ]
    assert sam.memory.core["human"].value == "asks about Oslo"
    assert sam.memory.archival.count() == 1
    assert results(server)[1] == "snow in Oslo"
    assert legal(server)


@pytest.mark.parametrize("kind", KINDS)
def test_in_a_group_whoever_can_execute_the_function_is_chosen_to_answer(kind: Kind) -> None:
    with served(ASKS, TELLS) as server:
        sam, desk, ada = made(kind, server), helper("desk"), helper("ada", "weather?")
        registered(sam, desk)
        chat = autogen.GroupChat(
            agents=[ada, sam, desk],
            messages=[],
            max_round=5,
            speaker_selection_method="round_robin",
            func_call_filter=True,
        )
        manager = autogen.GroupChatManager(groupchat=chat, llm_config=False, silent=True)
        ada.initiate_chat(manager, message="what is the weather?", silent=True)

    assert seen(chat.messages)[:4] == [
        ("ada", "what is the weather?", [], []),
        ("sam", "", [("get_weather", {"city": "Oslo"})], []),
        ("desk", "snow in Oslo", [], ["snow in Oslo"]),
        # round robin: after desk comes ada, then sam, whose turn goes on
        ("ada", "weather?", [], []),
    ]
    assert said(chat.messages)[-1] == ("sam", "it snows in Oslo")
    assert results(server) == ["snow in Oslo"]
    assert legal(server)


@pytest.mark.parametrize("kind", KINDS)
def test_a_call_of_someone_elses_model_is_executed(kind: Kind) -> None:
    with served(ASKS, TELLS) as server:
        caller, sam = made(autogen.ConversableAgent, server, "caller"), made(kind, server)
        registered(caller, sam)
        result = sam.initiate_chat(caller, message="weather?", max_turns=2, silent=True)

    assert [answers for *_, answers in seen(result.chat_history) if answers] == [["snow in Oslo"]]
    assert said(result.chat_history)[-1] == ("caller", "it snows in Oslo")
    if kind is MemGPTAgent:
        assert ("caller", '[calls get_weather({"city": "Oslo"})]') in heard(sam)


# A result late, never, or after a restart


def test_after_a_result_that_never_came_the_next_turn_goes_on() -> None:
    with served(ASKS, either("never mind"), either("still here")) as server:
        sam = made(MemGPTAgent, server)
        sam.register_for_llm(name="get_weather", description="the weather")(get_weather)
        boss = person("boss", ["forget it", "are you there?"])
        result = boss.initiate_chat(sam, message="weather?", max_turns=3, silent=True)

    assert said(result.chat_history)[-1] == ("sam", "still here")
    assert "has not arrived" in results(server)[0]
    assert legal(server)


def test_a_result_arrives_after_a_restart_and_the_turn_goes_on() -> None:
    with served(ASKS, TELLS, either("bye")) as server:
        first, desk = made(MemGPTAgent, server), helper("desk")
        registered(first, desk)
        asked = desk.initiate_chat(first, message="weather?", max_turns=1, silent=True).chat_history[-1]
        del first
        sam, desk = made(MemGPTAgent, server), helper("desk", "thanks")
        registered(sam, desk)
        _, result = desk.generate_tool_calls_reply([asked])
        desk.initiate_chat(sam, message=result, max_turns=2, silent=True)

    assert heard(sam) == [
        ("desk", "weather?"),
        ("sam", "it snows in Oslo"),
        ("desk", "thanks"),
        ("sam", "bye"),
    ]
    assert results(server, 1) == ["snow in Oslo"]
    assert sam.memory.queue.waiting() == {}
    assert legal(server)


@pytest.mark.parametrize("answered", [False, True], ids=["still waiting", "answered already"])
def test_a_group_chat_resumed_by_a_new_process_goes_on_and_keeps_each_result_once(answered: bool) -> None:
    def group(sam: Any, desk: Any) -> Any:
        chat = autogen.GroupChat(
            agents=[desk, sam],
            messages=[],
            max_round=3 if answered else 2,
            speaker_selection_method="round_robin",
        )
        return autogen.GroupChatManager(groupchat=chat, llm_config=False, silent=True)

    with served(ASKS, TELLS) as server:
        first, desk = made(MemGPTAgent, server), helper("desk")
        registered(first, desk)
        old = group(first, desk)
        desk.initiate_chat(old, message="weather?", silent=True)
        del first
        sam, desk = made(MemGPTAgent, server), helper("desk")
        registered(sam, desk)
        manager = group(sam, desk)
        manager.groupchat.max_round = 9
        last, message = manager.resume(messages=[dict(each) for each in old.groupchat.messages], silent=True)
        if not answered:
            _, message = desk.generate_tool_calls_reply([message])
            last = desk
        last.initiate_chat(manager, message=message, clear_history=False, silent=True)

    assert said(manager.groupchat.messages)[-1] == ("sam", "it snows in Oslo")
    assert heard(sam) == [("desk", "weather?"), ("sam", "it snows in Oslo")]
    assert results(server) == ["snow in Oslo"]
    assert legal(server)


def test_a_conversation_handed_over_whole_with_its_calls_and_results_is_taken_up_once() -> None:
    """A service calls `generate_oai_reply(messages, tools=...)` directly, for stock agents since 0.14."""
    schema = {
        "type": "function",
        "function": {
            "name": "get_weather",
            "description": "w",
            "parameters": {"type": "object", "properties": {}},
        },
    }
    with served(ASKS, TELLS, either("you are welcome")) as server:
        sam = made(MemGPTAgent, server, served="shared")
        messages: list[dict[str, Any]] = [{"role": "user", "name": "boss", "content": "weather?"}]
        for content in ("snow in Oslo", "thanks"):
            _, reply = sam.generate_oai_reply(messages, tools=[schema])
            if isinstance(reply, dict):
                messages.append({"role": "assistant", **reply})
                call_id = reply["tool_calls"][0]["id"]
                messages.append({"role": "tool", "tool_call_id": call_id, "content": content})
                _, reply = sam.generate_oai_reply(messages, tools=[schema])
            messages += [
                {"role": "assistant", "content": reply},
                {"role": "user", "name": "boss", "content": "thanks"},
            ]

    assert heard(sam) == [
        ("boss", "weather?"),
        ("sam", "it snows in Oslo"),
        ("boss", "thanks"),
        ("sam", "you are welcome"),
    ]
    assert "snow in Oslo" in results(server)
    assert legal(server)


# The agent executes, inside its turn. A stock agent would send the call to the other, who lacks the function.


@pytest.mark.parametrize("register", REGISTRATIONS)
def test_what_the_agent_itself_can_execute_runs_inside_its_turn(
    register: Callable[[Any, Any], None],
) -> None:
    histories = []
    for kind in (autogen.ConversableAgent, MemGPTAgent):
        with served(ASKS, TELLS) as server:
            sam, boss = made(kind, server), helper("boss")
            register(sam, sam)
            result = boss.initiate_chat(sam, message="weather?", max_turns=2, silent=True)
            histories.append(said(result.chat_history))
            assert results(server) == [
                "snow in Oslo" if kind is MemGPTAgent else "Error: Function get_weather not found."
            ]

    assert histories[0] == histories[1]


def test_a_function_map_and_a_schema_in_the_configuration_are_enough() -> None:
    with served(ASKS, TELLS) as server:
        llm_config = config(server)
        llm_config["tools"] = [
            {
                "type": "function",
                "function": {
                    "name": "get_weather",
                    "description": "w",
                    "parameters": {"type": "object", "properties": {}},
                },
            }
        ]
        sam = MemGPTAgent(
            "sam", llm_config=llm_config, function_map={"get_weather": get_weather}, silent=True
        )

        assert sam.generate_reply([{"role": "user", "content": "weather?"}]) == "it snows in Oslo"

    assert results(server) == ["snow in Oslo"]


@pytest.mark.parametrize("running", [False, True], ids=["sync chat", "sync chat inside a running loop"])
def test_a_coroutine_function_runs_to_its_end(running: bool) -> None:
    async def look(city: str) -> str:
        await asyncio.sleep(0)
        return f"snow in {city}"

    async def inside() -> Any:
        return ours(either("", call("look", city="Oslo")), TELLS, function=look)

    outcome = (
        asyncio.run(inside())
        if running
        else ours(either("", call("look", city="Oslo")), TELLS, function=look)
    )

    assert outcome[1:] == ("it snows in Oslo", ["snow in Oslo"])


@pytest.mark.parametrize("kind", KINDS)
def test_in_an_async_chat_a_coroutine_function_runs_on_the_chats_own_loop(kind: Kind) -> None:
    loops = []

    async def look(city: str) -> str:
        loops.append(asyncio.get_running_loop())
        return f"snow in {city}"

    async def chat() -> None:
        sam, desk = made(kind, server), helper("desk")
        registered(sam, sam if kind is MemGPTAgent else desk, look)
        loops.append(asyncio.get_running_loop())
        await desk.a_initiate_chat(sam, message="weather?", max_turns=2, silent=True)

    with served(either("", call("look", city="Oslo")), TELLS) as server:
        asyncio.run(chat())

    assert len(loops) == 2
    assert loops[0] is loops[1]
    assert results(server) == ["snow in Oslo"]


def test_a_function_that_does_not_return_ends_by_the_time_limit_here() -> None:
    end = threading.Event()

    def look(city: str) -> str:
        end.wait(30)
        return city

    *_, told = ours(either("", call("look", city="Oslo")), TELLS, function=look, tool_seconds=0.1)
    end.set()

    assert told[0].startswith("look did not return within 0.1 seconds; it may still be running.")


class Place(BaseModel):
    city: str
    days: int = 1


def test_annotated_and_pydantic_arguments_are_made_as_autogen_makes_them() -> None:
    def look(place: Any, unit: Any = "C") -> str:
        return f"{type(place).__name__} {place.city} {place.days} {unit}"

    # not in the signature, where this file's annotations would be texts, which AutoGen 0.9 cannot read
    look.__annotations__.update(place=Annotated[Place, "where"], unit=Annotated[str, "C or F"])

    seen_by = []
    for kind in (autogen.ConversableAgent, MemGPTAgent):
        with served(either("", call("look", place={"city": "Oslo", "days": 2})), TELLS) as server:
            sam, desk = made(kind, server), helper("desk")
            registered(sam, desk if kind is autogen.ConversableAgent else sam, look)
            desk.initiate_chat(sam, message="weather?", max_turns=2, silent=True)
        parameters = next(t for t in server.requests[0]["tools"] if t["function"]["name"] == "look")[
            "function"
        ]["parameters"]
        for extra in ("inner_thoughts", "request_heartbeat"):  # the loop's own, taken out before the call
            parameters["properties"].pop(extra, None)
        seen_by.append((results(server), parameters))

    assert seen_by[0] == seen_by[1]
    assert seen_by[1][0] == ["Place Oslo 2 C"]


@pytest.mark.parametrize(
    "value",
    [{"snow": True}, [1, 2], 7, None, Place(city="Oslo")],
    ids=["dict", "list", "number", "nothing", "model"],
)
def test_a_result_that_is_no_text_is_told_as_autogen_serialises_it(value: Any) -> None:
    def look() -> Any:
        return value

    told = []
    for kind in (autogen.ConversableAgent, MemGPTAgent):
        with served(either("", call("look")), TELLS) as server:
            sam, desk = made(kind, server), helper("desk")
            registered(sam, sam if kind is MemGPTAgent else desk, look)
            desk.initiate_chat(sam, message="weather?", max_turns=2, silent=True)
        told.append(results(server))

    assert told[0] == told[1]


def test_a_function_that_raises_is_told_to_the_model_which_tries_again() -> None:
    def look(city: str) -> str:
        if city != "Oslo":
            raise ValueError(f"no station in {city}")
        return "snow"

    _, reply, told = ours(
        either("", call("look", city="Osl")), either("", call("look", city="Oslo")), TELLS, function=look
    )

    assert reply == "it snows in Oslo"
    assert told == ["Error: no station in Osl", "snow"]


def test_arguments_that_do_not_fit_are_told_to_the_model() -> None:
    _, _, told = ours(either("", call("get_weather", town="Oslo")), TELLS, function=get_weather)

    assert told[0].startswith("Error: ")
    assert "town" in told[0] or "city" in told[0]


def test_an_overridden_execute_function_executes_what_runs_in_the_loop() -> None:
    class Careful(MemGPTAgent):
        def execute_function(self, func_call: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
            return True, {"name": func_call["name"], "role": "function", "content": "simulated"}

    with served(ASKS, TELLS) as server:
        sam = Careful("sam", llm_config=config(server), silent=True)
        both_ways(sam)
        sam.generate_reply([{"role": "user", "content": "weather?"}])

    assert results(server) == ["simulated"]


def test_safeguards_of_a_tool_see_what_runs_in_the_loop() -> None:
    if not hasattr(autogen.ConversableAgent, "_process_tool_input"):
        pytest.skip("this AutoGen has no safeguards")

    def bergen(passed: dict[str, Any]) -> dict[str, Any]:
        return {**passed, "arguments": '{"city": "Bergen"}'}

    def masked(returned: dict[str, Any]) -> dict[str, Any]:
        return {**returned, "content": returned["content"].replace("snow", "****")}

    with served(ASKS, TELLS) as server:
        sam = made(MemGPTAgent, server)
        both_ways(sam)
        sam.register_hook("safeguard_tool_inputs", bergen)
        sam.register_hook("safeguard_tool_outputs", masked)
        sam.generate_reply([{"role": "user", "content": "weather?"}])

    assert results(server) == ["**** in Bergen"]


def test_a_function_that_is_removed_is_offered_no_more() -> None:
    for kind in (autogen.ConversableAgent, MemGPTAgent):
        with served(either("a"), either("b")) as server:
            sam = made(kind, server)
            both_ways(sam)
            for removed in (False, True):
                if removed:
                    sam.update_tool_signature("get_weather", is_remove=True)
                sam.generate_reply([{"role": "user", "content": f"removed: {removed}"}])

        assert "get_weather" in offered(server, 0)
        assert "get_weather" not in offered(server, 1)


def test_without_a_model_functions_are_refused_as_for_every_agent() -> None:
    for kind in (autogen.ConversableAgent, MemGPTAgent):
        sam = kind("sam", llm_config=None, silent=True)
        with pytest.raises((RuntimeError, AssertionError)):
            sam.register_for_llm(name="get_weather", description="w")(get_weather)


def test_costs_are_counted_with_tools_registered_before_and_between() -> None:
    for kind in (autogen.ConversableAgent, MemGPTAgent):
        with served(either("hello"), ASKS, TELLS) as server:
            sam, desk = made(kind, server), helper("desk", "weather?")
            desk.initiate_chat(sam, message="hi", max_turns=1, silent=True)
            registered(sam, desk)
            result = desk.initiate_chat(sam, message="weather?", max_turns=2, silent=True)

        # AutoGen makes a new client for every registration, so that only what follows the last one is counted
        usage = result.cost["usage_including_cached_inference"]
        tokens = [server_side_usage(server, number) for number in (1, 2)]
        assert usage["scripted"]["prompt_tokens"] == sum(tokens)
        assert usage["total_cost"] > 0
        assert sam.get_total_usage()["scripted"]["prompt_tokens"] == sum(tokens)


def server_side_usage(server: Any, number: int) -> int:
    """What the server counted for a request, in prompt tokens."""
    from memgpt_autogen.llm.tokens import ApproximateCounter

    body = server.requests[number]
    return ApproximateCounter().count(
        json.dumps([body["messages"], body.get("tools", [])], ensure_ascii=False)
    )


# AutoGen 0.9 and later: Tool objects, functions=, injected arguments


@needs_tools
@pytest.mark.parametrize("kind", KINDS)
def test_functions_of_the_constructor_are_offered_and_executed_by_the_other(kind: Kind) -> None:
    with served(ASKS, TELLS) as server:
        sam, desk = made(kind, server, functions=[get_weather]), helper("desk")
        desk.register_for_execution()(sam.tools[0])
        result = desk.initiate_chat(sam, message="weather?", max_turns=2, silent=True)

    assert not sam.can_execute_function("get_weather")
    assert results(server) == ["snow in Oslo"]
    assert said(result.chat_history)[-1] == ("sam", "it snows in Oslo")


@needs_tools
def test_a_tool_object_registered_with_the_agent_runs_inside_its_turn() -> None:
    with served(ASKS, TELLS) as server:
        sam = made(MemGPTAgent, server)
        Tool(name="get_weather", description="w", func_or_tool=get_weather).register_tool(sam)
        reply = sam.generate_reply([{"role": "user", "content": "weather?"}])
        names = [tool.name for tool in sam.tools]
        sam.remove_tool_for_llm(sam.tools[0])

    assert reply == "it snows in Oslo"
    assert results(server) == ["snow in Oslo"]
    assert names == ["get_weather"]


@needs_tools
def test_a_tool_object_of_the_constructor_runs_inside_the_turn_and_is_checked() -> None:
    def weather(city: Annotated[str, "which"]) -> str:
        return f"sun in {city}"

    tool = Tool(name="weather_now", description="The weather.", func_or_tool=weather)
    model = ScriptedLLM(
        says("", call("weather_now", town="Faro", request_heartbeat=True)),
        says("", call("send_message", message="Sun.")),
    )
    sam = MemGPTAgent("sam", llm=model, tools=[tool], silent=True)

    person("ada").initiate_chat(sam, message="How is the weather?", max_turns=1, silent=True)

    told = next(
        each["function"] for each in model.requests[0].tools if each["function"]["name"] == "weather_now"
    )
    assert told["description"] == "The weather."
    assert told["parameters"]["properties"]["city"] == {"description": "which", "type": "string"}
    assert next(event.text for event in sam.last_turn if isinstance(event, ToolReturned)) == "sun in Faro"


@needs_tools
def test_what_autogen_injects_is_injected_and_not_asked_of_the_model() -> None:
    from autogen.tools import ChatContext, Depends
    from autogen.tools.dependency_injection import on

    def look(city: Any, chat: Any, unit: Any) -> str:
        last = next(iter(chat.chat_messages.values()))[-1]["content"]
        return f"{city} {unit} {last}"

    look.__annotations__.update(city=str, chat=ChatContext, unit=Annotated[str, Depends(on("Celsius"))])
    with served(either("", call("look", city="Oslo")), TELLS) as server:
        sam = made(MemGPTAgent, server)
        both_ways(sam, look)
        person("boss").initiate_chat(sam, message="weather?", max_turns=1, silent=True)

    assert results(server) == ["Oslo Celsius weather?"]
    schema = next(t for t in server.requests[0]["tools"] if t["function"]["name"] == "look")["function"]
    assert set(schema["parameters"]["properties"]) - {"inner_thoughts", "request_heartbeat"} == {"city"}


@needs_tools
@pytest.mark.parametrize("kind", KINDS)
def test_run_gives_the_agent_an_executor_of_its_tools(kind: Kind) -> None:
    tool = Tool(name="get_weather", description="w", func_or_tool=get_weather)
    with served(ASKS, TELLS) as server:
        sam = made(kind, server)
        response = sam.run(message="weather?", tools=[tool], max_turns=2)
        events = [type(event).__name__ for event in response.events]

    assert said(response.messages)[-1] == ("sam", "it snows in Oslo")
    assert results(server) == ["snow in Oslo"]
    assert "ExecuteFunctionEvent" in events
    assert not any("Error" in event for event in events)
    assert "get_weather" not in {t["function"]["name"] for t in sam.llm_config.get("tools") or ()}


@needs_tools
@pytest.mark.parametrize("kind", KINDS)
def test_a_run_does_the_same(kind: Kind) -> None:
    tool = Tool(name="get_weather", description="w", func_or_tool=get_weather)

    async def chat() -> Any:
        response = await made(kind, server).a_run(message="weather?", tools=[tool], max_turns=2)
        await response.process()
        return await response.messages

    with served(ASKS, TELLS) as server:
        messages = asyncio.run(chat())

    assert said(messages)[-1] == ("sam", "it snows in Oslo")
    assert results(server) == ["snow in Oslo"]


@needs_tools
def test_what_runs_in_the_loop_is_told_in_the_events_of_a_run() -> None:
    with served(ASKS, TELLS) as server:
        sam = made(MemGPTAgent, server)
        both_ways(sam)
        response = person("boss").run(sam, message="weather?", max_turns=1)
        events = [type(event).__name__ for event in response.events]

    assert "ExecuteFunctionEvent" in events


# Ours alone


def test_memory_tools_are_in_nothing_that_autogen_has() -> None:
    with served(ASKS, TELLS) as server:
        sam, desk = made(MemGPTAgent, server), helper("desk")
        registered(sam, desk)
        result = desk.initiate_chat(sam, message="weather?", max_turns=2, silent=True)

    memory_tools = {tool.name for tool in sam.loop.toolbox}
    assert {tool.name for tool in sam.loop.toolbox.offered()} <= offered(server)
    visible = json.dumps(
        [result.chat_history, sam.llm_config.get("tools"), sorted(sam.function_map)], default=str
    )
    assert not [name for name in memory_tools if name in visible]


def test_a_function_with_a_memory_tools_name_is_an_error_that_says_so() -> None:
    with served() as server:
        sam = made(MemGPTAgent, server)

        def send_message(message: str) -> str:
            return message

        both_ways(sam, send_message)
        with pytest.raises(Exception, match="there is a tool 'send_message' already"):
            sam.generate_reply([{"role": "user", "content": "hi"}])


def test_typed_tools_of_the_constructor_stay_out_of_autogens_sight() -> None:
    with served(either("", call("get_weather", city="Oslo")), TELLS) as server:
        sam = made(MemGPTAgent, server, tools=[get_weather])
        result = person("boss").initiate_chat(sam, message="weather?", max_turns=1, silent=True)

    assert said(result.chat_history)[-1] == ("sam", "it snows in Oslo")
    assert not sam.function_map
    assert not sam.llm_config.get("tools")
