"""Writes the methods of the Python client: `python docs/write_client.py`. A test compares the two.

They come from the OpenAPI file of the server, one module for each area. An operation is a method with the
name of its id; the parts of its path, its query, its headers and its body are arguments.
"""

from __future__ import annotations

import ast
import importlib
import json
import keyword
import pkgutil
import re
import subprocess
import sys
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import BaseModel

import memgpt_autogen.client.operations as room
from memgpt_autogen.service import schemas

SOURCE = Path(schemas.__file__).parents[2] / "server/openapi.json"
FOLDER = Path(room.__file__).parent

LEFT_OUT = {
    ("create_run", "stream"): "`stream_run` and `follow_run` read streams, and open them again",
    (
        "create_run",
        "background",
    ): "`say` waits for the end, by a stream, which is opened again",
    ("read_run_events", "last-event-id"): "`after` is the same",
    ("read_group_messages", "last-event-id"): "`after` is the same",
}
"""What the methods do not take, and why."""

# what is given without its name, although it may be left out
BY_PLACE = {"input", "arguments", "steps", "count", "file", "results"}

# what a method does, where the words about its path say more than the method can
WORDS = {
    "create_run": "Ask an agent for a turn, and return the run. It runs on when the connection ends.\n\n"
    "`stream_run` yields its events, and `say` waits for its end. A key that makes it unique is made, so "
    "that it is one run although it is asked for again.",
    "read_run_events": "Return the events of a run after a number. `follow_run` waits for more.",
    "read_group_messages": "Return what was said after a number, or next before one, each message once, "
    "with who heard it where.",
}

NO_ANSWER = "None"

FILE = "UploadedFile"

Schema = Mapping[str, Any]


class Argument(NamedTuple):
    """One argument of a method."""

    name: str
    sent: str
    """Its name in the request."""
    place: str
    """`path`, `query`, `header`, `body` or `form`."""
    hint: str
    check: str
    """The type with its limits."""
    default: str | None
    about: str

    @property
    def by_place(self) -> bool:
        return self.default is None or self.name in BY_PLACE


def main() -> None:
    for name, text in texts().items():
        (FOLDER / name).write_text(text, encoding="utf-8")


def texts() -> dict[str, str]:
    """Return the files of the room by their names."""
    described = json.loads(SOURCE.read_text(encoding="utf-8"))
    areas: dict[str, list[dict[str, Any]]] = {}
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            areas.setdefault(operation["tags"][0], []).append(
                {**operation, "path": path, "method": method.upper()}
            )
    writer = _Writer(described["components"]["schemas"])
    files = {f"{area}.py": writer.area(area, operations) for area, operations in areas.items()}
    files["__init__.py"] = _init(list(areas))
    return {name: _formatted(text) for name, text in files.items()}


