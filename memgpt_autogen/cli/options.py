"""The options that several commands have, each with one name and one meaning."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Optional

import typer

Home = Annotated[Optional[Path], typer.Option(help="The folder where memory lives.")]
Model = Annotated[
    Optional[str], typer.Option(help="The chat model; 'offline' is the built-in rule-based one.")
]
BaseUrl = Annotated[
    Optional[str], typer.Option(help="An OpenAI-compatible endpoint, such as http://localhost:11434/v1.")
]
Window = Annotated[Optional[int], typer.Option(help="The model's window in tokens.", min=1)]
Agent = Annotated[
    Optional[str], typer.Option("--agent", "-a", help="The agent; needed where the home has several.")
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Ask nothing.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only tell what would be done.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")]
