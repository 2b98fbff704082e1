"""The conditions of an experiment."""

from __future__ import annotations

from typing import Any

import pytest

from memgpt_autogen.errors import ConfigurationError
from memgpt_autogen.experiments import Trial, run
from memgpt_autogen.experiments.rows import Row


def product(trial: Trial) -> Row:
    return {"product": trial["a"] * trial["b"]}


@pytest.mark.parametrize(
    ("over", "words"),
    [
        ({"a": "text"}, "the choices of 'a' are one text"),
        ({"a": []}, "setting 'a' has no choices"),
        ({"a": [1, 1]}, "has the choice '1' twice"),
        ({"a": [{"api_key": "sk-secret"}]}, "a choice of type dict, which cannot be in a row"),
        ({"seed": [1]}, "'seed' is a column of every row"),
    ],
)
def test_settings_that_cannot_be_told_apart_in_rows_are_refused(over: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigurationError, match=words) as refused:
        run(product, over)

    assert "sk-" not in str(refused.value)
