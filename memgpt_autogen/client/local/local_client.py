"""`LocalClient`: the operations of the API on a home, without a server."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, Optional, TypeVar

from pydantic import TypeAdapter, ValidationError
from pydantic_core import to_jsonable_python

from memgpt_autogen.assembly import UserTool
from memgpt_autogen.client.base import BaseClient
from memgpt_autogen.client.errors import api_error, invalid, local_error, local_problem
from memgpt_autogen.client.local import (
    agents,
    backup,
    blocks,
    documents,
    facts,
    groups,
    mcp_servers,
    memory,
    past,
    people,
    runs,
    saved_searches,
    shared,
    sources,
)
from memgpt_autogen.client.local.local_home import LocalHome
from memgpt_autogen.client.memgpt.base import MemGPTClient
from memgpt_autogen.client.operation import Operation
from memgpt_autogen.client.operations.runs import CREATE_RUN
from memgpt_autogen.client.requests import check_names, with_key
from memgpt_autogen.client.run_events import RunReader, StreamedEvent
from memgpt_autogen.client.texts import check_texts
from memgpt_autogen.errors import MemGPTError
from memgpt_autogen.llm.protocols import LLM
from memgpt_autogen.service.field_problems import field_problems
from memgpt_autogen.service.people import is_audited, note
from memgpt_autogen.service.runs import check_events, get_run
from memgpt_autogen.service.schemas.problems import FieldProblem
from memgpt_autogen.service.turns.executor import TURNS
from memgpt_autogen.service.turns.following import follow
from memgpt_autogen.settings import Settings

T = TypeVar("T")

NEEDS_SERVER: Mapping[str, str] = MappingProxyType(
    {
        "login": "sessions are for browsers",
        "login_by_code": "sessions are for browsers",
        "logout": "sessions are for browsers",
        "metrics": "these counts are of a server",
    }
)
"""The operations that only a server has, and why."""

FUNCTIONS: Mapping[str, Callable[..., Any]] = MappingProxyType(
    {
        name: function
        for module in (
            agents,
            backup,
            blocks,
            documents,
            facts,
            groups,
            mcp_servers,
            memory,
            past,
            people,
            runs,
            saved_searches,
            shared,
            sources,
        )
        for name, function in vars(module).items()
        if getattr(function, "__module__", None) == module.__name__ and not name.startswith("_")
    }
)
"""What does an operation on a home."""


class LocalClient(BaseClient):
    """A client of a home on this machine. It does what a server would, with the same answers and errors.

    It sees what the owner of the settings has, and may do everything: who can open the files of a home can
    anyway. Turns run in threads of this program, at most `turns` at once. `llm` is the model of all agents,
    by default that of the settings; `tools` are tools of yours, which all agents get. Without `mcp_programs`
    it starts no MCP servers that are programs, nor does it if the settings say so. It can be used by several
    threads at once, and together with a server on the same home.
    """

    def __init__(
        self,
        settings: Optional[Settings] = None,
        *,
        llm: Optional[LLM] = None,
        tools: Sequence[UserTool] = (),
        turns: int = TURNS,
        mcp_programs: bool = True,
    ) -> None:
        settings = settings or Settings.load()
        if not mcp_programs:
            settings = settings.model_copy(update={"mcp_programs": False})
        self._home = LocalHome(settings, llm=llm, tools=tools, turns=turns)

    def __repr__(self) -> str:
        return f"LocalClient({str(self._home.settings.home)!r})"

    def __getattr__(self, name: str) -> Any:
        if not name.startswith("_") and hasattr(MemGPTClient, name):
            raise AttributeError(
                f"'{name}' is a method of MemGPT 0.3's client. create_client() of memgpt_autogen.client "
                "returns one that has it."
            )
        raise AttributeError(f"'LocalClient' object has no attribute '{name}'")

    def close(self) -> None:
        """Wait for the turns of this client, at most half a minute. Loads, and what is left, go on later."""
        self._home.close()

    def _call(self, operation: Operation[T], values: dict[str, Any]) -> T:
        function = FUNCTIONS.get(operation.name)
        if function is None:
            why = NEEDS_SERVER.get(operation.name, "it is one of a server")
            raise api_error(local_problem(501, f"{operation.name} needs a server: {why}. Give its base_url."))
        check_names(operation, values)
        check_texts(operation, values)
        arguments = _checked(operation, with_key(operation, values))
        self._home.taken_note()
        try:
            answer: T = function(self._home, **arguments)
            if is_audited(operation.method, operation.name):
                named = "/".join(str(each) for each in operation.at("path", values).values())
                said = {"action": operation.name, **(self._home.taken_note() or {"name": named})}
                note(self._home.settings, what=operation.area, **said)
        except MemGPTError as error:
            raise local_error(error) from error
        return answer

    def _stream(
        self, reader: RunReader, asked: dict[str, Any] | None
    ) -> Generator[StreamedEvent, None, None]:
        if reader.run_id is None:
            reader.run_id = self._call(CREATE_RUN, asked or {}).id
        try:
            yield from self._follow(reader.run_id, reader)
        except MemGPTError as error:
            raise local_error(error) from error
        finally:
            if asked and asked.get("on_disconnect") == "cancel" and not reader.is_over:
                self.cancel_run(reader.run_id)

    def _follow(self, run_id: str, reader: RunReader) -> Generator[StreamedEvent, None, None]:
        check_events(get_run(self._home.settings, run_id)[0])
        executor = self._home.executor
        for each in follow(self._home.database, executor.live, run_id, reader.after):
            event = None if each is None else reader.take(StreamedEvent(each.kind, each.data, each.number))
            if event is not None:
                yield event
            if reader.is_over:
                return


def _checked(operation: Operation[Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of an operation, as a server would read them. Raises what it would answer."""
    found: dict[str, Any] = {}
    wrong: list[FieldProblem] = []
    for each in operation.parameters:
        given = values.get(each.name)
        if given is None:
            continue
        try:
            found[each.name] = TypeAdapter(each.type).validate_python(given)
        except ValidationError as error:
            place = "body" if each.place == "form" else each.place
            wrong += field_problems(
                [{**one, "loc": (place, each.sent, *one["loc"])} for one in error.errors()]
            )
    if operation.body is not None:
        body = to_jsonable_python(operation.of_body(values))
        try:
            found["body"] = operation.body.model_validate(body)
        except ValidationError as error:
            wrong += field_problems([{**one, "loc": ("body", *one["loc"])} for one in error.errors()], body)
    if wrong:
        raise invalid(wrong)
    if "to" in values and operation.answer is Path:
        found["to"] = Path(os.fspath(values["to"]))
    return found
