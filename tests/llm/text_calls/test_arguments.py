"""Arguments of tool calls, whole and broken."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from memgpt_autogen.errors import ToolError
from memgpt_autogen.llm.text_calls.arguments import read_arguments

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
OBJECTS = st.dictionaries(st.text(), JSON, max_size=5)


@given(OBJECTS, st.booleans())
@example({"message": 'a ```json\n{"b": 1}\n``` and {{c}} and "d" "e" \\_'}, False)
def test_valid_objects_come_back_unchanged(arguments: dict[str, Any], ascii_only: bool) -> None:
    assert read_arguments(json.dumps(arguments, ensure_ascii=ascii_only)) == arguments


@given(OBJECTS)
def test_a_string_holding_an_object_is_opened(arguments: dict[str, Any]) -> None:
    assert read_arguments(json.dumps(json.dumps(arguments))) == arguments


@settings(deadline=None)
@given(st.text())
@example("{" * 2000)
@example('{"a":' * 3000 + "1" + "}" * 3000)
@example('{"a": "b" "c"' * 500)
def test_any_text_becomes_an_object_or_a_tool_error(text: str) -> None:
    try:
        result: object = read_arguments(text)
    except ToolError as error:
        result = str(error)

    assert isinstance(result, dict) or (isinstance(result, str) and len(result) < 500)


@pytest.mark.parametrize(
    ("broken", "arguments"),
    [
        ('{"message": "hi"', {"message": "hi"}),
        ('{"message": "I was about to', {"message": "I was about to"}),
        ('{"block": {"label": "human", "tags": ["a", "b"', {"block": {"label": "human", "tags": ["a", "b"]}}),
        ('{"message": "hi",}', {"message": "hi"}),
        ('{{"message": "hi"}}', {"message": "hi"}),
        ('{{"block": {"label": "human"}}}', {"block": {"label": "human"}}),
        ('```json\n{"message": "hi"}\n```', {"message": "hi"}),
        ('Calling it now: {"message": "hi"}', {"message": "hi"}),
        ('{"message": "hi"} I hope that helps {him}.', {"message": "hi"}),
        ('{"message": "hi"}{"message": "ho"}', {"message": "hi"}),
        ('[{"message": "hi"}]', {"message": "hi"}),
        ('"{\\"message\\": \\"hi\\"', {"message": "hi"}),
        ("{'message': 'it\\'s', 'request_heartbeat': True}", {"message": "it's", "request_heartbeat": True}),
        ('{"message": "hi", "request_heartbeat": True}', {"message": "hi", "request_heartbeat": True}),
        ('{message: "hi", request_heartbeat: false}', {"message": "hi", "request_heartbeat": False}),
        ('{"message": "one\ntwo\tthree"}', {"message": "one\ntwo\tthree"}),
        ('{"label": "my\\_block"}', {"label": "my_block"}),
        ('{"path": "C:\\Users\\_new"}', {"path": "C:\\Users_new"}),
        ('{"message": "she said "hi" to me", "n": 1}', {"message": 'she said "hi" to me', "n": 1}),
        (
            '{"message": "Then: "no", she said, "[never]: {x}"!"}',
            {"message": 'Then: "no", she said, "[never]: {x}"!'},
        ),
        ('{"message": "hi", // greet\n "n": 1}', {"message": "hi", "n": 1}),
        ('{"label": "human" "content": "tea"}', {"label": "human", "content": "tea"}),
        ("", {}),
        ("null", {}),
    ],
)
def test_broken_arguments_are_mended(broken: str, arguments: dict[str, Any]) -> None:
    assert read_arguments(broken) == arguments


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        ('{"message": "Hello." "How are you?"}', "Hello. How are you?"),
        ('{"message": "Hello.\\n" "How are you?"}', "Hello.\\n How are you?".replace("\\n", "\n")),
        ('{"message": "Hello."\n            "How are you?"}', "Hello.\nHow are you?"),
        ('{"message": "Hello.", "How are you?", "I am fine."}', "Hello.\nHow are you?\nI am fine."),
        ('{"message": "Hel" + "lo."}', "Hello."),
    ],
)
def test_a_message_in_several_strings_is_joined(broken: str, message: str) -> None:
    assert read_arguments(broken) == {"message": message}


def test_joining_leaves_lists_and_the_next_keys_alone() -> None:
    broken = '{"tags": ["a" "b", "c"], "message": "one" "two", "request_heartbeat": true'

    assert read_arguments(broken) == {
        "tags": ["a", "b", "c"],
        "message": "one two",
        "request_heartbeat": True,
    }


@pytest.mark.parametrize(
    "text", ["[1, 2]", '"hi"', "12", "true", "call send_message", "{nothing}", "hi {you}"]
)
def test_what_is_no_object_is_refused_with_an_excerpt_and_a_way_out(text: str) -> None:
    with pytest.raises(ToolError) as caught:
        read_arguments(text)

    assert text in str(caught.value)
    assert "Call the function again" in str(caught.value)


def test_the_excerpt_of_a_long_text_is_short() -> None:
    with pytest.raises(ToolError) as caught:
        read_arguments("no " * 5000)

    assert len(str(caught.value)) < 400
