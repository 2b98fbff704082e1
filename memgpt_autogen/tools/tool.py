"""A tool: a typed function, the schema that a model reads, and the check of what a model sends."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from types import CodeType
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from docstring_parser import parse as parse_docstring
from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model
from pydantic_core import to_json

from memgpt_autogen.errors import ConfigurationError, ToolError
from memgpt_autogen.llm.protocols import ToolSchema
from memgpt_autogen.moved import warn_renamed
from memgpt_autogen.text.names import normalize_name
from memgpt_autogen.tools.event_loop import finished

HEARTBEAT = "request_heartbeat"
THOUGHTS = "inner_thoughts"
RESERVED = (HEARTBEAT, THOUGHTS)

# what the chat API accepts as the name of a function
NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")

# what models write for an argument that they do not want to give
NOTHING = (None, "", "none", "null")


@dataclass(frozen=True, slots=True)
class Tool:
    """A function that the model can call by name."""

    name: str
    description: str
    parameters: Mapping[str, Any]
    """JSON schema of the arguments."""
    function: Callable[..., Any]
    check: Callable[[dict[str, Any]], dict[str, Any]]
    """Returns the arguments as the function takes them; raises `ToolError` for wrong ones."""
    paged: bool = False
    """Whether its results come in pages and are never cut."""
    own: bool = False
    """Whether it runs in the turn's own thread without a time limit, as memory tools do, which end."""
    most_per_turn: int | None = None
    """How many times one turn may run it; None for any number."""
    approval: bool | Callable[[dict[str, Any]], bool] = False
    """Whether somebody must allow a call first, or a function of the arguments that returns that."""
    returns_directly: bool = False
    """Whether its result is what the agent says, and ends the turn."""
    offered: Callable[[], bool] | None = None
    """Returns whether a model is offered it now; None for always. A call works in any case."""
    seconds: float | None = None
    """The time limit of a call; None for that of the toolbox."""

    def __post_init__(self) -> None:
        if self.most_per_turn is not None and self.most_per_turn < 1:
            raise ConfigurationError(
                f"most_per_turn of tool '{self.name}' is {self.most_per_turn}; give at least 1, or leave "
                "the tool out."
            )

    @classmethod
    def from_function(
        cls,
        function: Callable[..., Any],
        *,
        name: str | None = None,
        description: str | None = None,
        paged: bool = False,
        own: bool = False,
        most_per_turn: int | None = None,
        approval: bool | Callable[[dict[str, Any]], bool] = False,
        returns_directly: bool = False,
        offered: Callable[[], bool] | None = None,
    ) -> Tool:
        """Return a tool made from a function's signature, type hints and docstring.

        The docstring's first lines describe the tool, and its `Args` or `Annotated[type, "text"]` the
        arguments. A tool of AutoGen keeps its own name and description.

        Raises `ConfigurationError` for an argument without a type, a reserved name, `*args` and
        `**kwargs`, and for a function without a name that the chat API accepts.
        """
        if isinstance(getattr(function, "name", None), str) and callable(getattr(function, "func", None)):
            autogen_tool: Any = function
            name, description = name or autogen_tool.name, description or autogen_tool.description
            function = autogen_tool.func
        name = name or str(getattr(function, "__name__", ""))
        if not NAME.fullmatch(name):
            raise ConfigurationError(
                f"a tool's name has 1 to 64 letters, digits, '_' and '-'; {name!r} does not fit. Give it "
                "name=...."
            )
        read = _read_built_in(name, function) or _read(name, function)
        schema, check = read.parameters, read.check
        description = read.description if description is None else description
        options = paged, own, most_per_turn, approval, returns_directly, offered
        return cls(name, description, schema, function, check, *options)

    @classmethod
    def of(cls, function: Callable[..., Any], **options: Any) -> Tool:
        """Do what `from_function` does. This is its name in 0.1."""
        warn_renamed("Tool.of", "Tool.from_function")
        return cls.from_function(function, **options)

    @classmethod
    def described(cls, schema: ToolSchema, function: Callable[..., Any], *, seconds: float) -> Tool:
        """Return a tool whose function checks its own arguments, and may take so many seconds."""
        about = schema["function"]
        parameters = about.get("parameters") or {"type": "object", "properties": {}}
        description = about.get("description") or ""
        return cls(about["name"], description, parameters, function, dict, seconds=seconds)

    def schema(self, *, heartbeat: bool, thoughts: bool) -> ToolSchema:
        """Return the function as the chat API describes it, with the arguments that the loop uses itself.

        Those have no description here, because the system prompt explains them once.
        """
        properties = dict(self.parameters.get("properties", {}))
        required = list(self.parameters.get("required", ()))
        if thoughts:
            properties = {THOUGHTS: {"type": "string"}} | properties
        if heartbeat:
            properties[HEARTBEAT] = {"type": "boolean"}
        parameters = {**self.parameters, "type": "object", "properties": properties, "required": required}
        return {
            "type": "function",
            "function": {"name": self.name, "description": self.description, "parameters": parameters},
        }

    def needs_approval(self, arguments: dict[str, Any]) -> bool:
        """Whether somebody must allow this call; True also if the function that decides this fails."""
        if not callable(self.approval):
            return self.approval
        try:
            return bool(self.approval(dict(arguments)))
        except Exception:  # noqa: BLE001 - the user's own
            return True

    def call(self, arguments: dict[str, Any]) -> str:
        """Check the arguments, run the function, also a coroutine, and return its result as text."""
        result = self.function(**self.check(arguments))
        if inspect.isawaitable(result):
            result = finished(result)
        if result is None:
            return "None"
        return result if isinstance(result, str) else _as_json(result)


