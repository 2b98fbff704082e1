"""The AutoGen that is installed: one that has `ConversableAgent`, or an error that says which package does.

pyautogen 0.2 to 0.9, ag2 0.9 to 0.14 and autogen 0.14 all own the module `autogen`; pyautogen 0.10 is an empty package of the
same name, and ag2 1.0 has another interface. Nothing else in this package imports `autogen` without this module.
"""

from __future__ import annotations

import importlib
import importlib.util
import warnings
from importlib import metadata
from types import ModuleType

INSTALL = (
    "pip install 'pyautogen[openai]>=0.2.35,<0.10' (Python 3.14 and later: 'autogen[openai]>=0.14.1,<0.15')"
)


def load_autogen() -> ModuleType:
    """The `autogen` module. Raises `ImportError` that names what is installed and what to install instead."""
    try:
        autogen = importlib.import_module("autogen")
        found = hasattr(autogen, "ConversableAgent")
    except ImportError:
        found = False
    if not found:
        raise ImportError(f"AutoGen's ConversableAgent is not here. {_why_not()}{INSTALL}")
    several = _several()
    if several:
        warnings.warn(several, RuntimeWarning, stacklevel=2)
    return autogen


def installed() -> dict[str, str]:
    """The installed packages that own the module `autogen`, and their versions; nothing is imported."""
    return {name: metadata.version(name) for name in _owners()}


def install_trouble() -> str | None:
    """What is wrong with them and the way out, as far as it can be told without importing; None where nothing is."""
    proxy = (_version("pyautogen") or (0,)) >= (0, 10) and set(_owners()) <= {"pyautogen"}
    foreign = (_version("ag2") or (0,)) >= (1, 0)
    if importlib.util.find_spec("autogen") is None or proxy or foreign:
        return f"AutoGen's ConversableAgent is not here. {_why_not()}{INSTALL}"
    return _several()


def _owners() -> list[str]:
    return sorted(set(metadata.packages_distributions().get("autogen", ())) & _OWNERS)


def _several() -> str | None:
    if len(_owners()) < 2:
        return None
    return (
        f"several installed packages own the module 'autogen' and overwrite each other: {', '.join(_owners())}. "
        "Uninstall all of them, then install one."
    )


_OWNERS = {"pyautogen", "ag2", "autogen", "autogen-agentchat"}


def _version(distribution: str) -> tuple[int, ...] | None:
    try:
        parts = metadata.version(distribution).split(".")
    except metadata.PackageNotFoundError:
        return None
    return tuple(int(part) for part in parts[:2] if part.isdigit())


def _why_not() -> str:
    pyautogen, ag2 = _version("pyautogen"), _version("ag2")
    if pyautogen is not None and pyautogen >= (0, 10):
        return "The installed pyautogen 0.10 is only a proxy for autogen-agentchat. "
    if ag2 is not None and ag2 >= (1, 0):
        return "The installed ag2 1.x has another interface and no ConversableAgent. "
    if pyautogen is not None or ag2 is not None:
        return "A package that owned it seems to have been removed by halves; install it again. "
    return ""
