"""What a client of the `openai` package takes from the environment, and may not take to every address.

A proxy would read every prompt for a model on this machine. The names of an organization and a project, and
headers of the person's own, are for the address that gets the key.
"""

from __future__ import annotations

import sys
import weakref
from collections.abc import Mapping
from typing import Any


def http_client_without_proxy(kind: type) -> Any:
    """Return an HTTP client that reads no proxies. Certificates of the environment are used.

    `kind` is the class of a client of `httpx` or `httpx2`: versions of `openai` use one or the other.
    """
    base = next(each for each in kind.__mro__ if each.__name__ == "Client")
    package: Any = sys.modules[base.__module__.partition(".")[0]]
    # a client reads the environment's proxies only for the transport that it makes itself
    return kind(transport=package.HTTPTransport(), follow_redirects=True)


def close_with(client: Any, http_client: Any) -> None:
    """Close the connections of `http_client` when nothing uses `client` any more."""
    weakref.finalize(client, http_client.close).atexit = False


def forget_environment(client: Any, headers: Mapping[str, str]) -> None:
    """Remove what a client of `openai` took from the environment for OpenAI; `headers` are the given ones."""
    client.organization = client.project = None
    client._custom_headers = {**headers}  # noqa: SLF001  OPENAI_CUSTOM_HEADERS has no public way out
