"""`create_client`: a client of a server, or of a home without one."""

from __future__ import annotations

from typing import Optional, Union

from memgpt_autogen.client.memgpt.local import LocalClient
from memgpt_autogen.client.memgpt.rest import RESTClient


def create_client(
    base_url: Optional[str] = None, token: Optional[str] = None
) -> Union[LocalClient, RESTClient]:
    """Return a client of the server at `base_url`, or else of this machine's home, without a server."""
    return LocalClient() if base_url is None else RESTClient(base_url, token)
