"""The names of an MCP tool's arguments: none that the loop uses itself, and none that an engine refuses."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from memgpt_autogen.tools.mcp.references import free_name, resolved
from memgpt_autogen.tools.tool import RESERVED

Schema = dict[str, Any]

# what applies to the arguments themselves, not to a value in one of them: one schema, a list, or one for
# each name of an argument
ONE = ("not", "if", "then", "else")
LISTS = ("allOf", "anyOf", "oneOf")
BY_NAME = ("properties", "dependentSchemas", "dependentRequired", "dependencies")

MOST_REFERENCES = 20  # a schema that only refers to another one, and so on


# Anthropic and Bedrock refuse a request with any other name of an argument
NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}")
NAME_CHARS = 64


def rename_arguments(schema: Mapping[str, Any]) -> tuple[Schema, dict[str, str]]:
    """Return the server's schema, and the server's names of the arguments that are renamed in it.

    Arguments are renamed when the loop has arguments of the same name, or when an engine refuses the name:
    wherever the schema names them, also in a choice of several forms and in definitions. Values within an
    argument keep their names.
    """
    root = _without_root_reference({key: value for key, value in schema.items() if key not in DROPPED})
    root.setdefault("properties", {})
    if not isinstance(root["properties"], Mapping):
        root["properties"] = {}
    found = set(_names(root, root, set()))
    names: dict[str, str] = {}
    for name in RESERVED:
        if name in found:
            names[name] = free_name(f"{name}_argument", {*found, *names.values()})
    for name in sorted(found):
        if not NAME.fullmatch(name):
            plain = re.sub(r"[^A-Za-z0-9_.-]+", "_", name)[:NAME_CHARS].strip("_") or "argument"
            names[name] = free_name(plain, {*found, *names.values()}, NAME_CHARS)
    if not names:
        return root, {}
    renaming = _Renaming(root, names)
    renamed = renaming.schema(root)
    if renaming.whole is not None:
        renamed["$defs"] = {**renamed.get("$defs", {}), renaming.whole: renaming.unchanged()}
    return renamed, {new: old for old, new in names.items()}


DROPPED = ("$schema", "title")


class _Renaming:
    """One renaming in one schema."""

    def __init__(self, root: Schema, names: Mapping[str, str]) -> None:
        self._root = root
        self._names = names
        self._open: list[str] = []
        """The references that are being followed."""
        self.whole: str | None = None
        """The definition that the whole schema needs, because a value within an argument has its form."""

    def unchanged(self) -> Schema:
        """Return the whole schema under the server's names, as a definition."""
        own = {key: value for key, value in self._root.items() if key not in ("$defs", "definitions")}
        unchanged: Schema = self._value(own)
        return unchanged

    def schema(self, schema: Any) -> Any:
        """Return a schema of the arguments themselves."""
        if not isinstance(schema, Mapping):
            return schema
        kept = {key: self._keyword(key, value) for key, value in schema.items() if key != "$ref"}
        if "$ref" not in schema:
            return kept
        reference = schema["$ref"]
        target = resolved(self._root, reference)
        if target is None or reference in self._open or not _needs(self._root, target, self._names):
            return {**kept, "$ref": self._pointer(reference)}
        # the definition may also describe a value within an argument, so it stays as it is for others
        self._open.append(reference)
        meant = self.schema(target)
        self._open.pop()
        return {**kept, "allOf": [*kept.get("allOf", ()), meant]} if kept else meant

    def _keyword(self, key: str, value: Any) -> Any:
        if key in BY_NAME and isinstance(value, Mapping):
            if key == "properties":
                return {self._names.get(name, name): self._named(name, each) for name, each in value.items()}
            return {self._names.get(name, name): self._dependent(about) for name, about in value.items()}
        if key == "required":
            return self._listed(value)
        if key in ONE:
            return self.schema(value)
        if key in LISTS and isinstance(value, list):
            return [self.schema(each) for each in value]
        if key == "propertyNames" and isinstance(value, Mapping) and "enum" in value:
            return {**value, "enum": self._listed(value["enum"])}
        return self._value(value)

    def _named(self, name: str, about: Any) -> Any:
        """Return the schema of one argument, which says the name that an engine refuses."""
        about = self._value(about)
        if name not in self._names or name in RESERVED or not isinstance(about, Mapping):
            return about
        words = ". ".join(filter(None, [name, str(about.get("description", ""))]))
        return {**about, "description": words}

    def _dependent(self, value: Any) -> Any:
        return self._listed(value) if isinstance(value, list) else self.schema(value)

    def _listed(self, value: Any) -> Any:
        if not isinstance(value, list):
            return value
        return [self._names.get(name, name) if isinstance(name, str) else name for name in value]

    def _value(self, value: Any) -> Any:
        """Return what describes the values within an argument: only its references to arguments change."""
        if isinstance(value, list):
            return [self._value(each) for each in value]
        if not isinstance(value, Mapping):
            return value
        return {
            key: self._pointer(each) if key == "$ref" and isinstance(each, str) else self._value(each)
            for key, each in value.items()
        }

    def _pointer(self, reference: str) -> str:
        if reference in ("#", "#/"):
            self.whole = free_name("arguments", self._root.get("$defs", {}))
            return f"#/$defs/{self.whole}"
        start, _, rest = reference.removeprefix("#/properties/").partition("/")
        if not reference.startswith("#/properties/") or start not in self._names:
            return reference
        return "/".join(filter(None, ("#/properties", self._names[start], rest)))


def _without_root_reference(root: Schema) -> Schema:
    """Return the schema with what it refers to as a whole, because arguments are added to its properties."""
    for _ in range(MOST_REFERENCES):
        target = resolved(root, root.get("$ref"))
        if target is None:
            return root
        own = {key: value for key, value in root.items() if key != "$ref"}
        merged = {**{key: value for key, value in target.items() if key not in DROPPED}, **own}
        for key in ("properties", "$defs", "definitions"):
            if isinstance(target.get(key), Mapping) and isinstance(own.get(key), Mapping):
                merged[key] = {**target[key], **own[key]}
        if isinstance(target.get("required"), list) and isinstance(own.get("required"), list):
            merged["required"] = list(dict.fromkeys([*target["required"], *own["required"]]))
        root = merged
    return root


def _needs(root: Schema, schema: Any, names: Collection[str]) -> bool:
    return any(name in names for name in _names(root, schema, set()))


def _names(root: Schema, schema: Any, seen: set[str]) -> Iterator[str]:
    """Yield the names of the arguments that a schema knows."""
    if not isinstance(schema, Mapping):
        return
    for key in BY_NAME:
        if isinstance(by_name := schema.get(key), Mapping):
            yield from by_name
            for about in by_name.values() if key != "properties" else ():
                yield from _texts(about)
                yield from _names(root, about, seen)
    allowed = schema.get("propertyNames")
    yield from _texts(schema.get("required"))
    yield from _texts(allowed.get("enum") if isinstance(allowed, Mapping) else None)
    for key in (*ONE, *LISTS):
        inner = schema.get(key)
        for each in inner if isinstance(inner, list) else [inner]:
            yield from _names(root, each, seen)
    reference = schema.get("$ref")
    if isinstance(reference, str) and reference not in seen:
        seen.add(reference)
        yield from _names(root, resolved(root, reference), seen)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        yield from (each for each in value if isinstance(each, str))