class _Writer:
    """Writes the module of an area."""

    def __init__(self, known: Mapping[str, Schema]) -> None:
        self._known = known
        self._modules = dict(_modules())
        self._used: set[str] = set()

    def area(self, area: str, operations: list[dict[str, Any]]) -> str:
        self._used = set()
        constants, plain, awaited = [], [], []
        for operation in operations:
            arguments = list(self._arguments(operation))
            answer = self._answer(operation)
            constants.append(_constant(operation, arguments, answer, self._body(operation)))
            plain.append(_method(operation, arguments, answer, ""))
            awaited.append(_method(operation, arguments, answer, "async "))
        title = _class_name(area)
        classes = [
            f'class {title}(Caller):\n    """The operations of `{area}`."""\n\n' + "\n".join(plain),
            f'class Async{title}(AsyncCaller):\n    """The operations of `{area}`, for an event loop."""\n\n'
            + "\n".join(awaited),
        ]
        body = "\n".join(constants) + "\n\n" + "\n\n".join(classes)
        return _head(area) + self._imports(body) + "\n\n" + body

    def _imports(self, body: str) -> str:
        names = {each.id for each in ast.walk(ast.parse(body)) if isinstance(each, ast.Name)}
        lines = [
            _import("collections.abc", names & {"Mapping", "Sequence"}),
            _import("datetime", names & {"datetime"}),
            _import("os", names & {"PathLike"}),
            _import("pathlib", names & {"Path"}),
            _import("typing", names & {"Annotated", "Any", "Literal", "Optional", "Union"}),
            _import("pydantic", names & {"AwareDatetime", "Field"}),
            _import(
                "memgpt_autogen.client.operation",
                names & {"AsyncCaller", "Caller", "Operation", "Parameter", "UploadedFile"},
            ),
        ]
        modules: dict[str, set[str]] = {}
        for name in names & self._used:
            modules.setdefault(self._modules[name], set()).add(name)
        lines += [_import(module, found) for module, found in modules.items()]
        return "".join(lines)

    def _arguments(self, operation: dict[str, Any]) -> Iterator[Argument]:
        found = [
            self._argument(each["name"], each["in"], each["schema"], each["required"])
            for each in operation.get("parameters", ())
            if (operation["operationId"], each["name"]) not in LEFT_OUT
        ]
        for kind, content in operation.get("requestBody", {}).get("content", {}).items():
            schema = self._resolved(content["schema"])
            place = "form" if kind.startswith("multipart/") else "body"
            found += [
                self._argument(name, place, each, name in schema.get("required", ()))
                for name, each in schema["properties"].items()
                if (operation["operationId"], name) not in LEFT_OUT
            ]
        names = [each.name for each in found]
        if len(set(names)) < len(names):
            raise ValueError(f"two arguments of {operation['operationId']} have one name: {sorted(names)}")
        yield from sorted(found, key=lambda each: (each.default is not None, not each.by_place))

    def _argument(self, sent: str, place: str, schema: Schema, required: bool) -> Argument:  # noqa: FBT001
        name = sent.replace("-", "_") + ("_" if keyword.iskeyword(sent) else "")
        default = None if required else _default(schema)
        hint, check = self._hint(schema), self._check(schema)
        if default == "None":
            hint, check = _optional(hint, "| None"), _optional(check, "Optional")
        about = re.sub(r"\s+", " ", str(schema.get("description", ""))).strip()
        return Argument(name, sent, place, hint, check, default, about)

    def _body(self, operation: dict[str, Any]) -> str | None:
        for kind, content in operation.get("requestBody", {}).get("content", {}).items():
            if kind == "application/json":
                return self._class(content["schema"])
        return None

    def _answer(self, operation: dict[str, Any]) -> str:
        for status, response in sorted(operation["responses"].items()):
            if not status.startswith("2"):
                continue
            content = response.get("content", {})
            if "application/json" in content:
                return self._class(content["application/json"]["schema"])
            if content:
                return "str" if "text/plain" in content else "Path"
        return NO_ANSWER

    def _class(self, schema: Schema) -> str:
        name = schema["$ref"].rpartition("/")[2]
        outer, _, inner = name.partition("_")
        for each in (outer, inner.strip("_")):
            if each and each not in self._modules:
                raise ValueError(f"{each} is in no module of memgpt_autogen/service/schemas; put it there")
            self._used.add(each)
        return f"{outer}[{inner.strip('_')}]" if inner else outer

    def _resolved(self, schema: Schema) -> Schema:
        return self._known[schema["$ref"].rpartition("/")[2]]

    def _hint(self, schema: Schema) -> str:
        """Return the type that an argument has for whoever calls."""
        if "anyOf" in schema:
            return " | ".join(dict.fromkeys(self._hint(each) for each in schema["anyOf"]))
        if "$ref" in schema:
            return f"{self._class(schema)} | Mapping[str, Any]"
        if "enum" in schema or "const" in schema:
            return _literal(schema)
        kind = schema.get("type")
        if kind == "string":
            if "contentMediaType" in schema:
                return FILE
            return "datetime" if schema.get("format") == "date-time" else "str"
        if kind == "array":
            return f"Sequence[{self._hint(schema.get('items', {}))}]"
        if kind == "object":
            inner = schema.get("additionalProperties")
            return f"Mapping[str, {self._hint(inner) if isinstance(inner, dict) else 'Any'}]"
        return {"integer": "int", "number": "float", "boolean": "bool", "null": "None"}.get(str(kind), "Any")

    def _check(self, schema: Schema) -> str:
        """Return the type with its limits, for pydantic."""
        if "anyOf" in schema:
            kinds = [self._check(each) for each in schema["anyOf"] if each.get("type") != "null"]
            checked = kinds[0] if len(kinds) == 1 else f"Union[{', '.join(kinds)}]"
            return f"Optional[{checked}]" if len(kinds) < len(schema["anyOf"]) else checked
        hint = self._hint(schema)
        if schema.get("type") == "array":
            hint = f"list[{self._check(schema.get('items', {}))}]"
        elif hint == "datetime":
            hint = "AwareDatetime"
        elif hint == FILE:
            return "Any"
        limits = {
            "ge": schema.get("minimum"),
            "le": schema.get("maximum"),
            "min_length": schema.get("minLength", schema.get("minItems")),
            "max_length": schema.get("maxLength", schema.get("maxItems")),
        }
        given = ", ".join(f"{name}={value:.0f}" for name, value in limits.items() if value is not None)
        return f"Annotated[{hint}, Field({given})]" if given else hint


