"""MCP servers of a home: what the admin adds, looks at and deletes. All agents, or some, get their tools.

A program is code that the admin chooses, and runs as the server's own user. An address may be in a private
network: the admin chooses it, and nobody else. Secrets stand in the environment of the server, in variables
whose names begin with `MCP_`; what is stored names them only.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from memgpt_autogen.errors import ConfigurationError, quoted
from memgpt_autogen.home_stores import create_home, open_home_database
from memgpt_autogen.llm.wire.redaction import SECRET_NAME
from memgpt_autogen.memory.storage.accounts.mcp_servers import (
    StoredMcpServer,
    delete_mcp_server,
    find_mcp_server,
    put_mcp_server,
    stored_mcp_servers,
)
from memgpt_autogen.memory.storage.accounts.users import find_user
from memgpt_autogen.memory.storage.database import Database
from memgpt_autogen.service.agents import resolve_agent
from memgpt_autogen.service.pages import Page, page_among
from memgpt_autogen.settings import Settings
from memgpt_autogen.tools.mcp import MANY_TOOLS
from memgpt_autogen.tools.mcp.servers import Address, Program, Server, Unusable
from memgpt_autogen.tools.mcp.stored import look_at

NAME_CHARS = 30
"""The most characters of a server's name: it stands before the names of its tools, which have 64 with it."""

# a package that is downloaded first takes long, and the admin waits for the answer
CHECK_SECONDS = 45.0

# the most bytes of what a server says about its tools: all of it may come into prompts
_TOOLS_BYTES = 500_000

_NAME = re.compile(r"[A-Za-z0-9]+(?:[_-][A-Za-z0-9]+)*")

_VARIABLE = re.compile(r"\$\{(MCP_[A-Za-z0-9_]{1,100})\}")

# a variable, perhaps with a word before it, as in `Bearer ${MCP_TOKEN}`
_SECRET_VALUE = re.compile(r"(?:[A-Za-z]{1,20} )?\$\{MCP_[A-Za-z0-9_]{1,100}\}")

_FIELD = re.compile(r"[A-Za-z0-9_-]{1,100}")

_NO_PROGRAMS = (
    "no programs are started for MCP here (--no-mcp-programs, or mcp_programs of the settings). Give the url "
    "of a server that runs, or allow programs."
)


@dataclass(frozen=True, slots=True)
class McpPlace:
    """Where an MCP server is, and which of its tools are wanted. It cannot contain a secret."""

    command: Sequence[str] | None = None
    url: str | None = None
    sse: bool = False
    env: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    only: Sequence[str] | None = None

    def __post_init__(self) -> None:
        if (self.command is None) == (self.url is None):
            raise ConfigurationError("an MCP server has a command or a url, and exactly one of them.")
        if self.command is not None and (not self.command or not self.command[0].strip()):
            raise ConfigurationError('a command begins with a program, as in ["uvx", "mcp-server-time"].')
        if self.command is not None and (self.headers or self.sse):
            raise ConfigurationError("a program that is started takes env; headers and sse are for a url.")
        if self.url is not None:
            self._check_url(self.url)
        for what, given in (("env", self.env), ("headers", self.headers)):
            for name, value in given.items():
                _check_secret(what, name, value)
        for text in (*(self.command or ()), self.url or ""):
            if "${" in _VARIABLE.sub("", text):
                raise ConfigurationError(
                    "only variables of the environment whose names begin with MCP_ can be used, as "
                    "${MCP_TOKEN}, so that nothing else of the server's environment leaves it. "
                    "Name the variable so."
                )

    @property
    def variables(self) -> list[str]:
        """The variables of the environment that it names."""
        texts = (*(self.command or ()), self.url or "", *self.env.values(), *self.headers.values())
        return sorted({name for text in texts for name in _VARIABLE.findall(text)})

    def server(self, name: str, *, programs: bool) -> Server:
        """Return the server of that name. What is missing is told to whoever opens a session with it."""
        called = f"the MCP server '{name}'"
        if self.command is not None and not programs:
            return Unusable(called, _NO_PROGRAMS)
        missing = [each for each in self.variables if not os.environ.get(each)]
        if missing:
            return Unusable(
                called,
                f"the environment of this server has no {', '.join(missing)}. Set it there, and start the "
                "server again.",
            )
        secrets = [os.environ[each] for each in self.variables]
        if self.command is not None:
            words = [_filled(word) for word in self.command]
            return Program(words, _all_filled(self.env), None, name=called, secrets=secrets)
        headers = _all_filled(self.headers)
        url = _filled(self.url or "")
        return Address(url, headers, sse=self.sse, name=called, secrets=secrets)

    def _check_url(self, url: str) -> None:
        if self.env:
            raise ConfigurationError("a url takes headers; env is for a program that is started.")
        try:
            parts = urlsplit(url)
            is_valid = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        except ValueError:
            is_valid = False
        if not is_valid or re.search(r"[\s\x00-\x1f\x7f]", url):
            raise ConfigurationError(
                "the url is not valid. Give one such as https://mcp.example.com/mcp; an address of a private "
                "network is allowed."
            )
        if "@" in parts.netloc:
            raise ConfigurationError(
                "the url has a user name or a password. Leave them out, and give the header "
                'Authorization, such as {"Authorization": "Basic ${MCP_LOGIN}"}.'
            )
        for name, value in parse_qsl(parts.query):
            if SECRET_NAME.search(name) and not _VARIABLE.fullmatch(value):
                raise ConfigurationError(
                    f"the url has a secret in {quoted(name)}. Put it into a variable of the server's "
                    f"environment, and write {name}=${{MCP_KEY}}."
                )


