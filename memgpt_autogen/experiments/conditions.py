"""The conditions of an experiment: every combination of the choices of its settings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any, Union

from memgpt_autogen.errors import ConfigurationError, quoted

Label = Union[str, int, float, bool, None]
"""The name of a choice in a row."""

Choices = Union[Mapping[str, Any], Iterable[Label]]
"""The choices of one setting: labels that are their own values, or values of any type by label."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One choice for each setting.

    Rows contain only the labels, so that no key of an `llm_config` gets into a file.
    """

    labels: Mapping[str, Label]
    values: Mapping[str, Any]


def conditions(over: Mapping[str, Choices]) -> list[Condition]:
    """Return every combination; the last setting changes fastest.

    Raises `ConfigurationError` for choices without labels.
    """
    settings = {setting: _with_labels(setting, choices) for setting, choices in over.items()}
    combinations = (dict(zip(settings, labels, strict=True)) for labels in product(*settings.values()))
    return [
        Condition(labels, {name: settings[name][label] for name, label in labels.items()})
        for labels in combinations
    ]


def _with_labels(setting: str, choices: Choices) -> dict[Label, Any]:
    if isinstance(choices, str):
        raise ConfigurationError(
            f"the choices of '{setting}' are one text. Give a list, such as [{choices!r}]."
        )
    labelled: dict[Label, Any] = {}
    pairs = choices.items() if isinstance(choices, Mapping) else ((each, each) for each in choices)
    for label, value in pairs:
        if not isinstance(label, (str, int, float, bool, type(None))):
            raise ConfigurationError(
                f"setting '{setting}' has a choice of type {type(label).__name__}, which cannot be in a row. "
                "Give the choices with labels, such as {'first': ..., 'second': ...}."
            )
        if label in labelled:
            raise ConfigurationError(f"setting '{setting}' has the choice {quoted(str(label))} twice.")
        labelled[label] = value
    if not labelled:
        raise ConfigurationError(f"setting '{setting}' has no choices. Give at least one, or leave it out.")
    return labelled
