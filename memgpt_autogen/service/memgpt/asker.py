"""Who asks for something that MemGPT 0.3 had, and what that one sees."""

from __future__ import annotations

from dataclasses import dataclass

from memgpt_autogen.service.equipment import Equipment
from memgpt_autogen.settings import Settings


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks."""

    settings: Settings
    """The settings of the home, as its user sees it."""
    user_id: str
    equipment: Equipment
    """The model and the functions that agents have in turns."""
    agents: frozenset[str] | None = None
    """The ids of the agents that may be used; None means all of the user."""
    shows_addresses: bool = True
    """Whether addresses of other servers are the business of whoever asks."""
