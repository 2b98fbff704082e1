"""One message to an agent, and what came of it."""

from __future__ import annotations

import pytest
from inline_snapshot import snapshot

from memgpt_autogen.errors import ModelError
from memgpt_autogen.experiments import Trial, run, say
from memgpt_autogen.experiments.rows import Row
from memgpt_autogen.testing import ScriptedLLM, call, says


def timeless(rows: list[Row]) -> list[Row]:
    """Rows without what the clock says."""
    return [{name: value for name, value in row.items() if name != "seconds"} for row in rows]


@pytest.mark.autogen
def test_a_turn_tells_what_it_took() -> None:
    def told(trial: Trial) -> Row:
        llm = ScriptedLLM(
            says("", call("conversation_search", query="tea", request_heartbeat=True)),
            says("", call("send_message", message="Green tea.")),
        )
        return say(trial.agent(llm=llm), "Which tea?").row()

    assert timeless(run(told)) == snapshot(
        [
            {
                "seed": 0,
                "reply": "Green tea.",
                "stop": "yielded",
                "steps": 2,
                "calls": 2,
                "evictions": 0,
                "prompt_tokens": 0,
                "completion_tokens": 0,
            }
        ]
    )


@pytest.mark.autogen
def test_a_model_that_fails_is_a_failed_trial_and_no_answer() -> None:
    def asked(trial: Trial) -> Row:
        return say(trial.agent(llm=ScriptedLLM(ModelError("model 'm' is down"))), "Hello!").row()

    (row,) = run(asked, failed="keep")

    assert row["error"] == "ModelError: model 'm' is down"
