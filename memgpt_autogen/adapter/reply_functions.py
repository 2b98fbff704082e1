"""AutoGen's own reply functions, where a program names them and ours stand in their place."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Excluded(Container[Any]):
    """The reply functions that a call excludes. Who excludes AutoGen's excludes ours, which stands for it."""

    named: Container[Any]
    stand_ins: Mapping[Any, Callable[..., Any]]

    def __contains__(self, function: object) -> bool:
        return function in self.named or any(
            ours == function and autogens in self.named for autogens, ours in self.stand_ins.items()
        )
