"""`Admin`: users and keys of a server, and the functions of its agents."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Optional

from memgpt_autogen.client.memgpt.base import Id, in_path, none_where_missing
from memgpt_autogen.client.memgpt.http import Line, Sent
from memgpt_autogen.service.memgpt import shapes


class Admin:
    """The admin of the server at `base_url`. `token` is the admin password (MEMGPT_SERVER_PASS), or a key."""

    def __init__(self, base_url: str, token: Optional[str] = None) -> None:
        self._line = Line(base_url, token)
        self.base_url = self._line.base_url

    def __repr__(self) -> str:
        return f"Admin({self.base_url!r})"

    def close(self) -> None:
        """Close the connections."""
        self._line.http.close()

    def get_users(self, cursor: Optional[Id] = None, limit: int = 50) -> shapes.Users:
        """Return a page of the users; `cursor` is that of the page before."""
        query = {"cursor": None if cursor is None else str(cursor), "limit": limit}
        return self._line.ask(Sent("GET", "/admin/users", shapes.Users, query=query))

    def create_user(self, user_id: Optional[Id] = None) -> shapes.CreatedUser:
        """Add a user with a key, which is shown this once."""
        body = {"user_id": None if user_id is None else str(user_id)}
        return self._line.ask(Sent("POST", "/admin/users", shapes.CreatedUser, body))

    def delete_user(self, user_id: Id) -> shapes.DeletedUser:
        """Delete a user with all that the user has."""
        return self._line.ask(
            Sent("DELETE", "/admin/users", shapes.DeletedUser, query={"user_id": str(user_id)})
        )

    def create_key(self, user_id: Id, key_name: Optional[str] = None) -> shapes.CreatedKey:
        """Make a key of a user, which is shown this once."""
        body = {"user_id": str(user_id), "name": key_name}
        return self._line.ask(Sent("POST", "/admin/users/keys", shapes.CreatedKey, body))

    def get_keys(self, user_id: Id) -> list[str]:
        """Return the first 8 and the last 4 characters of a user's keys."""
        query = {"user_id": str(user_id)}
        return self._line.ask(Sent("GET", "/admin/users/keys", shapes.Keys, query=query)).api_key_list

    def delete_key(self, api_key: str) -> shapes.DeletedKey:
        """Delete a key, by its text or by what `get_keys` shows of it."""
        query = {"api_key": api_key}
        return self._line.ask(Sent("DELETE", "/admin/users/keys", shapes.DeletedKey, query=query))

    def create_tool(
        self,
        func: Callable[..., Any],
        name: Optional[str] = None,
        update: bool = True,  # noqa: FBT001, FBT002 - MemGPT's order
        tags: Optional[list[str]] = None,
    ) -> shapes.Tool:
        """Return the function of this name, if it is one of MemGPT's own; any other is a `ValueError`."""
        body = {"json_schema": {"name": name or func.__name__}, "tags": tags, "update": update}
        return self._line.ask(Sent("POST", "/admin/tools", shapes.Tool, body))

    def list_tools(self) -> list[shapes.Tool]:
        """Return the functions that agents have."""
        return self._line.ask(Sent("GET", "/admin/tools", shapes.Tools)).tools

    def get_tool(self, name: str) -> Optional[shapes.Tool]:
        """Return a function; None where there is none of that name."""
        sent = Sent("GET", f"/admin/tools/{in_path(name)}", shapes.Tool)
        return none_where_missing(lambda: self._line.ask(sent))

    def delete_tool(self, name: str) -> None:
        """Raise `ValueError`: the functions of agents are the server's own."""
        self._line.ask(Sent("DELETE", f"/admin/tools/{in_path(name)}", shapes.Said))
