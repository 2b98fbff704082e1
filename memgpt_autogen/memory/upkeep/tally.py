"""Count the forms in which a run of `forget` deletes what it is given, and what is left as only alike.

It also notes the names that it sees, for a report that nobody has the name that was asked for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from memgpt_autogen.memory.upkeep.conditions import KEPT_KINDS, Conditions, texts_of
from memgpt_autogen.messages import Message


class Tally:
    """The counts of one run, for the memory of the agent of this name."""

    def __init__(self, conditions: Conditions, name: str) -> None:
        self._conditions = conditions
        self._name = name
        self._forms: set[str] = set()
        self._alike: Counter[str] = Counter()
        self._names: dict[str, None] = {}
        self._is_known = False

    @property
    def forms(self) -> int:
        """In how many forms the words, or the name of the speaker or source, were deleted."""
        return len(self._forms)

    @property
    def alike_left(self) -> Mapping[str, int]:
        """How much is left of forms that are only alike, by kind."""
        return dict(sorted((+self._alike).items()))

    @property
    def known_names(self) -> tuple[str, ...] | None:
        """The speakers or sources that are there, if none has the name that was asked for; else None."""
        if self._is_known or not self._conditions.wants_name:
            return None
        return tuple(self._names)

    def see_name(self, name: str | None) -> None:
        """Note a speaker or a source, whichever is asked for."""
        if name and name not in self._names:
            self._names[name] = None
            self._is_known = self._is_known or self._conditions.is_wanted_name(name)

    def delete(self, *texts: str) -> None:
        """Count the forms in texts that are deleted, or lose what is asked for."""
        for phrase in self._conditions.phrases:
            for text in texts:
                self._forms.update(text[start:end] for start, end in phrase.spans(text))

    def delete_message(self, message: Message) -> None:
        """Count the forms in a message that is deleted as a whole."""
        if self._conditions.query:
            self.delete(*texts_of(message))
        elif self._conditions.speaker:
            self.delete(self._name if message.role == "assistant" else message.name or "")

    def leave(self, kind: str, text: str) -> None:
        """Count a text that is left, if it has what is asked for in a form that is only alike."""
        self._alike[kind] += self._conditions.are_only_alike_in(text)

    def leave_message(self, message: Message) -> None:
        """Count a message that is left, if it is by someone, or says something, that is only alike."""
        conditions = self._conditions
        if conditions.speaker:
            alike = conditions.is_by_alike(message)
        else:
            alike = message.kind not in KEPT_KINDS and any(
                map(conditions.are_only_alike_in, texts_of(message))
            )
        self._alike["message" if message.spoken is not None else "log entry"] += alike

    def leave_passage(self, record: Mapping[str, Any]) -> None:
        self._alike["passage"] += self._conditions.hold_alike(record)