@dataclass(frozen=True, slots=True)
class _Reading:
    """What a function's signature, type hints and docstring say."""

    description: str
    parameters: Mapping[str, Any]
    check: Callable[[dict[str, Any]], dict[str, Any]]


# Each agent has the built-in functions as closures of its own, which differ in nothing that is read here.
_BUILT_IN: dict[tuple[str, CodeType], _Reading] = {}


def _read_built_in(name: str, function: Callable[..., Any]) -> _Reading | None:
    """Return what was read of a function of this package when it was first read; None for other functions."""
    code = getattr(function, "__code__", None)
    if code is None or not function.__module__.startswith(f"{__package__}."):
        return None
    if (name, code) not in _BUILT_IN:
        _BUILT_IN[name, code] = _read(name, function)
    return _BUILT_IN[name, code]


def _read(name: str, function: Callable[..., Any]) -> _Reading:
    docs = parse_docstring(inspect.getdoc(_hinted(function)) or "")
    about = {parameter.arg_name: parameter.description or "" for parameter in docs.params}
    description = "\n".join(part.strip() for part in (docs.short_description, docs.long_description) if part)
    model = _arguments_model(name, function, about)
    return _Reading(description, _plain(model.model_json_schema()), _checker(name, model))


def _arguments_model(name: str, function: Callable[..., Any], about: Mapping[str, str]) -> type[BaseModel]:
    try:
        hints = get_type_hints(_hinted(function), include_extras=True)
    except (NameError, TypeError) as error:
        raise ConfigurationError(f"the types of tool '{name}' cannot be read: {error}") from error
    fields: dict[str, Any] = {}
    for parameter in inspect.signature(function).parameters.values():
        where = f"argument '{parameter.name}' of tool '{name}'"
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD, parameter.POSITIONAL_ONLY):
            raise ConfigurationError(f"{where} cannot be passed by name; write it as an ordinary argument.")
        if parameter.name in RESERVED:
            raise ConfigurationError(f"{where} has a name that the heartbeat loop uses; rename it.")
        if parameter.name not in hints:
            raise ConfigurationError(
                f"{where} has no type; write it as '{parameter.name}: str', for example."
            )
        hint = hints[parameter.name]
        notes = get_args(hint)[1:] if get_origin(hint) is Annotated else ()
        # a text, or a field of pydantic or AutoGen that contains one
        words = (note if isinstance(note, str) else getattr(note, "description", None) for note in notes)
        described = next((text for text in words if text), about.get(parameter.name)) or None
        default = ... if parameter.default is parameter.empty else parameter.default
        # an argument may have the name of one of pydantic's own attributes
        fields[f"argument_{len(fields)}"] = hint, Field(default, alias=parameter.name, description=described)
    try:
        return create_model(name, __config__=ConfigDict(extra="forbid"), **fields)
    except Exception as error:
        raise ConfigurationError(f"tool '{name}' has an argument that JSON cannot carry: {error}") from error


