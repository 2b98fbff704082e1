"""Settings: where memory is stored and which model answers.

Arguments come first, then the environment, then a TOML file.
"""

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
from memgpt_autogen.private_files import make_private_folder, replace_text
from memgpt_autogen.secret_files import SecretFiles
from memgpt_autogen.web.engine_address import settled_address

PREFIX = "MEMGPT_AUTOGEN_"

FILE = "settings.toml"

# what write_settings may write; keys belong in the environment
WRITTEN = (
    "model",
    "base_url",
    "window_tokens",
    "embedding_model",
    "embedding_base_url",
    "timezone",
    "qdrant_prefix",
)

# the user and password in an address, also in one of several with commas between them
_PASSWORD = re.compile(r"(://)(?:(?!,\s{0,9}https?://)[^\s'\"<>])*@")


def default_home() -> Path:
    """Return `MEMGPT_AUTOGEN_HOME`, or the platform's folder for user data."""
    named = os.environ.get(f"{PREFIX}HOME")
    return Path(named).expanduser() if named else user_data_path("memgpt-autogen", appauthor=False)


class Settings(BaseSettings):
    """The settings of a home.

    Each field is also an environment variable, `MEMGPT_AUTOGEN_<FIELD>`, and a key of `<home>/settings.toml`.
    For `database_url`, `api_key` and `qdrant_api_key`, `MEMGPT_AUTOGEN_<FIELD>_FILE` can name a file that has
    the value.
    Use `Settings.load(...)`: its `ConfigurationError` names the field.
    """

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="forbid", frozen=True, env_ignore_empty=True)

    home: Path = Field(default_factory=default_home)
    """The folder of the database and the embedded archives."""
    owner: Optional[str] = None
    """The user whose agents, shared blocks and archives are meant, by name or id.

    Without it, these are the home's own.
    """
    database_url: Optional[SecretStr] = None
    """A PostgreSQL database instead of the SQLite file, such as `postgresql://user:password@host/name`."""
    qdrant_url: Optional[str] = None
    """A Qdrant server instead of embedded archives, such as `http://localhost:6333`.

    A cluster can have the addresses of several nodes, with commas between them. The first one that answers is
    asked.
    """
    qdrant_prefix: str = Field("", pattern="^[A-Za-z0-9_-]{0,60}$")
    """Begins the names of the server's collections. Installations that share a server need one each."""
    qdrant_api_key: Optional[SecretStr] = None
    qdrant_timeout: int = Field(10, ge=1)
    """The time limit for a request to the server, in seconds."""
    qdrant_shards: Optional[int] = Field(None, ge=1)
    """This and the next three settings are for a new collection; None means the server's default."""
    qdrant_replicas: Optional[int] = Field(None, ge=1)
    qdrant_write_consistency: Optional[int] = Field(None, ge=1)
    """How many replicas must store a write before it is acknowledged."""
    qdrant_on_disk_payload: Optional[bool] = None
    model: Optional[str] = None
    """The chat model. `offline` means the built-in rules."""
    base_url: Optional[str] = None
    """An OpenAI-compatible endpoint, such as `http://localhost:11434/v1`."""
    api_key: Optional[SecretStr] = None
    """The key for `base_url`, or for OpenAI. There `OPENAI_API_KEY` works too; no other address gets it."""
    api_version: Optional[str] = None
    """Azure's API version, such as `2024-10-21`. `base_url` is then a resource and `model` a deployment."""
    request_seconds: float = Field(60, gt=0)
    """The time limit for an answer, or for the next part of a streamed answer, in seconds."""
    answer_tokens: Optional[int] = Field(None, ge=16)
    """The most tokens of an answer, with its reasoning. Without it, an answer has 1,024 with `plain`."""
    max_retries: int = Field(4, ge=0)
    """How often a request is sent again after a rate limit, a server error or a lost connection."""
    loading_seconds: float = Field(120, ge=0)
    """How long to wait for a model that its engine is still loading, in seconds."""
    proxy_private: bool = False
    """Whether endpoints in private networks are asked through `HTTP_PROXY`; this machine never is."""
    price: Optional[list[float]] = Field(None, min_length=2, max_length=3)
    """The price of a million tokens: prompt, answer and, optionally, cached prompt, such as `[0.4, 1.6]`."""
    window_tokens: Optional[int] = Field(None, ge=1)
    """The model's window. A server on this machine that serves less is believed.

    The default is what such a server serves, else the known window of a model with this name.
    """
    search_tokens: Optional[int] = Field(None, ge=200)
    """The most tokens of what a search returns to the model.

    The default is an eighth of the window, at most 1,000 for what was said and 1,250 for archival memory.
    """
    discover: bool = True
    """Whether the terminal looks for model servers on this machine if no model is configured."""
    embedding_model: Optional[str] = None
    """Turns on hybrid search: `wordllama`, `fastembed:NAME`, another embedder, or an endpoint's model."""
    embedding_base_url: Optional[str] = None
    """The endpoint of `embedding_model`, if it is not `base_url`."""
    embedding_dimension: Optional[int] = Field(None, ge=1)
    """The length of the vectors, for models that can shorten them, and to save a request."""
    embedding_passage_prefix: Optional[str] = None
    """The text before every passage. The default is the known prefix of a model with this name."""
    embedding_query_prefix: Optional[str] = None
    """The text before every query."""
    embedding_deferred: Optional[bool] = None
    """Whether passages get their vectors after the turn. By default, only those of slow embedders do."""
    reranker: Optional[str] = None
    """Adds a score to the best results of recall: `fastembed:NAME`, `wordllama`, or an endpoint's model."""
    reranker_base_url: Optional[str] = None
    """The endpoint of `reranker`, if it is not `base_url`: its `/rerank` is asked."""
    document_seconds: float = Field(120, gt=0)
    """The time limit for reading a document, in seconds; 5 more for each megabyte of it."""
    document_megabytes: int = Field(2000, ge=300)
    """The most memory for reading a document, in megabytes; 20 more for each megabyte of it."""
    timezone: str = "UTC"
    """The IANA name of the agent's time zone."""
    mcp_programs: bool = True
    """Whether the home's MCP servers may be programs, which servers and clients of it start."""
    protocol: Literal["memgpt", "native"] = "memgpt"
    function_calling: Literal["auto", "native", "plain"] = "auto"
    """How the model calls functions: by the chat API, as text, or as its first answers show."""

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

    @field_validator("base_url", "embedding_base_url", "reranker_base_url")
    @classmethod
    def _an_address(cls, address: Optional[str]) -> Optional[str]:
        return None if address is None else checked_address(address)

    @field_validator("qdrant_url")
    @classmethod
    def _a_server(cls, address: Optional[str]) -> Optional[str]:
        return None if address is None or not address.strip() else ",".join(qdrant_addresses(address))

    @field_validator("qdrant_prefix")
    @classmethod
    def _a_prefix(cls, prefix: str) -> str:
        if prefix.startswith("memgpt_passages"):
            raise ValueError("it may not begin with memgpt_passages, as the collections without a prefix do")
        return prefix

    @field_validator("timezone")
    @classmethod
    def _known(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, OSError, ValueError) as error:  # a folder of zones is an OSError
            raise ValueError(f"'{name}' is not an IANA time zone such as Europe/Lisbon") from error
        return name

    @classmethod
    def load(cls, **given: Any) -> Settings:
        """Load the settings with these values first. None means that a value is not given."""
        try:
            return cls(**{name: value for name, value in given.items() if value is not None})
        except ValidationError as error:
            details = (
                f"{'.'.join(map(str, each['loc']))}: {each['msg'].removeprefix('Value error, ')}"
                for each in error.errors()
            )
            # without the cause, which would show values, keys among them
            raise ConfigurationError(f"settings are not valid: {'; '.join(details)}") from None
        except ValueError as error:
            raise ConfigurationError(f"{FILE} cannot be read: {error}") from None

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
        file = TomlConfigSettingsSource(settings_cls, home / FILE)
        return init_settings, env_settings, SecretFiles(settings_cls), file

    def __repr_args__(self) -> Any:
        """The fields, with addresses that do not show a password."""
        for name, value in super().__repr_args__():
            yield name, without_passwords(value) if isinstance(value, str) else value

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)


