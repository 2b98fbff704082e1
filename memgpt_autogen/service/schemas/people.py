"""Users, keys, limits, and what was done."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import datetime
from typing import Annotated, Literal, Optional

from pydantic import Field

from memgpt_autogen.memory.storage.accounts.audit import Act
from memgpt_autogen.memory.storage.accounts.keys import USUAL_CLIENTS, Chats, KeyClients, Scope
from memgpt_autogen.memory.storage.accounts.limits import Usage, UsageLimits
from memgpt_autogen.memory.storage.accounts.users import User
from memgpt_autogen.service.people import NewKey
from memgpt_autogen.service.schemas.base import Answer, Body, Moment
from memgpt_autogen.service.user_removal import UserRemoved

Name = Annotated[str, Field(min_length=1, max_length=64)]


class Credentials(Body):
    """What a person types to begin a session."""

    password: Annotated[str, Field(min_length=1, max_length=1000)]
    """A key, or the admin password."""


class LoginCode(Body):
    """What the link has that the start of a server prints."""

    code: Annotated[str, Field(min_length=1, max_length=1000)]
    """It is valid once, for 10 minutes."""


class UserAnswer(Answer):
    """A user of the home."""

    id: str
    name: str
    role: Literal["admin", "user"]
    created_at: datetime
    suspended_at: Optional[datetime]
    """Since when the user's keys are refused; null if they are not."""
    agents: int
    keys: int
    """The keys that were not revoked, without sessions of browsers."""


class RemovedUserAnswer(UserAnswer):
    """A user who was deleted, or would be, and what went with the user."""

    messages: int
    """Of all the user's agents."""
    passages: int
    """Of the agents, and of shared archives."""
    archives: int
    """Shared archives."""
    dry_run: bool

    @classmethod
    def of(cls, user: User, removed: UserRemoved) -> RemovedUserAnswer:
        return cls(
            **UserAnswer.model_validate(user).model_dump(),
            messages=sum(each.messages for each in removed.agents),
            passages=sum(each.passages for each in removed.agents) + sum(removed.archives.values()),
            archives=len(removed.archives),
            dry_run=removed.dry_run,
        )


class NewUser(Body):
    """A new user."""

    name: Name
    role: Literal["admin", "user"] = "user"
    """Only an admin can have keys with the scope `admin`."""


class UserChange(Body):
    """What changes of a user."""

    suspended: bool
    """Whether the user's keys are refused."""


class ClientsAnswer(Answer):
    """What clients of OpenAI's API get with a key."""

    chats: Chats
    """`one` log for all chats of an agent, or a `fork` of it for each."""
    instructions: bool
    """Whether their system texts are instructions for the turn, or ignored."""
    thoughts: bool
    """Whether they are shown thoughts without asking for them."""


class KeyAnswer(Answer):
    """What is stored of a key; its text is not."""

    id: str
    name: str
    shown: str
    """The first 8 and the last 4 characters, to tell it from others."""
    scopes: list[Scope]
    agents: Optional[list[str]]
    """The ids of the only agents that it may use; null is all of the user."""
    created_at: datetime
    expires_at: Optional[datetime]
    used_at: Optional[datetime]
    """When it was last used, to the minute."""
    revoked_at: Optional[datetime]
    is_session: bool = False
    """Whether it is the session of a browser, which is no key for programs and ends by itself."""
    clients: ClientsAnswer


class NewKeyBody(Body):
    """A new key. It may do no more than the key that makes it."""

    name: Name
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=5)] = ["read", "talk", "write"]  # noqa: RUF012 - pydantic copies it
    agents: Annotated[Optional[list[str]], Field(max_length=200)] = None
    """The names or ids of the only agents that it may use; null is all of the user."""
    expires_at: Optional[Moment] = None
    """Until when it is accepted, with the zone. It ends no later than the key that makes it."""
    chats: Optional[Chats] = None
    """For clients of OpenAI's API: `one` log for all chats of an agent, or a `fork` of it for each."""
    instructions: Optional[bool] = None
    """For these clients: whether their system texts are instructions for the turn, or ignored."""
    thoughts: Optional[bool] = None
    """For these clients: whether they are shown thoughts without asking for them."""

    def clients(self, usual: KeyClients = USUAL_CLIENTS) -> KeyClients:
        """Return what clients of OpenAI's API get; what is not said is as with the key that makes it."""
        given = {name: getattr(self, name) for name in ("chats", "instructions", "thoughts")}
        return replace(usual, **{name: value for name, value in given.items() if value is not None})


class NewKeyAnswer(KeyAnswer):
    """A key that was made."""

    key: str
    """The key itself. It is shown this once and stored nowhere."""

    @classmethod
    def of(cls, made: NewKey) -> NewKeyAnswer:
        return cls(**KeyAnswer.model_validate(made.key).model_dump(), key=made.text)


class LimitsBody(Body):
    """How much may be used; null limits nothing. A day is the last 24 hours."""

    turns_at_once: Annotated[Optional[int], Field(ge=0, le=2**31 - 1)] = None
    turns_a_day: Annotated[Optional[int], Field(ge=0, le=2**31 - 1)] = None
    tokens_a_day: Annotated[Optional[int], Field(ge=0, le=2**53 - 1)] = None
    cost_a_day: Annotated[Optional[float], Field(ge=0, le=2**31 - 1)] = None
    """In the currency of the setting `price`."""

    def limits(self) -> UsageLimits:
        return UsageLimits(**self.model_dump())


class UsedAnswer(Answer):
    """What was used in the last 24 hours."""

    running: int
    """The turns that run now or wait."""
    turns: int
    tokens: int
    cost: float


class LimitsAnswer(Answer):
    """How much may be used; null limits nothing. A day is the last 24 hours."""

    turns_at_once: Optional[int]
    turns_a_day: Optional[int]
    tokens_a_day: Optional[int]
    cost_a_day: Optional[float]
    used: UsedAnswer

    @classmethod
    def of(cls, limits: UsageLimits, used: Usage) -> LimitsAnswer:
        return cls(**asdict(limits), used=UsedAnswer.model_validate(used))


class Me(Answer):
    """Who the caller is, and what the caller may do."""

    user: UserAnswer
    scopes: list[Scope]
    key: Optional[str]
    """The id of the key; null for the admin password."""
    agents: Optional[list[str]]
    """The ids of the only agents that the key may use; null is all of the user."""


class ActAnswer(Answer):
    """One thing that was done."""

    number: int
    time: datetime
    user_id: str
    key_id: Optional[str]
    """The key by which it was done; null for the admin password and the terminal."""
    action: str
    what: str
    target_id: Optional[str]
    name: Optional[str]

    @classmethod
    def of(cls, user_id: str, act: Act) -> ActAnswer:
        return cls(
            number=act.number,
            time=act.time,
            user_id=user_id,
            key_id=act.key_id,
            action=act.action,
            what=act.what,
            target_id=act.target_id,
            name=act.name,
        )
