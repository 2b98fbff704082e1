"""Conditions: what an experiment varies, in every combination."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any, Union

from memgpt_autogen.errors import ConfigurationError, quoted

Label = Union[str, int, float, bool, None]
"""What stands in a row for a choice."""

Choices = Union[Mapping[str, Any], Iterable[Label]]
"""The choices of one setting: labels that speak for themselves, or any values by their labels."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One choice for each setting. Rows hold the labels only, so that no key of an `llm_config` comes into a file."""

    labels: Mapping[str, Label]
    values: Mapping[str, Any]


def conditions(over: Mapping[str, Choices]) -> list[Condition]:
    """Every combination, the last setting changing fastest. Raises `ConfigurationError` for choices without labels."""
    named = {setting: _labelled(setting, choices) for setting, choices in over.items()}
    return [
        Condition(
            dict(zip(named, labels, strict=True)),
            {name: named[name][label] for name, label in zip(named, labels, strict=True)},
        )
        for labels in product(*named.values())
    ]


def _labelled(setting: str, choices: Choices) -> dict[Label, Any]:
    if isinstance(choices, str):
        raise ConfigurationError(
            f"the choices of '{setting}' are one text; give a list, such as [{choices!r}]."
        )
    labelled: dict[Label, Any] = {}
    pairs: Iterable[tuple[Any, Any]] = (
        choices.items() if isinstance(choices, Mapping) else ((choice, choice) for choice in choices)
    )
    for label, value in pairs:
        if not isinstance(label, (str, int, float, bool, type(None))):
            raise ConfigurationError(
                f"setting '{setting}' has a choice of type {type(label).__name__}, which a row cannot hold: "
                f"give the choices by labels, such as {{'first': ..., 'second': ...}}."
            )
        if label in labelled:
            raise ConfigurationError(f"setting '{setting}' has the choice {quoted(str(label))} twice.")
        labelled[label] = value
    if not labelled:
        raise ConfigurationError(f"setting '{setting}' has no choices; give at least one, or leave it out.")
    return labelled
