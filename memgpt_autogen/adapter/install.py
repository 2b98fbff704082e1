"""Check which AutoGen is installed, and explain which package to install where it has no `ConversableAgent`.

pyautogen 0.2 to 0.9, ag2 0.9 to 0.14, autogen 0.14 and autogen-agentchat 0.2 contain the module `autogen`.
pyautogen 0.10 is an empty package, and ag2 1.0 has another module, `ag2`. This package imports `autogen` only
after this check.
"""

from __future__ import annotations

import importlib
import importlib.util
import warnings
from importlib import metadata
from pathlib import Path
from types import ModuleType

OWNERS = ("ag2", "autogen", "autogen-agentchat", "pyautogen")
"""Packages of which some versions contain the module `autogen`."""

_WITHOUT = {"ag2": (1, 0), "autogen-agentchat": (0, 4), "pyautogen": (0, 10)}
"""The version from which such a package has no `autogen` any more."""

HEIRS = {"agent-framework-core": "agent_framework", "ag2": "ag2", "autogen-agentchat": "agentchat"}
"""The packages of AutoGen's heirs, which have no `autogen`, and the modules of `hosts` for them."""

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
    spec = importlib.util.find_spec("autogen")
    # what an uninstall left is a folder without a file; another package's `autogen` has other contents
    empty = spec is None or spec.origin is None
    return _missing() if empty or _shadowing() or (not _owners() and _other()) else _conflict()


def is_expected() -> bool:
    """Return whether an installed package should contain the module `autogen`, also if its files are gone."""
    return any(_should_contain(name) for name in OWNERS)


def heirs() -> list[str]:
    """Return the packages of the heirs that are installed."""
    return [name for name in HEIRS if (version_of(name) or ()) >= _WITHOUT.get(name, (0,))]


def version_of(distribution: str) -> tuple[int, ...] | None:
    """Return the first two numbers of a package's version; None where it is not installed."""
    try:
        parts = metadata.version(distribution).split(".")
    except metadata.PackageNotFoundError:
        return None
    return tuple(int(part) for part in parts[:2] if part.isdigit())


def _owners() -> list[str]:
    return [name for name in OWNERS if _contains_autogen(name)]


def _contains_autogen(distribution: str) -> bool:
    """Return whether this package is installed and has the module `autogen`.

    Its list of files says so. `top_level.txt`, which Python 3.10 reads for this, is not in every wheel; it is
    read here for a package that is installed from a folder, and has no list of its modules.
    """
    try:
        found = metadata.distribution(distribution)
    except metadata.PackageNotFoundError:
        return False
    listed = any(file.parts[:1] == ("autogen",) for file in found.files or ())
    return listed or "autogen" in (found.read_text("top_level.txt") or "").split()


def _conflict() -> str | None:
    owners = _owners()
    if len(owners) < 2:
        return None
    return (
        "several installed packages contain the module 'autogen' and overwrite each other: "
        f"{', '.join(owners)}. Uninstall all of them, then install one."
    )


def _should_contain(distribution: str) -> bool:
    version = version_of(distribution)
    return version is not None and (distribution not in _WITHOUT or version < _WITHOUT[distribution])


def _other() -> str:
    """Return what is installed in place of a package with `autogen`; empty where nothing is."""
    if (version_of("pyautogen") or (0,)) >= _WITHOUT["pyautogen"]:
        return "The installed pyautogen 0.10 is only a proxy for autogen-agentchat. "
    if (version_of("ag2") or (0,)) >= _WITHOUT["ag2"]:
        return "The installed ag2 1.x has another interface and no ConversableAgent. "
    return ""


def _shadowing() -> str:
    """Return what is wrong where Python finds another `autogen` before the installed one; else nothing."""
    spec = importlib.util.find_spec("autogen")
    places = [metadata.distribution(name).locate_file("autogen/__init__.py") for name in _owners()]
    whole = [str(place) for place in places if Path(str(place)).is_file()]
    if not whole or spec is None or spec.origin is None or any(map(Path(spec.origin).samefile, whole)):
        return ""
    return (
        f"AutoGen's ConversableAgent is hidden: Python finds {spec.origin} before the installed package. "
        "Rename that file or folder."
    )


def _missing() -> str:
    if hidden := _shadowing():
        return hidden
    damaged = "A package that contained it seems to be only partly installed; install it again. "
    reason = damaged if is_expected() else _other()
    instead = "".join(
        f"For {name} {metadata.version(name)}, use memgpt_autogen.hosts.{HEIRS[name]}. " for name in heirs()
    )
    return f"AutoGen's ConversableAgent is not installed. {reason}{instead}For MemGPTAgent: {INSTALL}"
