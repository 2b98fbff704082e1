"""Experiments: one scenario with many agents, models or memory settings. The results are rows."""

from memgpt_autogen.experiments.exchange import Turn, say
from memgpt_autogen.experiments.rows import Rows
from memgpt_autogen.experiments.runner import run
from memgpt_autogen.experiments.trial import Trial

__all__ = ["Rows", "Trial", "Turn", "run", "say"]
