"""The shape that all commands share: help by `-h`, `--debug`, errors in one red line, and what the exit code says."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from contextvars import ContextVar
from functools import wraps
from typing import Annotated, Any

import typer

from memgpt_autogen.errors import MemGPTError

DONE, FAILED, INTERRUPTED = 0, 1, 130

EXIT_CODES = "Exit codes: 0 done; 1 it could not be done, or something is wrong; 2 the command line was wrong; 130 interrupted."

TALKING, KEEPING, MOVING, MACHINE = "Talk", "What is remembered", "Move and forget", "This machine"
"""The panels in which help shows the commands."""

HELP_NAMES = {"help_option_names": ["-h", "--help"]}

Command = Callable[..., "int | None"]

_debugging: ContextVar[bool] = ContextVar("_debugging", default=False)

Debug = Annotated[bool, typer.Option("--debug", help="Show where an error comes from.")]


def group(about: str, **options: Any) -> typer.Typer:
    """An app, or a part of one with commands of its own."""
    return typer.Typer(
        help=about,
        no_args_is_help=True,
        context_settings=HELP_NAMES,
        pretty_exceptions_enable=False,  # it would show variables, keys among them
        **options,
    )


def command(app: typer.Typer, name: str | None = None, **options: Any) -> Callable[[Command], Command]:
    """Make a function a command; what it returns is the exit code, and None is 0."""

    def make(function: Command) -> Command:
        app.command(name, context_settings=HELP_NAMES, **options)(_told(function))
        return function

    return make


def debugging() -> bool:
    """Whether the command was given `--debug`."""
    return _debugging.get()


def complain(text: str) -> None:
    """One red line where errors go."""
    from rich.console import Console
    from rich.markup import escape

    from memgpt_autogen.rendering.plain_text import harmless

    Console(stderr=True, highlight=False).print(f"[red]{escape(harmless(text))}[/red]", soft_wrap=True)


def _told(function: Command) -> Command:
    """The function with `--debug`, and with its errors told to a person."""
    # get_type_hints would wrap what may be None once more on Python 3.10, and hide the options in it
    given = inspect.signature(function, eval_str=True)
    named = list(given.parameters.values())
    debug = inspect.Parameter("debug", inspect.Parameter.KEYWORD_ONLY, default=False, annotation=Debug)

    @wraps(function)
    def run(*args: Any, debug: bool = False, **options: Any) -> None:
        token = _debugging.set(debug)
        try:
            code = function(*args, **options)
        except KeyboardInterrupt:
            code = INTERRUPTED
        except MemGPTError as error:
            if debug:
                raise
            complain(str(error))
            code = FAILED
        except Exception as error:  # whatever it is: a person gets one line and an exit code, not a traceback
            if debug or isinstance(error, (typer.Exit, typer.Abort)) or _is_usage(error):
                raise
            complain(
                f"{type(error).__name__}: {error} (this is a mistake of the program; --debug shows where)"
            )
            code = FAILED
        finally:
            _debugging.reset(token)
        raise typer.Exit(code or DONE)

    run.__signature__ = given.replace(parameters=[*named, debug])  # type: ignore[attr-defined]
    run.__annotations__ = {each.name: each.annotation for each in (*named, debug)} | {"return": None}
    return run


def _is_usage(error: Exception) -> bool:
    """Whether it is one of the command line's own errors, whose class is not always in the same place."""
    return hasattr(error, "exit_code") and hasattr(error, "format_message")
