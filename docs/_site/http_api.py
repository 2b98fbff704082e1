"""The reference of the HTTP API, from the OpenAPI file: every path with what it takes and returns."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

SOURCE = "memgpt_autogen/server/openapi.json"

PAGE = "reference/http.md"

TITLES = {"apply": "Agents from a file", "facts": "Models, tools and usage", "past": "The past"}
"""Of the areas whose name is no title."""

INTRO = """# HTTP

Every path of [the server](../server.md), made from its OpenAPI file. A running server shows the same at
`/docs`, where it can be tried, and the file at `/openapi.json`. Each request has a key, as
`Authorization: Bearer KEY`. The scope that is named is one that [the key](../server.md#users-and-keys) must
have. An agent is meant by its name or its id. [Problems](../server.md#errors) are the same for all paths.
"""

Described = Mapping[str, Any]


def http_page(root: Path) -> str:
    """Return the Markdown of the page."""
    described = json.loads((root / SOURCE).read_text(encoding="utf-8"))
    areas: dict[str, list[str]] = defaultdict(list)
    for path, operations in described["paths"].items():
        for method, operation in operations.items():
            areas[operation["tags"][0]].append("\n\n".join(operation_parts(method, path, operation)))
    parts = [INTRO]
    for area, texts in areas.items():
        parts += [f"## {TITLES.get(area, area.capitalize())}", *texts]
    parts += ["## Objects", "What bodies and answers are made of."]
    for name, schema in sorted(described["components"]["schemas"].items()):
        parts += object_parts(name, schema)
    return "\n\n".join(part.strip() for part in parts if part.strip()) + "\n"


def operation_parts(method: str, path: str, operation: Described) -> Iterator[str]:
    yield f"### {method.upper()} {path}"
    yield prose(operation.get("description", ""))
    needed = [scope for each in operation.get("security", ()) for scopes in each.values() for scope in scopes]
    if needed:
        yield f"Needs the scope `{needed[0]}`."
    elif "security" not in operation:
        yield "Needs no key."
    yield f"In the Python client it is `{operation['operationId']}`."
    rows = [
        (
            f"`{each['name']}`",
            each["in"],
            kind(each["schema"]),
            told(each, required=each.get("required", False)),
        )
        for each in operation.get("parameters", ())
    ]
    if rows:
        yield table(("parameter", "in", "type", ""), rows)
    for media, content in operation.get("requestBody", {}).get("content", {}).items():
        yield f"Body (`{media}`): {kind(content['schema'])}"
        if "example" in content:
            yield f"```json\n{json.dumps(content['example'], ensure_ascii=False, indent=2)}\n```"
    yield table(("answer", "", ""), list(answers(operation)))


def answers(operation: Described) -> Iterator[tuple[str, str, str]]:
    for status, answer in operation["responses"].items():
        if "$ref" in answer:
            continue  # a problem
        content = answer.get("content", {})
        kinds = [
            kind(each["schema"]) if media == "application/json" else f"`{media}`"
            for media, each in content.items()
            if "schema" in each
        ]
        about = answer.get("description", "")
        yield status, " or ".join(kinds), "" if about == "Successful Response" else prose(about)


def object_parts(name: str, schema: Described) -> Iterator[str]:
    yield f"### {name}"
    yield prose(schema.get("description", ""))
    needed = schema.get("required", ())
    rows = [
        (f"`{field}`", kind(each), told(each, required=field in needed and "default" not in each))
        for field, each in schema.get("properties", {}).items()
    ]
    if rows:
        yield table(("field", "type", ""), rows)
    elif "enum" in schema:
        yield kind(schema)


def told(described: Described, *, required: bool) -> str:
    """Say what a value is, whether it is needed, and its default."""
    schema = described.get("schema", described)
    about = [prose(described.get("description") or schema.get("description", ""))]
    if required:
        about.append("Needed.")
    elif schema.get("default") not in (None, "", [], {}):
        about.append(f"By default `{json.dumps(schema['default'], ensure_ascii=False)}`.")
    return " ".join(filter(None, about))


def kind(schema: Described) -> str:
    """Return the type of a value, with links to objects and with its bounds."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    for choice in ("anyOf", "oneOf", "allOf"):
        if choice in schema:
            return " or ".join(dict.fromkeys(map(kind, schema[choice])))
    if "const" in schema:
        return f"`{schema['const']}`"
    if "enum" in schema:
        return ", ".join(f"`{each}`" for each in schema["enum"])
    named = str(schema.get("type", "any"))
    if named == "array":
        return f"list of {kind(schema.get('items', {}))}"
    if named == "object" and isinstance(schema.get("additionalProperties"), dict):
        return f"object of {kind(schema['additionalProperties'])}"
    if "contentMediaType" in schema:
        return "file"
    return f"{schema.get('format', named)}{bounds(schema)}"


def bounds(schema: Described) -> str:
    least, most = (schema.get(f"{each}Length", schema.get(f"{each}imum")) for each in ("min", "max"))
    if most is not None and most < 2**31 - 1:
        return f" ({least or 0:,.0f} to {most:,.0f})" if least is not None else f" (at most {most:,.0f})"
    return f" (at least {least:,.0f})" if least else ""


def table(heads: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [heads, tuple("---" for _ in heads), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)


def prose(text: str) -> str:
    """Return a description as Markdown shows it: its lines joined, its paragraphs apart, no tags."""
    paragraphs = [" ".join(part.split()) for part in text.split("\n\n")]
    return "\n\n".join(paragraphs).replace("<", "&lt;")
