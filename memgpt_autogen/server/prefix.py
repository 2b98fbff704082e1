"""The prefix of a reverse proxy: paths are as clients know them, whether or not the proxy takes it away."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send


class Prefix:
    """Tells the app under which prefix it is, such as `/memory`; empty is none."""

    def __init__(self, app: ASGIApp, prefix: str) -> None:
        self._app = app
        self._prefix = prefix

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._prefix and scope["type"] == "http":
            path: str = scope["path"]
            if path == self._prefix:  # addresses in the page are relative to the slash
                await RedirectResponse(f"{path}/", 308)(scope, receive, send)
                return
            has_it = path == self._prefix or path.startswith(f"{self._prefix}/")
            whole = path if has_it else self._prefix + path
            scope = {**scope, "root_path": self._prefix, "path": whole}
        await self._app(scope, receive, send)


def public_path(scope: Scope, path: str | None = None) -> str:
    """Return a path of the app, by default the request's, as clients know it."""
    known: str = scope.get("path", "") if path is None else scope.get("root_path", "") + path
    return known


def inner_path(scope: Scope) -> str:
    """Return the request's path without the prefix."""
    return public_path(scope).removeprefix(scope.get("root_path", ""))


def location(request: Request, route: str, **places: str) -> str:
    """Return the path of a route, for the header `Location`."""
    return public_path(request.scope, str(request.app.url_path_for(route, **places)))