@dataclass(frozen=True, slots=True)
class McpServer:
    """An MCP server of the home, as lists show it."""

    stored: StoredMcpServer
    place: McpPlace
    user: str | None
    """The name of the user whose agents get its tools; None for all agents."""


def list_mcp_servers(settings: Settings, *, limit: int = 50, cursor: str | None = None) -> Page[McpServer]:
    """Return a page of the home's MCP servers, by name."""
    database = _home(settings)
    page = page_among(stored_mcp_servers(database), limit, cursor, lambda each: each.name)
    return Page([_shown(database, each) for each in page.items], page.next)


def find_server(settings: Settings, server: str) -> McpServer:
    """Return an MCP server, by its name or id."""
    database = _home(settings)
    return _shown(database, find_mcp_server(database, server))


def put_server(
    settings: Settings,
    name: str,
    place: McpPlace,
    *,
    user: str | None = None,
    agents: Sequence[str] | None = None,
    approval: bool = False,
    check: bool = True,
) -> tuple[McpServer, bool]:
    """Add an MCP server, or put it in place of the one of that name; return it, and whether it is new.

    Its tools are asked for, unless it is added without a `check`: then those that were found before stay, if
    its place is the same. `agents` are names or ids of the `user`'s agents, by default of the home's own.
    Raises `ConfigurationError` when it cannot be reached, and then nothing is changed.
    """
    if not _NAME.fullmatch(name) or len(name) > NAME_CHARS:
        raise ConfigurationError(
            f"the name of an MCP server has 1 to {NAME_CHARS} letters and digits, with single '_' or '-' "
            f"between them; {quoted(name)} is not valid."
        )
    programs = settings.mcp_programs
    if place.command is not None and not programs:
        raise ConfigurationError(_NO_PROGRAMS)
    database = _home(settings)
    owner = None if user is None else find_user(database, user).id
    ids = None
    if agents is not None:
        theirs = settings.model_copy(update={"owner": owner})
        ids = [resolve_agent(theirs, each)[0] for each in agents]
    tools = _found(name, place, programs=programs) if check else _known(database, name, place)
    stored, is_new = put_mcp_server(
        database,
        name,
        user_id=owner,
        agents=ids,
        place=asdict(place),
        tools=tools,
        approval=approval,
        is_checked=check,
    )
    return _shown(database, stored), is_new


def remove_server(settings: Settings, server: str) -> StoredMcpServer:
    """Delete an MCP server, by its name or id. Agents lose its tools within seconds."""
    database = _home(settings)
    found = find_mcp_server(database, server)
    delete_mcp_server(database, found.id)
    return found


def _found(name: str, place: McpPlace, *, programs: bool) -> list[dict[str, Any]]:
    server = place.server(name, programs=programs)
    try:
        found = [each.as_json() for each in look_at(server, place.only, CHECK_SECONDS)]
    except ConfigurationError as error:
        raise ConfigurationError(
            f"{error} Nothing was added or changed. With check=false it is added all the same, and a later "
            "POST finds its tools."
        ) from None
    if len(found) > MANY_TOOLS:
        raise ConfigurationError(
            f"{server.name} has {len(found)} tools, and {MANY_TOOLS} are the most: each one is in every "
            "prompt. Select some with only."
        )
    size = len(json.dumps(found))
    if size > _TOOLS_BYTES:
        raise ConfigurationError(
            f"what {server.name} says about its tools has {size:,} bytes, and {_TOOLS_BYTES:,} are the most. "
            "Select some tools with only."
        )
    return found


def _known(database: Database, name: str, place: McpPlace) -> Sequence[Mapping[str, Any]]:
    """Return the tools that were found at this place before."""
    stored = next((each for each in stored_mcp_servers(database) if each.name == name), None)
    if stored is None or json.dumps(asdict(place)) != json.dumps(dict(stored.place)):
        return []
    return stored.tools


def _shown(database: Database, stored: StoredMcpServer) -> McpServer:
    user = None if stored.user_id is None else find_user(database, stored.user_id).name
    return McpServer(stored, McpPlace(**stored.place), user)


def _check_secret(what: str, name: str, value: str) -> None:
    if not _FIELD.fullmatch(name):
        raise ConfigurationError(f"{what} has the name {quoted(name)}: letters, digits, '_' and '-' only.")
    if not _SECRET_VALUE.fullmatch(value):
        raise ConfigurationError(
            f"the value of {quoted(name)} in {what} is stored nowhere, as it may be a secret. Put it into a "
            "variable of the server's environment whose name begins with MCP_, and name that: "
            "${MCP_TOKEN}, or Bearer ${MCP_TOKEN}."
        )


def _filled(text: str) -> str:
    return _VARIABLE.sub(lambda found: os.environ[found[1]], text)


def _all_filled(given: Mapping[str, str]) -> dict[str, str]:
    return {name: _filled(value) for name, value in given.items()}


def _home(settings: Settings) -> Database:
    create_home(settings.home)
    return open_home_database(settings.model_copy(update={"owner": None}))
