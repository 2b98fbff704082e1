"""What a server sends, repaired where the SDK would refuse the whole of it for one wrong part.

The SDK checks each list of tools and each answer as a whole, and an answer also by the form that the server
has promised for it. A wrong tool would hide all others, and the answer of a call that was carried out would
be lost.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from memgpt_autogen.text.safe import clean_text
from memgpt_autogen.tools.mcp.accepted import repaired_schema

LISTING = "tools/list"
ANSWER = "tools/call"

# what is kept of a tool that the SDK refuses
KEPT = ("name", "description", "execution")

Result = dict[str, Any]


def repair_result(result: Result, version: str) -> list[str]:
    """Repair a list of tools, or the answer of a call, in place. Other results stay as they are.

    `version` is that of the session's protocol. Returns the names of the tools that no form of them makes
    right, which are left out.
    """
    if isinstance(result.get("tools"), list):
        return _repair_listing(result, version)
    if result.keys() & {"content", "structuredContent"}:
        _repair_answer(result, version)
    return []


def message_in(line: str) -> Any:
    """Return the message in a line that the SDK could not read; None if it has none.

    Programs print words in front of a message, and write characters that are no valid Unicode.
    """
    from mcp_types import jsonrpc_message_adapter

    start = line.find('{"')
    if start < 0 or '"jsonrpc"' not in line:
        return None
    try:
        value, _ = json.JSONDecoder().raw_decode(line, start)
        text = clean_text(json.dumps(value, ensure_ascii=False))
        return jsonrpc_message_adapter.validate_json(text, by_name=False)
    except (ValueError, RecursionError):
        return None


def _repair_listing(result: Result, version: str) -> list[str]:
    # an answer is read in any form, so its promised form is not checked
    given = [
        {key: value for key, value in tool.items() if key != "outputSchema"}
        if isinstance(tool, Mapping)
        else tool
        for tool in result["tools"]
    ]
    result["tools"] = given
    if _fits(LISTING, version, result) or not _fits(LISTING, version, {**result, "tools": []}):
        return []  # if more than its tools is wrong, the SDK says what
    left_out: list[str] = []
    result["tools"] = tools = []
    for tool in given:
        forms = _forms(tool)
        right = (form for form in forms if _fits(LISTING, version, {**result, "tools": [form]}))
        if (form := next(right, None)) is not None:
            tools.append(form)
        else:
            left_out.append(str(tool.get("name")) if isinstance(tool, Mapping) else repr(tool)[:40])
    return left_out


def _forms(tool: Any) -> Iterator[Result]:
    """Yield a tool as it is, then with less and less of it."""
    if isinstance(tool, Mapping):
        yield dict(tool)
        schema = {"inputSchema": repaired_schema(tool.get("inputSchema"))}
        yield {**tool, **schema}
        for keys in (KEPT, KEPT[:1]):
            yield {key: tool[key] for key in keys if tool.get(key) is not None} | schema


def _repair_answer(result: Result, version: str) -> None:
    blocks = result.get("content")
    if not isinstance(blocks, list):
        blocks = [] if blocks is None else [blocks]
    result["content"] = blocks
    if _fits(ANSWER, version, result):
        return
    empty = {**result, "content": [], "isError": False, "structuredContent": {}}
    result["content"] = blocks = [
        block if _fits(ANSWER, version, {**empty, "content": [block]}) else _as_text(block)
        for block in blocks
    ]
    structured = result.get("structuredContent")
    if "structuredContent" in result and not isinstance(structured, Mapping):
        del result["structuredContent"]
        if structured is not None:
            blocks.append(_as_text(structured))
    if not isinstance(result.get("isError", False), bool):
        result["isError"] = bool(result["isError"])


def _as_text(block: Any) -> dict[str, str]:
    """Return a text in place of what is no block of the protocol."""
    if isinstance(block, Mapping) and block.get("type") == "text":
        block = "" if block.get("text") is None else block["text"]
    text = block if isinstance(block, str) else json.dumps(block, ensure_ascii=False)
    return {"type": "text", "text": text}


def _fits(method: str, version: str, result: Result) -> bool:
    """Return whether the SDK accepts this result."""
    from mcp_types import methods

    try:
        methods.parse_server_result(method, version, result)
    except ValidationError:
        return False
    return True
