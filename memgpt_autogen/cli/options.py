"""The options that several commands have, each with one name and one meaning."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Optional

import typer

Home = Annotated[Optional[Path], typer.Option(help="The folder in which memory is stored.")]
Model = Annotated[
    Optional[str], typer.Option(help="The chat model. 'offline' means the built-in rules, no language model.")
]


def _checked_address(address: Optional[str]) -> Optional[str]:
    from memgpt_autogen.settings import checked_address

    try:
        return None if address is None else checked_address(address)
    except ValueError as trouble:
        raise typer.BadParameter(str(trouble)) from None


BaseUrl = Annotated[
    Optional[str],
    typer.Option(
        help="An OpenAI-compatible endpoint, such as http://localhost:11434/v1.", callback=_checked_address
    ),
]
Window = Annotated[Optional[int], typer.Option(help="The model's window, in tokens.", min=1)]
Agent = Annotated[
    Optional[str], typer.Option("--agent", "-a", help="The agent. Needed if the home has several agents.")
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask for confirmation.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only show what would be done.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")]
File = Annotated[
    Optional[Path], typer.Option("--file", "-f", help="A file with the text; - is standard input.")
]