def without_passwords(text: str) -> str:
    """Return a text with `***` in place of the users and passwords of its addresses."""
    return _PASSWORD.sub(r"\1***@", text)


def checked_address(address: str) -> str:
    """Return the address of an endpoint; `http://` is added if a server answers there then.

    Raises `ValueError` for what is no address.
    """
    trouble = address_trouble(address)
    if trouble is None:
        return address
    settled = address if "://" in address else settled_address(address)
    if settled == address:
        raise ValueError(trouble)
    return settled


def address_trouble(address: str) -> str | None:
    """Return what is wrong with the address of an endpoint; None if it can be one. It names no password."""
    shown = without_passwords(address)
    try:
        parts = urlsplit(address)
        known = parts.scheme in ("http", "https") and bool(parts.hostname)
        _ = parts.port  # raises if it is none
    except ValueError as error:
        # the error may quote a part of a password
        why = "its host or its port cannot be read" if "@" in address else str(error)
        return f"'{shown}' is no address: {why}"
    if not known:
        return f"'{shown}' is no address. An address begins with http:// or https://, as http://localhost:8080/v1"
    if parts.hostname in ("http", "https"):
        return f"'{shown}' is no address: it begins with http:// or https:// twice"
    return None


def qdrant_addresses(text: str) -> list[str]:
    """Return the addresses of a Qdrant server, or of the nodes of a cluster: commas separate them.

    They have no blanks around them, and a scheme in small letters. Raises `ValueError`, which names no
    password, if one of them is no address.
    """
    # a comma in a password is not between addresses
    parts = re.split(r",(?=\s{0,9}[A-Za-z][A-Za-z0-9+.-]{0,20}://)", text)
    hosts = (part.rpartition("@") for part in parts)
    each = (f"{user}{at}{host}" for user, at, rest in hosts for user, at, host in _apart(user, at, rest))
    found = [_qdrant_address(address) for address in each if address.strip()]
    if not found:
        raise ValueError("it has no address. Write http://localhost:6333")
    return list(dict.fromkeys(found))


