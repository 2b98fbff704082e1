"""Settings: where memory lives and which model answers, from arguments, the environment and a TOML file, in this order."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, Optional
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from platformdirs import user_data_path
from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from memgpt_autogen.errors import ConfigurationError, StorageError

PREFIX = "MEMGPT_AUTOGEN_"


def default_home() -> Path:
    """`MEMGPT_AUTOGEN_HOME`, else the platform's folder for a user's data."""
    named = os.environ.get(f"{PREFIX}HOME")
    return Path(named).expanduser() if named else user_data_path("memgpt-autogen", appauthor=False)


class Settings(BaseSettings):
    """Everything that is not an agent's own. Each field is also `MEMGPT_AUTOGEN_<FIELD>` and a key of `<home>/settings.toml`.

    Use `Settings.load(...)`, which raises `ConfigurationError` naming the field.
    """

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="forbid", frozen=True, env_ignore_empty=True)

    home: Path = Field(default_factory=default_home)
    """The folder of the database and the embedded archives."""
    database_url: Optional[SecretStr] = None
    """A PostgreSQL database in place of the home's SQLite file, such as `postgresql://user:password@host/name`."""
    qdrant_url: Optional[str] = None
    """A Qdrant server in place of the embedded archives."""
    qdrant_api_key: Optional[SecretStr] = None
    qdrant_timeout: int = Field(10, ge=1)
    """How many seconds the server has for an answer."""
    qdrant_shards: Optional[int] = Field(None, ge=1)
    """With these four a collection is made; one that is there stays as it is, and None leaves it to the server."""
    qdrant_replicas: Optional[int] = Field(None, ge=1)
    qdrant_write_consistency: Optional[int] = Field(None, ge=1)
    """How many replicas must have a write before it is acknowledged."""
    qdrant_on_disk_payload: Optional[bool] = None
    model: Optional[str] = None
    """The chat model; `offline` is the built-in rule-based one."""
    base_url: Optional[str] = None
    """An OpenAI-compatible endpoint, such as `http://localhost:11434/v1`."""
    api_key: Optional[SecretStr] = None
    """The key for `base_url`, or for OpenAI; there `OPENAI_API_KEY` serves too, which is never sent to another address."""
    api_version: Optional[str] = None
    """Makes `base_url` an Azure OpenAI resource and `model` a deployment there, such as `2024-10-21`."""
    request_seconds: float = Field(60, gt=0)
    """How long the endpoint has for an answer, or for the next piece of one that is streamed."""
    max_retries: int = Field(4, ge=0)
    """How often a request is sent again after a rate limit, a failure of the server, a time-out or a broken connection."""
    price: Optional[list[float]] = Field(None, min_length=2, max_length=3)
    """What a million tokens of prompt and of answer cost, such as `[0.4, 1.6]`, and, third, of a prompt from the endpoint's cache."""
    window_tokens: Optional[int] = Field(None, ge=1)
    """The model's window; without it, what is known of the model by name."""
    discover: bool = True
    """Whether the terminal looks for models on this machine where no model is named."""
    embedding_model: Optional[str] = None
    """Turns on hybrid search: `wordllama`, `fastembed:NAME`, another kind that `open_embedder` knows, or a name at an endpoint."""
    embedding_base_url: Optional[str] = None
    """Where `embedding_model` is served, if not at `base_url`."""
    embedding_dimension: Optional[int] = Field(None, ge=1)
    """The length of its vectors, for models that can shorten them, and to save the request that would find it."""
    embedding_passage_prefix: Optional[str] = None
    """Stands before every passage; without it, what is known of the model by name."""
    embedding_query_prefix: Optional[str] = None
    """Stands before every question."""
    embedding_deferred: Optional[bool] = None
    """Whether what an agent inserts gets its vector after the turn; without it, whether the embedder is slow."""
    timezone: str = "UTC"
    """The IANA name of the zone in which the agent reads times and writes dates."""
    protocol: Literal["memgpt", "native"] = "memgpt"
    function_calling: Literal["auto", "native", "plain"] = "auto"
    """How the model is asked for calls: in the way of the chat API, as text in the plain protocol, or as its first answers show."""

    @field_validator("home")
    @classmethod
    def _expanded(cls, home: Path) -> Path:
        return home.expanduser()

    @model_validator(mode="after")
    def _consistent(self) -> Settings:
        if (self.qdrant_write_consistency or 1) > (self.qdrant_replicas or 1):
            raise ValueError(
                f"qdrant_write_consistency={self.qdrant_write_consistency} is more than "
                f"qdrant_replicas={self.qdrant_replicas or 1}, so that no write could succeed"
            )
        return self

    @field_validator("timezone")
    @classmethod
    def _known(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(f"'{name}' is not an IANA time zone such as Europe/Lisbon") from error
        return name

    @classmethod
    def load(cls, **given: Any) -> Settings:
        """The settings with these values first; None means "not given"."""
        try:
            return cls(**{name: value for name, value in given.items() if value is not None})
        except ValidationError as error:
            told = "; ".join(
                f"{'.'.join(str(part) for part in detail['loc'])}: {detail['msg']}"
                for detail in error.errors()
            )
            raise ConfigurationError(f"settings do not fit: {told}") from None  # the cause would show values
        except ValueError as error:
            raise ConfigurationError(
                f"settings.toml cannot be read: {error}"
            ) from None  # it would show values too

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - pydantic's signature
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        home = Path(init_settings().get("home") or default_home()).expanduser()
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, home / "settings.toml")

    def __repr_args__(self) -> Any:
        """Addresses without the passwords that they may hold."""
        for name, value in super().__repr_args__():
            yield name, _PASSWORD.sub(r"\1***@", value) if isinstance(value, str) else value

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)