def _hinted(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return what has the type hints: the function of a `partial`, the `__call__` of an object."""
    if isinstance(function, partial):
        return _hinted(function.func)
    plain = inspect.isroutine(function) or inspect.isclass(function)
    return function if plain else type(function).__call__


def _checker(name: str, model: type[BaseModel]) -> Callable[[dict[str, Any]], dict[str, Any]]:
    def check(arguments: dict[str, Any]) -> dict[str, Any]:
        try:
            checked = _validated(model, arguments)
        except ValidationError as error:
            raise ToolError(
                f"{name}: {'; '.join(_format_errors(error))}. {_format_arguments(model)}"
            ) from error
        given = ((field, model.model_fields[field].alias) for field in checked.model_fields_set)
        return {alias: getattr(checked, field) for field, alias in given if alias is not None}

    return check


def _validated(model: type[BaseModel], arguments: dict[str, Any]) -> BaseModel:
    """Return the checked arguments. An optional one that does not fit and says nothing counts as not given.

    An argument with a wrong name gets the only name that it can have: the same name in another spelling
    (`oldContent`), or the missing one where one is unknown. A number or a structure in place of a text is
    its JSON: calls that were written as text do not tell them apart.
    """
    try:
        return model.model_validate(arguments)
    except ValidationError as error:
        if renamed := _renamed(error, arguments):
            with suppress(ValidationError):  # the error is about the names that were given
                return _validated(model, renamed)
        if texts := _as_texts(error, speaks=model.__name__ == "send_message"):
            with suppress(ValidationError):
                return _validated(model, {**arguments, **texts})
        wrong = {detail["loc"][0] for detail in error.errors() if len(detail["loc"]) == 1}
        given = {
            key: value
            for key, value in arguments.items()
            if not (key in wrong and _says_nothing(value) and not _is_required(model, key))
        }
        if len(given) == len(arguments):
            raise
    return model.model_validate(given)


def _renamed(error: ValidationError, arguments: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments under the missing names; empty where it is not clear which is which."""
    top = [detail for detail in error.errors() if len(detail["loc"]) == 1]
    missing = [str(detail["loc"][0]) for detail in top if detail["type"] == "missing"]
    unknown = [str(detail["loc"][0]) for detail in top if detail["type"] == "extra_forbidden"]
    alike = {normalize_name(name): name for name in missing}
    names = {name: alike[normalize_name(name)] for name in unknown if normalize_name(name) in alike}
    if not names and len(missing) == len(unknown) == 1:
        names = dict(zip(unknown, missing, strict=True))
    return {names.get(name, name): value for name, value in arguments.items()} if names else {}


def _as_texts(error: ValidationError, *, speaks: bool) -> dict[str, str]:
    """Return the JSON of values in place of texts, by argument. Nobody wants to be told structures."""
    kinds = (bool, int, float) if speaks else (bool, int, float, list, dict)
    return {
        str(detail["loc"][0]): _as_json(detail["input"])
        for detail in error.errors()
        if detail["type"] == "string_type" and len(detail["loc"]) == 1 and isinstance(detail["input"], kinds)
    }


def _says_nothing(value: Any) -> bool:
    return (value.strip().lower() if isinstance(value, str) else value) in NOTHING


def _is_required(model: type[BaseModel], name: str) -> bool:
    return all(field.is_required() for field in model.model_fields.values() if field.alias == name)


def _format_errors(error: ValidationError) -> list[str]:
    errors = []
    for detail in error.errors():
        where = ".".join(str(part) for part in detail["loc"])
        if detail["type"] == "missing":
            errors.append(f"argument '{where}' is missing")
        elif detail["type"] == "extra_forbidden":
            errors.append(f"there is no argument '{where}'")
        else:
            errors.append(f"argument '{where}' = {repr(detail['input'])[:80]}: {detail['msg']}")
    return errors


def _format_arguments(model: type[BaseModel]) -> str:
    schema = _plain(model.model_json_schema())
    known = schema.get("$defs", {})
    listed = []
    for name, about in schema.get("properties", {}).items():
        kind = about.get("type") or known.get(str(about.get("$ref")).rpartition("/")[2], {}).get(
            "type", "any"
        )
        listed.append(f"{name} ({kind}{'' if _is_required(model, name) else ', optional'})")
    return f"It takes: {', '.join(listed)}." if listed else "It takes no arguments."


def _plain(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema without titles and without a null that only means "optional"."""
    plain: dict[str, Any] = {}
    for key, value in schema.items():
        if key == "properties":
            plain[key] = {name: _plain(inner) for name, inner in value.items()}
        elif key == "title" or (key == "default" and value is None):
            continue
        elif isinstance(value, dict):
            plain[key] = _plain(value)
        else:
            plain[key] = value
    choices = [choice for choice in plain.get("anyOf", ()) if choice != {"type": "null"}]
    if len(choices) == 1:
        del plain["anyOf"]
        plain = {**_plain(choices[0]), **plain}
    return plain


def _as_json(result: Any) -> str:
    """Return models, dataclasses, dates and the like as JSON, and other objects as their own text."""
    try:
        return to_json(result, fallback=str).decode()
    except ValueError:
        return str(result)
