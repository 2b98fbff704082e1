"""`python -m memgpt_autogen.cli`."""

from memgpt_autogen.cli import app

app()
