"""`connect`: a client of a server, or of a home without one."""

from __future__ import annotations

from typing import Any, Optional, Union

from memgpt_autogen.client.environment import server_of_environment
from memgpt_autogen.client.http_client import Client
from memgpt_autogen.client.local.local_client import LocalClient
from memgpt_autogen.errors import ConfigurationError


def connect(
    base_url: Optional[str] = None, key: Optional[str] = None, **options: Any
) -> Union[Client, LocalClient]:
    """Return a client of the server at `base_url`, or else of this machine's home, without a server.

    The environment may name the server (`MEMGPT_AUTOGEN_SERVER` and `MEMGPT_AUTOGEN_SERVER_KEY`). Both kinds
    of clients have the same methods, answers and errors. The options are those of `Client` or of
    `LocalClient`; `settings` always means a home.
    """
    address = base_url or ("" if "settings" in options else server_of_environment())
    if address:
        return Client(address, key, **options)
    if key is not None:
        raise ConfigurationError("key is given without base_url. Give the address of the server, too.")
    return LocalClient(**options)
