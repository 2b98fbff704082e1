"""What all commands share: help by `-h`, the option `--debug`, one red line for an error, and exit codes."""

from __future__ import annotations

import inspect
import re
import traceback
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from functools import wraps
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from memgpt_autogen.cli.pointers import argument_as_option, unexpected_words, unknown_command, unknown_option
from memgpt_autogen.cli.remote.choice import refuse_here
from memgpt_autogen.cli.wording import with_options
from memgpt_autogen.errors import MemGPTError

DONE, FAILED, WRONG, INTERRUPTED = 0, 1, 2, 130

EXIT_CODES = "Exit codes: 0 success; 1 failure; 2 wrong command line; 130 interrupted."

# the panels in which help shows the commands
TALK, MEMORY, MOVE, MACHINE = "Talk", "Memory", "Move and forget", "This machine"

HELP_NAMES = {"help_option_names": ["-h", "--help"]}

# what typer says of words that a command does not expect
_UNEXPECTED = re.compile(r"unexpected extra argument\S{0,5} \((.*)\)", re.DOTALL)

Command = Callable[..., "int | None"]

_debugging: ContextVar[bool] = ContextVar("_debugging", default=False)

Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")]


class _PlainFlags:
    """Help shows a flag as `--yes -y`, without a type: it takes no value."""

    def get_params(self, ctx: Any) -> Any:
        params = super().get_params(ctx)  # type: ignore[misc]  # mixed into the two classes below
        for param in params:
            if getattr(param, "is_flag", False):
                param.metavar = ""
        return params


class _Pointing:
    """A wrong option is one line that points to the option that exists."""

    def parse_args(self, ctx: Any, args: list[str]) -> Any:
        try:
            return super().parse_args(ctx, args)  # type: ignore[misc]  # mixed into the two classes below
        except Exception as error:
            line = _usage_line(ctx, error)
            if line is None:
                raise
            print_error(line)
            raise typer.Exit(WRONG) from None


class _Command(_Pointing, _PlainFlags, TyperCommand):
    pass


class _Group(_Pointing, _PlainFlags, TyperGroup):
    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        unknown = self.get_command(ctx, args[0]) is None and not args[0].startswith("-")
        if not unknown or ctx.resilient_parsing:
            return super().resolve_command(ctx, args)
        groups = [
            name for name, each in ctx.find_root().command.commands.items() if hasattr(each, "commands")
        ]
        print_error(unknown_command(_path(ctx), args[0], [*groups, *_options(ctx)]))
        raise typer.Exit(WRONG)


def group(about: str, **options: Any) -> typer.Typer:
    """An app, or a part of one with commands of its own."""
    return typer.Typer(
        cls=_Group,
        help=about,
        no_args_is_help=True,
        context_settings=HELP_NAMES,
        pretty_exceptions_enable=False,  # it would show variables, keys among them
        **options,
    )


def command(
    app: typer.Typer, name: str | None = None, *, here: str | None = None, **options: Any
) -> Callable[[Command], Command]:
    """Make a function a command. The function returns the exit code; None means 0.

    `here` is for one that cannot work on a server: the way out, in a sentence.
    """

    def make(function: Command) -> Command:
        # help would keep the line breaks of the docstring
        about = "\n\n".join(" ".join(part.split()) for part in (function.__doc__ or "").split("\n\n"))
        add = app.command(name, cls=_Command, help=about, context_settings=HELP_NAMES, **options)
        called = name or function.__name__
        add(_with_errors_shown(function, lambda: None if here is None else refuse_here(called, here)))
        return function

    return make


def debugging() -> bool:
    """Whether the command has the option `--debug`."""
    return _debugging.get()


def print_error(text: str) -> None:
    """Print one red line on standard error. Names of Python arguments become options."""
    from rich.console import Console
    from rich.markup import escape

    from memgpt_autogen.rendering.plain_text import harmless
    from memgpt_autogen.settings import without_passwords

    shown = escape(harmless(with_options(without_passwords(text))))
    Console(stderr=True, highlight=False).print(f"[red]{shown}[/red]", soft_wrap=True)


def error_line(error: Exception) -> str:
    """What a person reads of an error: its text, or that it is a bug."""
    if isinstance(error, MemGPTError):
        return str(error)
    return f"{type(error).__name__}: {error} (this is a bug; --debug shows where)"


def print_traceback(error: Exception) -> None:
    """Print on standard error where an error comes from. It does not show the values of variables."""
    traceback.print_exception(type(error), error, error.__traceback__)


def _with_errors_shown(function: Command, check: Callable[[], object]) -> Command:
    """The function after a check, with the option `--debug`. Errors become one line and an exit code."""
    # get_type_hints would wrap what may be None once more on Python 3.10, and hide the options in it
    signature = inspect.signature(function, eval_str=True)
    debug = inspect.Parameter("debug", inspect.Parameter.KEYWORD_ONLY, default=False, annotation=Debug)
    parameters = [*signature.parameters.values(), debug]

    @wraps(function)
    def run(*args: Any, debug: bool = False, **options: Any) -> None:
        token = _debugging.set(debug)
        code: int | None = FAILED
        try:
            check()
            code = function(*args, **options)
        except KeyboardInterrupt:
            code = INTERRUPTED
        except Exception as error:  # a person gets one line and an exit code, not a traceback
            if debug or isinstance(error, (typer.Exit, typer.Abort)) or _is_usage(error):
                raise
            print_error(error_line(error))
        finally:
            _debugging.reset(token)
        raise typer.Exit(code or DONE)

    run.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]  # typer reads it
    run.__annotations__ = {each.name: each.annotation for each in parameters} | {"return": None}
    return run


def _usage_line(ctx: Any, error: Exception) -> str | None:
    """One line about an error of the command line; None where typer's own text says enough."""
    if not _is_usage(error):
        return None
    command, text = _path(ctx), str(error)
    if hasattr(error, "possibilities"):  # only the error about an unknown option has them
        option, arguments = str(getattr(error, "option_name", "")), _arguments(ctx)
        if (name := option.lstrip("-")) in arguments:
            return argument_as_option(command, name, arguments)
        return unknown_option(command, option, _options(ctx))
    if unexpected := _UNEXPECTED.search(text):
        return unexpected_words(command, unexpected.group(1), _options(ctx))
    return None


def _path(ctx: Any) -> str:
    """What is typed after the program's name, such as `list agents`; nothing for the program itself."""
    return "" if ctx.parent is None else f"{_path(ctx.parent)} {ctx.info_name}".strip()


def _arguments(ctx: Any) -> list[str]:
    """The arguments of this command, in their order."""
    return [param.name for param in ctx.command.get_params(ctx) if param.param_type_name == "argument"]


def _options(ctx: Any) -> dict[str, list[str]]:
    """The options of every command that help shows, and of the command of this context."""
    return {
        path: [name for param in command.get_params(ctx) for name in param.opts if name.startswith("-")]
        for path, command in _commands(ctx.find_root().command)
        if not command.hidden or command is ctx.command
    }


def _commands(group: Any, *above: str) -> Iterator[tuple[str, Any]]:
    """Every command, by what is typed after the program's name."""
    for name, each in group.commands.items():
        if hasattr(each, "commands"):
            yield from _commands(each, *above, name)
        else:
            yield " ".join([*above, name]), each


def _is_usage(error: Exception) -> bool:
    """Whether the error is about the command line. Versions of typer have its class in different places."""
    return hasattr(error, "exit_code") and hasattr(error, "format_message")
