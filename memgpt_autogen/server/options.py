"""How the server listens and what it accepts."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Optional

from pydantic import BaseModel, ConfigDict, Field

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
    ssl_cert: Optional[Path] = None
    ssl_key: Optional[Path] = None
    password_file: Optional[Path] = None
    hosts: tuple[str, ...] = ()
    """Further names by which clients reach the server, as in the `Host` header; `*` is any name."""
    origins: tuple[str, ...] = ()
    """Other web pages whose scripts may call the server, such as `https://app.example.com`."""
    body_bytes: int = Field(default=1 * MEGABYTE, ge=1)
    """The most bytes of a request."""
    upload_bytes: int = Field(default=200 * MEGABYTE, ge=1)
    """The most bytes of a request that uploads files."""

    @property
    def is_loopback(self) -> bool:
        """Whether only programs of this machine can connect."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False
