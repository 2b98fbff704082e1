"""Just enough of an agent for the offline model: functions, a prompt, a memory and a simple loop."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from memgpt_autogen.llm.offline import OfflineLLM
from memgpt_autogen.text.words import stems

if TYPE_CHECKING:
    from memgpt_autogen.llm.protocols import LLM

BEAT = {"type": "boolean"}

LONG_AGO = "boss said on 2026-03-01: “%s”"
"""A line that core memory holds."""


def tool(name: str, required: str = "", **types: str) -> dict[str, Any]:
    properties: dict[str, Any] = {key: {"type": kind} for key, kind in types.items()}
    if name != "send_message":
        properties["request_heartbeat"] = BEAT
    parameters = {"type": "object", "properties": properties, "required": required.split()}
    return {"type": "function", "function": {"name": name, "description": name, "parameters": parameters}}


SEND = tool("send_message", "message", message="string")
TOOLS = [
    SEND,
    tool("core_memory_append", "label content", label="string", content="string"),
    tool(
        "core_memory_replace",
        "label old_content new_content",
        label="string",
        old_content="string",
        new_content="string",
    ),
    tool(
        "conversation_search",
        query="string",
        speaker="string",
        start_date="string",
        end_date="string",
        page="integer",
    ),
    tool("archival_memory_insert", "content", content="string"),
    tool("archival_memory_search", "query", query="string", page="integer"),
]


class Agent:
    """Just enough of an agent: blocks, two logs, a queue of `turns` turns, and a loop with heartbeats."""

    def __init__(self, tools: list[dict[str, Any]] = TOOLS, *, turns: int = 1, limit: int = 2000) -> None:
        self.tools = tools
        self.native = all(offered["function"]["name"] != "send_message" for offered in tools)
        self.turns = turns
        self.limit = limit
        self.blocks = {"persona": "I am a librarian.", "human": ""}
        self.said: list[dict[str, str]] = []
        self.archive: list[dict[str, str]] = []
        self.queue: list[dict[str, Any]] = []
        self.made: list[tuple[str, dict[str, Any]]] = []
        self.failing: set[str] = set()
        self.results = {"get_weather": "sunny"}
        self.steps = 0
        self.llm: LLM = OfflineLLM()

    def ask(self, name: str, text: str) -> str:
        self.hears(name, text)
        return self.turn()

    def hears(self, name: str, text: str) -> None:
        time = self._log(name, text)
        self.gets({"type": "user_message", "name": name, "message": text, "time": time})

    def gets(self, event: dict[str, str]) -> None:
        self.queue.append({"role": "user", "content": json.dumps(event)})

    def turn(self) -> str:
        spoken: list[str] = []
        for self.steps in range(1, 20):
            answer = self.llm.complete(self.prompt(), self.tools)
            self.queue.append(
                {
                    "role": "assistant",
                    "content": answer.text,
                    "tool_calls": [call.to_wire() for call in answer.tool_calls],
                }
            )
            goes_on = False
            for call in answer.tool_calls:
                arguments = json.loads(call.arguments)
                self.made.append((call.name, arguments))
                ok, text = self._run(call.name, arguments, spoken)
                result = {"status": "OK" if ok else "Failed", "message": text}
                self.queue.append({"role": "tool", "tool_call_id": call.id, "content": json.dumps(result)})
                goes_on = goes_on or not ok or self.native or arguments.get("request_heartbeat", False)
            if self.native and not answer.tool_calls:
                spoken.append(answer.text)
            if not goes_on:
                break
        for text in spoken:
            self._log("sam", text)
        return " ".join(spoken)

    def prompt(self) -> list[dict[str, Any]]:
        blocks = [f'<{k} chars="{len(v)}/{self.limit}">\n{v}\n</{k}>' for k, v in self.blocks.items()]
        starts = [place for place, message in enumerate(self.queue) if '"user_message"' in str(message)]
        queue = self.queue[starts[-self.turns :][0] :] if starts else self.queue
        return [{"role": "system", "content": "\n".join(["You are sam, an agent.", *blocks])}, *queue]

    def calls(self, name: str) -> list[dict[str, Any]]:
        return [arguments for made, arguments in self.made if made == name]

    def _log(self, name: str, text: str) -> str:
        time = f"2026-03-01 14:{len(self.said) % 60:02d}:00 +0000"
        self.said.append({"time": time, "name": name, "message": text})
        return time

    def _run(self, name: str, given: dict[str, Any], spoken: list[str]) -> tuple[bool, str]:
        if name in self.failing:
            return False, "it does not work"
        if name == "send_message":
            spoken.append(given["message"])
        elif name == "core_memory_append":
            self.blocks[given["label"]] = f"{self.blocks[given['label']]}\n{given['content']}".strip()
        elif name == "core_memory_replace":
            value = self.blocks[given["label"]]
            assert value.count(given["old_content"]) == 1
            self.blocks[given["label"]] = value.replace(given["old_content"], given["new_content"])
        elif name == "archival_memory_insert":
            self.archive.append({"time": "2026-03-01 15:00:00 +0000", "text": given["content"]})
        elif name.endswith("search"):
            return True, self._search(self.said if name.startswith("conv") else self.archive, given)
        return True, self.results.get(name, "None")

    def _search(self, log: list[dict[str, str]], given: dict[str, Any]) -> str:
        wanted = set(stems(given.get("query") or ""))
        hits = [
            row
            for row in log
            if wanted <= set(stems(row.get("message") or row.get("text") or ""))
            and given.get("speaker", row.get("name")) == row.get("name")
            and given.get("start_date", "0") <= row["time"][:10] <= given.get("end_date", "9")
        ]
        page = given.get("page", 0)
        shown = hits[5 * page : 5 * page + 5]
        head = f"Showing {len(shown)} of {len(hits)} results (page {page}, last page {(len(hits) - 1) // 5}):"
        return f"{head}\n{json.dumps(shown)}" if shown else "No results found."
