"""How the server listens and what it accepts."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Optional

from pydantic import BaseModel, ConfigDict, Field

from memgpt_autogen.memory.storage.runs.retention import Kept
from memgpt_autogen.service.turns.following import PING_SECONDS

MEGABYTE = 1_000_000


class ServerOptions(BaseModel):
    """What the operator decides when the server starts."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str = "127.0.0.1"
    port: int = Field(default=8283, ge=0, le=65535)
    root_path: str = ""
    """The prefix under which a reverse proxy serves it, such as `/memory`."""
    workers: int = Field(default=1, ge=1)
    turns: int = Field(default=8, ge=1)
    """How many turns run at once in a worker."""
    drain_seconds: float = Field(default=10, ge=0)
    """How long a server that stops waits for the turns that are running."""
    mcp_programs: bool = True
    """Whether the admin may add MCP servers that are programs, which are started as the server's own user."""
    ssl_cert: Optional[Path] = None
    ssl_key: Optional[Path] = None
    password_file: Optional[Path] = None
    proxies: tuple[str, ...] = ()
    """The addresses or networks of reverse proxies whose `X-Forwarded-*` are believed, besides this machine.
    """
    hosts: tuple[str, ...] = ()
    """Further names by which clients reach the server, as in the `Host` header; `*` is any name."""
    origins: tuple[str, ...] = ()
    """Other web pages whose scripts may call the server, such as `https://app.example.com`."""
    ping_seconds: float = Field(default=PING_SECONDS, gt=0)
    """After how many seconds without events a stream says that it still lives, for proxies that would end it.
    """
    body_bytes: int = Field(default=1 * MEGABYTE, ge=1)
    """The most bytes of a request."""
    kept: Kept = Kept()
    """How long events of runs, and runs, are kept."""
    upload_bytes: int = Field(default=200 * MEGABYTE, ge=1)
    """The most bytes of a request that uploads files."""
    body_seconds: float = Field(default=30, gt=0)
    """In how many seconds a body must come; it may take one more for each 10 kB."""
    key_seconds: float = Field(default=15, gt=0)
    """How often a long answer looks whether the key of its request is still valid."""
    streams: int = Field(default=200, ge=1)
    """How many answers of a user may be open at once, as streams or while they wait for the end of a run."""

    @property
    def is_loopback(self) -> bool:
        """Whether only programs of this machine can connect."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False
