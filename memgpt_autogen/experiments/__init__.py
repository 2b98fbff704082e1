"""Scripted experiments: one scenario over many agents, models or memory settings, with its results as rows."""

from memgpt_autogen.experiments.rows import Rows
from memgpt_autogen.experiments.running import run
from memgpt_autogen.experiments.trial import Trial
from memgpt_autogen.experiments.turn import Turn, say

__all__ = ["Rows", "Trial", "Turn", "run", "say"]