def _apart(user: str, at: str, hosts: str) -> list[tuple[str, str, str]]:
    """Return each of the hosts, the first with the user."""
    first, *others = hosts.split(",")
    return [(user, at, first), *(("", "", host) for host in others)]


def _qdrant_address(text: str) -> str:
    scheme, mark, rest = text.strip().partition("://")
    address = f"{scheme.lower()}{mark}{rest}"
    if mark and scheme.lower().startswith("grpc"):
        raise ValueError(
            f"'{without_passwords(address)}' is for gRPC, which is not used here. Write the address of the "
            "REST interface, with http:// or https:// and its port, which is usually 6333"
        )
    if trouble := address_trouble(address):
        if mark:
            raise ValueError(trouble.replace("http://localhost:8080/v1", "http://localhost:6333"))
        shown = address.rpartition("@")[2]
        raise ValueError(f"'{shown}' has no http:// or https://. Write http://{shown}")
    return address


def write_settings(home: Path, values: Mapping[str, str | int | None]) -> Path:
    """Write these values into the home's file, and delete those that are None.

    Comments and other settings stay.

    Raises `ConfigurationError` for a value with a password, and for a file that is not TOML; `StorageError`
    if the file cannot be written.
    """
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    file = home / FILE
    for name, value in values.items():
        if name not in WRITTEN:
            raise ConfigurationError(f"'{name}' is not written into {FILE}: only {', '.join(WRITTEN)} are.")
        if isinstance(value, str) and _has_password(value):
            raise ConfigurationError(
                f"{name} contains a user and a password, which are not written into {FILE}. Give the address "
                f"without them, and set the key as {PREFIX}API_KEY in the environment."
            )
    try:
        document = tomlkit.parse(file.read_text(encoding="utf-8")) if file.exists() else tomlkit.document()
    except (TOMLKitError, UnicodeDecodeError):
        raise ConfigurationError(
            f"{file} is not TOML, so nothing is written into it. Correct it first."
        ) from None
    for name, value in values.items():
        if value is None:
            document.pop(name, None)
        else:
            document[name] = value
    try:
        make_private_folder(home)
        replace_text(file, tomlkit.dumps(document))
    except OSError as error:
        raise StorageError(f"the file {file} cannot be written: {error}") from error
    return file


def without_secrets(text: str) -> str:
    """Return a settings file without keys and passwords, and without the addresses of the home's stores.

    Comments stay. A file that is no TOML becomes an empty one.
    """
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    try:
        document = tomlkit.parse(text)
    except TOMLKitError:
        return ""
    for name, value in document.unwrap().items():
        secret = name.endswith("api_key") or (isinstance(value, str) and _has_password(value))
        if secret or name in ("database_url", "qdrant_url", "qdrant_prefix", "owner", "home"):
            del document[name]
    return tomlkit.dumps(document)


def stored_setting(home: Path, name: str) -> Any:
    """Return a setting as the home's file has it; None where the file does not have it or is no TOML."""
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    try:
        return tomlkit.parse((home / FILE).read_text(encoding="utf-8")).unwrap().get(name)
    except (OSError, TOMLKitError, UnicodeDecodeError):
        return None


def overriding_variables(values: Mapping[str, str | int | None]) -> list[str]:
    """Return the environment variables that have other values. They come before the file."""
    set_to = {f"{PREFIX}{name.upper()}": str(value) for name, value in values.items()}
    return [name for name, value in set_to.items() if os.environ.get(name, "") not in ("", value)]


def _has_password(value: str) -> bool:
    try:
        return "@" in urlsplit(value).netloc
    except ValueError:
        return False