def _modules() -> Iterator[tuple[str, str]]:
    """Yield each class of the schemas, and the module that has it."""
    for found in pkgutil.iter_modules(schemas.__path__, f"{schemas.__name__}."):
        for name, value in vars(importlib.import_module(found.name)).items():
            is_class = isinstance(value, type) and issubclass(value, BaseModel)
            if is_class and value.__module__ == found.name:
                yield name, found.name


def _constant(operation: dict[str, Any], arguments: list[Argument], answer: str, body: str | None) -> str:
    name = operation["operationId"]
    parameters = "".join(
        f'        Parameter("{each.name}", "{each.sent}", "{each.place}", {each.check}),\n'
        for each in arguments
        if each.place != "body"
    )
    also = [status for status, each in operation["responses"].items() if _has_own_body(status, each)]
    of_also = f"    also=({', '.join(also)},),\n" if also else ""
    of_body = "" if body is None else f"    body={body},\n"
    of_answer = "" if answer == NO_ANSWER else f"    answer={answer},\n"
    hint = f"Operation[{answer}]"
    return (
        f'{name.upper()}: {hint} = Operation(\n    "{name}",\n    "{operation["method"]}",\n'
        f'    "{operation["path"]}",\n    parameters=(\n{parameters}    ),\n{of_body}'
        f'    area="{operation["tags"][0]}",\n{of_also}{of_answer})\n'
    )


def _has_own_body(status: str, response: Mapping[str, Any]) -> bool:
    """Return whether a failure is answered with what a success is, as that of `/ready`."""
    return status.isdecimal() and status >= "400" and "application/json" in response.get("content", {})


def _method(operation: dict[str, Any], arguments: list[Argument], answer: str, kind: str) -> str:
    name = operation["operationId"]
    needed = [each for each in arguments if each.by_place]
    others = [each for each in arguments if not each.by_place]
    given = ["self", *map(_argument_text, needed)]
    values = ", ".join(f'"{each.name}": {each.name}' for each in arguments)
    if answer == "Path":
        given.append("to: str | PathLike[str]")
        values = f'{values}, "to": to' if values else '"to": to'
    if others:
        given += ["*", *map(_argument_text, others)]
    wait = "await " if kind else ""
    return (
        f"    {kind}def {name}({', '.join(given)}) -> {answer}:\n"
        f"{_docstring(operation, arguments, answer)}"
        f"        {'return ' if answer != NO_ANSWER else ''}{wait}self._call({name.upper()}, {{{values}}})\n"
    )