_PASSWORD = re.compile(r"(://)[^/@\s]*@")
"""User and password of an address."""


FILE = "settings.toml"


WRITTEN = ("model", "base_url", "window_tokens", "embedding_model", "embedding_base_url", "timezone")
"""What commands may write. Keys are not among it: they belong into the environment."""


def write_settings(home: Path, values: Mapping[str, str | int | None]) -> Path:
    """Set these values in the home's file, and take out those that are None; comments and all else stay.

    Raises `ConfigurationError` for what holds a password, and for a file that is no TOML; `StorageError` where it cannot be written.
    """
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    file = home / FILE
    for name, value in values.items():
        if name not in WRITTEN:
            raise ConfigurationError(f"'{name}' is not written into {FILE}: only {', '.join(WRITTEN)} are.")
        if isinstance(value, str) and _has_password(value):
            raise ConfigurationError(
                f"{name} holds a user and a password, which are not written into {FILE}. Give the address without them, "
                f"and the key as {PREFIX}API_KEY in the environment."
            )
    try:
        document = tomlkit.parse(file.read_text(encoding="utf-8")) if file.exists() else tomlkit.document()
    except (TOMLKitError, UnicodeDecodeError):
        raise ConfigurationError(
            f"{file} is no TOML, so nothing is written into it. Mend it first."
        ) from None
    for name, value in values.items():
        if value is not None:
            document[name] = value
        elif name in document:
            del document[name]
    try:
        home.mkdir(parents=True, exist_ok=True)
        # whole or not at all: it may hold what a person wrote
        aside = file.with_suffix(".toml.new")
        aside.write_text(tomlkit.dumps(document), encoding="utf-8")
        aside.replace(file)
    except OSError as error:
        raise StorageError(f"the file {file} cannot be written: {error}") from error
    return file


def goes_first(values: Mapping[str, str | int | None]) -> list[str]:
    """The environment's variables that have other values, and go before the file."""
    return [
        variable
        for name, value in values.items()
        if (told := os.environ.get(variable := f"{PREFIX}{name.upper()}")) and told != str(value)
    ]


def _has_password(value: str) -> bool:
    try:
        return "@" in urlsplit(value).netloc
    except ValueError:
        return False
