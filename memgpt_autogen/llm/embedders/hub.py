"""Load a named model from its library's cache, or else from the hub.

When neither has it, an error says so quickly.
"""

from __future__ import annotations

import os
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import TypeVar

from memgpt_autogen.concurrency import TimeLimitError, run_with_timeout
from memgpt_autogen.errors import ConfigurationError

HUB = "https://huggingface.co"

HUB_SECONDS = 4.0  # for any answer of the hub; the libraries try for half a minute before they give up

T = TypeVar("T")


def load_from_cache_or_hub(load: Callable[[bool], T], model: str, *, local_files_only: bool) -> T:
    """Return what `load` returns. Its argument says whether it may use only local files.

    Raises `ConfigurationError` when the model is neither on this machine nor available from the hub.
    """
    try:
        return load(True)
    except Exception as error:  # noqa: BLE001  each library has its own errors, and none says "not here" reliably
        first = error
    reason = str(first).partition("\n")[0][:300]
    if local_files_only or _is_set("HF_HUB_OFFLINE"):
        raise ConfigurationError(
            f"embedding model '{model}' cannot be loaded from this machine alone, as configured: {reason} "
            "Download it once where there is a network, or give the folder with its files."
        ) from first
    hub = os.environ.get("HF_ENDPOINT") or HUB
    if not is_reachable(hub):
        raise ConfigurationError(
            f"embedding model '{model}' is not on this machine, and cannot be downloaded because {hub} does "
            f"not answer: {reason} Download it once where there is a network, give the folder with its "
            "files, or use 'wordllama', which needs no download."
        ) from first
    try:
        return load(False)
    except Exception as error:
        raise ConfigurationError(f"embedding model '{model}' cannot be loaded: {error}") from error


def is_reachable(url: str, *, seconds: float = HUB_SECONDS) -> bool:
    """Return whether the server at this address answers in time, whatever it answers."""

    def ask() -> bool:
        try:
            request = urllib.request.Request(url, method="HEAD")  # noqa: S310  the hub's address, or the user's own
            with urllib.request.urlopen(request, timeout=seconds):  # noqa: S310
                return True
        except urllib.error.HTTPError:
            return True  # a refusal is an answer
        except (OSError, ValueError):
            return False

    try:
        # looking up a name can hang for longer than the time-out of the request
        return run_with_timeout(ask, seconds, name="memgpt-hub")
    except TimeLimitError:
        return False


def _is_set(variable: str) -> bool:
    return os.environ.get(variable, "").strip().lower() in {"1", "true", "yes", "on"}
