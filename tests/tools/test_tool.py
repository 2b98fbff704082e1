"""Tools: the schema that a model reads, and the check of what it sends."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timezone
from enum import Enum
from typing import Annotated, Any, Literal, Optional

import pytest
from inline_snapshot import snapshot
from pydantic import BaseModel, Field

from memgpt_autogen.errors import ConfigurationError, ToolError
from memgpt_autogen.tools.memory.conversation import conversation_tools
from memgpt_autogen.tools.tool import Tool


class Place(BaseModel):
    city: str
    country: str = "PT"


@dataclass
class Trip:
    to: Place
    on: datetime


class Size(Enum):
    SMALL = "small"
    LARGE = "large"


def everything(
    text: str,
    whole: int,
    real: float,
    truth: bool,
    several: list[str],
    mode: Literal["any", "all"],
    place: Place,
    size: Size,
    noted: Annotated[str, "told by its type"],
    maybe: Optional[str] = None,
    union: Optional[int | str] = None,
    count: int = 3,
) -> None:
    """Do everything.

    And then some.

    Args:
        text: the words
        maybe: not needed
        count: how often
    """


def parameters(tool: Tool) -> Any:
    return tool.schema(heartbeat=False, thoughts=False)["function"]["parameters"]


def properties(function: Callable[..., Any]) -> Any:
    return parameters(Tool.from_function(function))["properties"]


def test_the_schema_of_a_tool_as_the_model_reads_it() -> None:
    (tool,) = conversation_tools()

    assert tool.schema(heartbeat=False, thoughts=True) == snapshot(
        {
            "type": "function",
            "function": {
                "name": "send_message",
                "description": "Say something to the others. Nothing else you write is heard.",
                "parameters": {
                    "additionalProperties": False,
                    "properties": {
                        "inner_thoughts": {"type": "string"},
                        "message": {"description": "the words", "type": "string"},
                    },
                    "required": ["message"],
                    "type": "object",
                },
            },
        }
    )


def test_a_schema_follows_from_types_and_docstring() -> None:
    tool = Tool.from_function(everything)

    assert tool.description == "Do everything.\nAnd then some."
    assert properties(everything) == snapshot(
        {
            "text": {"description": "the words", "type": "string"},
            "whole": {"type": "integer"},
            "real": {"type": "number"},
            "truth": {"type": "boolean"},
            "several": {"items": {"type": "string"}, "type": "array"},
            "mode": {"enum": ["any", "all"], "type": "string"},
            "place": {"$ref": "#/$defs/Place"},
            "size": {"$ref": "#/$defs/Size"},
            "noted": {"description": "told by its type", "type": "string"},
            "maybe": {"type": "string", "description": "not needed"},
            "union": {"anyOf": [{"type": "integer"}, {"type": "string"}, {"type": "null"}]},
            "count": {"default": 3, "description": "how often", "type": "integer"},
        }
    )
    assert parameters(tool)["required"] == snapshot(
        ["text", "whole", "real", "truth", "several", "mode", "place", "size", "noted"]
    )
    assert parameters(tool)["additionalProperties"] is False


def test_the_loops_own_arguments_are_first_and_last_and_never_required() -> None:
    schema = Tool.from_function(everything).schema(heartbeat=True, thoughts=True)["function"]["parameters"]

    names = list(schema["properties"])
    assert (names[0], names[-1]) == ("inner_thoughts", "request_heartbeat")
    assert not {"inner_thoughts", "request_heartbeat"} & set(schema["required"])


def test_a_tool_without_arguments_has_a_schema_too() -> None:
    def now() -> None: ...

    assert parameters(Tool.from_function(now)) == {
        "type": "object",
        "properties": {},
        "required": [],
        "additionalProperties": False,
    }


def test_a_parameter_may_be_called_what_schemas_call_their_own_parts() -> None:
    def store(title: str, properties: str, default: Optional[str] = None) -> str:
        return title + properties

    assert list(properties(store)) == ["title", "properties", "default"]
    assert Tool.from_function(store).call({"title": "a", "properties": "b"}) == "ab"


@pytest.mark.filterwarnings("error")
def test_a_parameter_may_be_called_what_pydantic_calls_its_own_parts() -> None:
    def convert(json: str, schema: str, model_config: str, _x: str = "x", copy: bool = False) -> str:
        return json + schema + model_config + _x + str(copy)

    names = ["json", "schema", "model_config", "_x", "copy"]
    assert list(properties(convert)) == names
    assert (
        Tool.from_function(convert).call(dict(zip(names, ["a", "b", "c", "d", True], strict=True)))
        == "abcdTrue"
    )
    with pytest.raises(ToolError, match="there is no argument 'argument_0'"):
        Tool.from_function(convert).call({"argument_0": "a"})


def untyped(text) -> None: ...  # type: ignore[no-untyped-def]


def starred(*words: str) -> None: ...


def keywords(**words: str) -> None: ...


def positional(word: str, /) -> None: ...


def beating(request_heartbeat: bool) -> None: ...


def thinking(inner_thoughts: str) -> None: ...


@pytest.mark.parametrize(
    ("function", "told"),
    [
        (untyped, "argument 'text' of tool 'untyped' has no type; write it as 'text: str', for example."),
        (starred, "argument 'words' of tool 'starred' cannot be passed by name"),
        (keywords, "argument 'words' of tool 'keywords' cannot be passed by name"),
        (positional, "argument 'word' of tool 'positional' cannot be passed by name"),
        (beating, "argument 'request_heartbeat' of tool 'beating' has a name that the heartbeat loop uses"),
        (thinking, "argument 'inner_thoughts' of tool 'thinking' has a name that the heartbeat loop uses"),
        (lambda: None, "a tool's name has 1 to 64 letters, digits, '_' and '-'; '<lambda>' does not fit"),
        (functools.partial(print), "'' does not fit. Give it name=..."),
    ],
)
def test_a_function_that_is_no_tool_is_the_developers_to_mend(function: Any, told: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Tool.from_function(function)

    assert told in str(caught.value)


def test_types_that_cannot_be_read_or_sent_are_named() -> None:
    class Local: ...

    def unknown(of: Local) -> None: ...

    def unsendable(what: Any) -> None: ...

    unsendable.__annotations__["what"] = object()

    with pytest.raises(ConfigurationError, match="types of tool 'unknown' cannot be read: name 'Local'"):
        Tool.from_function(unknown)
    with pytest.raises(ConfigurationError, match="tool 'unsendable'"):
        Tool.from_function(unsendable)


def test_methods_and_named_functions_are_tools() -> None:
    class Till:
        def open(self, drawer: int) -> str:
            return f"drawer {drawer}"

    assert Tool.from_function(Till().open).call({"drawer": 2}) == "drawer 2"
    assert Tool.from_function(lambda: "hi", name="greet", description="Say hi.").description == "Say hi."


def sample(
    whole: int = 0, real: float = 0.0, truth: bool = False, several: Optional[list[str]] = None
) -> str:
    return repr((whole, real, truth, several))


@pytest.mark.parametrize(
    ("sent", "got"),
    [
        ({"whole": "3"}, (3, 0.0, False, None)),
        ({"whole": 3.0}, (3, 0.0, False, None)),
        ({"real": "2.5"}, (0, 2.5, False, None)),
        ({"truth": "true"}, (0, 0.0, True, None)),
        ({"truth": "no"}, (0, 0.0, False, None)),
        ({"several": ["a"]}, (0, 0.0, False, ["a"])),
        ({"whole": None, "truth": "none", "several": ""}, (0, 0.0, False, None)),
        ({"whole": "None", "real": "null"}, (0, 0.0, False, None)),
    ],
)
def test_arguments_are_taken_as_they_are_meant(sent: dict[str, Any], got: tuple[object, ...]) -> None:
    assert Tool.from_function(sample).call(sent) == repr(got)


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        ({"whole": "three"}, "argument 'whole' = 'three': Input should be a valid integer"),
        ({"whole": 2.5}, "argument 'whole' = 2.5: Input should be a valid integer"),
        ({"several": "a, b"}, "argument 'several' = 'a, b': Input should be a valid list"),
        ({"wholes": None}, "there is no argument 'wholes'"),
        ({"whole": None, "real": "much"}, "argument 'real' = 'much': Input should be a valid number"),
    ],
)
def test_arguments_that_cannot_be_meant_are_refused(sent: dict[str, Any], told: str) -> None:
    with pytest.raises(ToolError) as caught:
        Tool.from_function(sample).call(sent)

    assert told in str(caught.value)
    assert "It takes: whole (integer, optional), real (number, optional), truth (boolean, opt" in str(
        caught.value
    )


def test_an_argument_that_is_needed_is_not_given_by_nothing() -> None:
    def add(number: int) -> int:
        return number

    with pytest.raises(ToolError, match="argument 'number' = None: Input should be a valid integer"):
        Tool.from_function(add).call({"number": None})


def test_an_empty_text_is_a_text() -> None:
    def replace(old: str, new: str = "x") -> str:
        return old + new

    assert Tool.from_function(replace).call({"old": "none", "new": ""}) == "none"


@pytest.mark.parametrize(
    "given",
    [
        {"oldContent": "tea", "new_content": "coffee"},
        {"old": "tea", "new_content": "coffee"},
        {"Old-Content": "tea", "newContent": "coffee"},
    ],
)
def test_an_argument_under_another_name_is_taken_for_the_only_one_that_it_can_be(
    given: dict[str, str],
) -> None:
    def replace(old_content: str, new_content: str) -> str:
        return f"{old_content} -> {new_content}"

    assert Tool.from_function(replace).call(given) == "tea -> coffee"


def test_two_arguments_under_other_names_could_be_either_and_are_refused() -> None:
    def replace(old_content: str, new_content: str) -> str:
        return f"{old_content} -> {new_content}"

    with pytest.raises(ToolError, match="there is no argument 'before'"):
        Tool.from_function(replace).call({"before": "tea", "after": "coffee"})


def test_all_that_is_wrong_is_told_at_once() -> None:  # T39
    def book(to: str, seats: int, window: bool = False) -> None: ...

    with pytest.raises(ToolError) as caught:
        Tool.from_function(book).call({"seats": "many", "class": 2})

    assert str(caught.value) == snapshot(
        "book: argument 'to' is missing; argument 'seats' = 'many': Input should be a valid "
        "integer, unable to parse string as an integer; there is no argument 'class'. It takes: "
        "to (string), seats (integer), window (boolean, optional)."
    )


def test_a_model_of_arguments_arrives_as_a_model() -> None:
    def visit(place: Place) -> str:
        return f"{place.city}, {place.country}"

    assert Tool.from_function(visit).call({"place": {"city": "Lisbon"}}) == "Lisbon, PT"
    with pytest.raises(ToolError, match=r"argument 'place\.city' is missing"):
        Tool.from_function(visit).call({"place": {}})


def test_arguments_that_were_not_sent_keep_the_functions_own_defaults() -> None:
    size = Size.LARGE

    def order(size: Size = size) -> bool:
        return size is Size.LARGE

    assert Tool.from_function(order).call({}) == "true"
    assert Tool.from_function(order).call({"size": "small"}) == "false"


@pytest.mark.parametrize(
    ("result", "told"),
    [
        (None, "None"),
        ("as it is", "as it is"),
        ({"ok": True, "näme": 1.5}, '{"ok":true,"näme":1.5}'),
        (Place(city="Lisbon"), '{"city":"Lisbon","country":"PT"}'),
        ([Place(city="Lisbon")], '[{"city":"Lisbon","country":"PT"}]'),
        (
            Trip(Place(city="Lisbon"), datetime(2026, 3, 1, tzinfo=timezone.utc)),
            '{"to":{"city":"Lisbon","country":"PT"},"on":"2026-03-01T00:00:00Z"}',
        ),
        (3, "3"),
        (True, "true"),
        ({(1, 2): "pair"}, '{"1,2":"pair"}'),
        (b"\xff", "b'\\xff'"),
    ],
)
def test_results_become_text(result: Any, told: str) -> None:
    def give() -> Any:
        return result

    assert Tool.from_function(give).call({}) == told


def test_a_result_that_json_cannot_carry_is_told_in_its_own_words() -> None:
    class Odd:
        def __str__(self) -> str:
            return "an odd thing"

    endless: list[Any] = []
    endless.append(endless)

    assert json.loads(Tool.from_function(lambda: {"it": Odd()}, name="odd").call({})) == {
        "it": "an odd thing"
    }
    assert Tool.from_function(lambda: endless, name="endless").call({}) == "[[...]]"


def test_an_async_tool_is_run_to_its_end() -> None:
    async def greet(name: str) -> dict[str, str]:
        return {"hi": name}

    assert Tool.from_function(greet).call({"name": "Ana"}) == '{"hi":"Ana"}'


def test_a_described_tool_keeps_the_schema_of_whoever_described_it() -> None:
    schema = {
        "type": "function",
        "function": {
            "name": "pay",
            "description": "Pay.",
            "parameters": {
                "type": "object",
                "properties": {"amount": {"type": "integer", "title": "Amount"}},
                "required": ["amount"],
                "$defs": {},
            },
        },
    }
    tool = Tool.described(schema, lambda amount: f"paid {amount}", seconds=10)

    assert tool.schema(heartbeat=False, thoughts=False) == schema
    offered = tool.schema(heartbeat=True, thoughts=True)["function"]["parameters"]
    assert list(offered["properties"]) == ["inner_thoughts", "amount", "request_heartbeat"]
    assert tool.call({"amount": "7"}) == "paid 7"


def test_a_described_tool_may_have_neither_words_nor_arguments() -> None:
    tool = Tool.described({"type": "function", "function": {"name": "stop"}}, lambda: None, seconds=10)

    assert tool.schema(heartbeat=False, thoughts=False)["function"] == {
        "name": "stop",
        "description": "",
        "parameters": {"type": "object", "properties": {}, "required": []},
    }


class Scale:
    """What weighs."""

    def __call__(self, grams: Annotated[int, Field(description="net")]) -> str:
        """Weigh something."""
        return f"{grams} g"


def ship(to: str, by: str) -> str:
    """Ship it.

    Args:
        to: the place
    """
    return f"{to} by {by}"


def test_objects_and_functions_with_some_arguments_given_are_tools_by_a_name() -> None:
    weigh, send = (
        Tool.from_function(Scale(), name="weigh"),
        Tool.from_function(functools.partial(ship, by="rail"), name="send"),
    )

    assert (weigh.description, weigh.call({"grams": "3"})) == ("Weigh something.", "3 g")
    assert weigh.parameters["properties"]["grams"]["description"] == "net"
    assert (send.description, send.call({"to": "Faro"})) == ("Ship it.", "Faro by rail")
    assert send.parameters["properties"]["to"]["description"] == "the place"


class Parcel(BaseModel):
    grams: int


def test_a_complaint_tells_the_kind_of_an_argument_that_is_an_object() -> None:
    def post(parcel: Parcel) -> str:
        return "posted"

    with pytest.raises(ToolError, match=r"It takes: parcel \(object\)\."):
        Tool.from_function(post).call({"parcel": {"grams": "many"}})


def test_the_old_name_of_from_function_works_and_warns() -> None:
    with pytest.warns(DeprecationWarning, match=r"Tool\.of .*Tool\.from_function") as caught:
        tool = Tool.of(lambda: "hi", name="greet", description="Say hi.")

    assert tool.call({}) == "hi"
    assert caught[0].filename == __file__
