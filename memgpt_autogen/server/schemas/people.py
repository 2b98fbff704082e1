"""Users, keys, limits, and what was done."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, Optional

from pydantic import Field

from memgpt_autogen.memory.storage.accounts.audit import Act
from memgpt_autogen.memory.storage.accounts.keys import Scope
from memgpt_autogen.memory.storage.accounts.limits import UsageLimits
from memgpt_autogen.server.schemas.base import Answer, Body
from memgpt_autogen.service.people import NewKey

Name = Annotated[str, Field(min_length=1, max_length=64)]


class Credentials(Body):
    """What a person types to begin a session."""

    password: Annotated[str, Field(min_length=1, max_length=1000)]
    """A key, or the admin password."""


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
    """The keys that were not revoked."""


class NewUser(Body):
    """A new user."""

    name: Name
    role: Literal["admin", "user"] = "user"
    """Only an admin can have keys with the scope `admin`."""


class UserChange(Body):
    """What changes of a user."""

    suspended: bool
    """Whether the user's keys are refused."""


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


class NewKeyBody(Body):
    """A new key. It may do no more than the key that makes it."""

    name: Name
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=5)] = ["read", "talk", "write"]  # noqa: RUF012 - pydantic copies it
    agents: Annotated[Optional[list[str]], Field(max_length=200)] = None
    """The names or ids of the only agents that it may use; null is all of the user."""
    expires_at: Optional[datetime] = None


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
    tokens_a_day: Annotated[Optional[int], Field(ge=0, le=2**63 - 1)] = None
    cost_a_day: Annotated[Optional[float], Field(ge=0, le=2**31 - 1)] = None
    """In the currency of the setting `price`."""

    def limits(self) -> UsageLimits:
        return UsageLimits(**self.model_dump())


class LimitsAnswer(Answer):
    """How much may be used; null limits nothing. A day is the last 24 hours."""

    turns_at_once: Optional[int]
    turns_a_day: Optional[int]
    tokens_a_day: Optional[int]
    cost_a_day: Optional[float]


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
