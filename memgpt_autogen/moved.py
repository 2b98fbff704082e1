"""Import paths of 0.1 that have moved. They work for one more release, and warn with the new path."""

from __future__ import annotations

import importlib
import sys
import warnings
from importlib.machinery import ModuleSpec
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import FrameType, ModuleType

MOVED = {
    "memgpt_autogen.assembly:DATABASE": "memgpt_autogen.home_stores",
    "memgpt_autogen.assembly:DEFAULT_MODEL": "memgpt_autogen.chosen_models",
    "memgpt_autogen.assembly:check_import": "memgpt_autogen.home",
    "memgpt_autogen.assembly:choose_llm": "memgpt_autogen.chosen_models",
    "memgpt_autogen.assembly:import_memory": "memgpt_autogen.home",
    "memgpt_autogen.assembly:window_for": "memgpt_autogen.chosen_models",
    "memgpt_autogen.card": "memgpt_autogen.display.agent_card",
    "memgpt_autogen.cli.shape": "memgpt_autogen.cli.app",
    "memgpt_autogen.cli.slash": "memgpt_autogen.cli.chat.slash",
    "memgpt_autogen.experiments.running": "memgpt_autogen.experiments.runner",
    "memgpt_autogen.experiments.turn": "memgpt_autogen.experiments.exchange",
    "memgpt_autogen.fetching": "memgpt_autogen.web.fetch",
    "memgpt_autogen.from_memgpt": "memgpt_autogen.compat.memgpt",
    "memgpt_autogen.llm.discover:served_window": "memgpt_autogen.llm.served",
    "memgpt_autogen.llm.embedders.functions": "memgpt_autogen.llm.embedders.callables",
    "memgpt_autogen.llm.embedders.naming": "memgpt_autogen.llm.embedders.open",
    "memgpt_autogen.llm.openai:OpenAIEmbedder": "memgpt_autogen.llm.embedders.openai",
    "memgpt_autogen.loop:HeartbeatLoop": "memgpt_autogen.loop.heartbeat",
    "memgpt_autogen.memory.archival:Archive": "memgpt_autogen.memory.archival.archive",
    "memgpt_autogen.memory.block": "memgpt_autogen.memory.context.block",
    "memgpt_autogen.memory.core": "memgpt_autogen.memory.context.core",
    "memgpt_autogen.memory.filling": "memgpt_autogen.display.plots",
    "memgpt_autogen.memory.history:Change": "memgpt_autogen.memory.history.history",
    "memgpt_autogen.memory.history:MemoryState": "memgpt_autogen.memory.history.history",
    "memgpt_autogen.memory.log": "memgpt_autogen.memory.storage.log",
    "memgpt_autogen.memory.overview": "memgpt_autogen.memory.context.overview",
    "memgpt_autogen.memory.recall:RecallMemory": "memgpt_autogen.memory.recall.search",
    "memgpt_autogen.memory.recall:RecallPage": "memgpt_autogen.memory.recall.search",
    "memgpt_autogen.memory.recall:Utterance": "memgpt_autogen.memory.recall.search",
    "memgpt_autogen.messaging": "memgpt_autogen.home",
    "memgpt_autogen.trace": "memgpt_autogen.display.turn_trace",
    "memgpt_autogen.turn": "memgpt_autogen.loop.turn",
}
"""The new module of each old module, and of each old `module:name` where the module still exists."""


def install() -> None:
    """Let Python find the moved modules. It asks this finder only for modules that no other finder knows."""
    sys.meta_path.append(_Finder())


def moved_name(module: str, name: str) -> object:
    """What `module` had under this name. A module that has lost names calls this from its `__getattr__`."""
    new = MOVED.get(f"{module}:{name}")
    if new is None:
        raise AttributeError(f"module {module!r} has no attribute {name!r}")
    # `from package import name` first asks whether there is such a name, and then for it
    if sys._getframe(2).f_code.co_name != "_handle_fromlist":  # noqa: SLF001  there is no public way
        _warn(f"{module}.{name}", f"{new}.{name}")
    return getattr(importlib.import_module(new), name)


def warn_renamed(old: str, new: str) -> None:
    """Warn at the line that calls the caller: a method's old name calls this."""
    warnings.warn(_text(old, new), DeprecationWarning, stacklevel=3)


class _Finder:
    """Finds a moved module, and loads the new module in its place: both paths give the same objects."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        del path, target
        # no subclass of Loader, since importlib.abc takes 20 ms to import
        return ModuleSpec(fullname, self) if fullname in MOVED else None  # type: ignore[arg-type]

    def create_module(self, spec: ModuleSpec) -> None:
        """Let Python make an empty module, which is replaced."""

    def exec_module(self, module: ModuleType) -> None:
        old, new = module.__name__, MOVED[module.__name__]
        _warn(old, new)
        sys.modules[old] = importlib.import_module(new)


def _warn(old: str, new: str) -> None:
    """Warn at the line that imports. No fixed `stacklevel` finds it: `import_module` adds a frame."""
    import inspect

    frame = inspect.currentframe()
    while frame and frame.f_back and _is_import(frame):
        frame = frame.f_back
    if frame is not None:
        warnings.warn_explicit(
            _text(old, new),
            DeprecationWarning,
            frame.f_code.co_filename,
            frame.f_lineno,
            module=frame.f_globals.get("__name__", "<string>"),
            registry=frame.f_globals.setdefault("__warningregistry__", {}),
        )


def _is_import(frame: FrameType) -> bool:
    module = frame.f_globals.get("__name__")
    return module in (__name__, "importlib", "importlib._bootstrap") or frame.f_code.co_name == "__getattr__"


def _text(old: str, new: str) -> str:
    return f"{old} is now {new}; the old name works until the next 0.x release"
