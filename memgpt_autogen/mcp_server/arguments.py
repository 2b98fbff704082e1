"""The arguments of the tools, and their schemas: every client pays for these in each of its prompts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Optional, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from memgpt_autogen.errors import ToolError
from memgpt_autogen.service.search import Tier

Schema = dict[str, Any]

LONGEST_TEXT = 200_000
"""The most characters of a text that a client sends."""

# the words of a schema that say nothing to a model
_NEEDLESS = ("title", "default", "maxLength", "maxItems")


class Arguments(BaseModel):
    """The arguments of one tool. Null is the same as none."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)


class SearchArguments(Arguments):
    query: Annotated[str, Field(max_length=2000)]
    """A few telling words, or a question. Empty lists what was said, oldest first."""
    tiers: Optional[list[Tier]] = None
    """core (always known facts), recall (what was said), archival (notes, documents); default all"""
    speaker: Annotated[Optional[str], Field(max_length=1000)] = None
    """Only what this name said"""
    start_date: Annotated[Optional[str], Field(max_length=100)] = None
    """YYYY-MM-DD, this day included"""
    end_date: Annotated[Optional[str], Field(max_length=100)] = None
    tags: Annotated[Optional[list[Annotated[str, Field(max_length=1000)]]], Field(max_length=50)] = None
    """Notes with one of these tags"""
    limit: Annotated[int, Field(ge=1, le=50)] = 10
    """Default 10"""


class FetchArguments(Arguments):
    id: Annotated[str, Field(max_length=200)]
    """From a result of search"""
    start: Annotated[int, Field(ge=0, le=2**31)] = 0
    """The character to begin at, in a text that was cut"""


class RememberArguments(Arguments):
    text: Annotated[str, Field(max_length=LONGEST_TEXT)]
    """One fact or note that is clear without its context: names and dates in place of "he" and "today\""""
    tags: Annotated[Optional[list[Annotated[str, Field(max_length=1000)]]], Field(max_length=50)] = None


class ReadCoreArguments(Arguments):
    label: Annotated[Optional[str], Field(max_length=200)] = None
    """Only this block"""


class EditCoreArguments(Arguments):
    label: Annotated[str, Field(max_length=200)]
    """The block, such as human"""
    old: Annotated[str, Field(max_length=LONGEST_TEXT)]
    """Text that is in the block once, exactly; empty adds `new` as a line at the end"""
    new: Annotated[str, Field(max_length=LONGEST_TEXT)]
    """Empty deletes `old`"""
    revision: Annotated[str, Field(max_length=100)]
    """Of the block, from read_core"""


class SayArguments(Arguments):
    message: Annotated[str, Field(min_length=1, max_length=LONGEST_TEXT)]


A = TypeVar("A", bound=Arguments)


def read_arguments(model: type[A], tool: str, given: Mapping[str, Any] | None) -> A:
    """Return the arguments of a call. Raises `ToolError`, which names what is wrong with which of them."""
    present = {name: value for name, value in (given or {}).items() if value is not None}
    try:
        return model.model_validate(present)
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(map(str, each['loc'])) or 'arguments'}: {_plain(each['type'], each['msg'])}"
            for each in error.errors(include_input=False, include_url=False)[:5]
        )
        raise ToolError(
            f"{tool} was called with wrong arguments: {problems}. It takes {', '.join(model.model_fields)}."
        ) from None


def input_schema(model: type[Arguments]) -> Schema:
    """Return the schema of a tool's arguments, without what costs tokens and tells nothing."""
    schema: Schema = _short(model.model_json_schema())
    return schema


def _plain(kind: str, text: str) -> str:
    return "there is no such argument" if kind == "extra_forbidden" else text[:1].lower() + text[1:]


def _short(schema: Any, *, names: bool = False) -> Any:
    """Return a schema without needless words. `names` says that its keys are names of arguments."""
    if isinstance(schema, list):
        return [_short(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if not names and "anyOf" in schema:
        # an argument that may be null may as well be left out
        one = [each for each in schema["anyOf"] if each != {"type": "null"}]
        if len(one) == 1:
            schema = {**one[0], **{name: value for name, value in schema.items() if name != "anyOf"}}
    return {
        name: _short(value, names=name == "properties")
        for name, value in schema.items()
        if names or (name not in _NEEDLESS and not (name == "description" and "properties" in schema))
    }
