"""Examples in the OpenAPI file: what a path names, and what a body may be."""

from __future__ import annotations

from typing import Any

# ids stand where a thing has no name
PLACES: dict[str, Any] = {
    "agent": "sam",
    "archive": "team",
    "block": "5f0c9b1e-7c1d-4a55-8f5e-6d3f2b1a9c40",
    "group": "9a3c5f0e-61b4-4d0f-8f0b-0d1b4f7c2e58",
    "job": "0c8e7f64-2b7a-4b0e-9d7e-3f1f6a5b2c11",
    "key": "laptop",
    "kind": "persona",
    "label": "human",
    "other": "bob",
    "passage": "47898496-74d1-5559-80ab-3941b04ba8ac",
    "run": "1d6f0a53-0b0e-4c55-93e5-1f3c4b1e6a52",
    "search": "7b0f3f3e-4f57-4f0e-9a25-3c2d8f1f6b90",
    "seq": 12,
    "server": "tickets",
    "source": "handbook.pdf",
    "template": "librarian",
    "tool": "conversation_search",
    "user": "ada",
}
"""What stands in the place of a name in a path."""

BODIES: dict[str, dict[str, Any]] = {
    "ApplyBody": {"file": {"agents": {"sam": {"human": "Her name is Ada."}}}, "dry_run": True},
    "ArchiveName": {"name": "team"},
    "BlockChange": {"append": "She lives in Lisbon."},
    "Count": {"count": 2},
    "Credentials": {"password": "mga_…"},
    "LoginCode": {"code": "mgl_…"},
    "ForgetBody": {"query": "Lisbon", "dry_run": True},
    "ForkRequest": {"name": "sam-before-the-move", "at": 12},
    "LimitsBody": {"turns_at_once": 2, "tokens_a_day": 500_000},
    "AgentChange": {"name": "samuel"},
    "NewAgent": {"name": "sam", "human": "Her name is Ada."},
    "NewKeyBody": {"name": "laptop", "scopes": ["read", "talk"]},
    "NewMcpServer": {
        "name": "tickets",
        "url": "https://mcp.example.com/mcp",
        "headers": {"Authorization": "Bearer ${MCP_TICKETS_TOKEN}"},
    },
    "NewPassage": {"text": "The meeting is on Tuesdays.", "tags": ["work"]},
    "NewRunBody": {"input": "Hello!", "background": False},
    "NewSavedSearch": {
        "search": {"queries": ["where does she live"]},
        "expected": {"tier": "recall", "id": "12"},
        "within": 3,
    },
    "NewSharedBlock": {"label": "plan", "value": "Ship it in May."},
    "NewText": {"text": "Hello, Ada."},
    "NewUser": {"name": "ada"},
    "PassageChange": {"tags": ["work", "weekly"]},
    "Permission": {"may": "read"},
    "ResultsBody": {"results": {"call_1": {"text": "21 degrees"}}},
    "SearchBody": {"queries": ["where does she live"], "explain": True},
    "SharedBlockChange": {"value": "Ship it in June."},
    "Steps": {"steps": 1},
    "TemplateText": {"text": "You are a patient librarian."},
    "ToolArguments": {"arguments": {"query": "Lisbon"}},
    "UserChange": {"suspended": True},
    "WholeBlock": {"value": "Her name is Ada."},
}
"""An example of each body that is JSON, by the name of its schema."""


def add_examples_to(described: dict[str, Any]) -> None:
    """Add the examples to every operation."""
    for operations in described["paths"].values():
        for operation in operations.values():
            for parameter in operation.get("parameters", []):
                if parameter["in"] == "path" and parameter["name"] in PLACES:
                    parameter["example"] = PLACES[parameter["name"]]
            content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
            name = content.get("schema", {}).get("$ref", "").rpartition("/")[2]
            if name in BODIES:
                content["example"] = BODIES[name]