def _argument_text(argument: Argument) -> str:
    default = "" if argument.default is None else f" = {argument.default}"
    return f"{argument.name}: {argument.hint}{default}"


def _docstring(operation: dict[str, Any], arguments: list[Argument], answer: str) -> str:
    parts = re.split(r"\n\s*\n", WORDS.get(operation["operationId"], operation["description"]).strip())
    if answer == "Path":
        parts.append("It is written into the file `to`, which is returned.")
    about = [f"`{each.name}`: {each.about}" for each in arguments if each.about and each.place != "path"]
    lines: list[str] = []
    for number, part in enumerate(parts):
        text = f'"""{part}' if not number else part
        lines += ["", *_wrapped(re.sub(r"\s+", " ", text))] if number else _wrapped(text)
    for number, each in enumerate(about):
        lines += ["", *_wrapped(each, "  ")] if not number else _wrapped(each, "  ")
    closing = ['        """'] if len(lines) > 1 or len(lines[-1]) > 98 else []
    if closing:
        return "\n".join([*(f"        {line}".rstrip() for line in lines), *closing]) + "\n"
    return f'        {lines[0]}"""\n'


def _wrapped(text: str, indent: str = "") -> list[str]:
    return textwrap.wrap(text, 98, subsequent_indent=indent, break_on_hyphens=False) or [""]


def _default(schema: Schema) -> str:
    default = schema.get("default")
    return repr(tuple(default)) if isinstance(default, list) else repr(default)


def _optional(hint: str, form: str) -> str:
    if form == "Optional":
        return hint if hint.startswith("Optional[") else f"Optional[{hint}]"
    return hint if hint.endswith("| None") else f"{hint} | None"


def _literal(schema: Schema) -> str:
    return f"Literal[{', '.join(map(repr, schema.get('enum', [schema.get('const')])))}]"


def _import(module: str, names: set[str]) -> str:
    return f"from {module} import {', '.join(sorted(names))}\n" if names else ""


def _class_name(area: str) -> str:
    return "".join(part.capitalize() for part in re.split(r"\W|_", area)) + "Operations"


def _head(area: str) -> str:
    return (
        f'"""The operations of `{area}`. Written by docs/write_client.py from the OpenAPI file."""\n\n'
        "from __future__ import annotations\n\n"
    )


def _init(areas: list[str]) -> str:
    package = room.__name__
    imports = "".join(
        f"from {package}.{area} import Async{_class_name(area)}, {_class_name(area)}\n"
        for area in sorted(areas)
    )

    def joined(name: str, prefix: str, about: str) -> str:
        bases = "".join(f"    {prefix}{_class_name(area)},\n" for area in areas)
        return f'class {name}(\n{bases}):\n    """{about}"""\n'

    return (
        '"""The operations of the API. Written by docs/write_client.py from the OpenAPI file."""\n\n'
        "from __future__ import annotations\n\n"
        + imports
        + "\n\n"
        + joined("Operations", "", "All operations of the API, as methods.")
        + "\n\n"
        + joined("AsyncOperations", "Async", "All operations of the API, as methods for an event loop.")
    )


def _formatted(text: str) -> str:
    """Return the text as ruff writes it."""
    for arguments in (["check", "--select", "I,F401", "--fix-only", "-q"], ["format", "-q"]):
        command = [
            sys.executable,
            "-m",
            "ruff",
            *arguments,
            "--stdin-filename",
            str(FOLDER / "written.py"),
            "-",
        ]
        text = subprocess.run(
            command, input=text, capture_output=True, text=True, check=True, timeout=60
        ).stdout
    return text


if __name__ == "__main__":
    main()
