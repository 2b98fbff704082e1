"""The operations of `people`. Written by docs/write_client.py from the OpenAPI file."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal, Optional

from pydantic import AwareDatetime, Field

from memgpt_autogen.client.operation import AsyncCaller, Caller, Operation, Parameter
from memgpt_autogen.service.schemas.base import PageOf
from memgpt_autogen.service.schemas.people import (
    ActAnswer,
    Credentials,
    KeyAnswer,
    LimitsAnswer,
    LimitsBody,
    LoginCode,
    Me,
    NewKeyAnswer,
    NewKeyBody,
    NewUser,
    RemovedUserAnswer,
    UserAnswer,
    UserChange,
)

LOGIN: Operation[None] = Operation(
    "login",
    "POST",
    "/api/v1/login",
    parameters=(),
    body=Credentials,
    area="people",
)

LOGIN_BY_CODE: Operation[None] = Operation(
    "login_by_code",
    "POST",
    "/api/v1/login/code",
    parameters=(),
    body=LoginCode,
    area="people",
)

LOGOUT: Operation[None] = Operation(
    "logout",
    "POST",
    "/api/v1/logout",
    parameters=(),
    area="people",
)

ME: Operation[Me] = Operation(
    "me",
    "GET",
    "/api/v1/me",
    parameters=(),
    area="people",
    answer=Me,
)

LIST_USERS: Operation[PageOf[UserAnswer]] = Operation(
    "list_users",
    "GET",
    "/api/v1/users",
    parameters=(
        Parameter("limit", "limit", "query", Annotated[int, Field(ge=1, le=200)]),
        Parameter("cursor", "cursor", "query", Optional[Annotated[str, Field(max_length=500)]]),
    ),
    area="people",
    answer=PageOf[UserAnswer],
)

CREATE_USER: Operation[UserAnswer] = Operation(
    "create_user",
    "POST",
    "/api/v1/users",
    parameters=(),
    body=NewUser,
    area="people",
    answer=UserAnswer,
)

GET_USER: Operation[UserAnswer] = Operation(
    "get_user",
    "GET",
    "/api/v1/users/{user}",
    parameters=(Parameter("user", "user", "path", Annotated[str, Field(max_length=64)]),),
    area="people",
    answer=UserAnswer,
)

CHANGE_USER: Operation[UserAnswer] = Operation(
    "change_user",
    "PATCH",
    "/api/v1/users/{user}",
    parameters=(Parameter("user", "user", "path", Annotated[str, Field(max_length=64)]),),
    body=UserChange,
    area="people",
    answer=UserAnswer,
)

DELETE_USER: Operation[RemovedUserAnswer] = Operation(
    "delete_user",
    "DELETE",
    "/api/v1/users/{user}",
    parameters=(
        Parameter("user", "user", "path", Annotated[str, Field(max_length=64)]),
        Parameter("agents", "agents", "query", bool),
        Parameter("dry_run", "dry_run", "query", bool),
    ),
    area="people",
    answer=RemovedUserAnswer,
)

LIST_KEYS: Operation[PageOf[KeyAnswer]] = Operation(
    "list_keys",
    "GET",
    "/api/v1/users/{user}/keys",
    parameters=(
        Parameter("user", "user", "path", Annotated[str, Field(max_length=64)]),
        Parameter("limit", "limit", "query", Annotated[int, Field(ge=1, le=200)]),
        Parameter("cursor", "cursor", "query", Optional[Annotated[str, Field(max_length=500)]]),
    ),
    area="people",
    answer=PageOf[KeyAnswer],
)

CREATE_KEY: Operation[NewKeyAnswer] = Operation(
    "create_key",
    "POST",
    "/api/v1/users/{user}/keys",
    parameters=(Parameter("user", "user", "path", Annotated[str, Field(max_length=64)]),),
    body=NewKeyBody,
    area="people",
    answer=NewKeyAnswer,
)

REVOKE_KEY: Operation[KeyAnswer] = Operation(
    "revoke_key",
    "DELETE",
    "/api/v1/users/{user}/keys/{key}",
    parameters=(
        Parameter("user", "user", "path", Annotated[str, Field(max_length=64)]),
        Parameter("key", "key", "path", Annotated[str, Field(max_length=64)]),
        Parameter("remove", "remove", "query", bool),
    ),
    area="people",
    answer=KeyAnswer,
)

GET_LIMITS: Operation[LimitsAnswer] = Operation(
    "get_limits",
    "GET",
    "/api/v1/users/{user}/limits",
    parameters=(Parameter("user", "user", "path", Annotated[str, Field(max_length=64)]),),
    area="people",
    answer=LimitsAnswer,
)

PUT_LIMITS: Operation[LimitsAnswer] = Operation(
    "put_limits",
    "PUT",
    "/api/v1/users/{user}/limits",
    parameters=(Parameter("user", "user", "path", Annotated[str, Field(max_length=64)]),),
    body=LimitsBody,
    area="people",
    answer=LimitsAnswer,
)

GET_KEY_LIMITS: Operation[LimitsAnswer] = Operation(
    "get_key_limits",
    "GET",
    "/api/v1/users/{user}/keys/{key}/limits",
    parameters=(
        Parameter("user", "user", "path", Annotated[str, Field(max_length=64)]),
        Parameter("key", "key", "path", Annotated[str, Field(max_length=64)]),
    ),
    area="people",
    answer=LimitsAnswer,
)

PUT_KEY_LIMITS: Operation[LimitsAnswer] = Operation(
    "put_key_limits",
    "PUT",
    "/api/v1/users/{user}/keys/{key}/limits",
    parameters=(
        Parameter("user", "user", "path", Annotated[str, Field(max_length=64)]),
        Parameter("key", "key", "path", Annotated[str, Field(max_length=64)]),
    ),
    body=LimitsBody,
    area="people",
    answer=LimitsAnswer,
)

LIST_ACTS: Operation[PageOf[ActAnswer]] = Operation(
    "list_acts",
    "GET",
    "/api/v1/audit",
    parameters=(
        Parameter("limit", "limit", "query", Annotated[int, Field(ge=1, le=200)]),
        Parameter("cursor", "cursor", "query", Optional[Annotated[str, Field(max_length=500)]]),
        Parameter("everyone", "everyone", "query", bool),
        Parameter("agent", "agent", "query", Optional[Annotated[str, Field(max_length=64)]]),
        Parameter("user", "user", "query", Optional[Annotated[str, Field(max_length=64)]]),
        Parameter("action", "action", "query", Optional[Annotated[str, Field(max_length=32)]]),
        Parameter("start", "start", "query", Optional[AwareDatetime]),
        Parameter("end", "end", "query", Optional[AwareDatetime]),
    ),
    area="people",
    answer=PageOf[ActAnswer],
)


class PeopleOperations(Caller):
    """The operations of `people`."""

    def login(self, password: str) -> None:
        """Begin a session of a browser, by a key or the admin password: a cookie that is valid for 12
        hours.

        Programs need no session; they send their key with each request.

        `password`: A key, or the admin password.
        """
        self._call(LOGIN, {"password": password})

    def login_by_code(self, code: str) -> None:
        """Begin a session of the admin by the code of the link that the start of a server prints, once.

        `code`: It is valid once, for 10 minutes.
        """
        self._call(LOGIN_BY_CODE, {"code": code})

    def logout(self) -> None:
        """End the session that the cookie of the request belongs to."""
        self._call(LOGOUT, {})

    def me(self) -> Me:
        """Return who the caller is, and what the key may do."""
        return self._call(ME, {})

    def list_users(self, *, limit: int = 50, cursor: str | None = None) -> PageOf[UserAnswer]:
        """Return the users of the home. The first is the home itself, whose agents the terminal has.

        `limit`: The most items of the page.
        `cursor`: `next` of the page before this one.
        """
        return self._call(LIST_USERS, {"limit": limit, "cursor": cursor})

    def create_user(self, name: str, *, role: Literal["admin", "user"] = "user") -> UserAnswer:
        """Add a user. 409 for a name that is taken.

        `role`: Only an admin can have keys with the scope `admin`.
        """
        return self._call(CREATE_USER, {"name": name, "role": role})

    def get_user(self, user: str) -> UserAnswer:
        """Return a user: the admin any, others themselves."""
        return self._call(GET_USER, {"user": user})

    def change_user(self, user: str, suspended: bool) -> UserAnswer:
        """Refuse a user's keys from now on, or accept them again.

        The runs of a user who is suspended are cancelled, those that wait, too.

        `suspended`: Whether the user's keys are refused.
        """
        return self._call(CHANGE_USER, {"user": user, "suspended": suspended})

    def delete_user(self, user: str, *, agents: bool = False, dry_run: bool = False) -> RemovedUserAnswer:
        """Delete a user with keys, limits and templates. 409 if the user still has agents.

        `agents`: Delete the user's agents too.
        `dry_run`: Only say what goes with the user and all agents.
        """
        return self._call(DELETE_USER, {"user": user, "agents": agents, "dry_run": dry_run})

    def list_keys(self, user: str, *, limit: int = 50, cursor: str | None = None) -> PageOf[KeyAnswer]:
        """Return a user's keys, the newest first, without their texts: the admin any, others their own.

        `limit`: The most items of the page.
        `cursor`: `next` of the page before this one.
        """
        return self._call(LIST_KEYS, {"user": user, "limit": limit, "cursor": cursor})

    def create_key(
        self,
        user: str,
        name: str,
        *,
        scopes: Sequence[Literal["read", "talk", "write", "speak-for", "admin"]] = ("read", "talk", "write"),
        agents: Sequence[str] | None = None,
        expires_at: datetime | None = None,
        chats: Literal["one", "fork"] | None = None,
        instructions: bool | None = None,
        thoughts: bool | None = None,
    ) -> NewKeyAnswer:
        """Make a key. The answer has it this once: it is stored nowhere. 409 for a name that a valid key
        has.

        `agents`: The names or ids of the only agents that it may use; null is all of the user.
        `expires_at`: Until when it is accepted, with the zone. It ends no later than the key that makes
          it.
        `chats`: For clients of OpenAI's API: `one` log for all chats of an agent, or a `fork` of it for
          each.
        `instructions`: For these clients: whether their system texts are instructions for the turn, or
          ignored.
        `thoughts`: For these clients: whether they are shown thoughts without asking for them.
        """
        return self._call(
            CREATE_KEY,
            {
                "user": user,
                "name": name,
                "scopes": scopes,
                "agents": agents,
                "expires_at": expires_at,
                "chats": chats,
                "instructions": instructions,
                "thoughts": thoughts,
            },
        )

    def revoke_key(self, user: str, key: str, *, remove: bool = False) -> KeyAnswer:
        """Revoke a key: it is refused from now on, and stays in the list, unless `remove` deletes it.

        `remove`: Delete the key, so that it is in no list any more.
        """
        return self._call(REVOKE_KEY, {"user": user, "key": key, "remove": remove})

    def get_limits(self, user: str) -> LimitsAnswer:
        """Return what a user may use, and what the user has used."""
        return self._call(GET_LIMITS, {"user": user})

    def put_limits(
        self,
        user: str,
        *,
        turns_at_once: int | None = None,
        turns_a_day: int | None = None,
        tokens_a_day: int | None = None,
        cost_a_day: float | None = None,
    ) -> LimitsAnswer:
        """Replace what a user may use.

        `cost_a_day`: In the currency of the setting `price`.
        """
        return self._call(
            PUT_LIMITS,
            {
                "user": user,
                "turns_at_once": turns_at_once,
                "turns_a_day": turns_a_day,
                "tokens_a_day": tokens_a_day,
                "cost_a_day": cost_a_day,
            },
        )

    def get_key_limits(self, user: str, key: str) -> LimitsAnswer:
        """Return what may be used by a key, and what was used."""
        return self._call(GET_KEY_LIMITS, {"user": user, "key": key})

    def put_key_limits(
        self,
        user: str,
        key: str,
        *,
        turns_at_once: int | None = None,
        turns_a_day: int | None = None,
        tokens_a_day: int | None = None,
        cost_a_day: float | None = None,
    ) -> LimitsAnswer:
        """Replace what may be used by a key.

        `cost_a_day`: In the currency of the setting `price`.
        """
        return self._call(
            PUT_KEY_LIMITS,
            {
                "user": user,
                "key": key,
                "turns_at_once": turns_at_once,
                "turns_a_day": turns_a_day,
                "tokens_a_day": tokens_a_day,
                "cost_a_day": cost_a_day,
            },
        )

    def list_acts(
        self,
        *,
        limit: int = 50,
        cursor: str | None = None,
        everyone: bool = False,
        agent: str | None = None,
        user: str | None = None,
        action: str | None = None,
        start: datetime | None = None,
        end: datetime | None = None,
    ) -> PageOf[ActAnswer]:
        """Return what was done, the newest first: who created, changed or deleted what, without contents.

        `limit`: The most items of the page.
        `cursor`: `next` of the page before this one.
        `everyone`: Of all users; for the admin.
        `agent`: What was done to this agent, by its id or name.
        `user`: Of this user, by name or id; for the admin.
        `action`: Only this, such as `delete_agent`.
        `start`: Not before this time.
        `end`: Not after this time.
        """
        return self._call(
            LIST_ACTS,
            {
                "limit": limit,
                "cursor": cursor,
                "everyone": everyone,
                "agent": agent,
                "user": user,
                "action": action,
                "start": start,
                "end": end,
            },
        )


class AsyncPeopleOperations(AsyncCaller):
    """The operations of `people`, for an event loop."""

    async def login(self, password: str) -> None:
        """Begin a session of a browser, by a key or the admin password: a cookie that is valid for 12
        hours.

        Programs need no session; they send their key with each request.

        `password`: A key, or the admin password.
        """
        await self._call(LOGIN, {"password": password})

    async def login_by_code(self, code: str) -> None:
        """Begin a session of the admin by the code of the link that the start of a server prints, once.

        `code`: It is valid once, for 10 minutes.
        """
        await self._call(LOGIN_BY_CODE, {"code": code})

    async def logout(self) -> None:
        """End the session that the cookie of the request belongs to."""
        await self._call(LOGOUT, {})

    async def me(self) -> Me:
        """Return who the caller is, and what the key may do."""
        return await self._call(ME, {})

    async def list_users(self, *, limit: int = 50, cursor: str | None = None) -> PageOf[UserAnswer]:
        """Return the users of the home. The first is the home itself, whose agents the terminal has.

        `limit`: The most items of the page.
        `cursor`: `next` of the page before this one.
        """
        return await self._call(LIST_USERS, {"limit": limit, "cursor": cursor})

    async def create_user(self, name: str, *, role: Literal["admin", "user"] = "user") -> UserAnswer:
        """Add a user. 409 for a name that is taken.

        `role`: Only an admin can have keys with the scope `admin`.
        """
        return await self._call(CREATE_USER, {"name": name, "role": role})

    async def get_user(self, user: str) -> UserAnswer:
        """Return a user: the admin any, others themselves."""
        return await self._call(GET_USER, {"user": user})

    async def change_user(self, user: str, suspended: bool) -> UserAnswer:
        """Refuse a user's keys from now on, or accept them again.

        The runs of a user who is suspended are cancelled, those that wait, too.

        `suspended`: Whether the user's keys are refused.
        """
        return await self._call(CHANGE_USER, {"user": user, "suspended": suspended})

    async def delete_user(
        self, user: str, *, agents: bool = False, dry_run: bool = False
    ) -> RemovedUserAnswer:
        """Delete a user with keys, limits and templates. 409 if the user still has agents.

        `agents`: Delete the user's agents too.
        `dry_run`: Only say what goes with the user and all agents.
        """
        return await self._call(DELETE_USER, {"user": user, "agents": agents, "dry_run": dry_run})

    async def list_keys(self, user: str, *, limit: int = 50, cursor: str | None = None) -> PageOf[KeyAnswer]:
        """Return a user's keys, the newest first, without their texts: the admin any, others their own.

        `limit`: The most items of the page.
        `cursor`: `next` of the page before this one.
        """
        return await self._call(LIST_KEYS, {"user": user, "limit": limit, "cursor": cursor})

    async def create_key(
        self,
        user: str,
        name: str,
        *,
        scopes: Sequence[Literal["read", "talk", "write", "speak-for", "admin"]] = ("read", "talk", "write"),
        agents: Sequence[str] | None = None,
        expires_at: datetime | None = None,
        chats: Literal["one", "fork"] | None = None,
        instructions: bool | None = None,
        thoughts: bool | None = None,
    ) -> NewKeyAnswer:
        """Make a key. The answer has it this once: it is stored nowhere. 409 for a name that a valid key
        has.

        `agents`: The names or ids of the only agents that it may use; null is all of the user.
        `expires_at`: Until when it is accepted, with the zone. It ends no later than the key that makes
          it.
        `chats`: For clients of OpenAI's API: `one` log for all chats of an agent, or a `fork` of it for
          each.
        `instructions`: For these clients: whether their system texts are instructions for the turn, or
          ignored.
        `thoughts`: For these clients: whether they are shown thoughts without asking for them.
        """
        return await self._call(
            CREATE_KEY,
            {
                "user": user,
                "name": name,
                "scopes": scopes,
                "agents": agents,
                "expires_at": expires_at,
                "chats": chats,
                "instructions": instructions,
                "thoughts": thoughts,
            },
        )

    async def revoke_key(self, user: str, key: str, *, remove: bool = False) -> KeyAnswer:
        """Revoke a key: it is refused from now on, and stays in the list, unless `remove` deletes it.

        `remove`: Delete the key, so that it is in no list any more.
        """
        return await self._call(REVOKE_KEY, {"user": user, "key": key, "remove": remove})

    async def get_limits(self, user: str) -> LimitsAnswer:
        """Return what a user may use, and what the user has used."""
        return await self._call(GET_LIMITS, {"user": user})

    async def put_limits(
        self,
        user: str,
        *,
        turns_at_once: int | None = None,
        turns_a_day: int | None = None,
        tokens_a_day: int | None = None,
        cost_a_day: float | None = None,
    ) -> LimitsAnswer:
        """Replace what a user may use.

        `cost_a_day`: In the currency of the setting `price`.
        """
        return await self._call(
            PUT_LIMITS,
            {
                "user": user,
                "turns_at_once": turns_at_once,
                "turns_a_day": turns_a_day,
                "tokens_a_day": tokens_a_day,
                "cost_a_day": cost_a_day,
            },
        )

    async def get_key_limits(self, user: str, key: str) -> LimitsAnswer:
        """Return what may be used by a key, and what was used."""
        return await self._call(GET_KEY_LIMITS, {"user": user, "key": key})

    async def put_key_limits(
        self,
        user: str,
        key: str,
        *,
        turns_at_once: int | None = None,
        turns_a_day: int | None = None,
        tokens_a_day: int | None = None,
        cost_a_day: float | None = None,
    ) -> LimitsAnswer:
        """Replace what may be used by a key.

        `cost_a_day`: In the currency of the setting `price`.
        """
        return await self._call(
            PUT_KEY_LIMITS,
            {
                "user": user,
                "key": key,
                "turns_at_once": turns_at_once,
                "turns_a_day": turns_a_day,
                "tokens_a_day": tokens_a_day,
                "cost_a_day": cost_a_day,
            },
        )

    async def list_acts(
        self,
        *,
        limit: int = 50,
        cursor: str | None = None,
        everyone: bool = False,
        agent: str | None = None,
        user: str | None = None,
        action: str | None = None,
        start: datetime | None = None,
        end: datetime | None = None,
    ) -> PageOf[ActAnswer]:
        """Return what was done, the newest first: who created, changed or deleted what, without contents.

        `limit`: The most items of the page.
        `cursor`: `next` of the page before this one.
        `everyone`: Of all users; for the admin.
        `agent`: What was done to this agent, by its id or name.
        `user`: Of this user, by name or id; for the admin.
        `action`: Only this, such as `delete_agent`.
        `start`: Not before this time.
        `end`: Not after this time.
        """
        return await self._call(
            LIST_ACTS,
            {
                "limit": limit,
                "cursor": cursor,
                "everyone": everyone,
                "agent": agent,
                "user": user,
                "action": action,
                "start": start,
                "end": end,
            },
        )
