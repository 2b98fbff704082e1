"""Check which AutoGen is installed, and explain which package to install where it has no `ConversableAgent`.

pyautogen 0.2 to 0.9, ag2 0.9 to 0.14 and autogen 0.14 all contain the module `autogen`; pyautogen 0.10 is an
empty package, and ag2 1.0 has another interface. This package imports `autogen` only after this check.
"""

from __future__ import annotations

import importlib
import importlib.util
import warnings
from importlib import metadata
from types import ModuleType

OWNERS = {"pyautogen", "ag2", "autogen", "autogen-agentchat"}
"""Packages that contain the module `autogen`."""

INSTALL = (
    "pip install 'pyautogen[openai]>=0.2.35,<0.10' (Python 3.14 and later: 'autogen[openai]>=0.14.1,<0.15')"
)


def load_autogen() -> ModuleType:
    """Return the `autogen` module.

    Raises `ImportError` that names what is installed and what to install instead.
    """
    try:
        autogen = importlib.import_module("autogen")
        found = hasattr(autogen, "ConversableAgent")
    except ImportError:
        found = False
    if not found:
        raise ImportError(_missing())
    conflict = _conflict()
    if conflict:
        warnings.warn(conflict, RuntimeWarning, stacklevel=2)
    return autogen


def installed() -> dict[str, str]:
    """Return the packages that contain the module `autogen`, with their versions; import nothing."""
    return {name: metadata.version(name) for name in _owners()}


def install_trouble() -> str | None:
    """Return what is wrong and the way out, without an import; None where nothing seems wrong."""
    proxy = (_version("pyautogen") or (0,)) >= (0, 10) and set(_owners()) <= {"pyautogen"}
    foreign = (_version("ag2") or (0,)) >= (1, 0)
    if importlib.util.find_spec("autogen") is None or proxy or foreign:
        return _missing()
    return _conflict()


def _owners() -> list[str]:
    return sorted(set(metadata.packages_distributions().get("autogen", ())) & OWNERS)


def _conflict() -> str | None:
    if len(_owners()) < 2:
        return None
    return (
        "several installed packages contain the module 'autogen' and overwrite each other: "
        f"{', '.join(_owners())}. Uninstall all of them, then install one."
    )


def _version(distribution: str) -> tuple[int, ...] | None:
    try:
        parts = metadata.version(distribution).split(".")
    except metadata.PackageNotFoundError:
        return None
    return tuple(int(part) for part in parts[:2] if part.isdigit())


def _missing() -> str:
    pyautogen, ag2 = _version("pyautogen"), _version("ag2")
    reason = ""
    if pyautogen is not None and pyautogen >= (0, 10):
        reason = "The installed pyautogen 0.10 is only a proxy for autogen-agentchat. "
    elif ag2 is not None and ag2 >= (1, 0):
        reason = "The installed ag2 1.x has another interface and no ConversableAgent. "
    elif pyautogen is not None or ag2 is not None:
        reason = "A package that contained it seems to be only partly installed; install it again. "
    return f"AutoGen's ConversableAgent is not installed. {reason}{INSTALL}"
