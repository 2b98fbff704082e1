"""Where an MCP server is: a program that is started here, or an address."""

from __future__ import annotations

import base64
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

from memgpt_autogen.errors import ConfigurationError
from memgpt_autogen.llm.wire.redaction import bare_address
from memgpt_autogen.web.places import needs_no_proxy

Refused = Callable[[int], object]
"""Called with the status of each request over HTTP that is refused."""

IDLE_SECONDS = 300.0  # an answer over HTTP may pause for at least so long
CONNECT_SECONDS = 30.0
SPARE_SECONDS = 5.0  # a call's own limit ends first, and says what happened


class Program:
    """A server that is a program, started here."""

    def __init__(
        self,
        command: Sequence[str],
        env: Mapping[str, str],
        folder: str | None,
        *,
        name: str = "",
        secrets: Sequence[str] = (),
    ) -> None:
        self._command = [str(word) for word in command]
        self._env = dict(env)
        self._folder = folder
        self.name = name or f"the MCP server '{self._command[0]}'"
        # an argument can be a key too, but without its short words and paths an error explains nothing
        self.secrets = (*secrets, *env.values(), *(word for word in self._command[1:] if len(word) >= 16))

    @property
    def missing(self) -> str:
        """What is not there, after an error that says that a file is missing."""
        if self._folder is not None and not Path(self._folder).is_dir():
            return f"there is no folder {self._folder}"
        return "there is no such program"

    def transport(self, seconds: float, refused: Refused) -> AbstractAsyncContextManager[Any]:  # noqa: ARG002  # as `Address`
        from mcp.client.stdio import StdioServerParameters, stdio_client

        parameters = StdioServerParameters(
            command=self._command[0],
            args=self._command[1:],
            env=self._env or None,
            cwd=self._folder,
            encoding_error_handler="replace",  # a program may print a line in another encoding
        )
        return stdio_client(parameters, **_error_output())


class Address:
    """A server that is reached by HTTP."""

    def __init__(
        self,
        url: str,
        headers: Mapping[str, str],
        *,
        sse: bool,
        name: str = "",
        secrets: Sequence[str] = (),
    ) -> None:
        import httpx

        place = httpx.URL(url)
        self._headers = dict(headers)
        self.secrets: tuple[str, ...] = (*secrets, *headers.values())
        if place.userinfo:  # addresses are logged, headers are not
            login = base64.b64encode(f"{place.username}:{place.password}".encode()).decode()
            self._headers.setdefault("Authorization", f"Basic {login}")
            self.secrets += (place.password, login)
            place = place.copy_with(username=None, password=None)
        self._url = str(place)
        self._sse = sse
        self.name = name or f"the MCP server at {bare_address(self._url)}"

    missing = "a file is missing"

    def transport(self, seconds: float, refused: Refused) -> AbstractAsyncContextManager[Any]:
        """Return the streams of a session whose calls may take `seconds`."""
        import httpx2

        async def look(response: Any) -> None:
            if response.status_code >= 400:
                refused(response.status_code)

        def client(
            headers: dict[str, str] | None = None,
            timeout: httpx2.Timeout | None = None,
            auth: httpx2.Auth | None = None,
        ) -> httpx2.AsyncClient:
            hooks = {"response": [look]}
            # a client reads the environment's proxies only for the transport that it makes itself
            direct = httpx2.AsyncHTTPTransport() if needs_no_proxy(self._url) else None
            return httpx2.AsyncClient(
                headers=headers, timeout=timeout, auth=auth, event_hooks=hooks, transport=direct
            )

        # the SDK's own limit would end calls that may take longer
        wait = max(IDLE_SECONDS, seconds + SPARE_SECONDS)
        if self._sse:
            from mcp.client.sse import sse_client

            return sse_client(self._url, self._headers, CONNECT_SECONDS, wait, httpx_client_factory=client)
        from mcp.client.streamable_http import streamable_http_client

        opened = client(self._headers, httpx2.Timeout(CONNECT_SECONDS, read=wait))
        return _with_client(opened, streamable_http_client(self._url, http_client=opened))


class Unusable:
    """A server that this program cannot use. Whoever opens a session with it is told why."""

    missing = "a file is missing"
    secrets: tuple[str, ...] = ()

    def __init__(self, name: str, why: str) -> None:
        self.name = name
        self._why = why

    def transport(self, seconds: float, refused: Refused) -> AbstractAsyncContextManager[Any]:  # noqa: ARG002  # as `Address`
        raise ConfigurationError(self._why)


Server = Program | Address | Unusable


def check_texts(given: Mapping[str, str], argument: str) -> None:
    """Raise `ConfigurationError` for a value that is no text, such as a variable that is not set."""
    for name, value in given.items():
        if not isinstance(value, str):
            raise ConfigurationError(
                f"{argument}[{name!r}] is {'None' if value is None else type(value).__name__}, and has to be "
                "a text. Is a variable of the environment not set?"
            )


@asynccontextmanager
async def _with_client(client: Any, transport: AbstractAsyncContextManager[Any]) -> AsyncIterator[Any]:
    """Open a transport together with its HTTP client, and close both together."""
    async with client, transport as streams:
        yield streams


def _error_output() -> dict[str, Any]:
    """Send a program's error output to ours, unless that is no file, as in some notebooks."""
    try:
        sys.stderr.fileno()
    except (AttributeError, OSError, ValueError):
        return {"errlog": subprocess.DEVNULL}
    return {}
