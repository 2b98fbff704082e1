"""The server that a command works on, if it is not the home of this machine."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from memgpt_autogen.errors import ConfigurationError

if TYPE_CHECKING:
    from memgpt_autogen.client.http_client import Client


@dataclass(slots=True)
class Choice:
    """What the options before a command say of a server."""

    address: str
    key: str | None = field(repr=False)
    client: Client | None = None


_chosen: ContextVar[Choice | None] = ContextVar("_chosen", default=None)


def choose_server(address: str | None, key: str | None, key_file: Path | None) -> None:
    """Take the options `--server`, `--key` and `--key-file`, which stand before every command.

    The environment may have the address and the key instead.
    """
    import os

    if key is not None and key_file is not None:
        raise ConfigurationError("give one of --key and --key-file.")
    address = address or os.environ.get("MEMGPT_AUTOGEN_SERVER") or None
    if address is None:
        if key is not None or key_file is not None:
            raise ConfigurationError(
                "--key and --key-file are for a server. Give its address as --server, too."
            )
        _chosen.set(None)
        return
    if key_file is not None:
        key = _read(key_file)
    _chosen.set(Choice(address, key or os.environ.get("MEMGPT_AUTOGEN_SERVER_KEY") or None))


def forget_server() -> None:
    """End the work on a server, after the command."""
    choice = _chosen.get()
    if choice is not None and choice.client is not None:
        choice.client.close()
    _chosen.set(None)


def server_chosen() -> bool:
    """Whether commands work on a server."""
    return _chosen.get() is not None


def server_client() -> Client | None:
    """Return the client of the server; None where commands work on the home of this machine."""
    choice = _chosen.get()
    if choice is None:
        return None
    if choice.client is None:
        from memgpt_autogen.client.http_client import Client  # with httpx, it takes a while

        choice.client = Client(choice.address, choice.key)
    return choice.client


def server_address() -> str | None:
    """Return the address of the server; None where commands work on the home of this machine."""
    choice = _chosen.get()
    return None if choice is None else choice.address


def chosen_key() -> str | None:
    """Return the key for the server; None where there is none."""
    choice = _chosen.get()
    return None if choice is None else choice.key


def refuse_here(name: str, advice: str) -> None:
    """Raise where a server was chosen for a command that cannot work on one."""
    if server_chosen():
        raise ConfigurationError(f"{name} does not work with --server. {advice}")


def _read(file: Path) -> str:
    try:
        text = file.expanduser().read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"the key file {file} cannot be read: {error}") from error
    if not text:
        raise ConfigurationError(f"the key file {file} is empty. Write the key into it.")
    return text
