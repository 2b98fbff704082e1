"""What a model reads of a server's answer: texts and the structured part, and no packed bytes."""

from __future__ import annotations

import base64
import json
import random
from typing import Any

import pytest

from memgpt_autogen.messages import ToolCall
from memgpt_autogen.tools.mcp.answer import answer_text
from memgpt_autogen.tools.tool import Tool
from memgpt_autogen.tools.toolbox import Toolbox

types = pytest.importorskip("mcp_types", reason="version 2 of the MCP SDK is not installed")

PICTURE = base64.b64encode(b"\x89PNG\r\n\x1a\n" + random.Random(7).randbytes(30_000)).decode()
UNKNOWN = base64.b64encode(random.Random(8).randbytes(3000)).decode()


def answer(*texts: str, structured: Any = None, blocks: Any = ()) -> str:
    said = [types.TextContent(type="text", text=text) for text in texts]
    return answer_text(types.CallToolResult(content=[*said, *blocks], structured_content=structured))


def test_a_text_that_only_sums_up_does_not_hide_the_structured_part() -> None:
    told = answer("Found 2 rows.", structured={"rows": [{"id": 71}, {"id": 93}]})

    assert told == 'Found 2 rows.\n{"rows":[{"id":71},{"id":93}]}'


@pytest.mark.parametrize(
    ("texts", "structured"),
    [
        (['{"a": 1,\n "b": [2]}'], {"b": [2], "a": 1}),
        (["42"], {"result": 42}),
        (["a text"], {"result": "a text"}),
        (["a text\n"], {"content": "a text"}),
        (["one", "two"], {"result": ["one", "two"]}),
        (['{"id": 1}', '{"id": 2}'], {"result": [{"id": 1}, {"id": 2}]}),
        (["Here it is:", '{"a": 1}'], {"a": 1}),
        (["one\ntwo"], {"text": "one\ntwo"}),
    ],
)
def test_a_structured_part_that_a_text_repeats_is_told_once(texts: list[str], structured: Any) -> None:
    assert answer(*texts, structured=structured) == "\n".join(texts)


@pytest.mark.parametrize(
    ("texts", "structured"),
    [(["1"], {"result": True}), (["done"], {"ok": True}), (["2"], {"count": 2, "of": 9}), (["x"], {"a": {}})],
)
def test_a_structured_part_that_says_more_is_told_too(texts: list[str], structured: Any) -> None:
    assert answer(*texts, structured=structured).endswith(json.dumps(structured, separators=(",", ":")))


def test_a_structured_part_that_repeats_blocks_is_told_once() -> None:
    block = types.ImageContent(type="image", data=PICTURE, mime_type="image/png")
    structured = {"content": [{"type": "image", "data": PICTURE, "mimeType": "image/png"}]}

    assert answer(structured=structured, blocks=[block]) == "[image: image/png, 30 kB]"


@pytest.mark.parametrize(
    ("structured", "told"),
    [
        ({"mimeType": "image/png", "data": PICTURE}, "[image/png, 30 kB]"),
        ({"images": [{"media_type": "image/webp", "body": UNKNOWN[:96]}]}, "[image/webp, 72 bytes]"),
        ({"files": {"a": {"blob": PICTURE}}}, "[image/png, 30 kB]"),
        ({"raw": UNKNOWN}, "[binary, 3 kB]"),
        ({"raw": UNKNOWN.replace("+", "-").replace("/", "_").rstrip("=")}, "[binary, 3 kB]"),
        ({"raw": base64.encodebytes(base64.b64decode(UNKNOWN)).decode()}, "[binary, 3 kB]"),
        ({"page": f"![a](data:image/png;base64,{PICTURE}) and more"}, "![a]([image/png, 30 kB]) and more"),
        ({"page": f"<img src='data:image/svg+xml;charset=utf-8;base64,{UNKNOWN}'>"}, "[image/svg+xml, 3 kB]"),
        ({"buffer": {"type": "Buffer", "data": [137, 80] * 600}}, "[binary, 1 kB]"),
        ({"json": json.dumps({"data": PICTURE})}, "[image/png, 30 kB]"),
        ({"wav": base64.b64encode(b"RIFF1234WAVEfmt " + bytes(900)).decode()}, "[audio/wav, 916 bytes]"),
    ],
    ids=range(11),
)
def test_packed_bytes_are_named_with_kind_and_size(structured: Any, told: str) -> None:
    shown = answer("See this.", structured=structured)

    assert told in shown
    assert len(shown) < 200


@pytest.mark.parametrize(
    "text",
    [
        f"the file is {PICTURE}",
        f"data:image/png;base64,{PICTURE}",
        json.dumps({"data": PICTURE, "mimeType": "image/png"}),
    ],
    ids=["run", "address", "json"],
)
def test_packed_bytes_in_a_text_are_named_too(text: str) -> None:
    shown = answer(text)
    resource = types.TextResourceContents(uri="note://1", text=text)
    embedded = answer(blocks=[types.EmbeddedResource(type="resource", resource=resource)])

    assert "[image/png, 30 kB]" in shown
    assert len(shown) < 100
    assert embedded == shown


@pytest.mark.parametrize(
    "text",
    [
        "ACGT" * 500,
        "the quick brown fox jumps over the lazy dog " * 50,
        "/Users/Ada/Documents/Work/" * 20,
        "ThisIsALongNameOfAClassThatDoesManyThings" * 10,
        "deadbeef01" * 50,
        "你好" * 500,
        "word\n" * 400,
        "-".join(["3f2b8c1e"] * 60),
        "eyJhbGciOiJIUzI1NiJ9." * 20,
    ],
    ids=range(9),
)
def test_a_text_that_only_looks_packed_is_told_as_it_is(text: str) -> None:
    assert answer(text) == text
    assert answer("See:", structured={"value": text, "n": 1}).endswith(
        json.dumps({"value": text, "n": 1}, ensure_ascii=False, separators=(",", ":"))
    )


@pytest.mark.parametrize(("words", "rows"), [(5000, 3), (3, 5000), (5000, 5000)])
def test_both_parts_are_told_within_the_limit(words: int, rows: int) -> None:
    def report() -> str:
        return answer("start " + "word " * words, structured={"rows": [71, *range(rows)]})

    toolbox = Toolbox([Tool.from_function(report)], result_chars=800)
    text = toolbox.run(toolbox.read(ToolCall("c", "report", "{}"))).text

    assert len(text) <= 800
    assert "start word" in text
    assert '{"rows":[71,' in text
    assert ("[the text has 25,006 characters]" in text) == (words > 1000)
    assert ("[the structured answer has" in text) == (rows > 1000)
