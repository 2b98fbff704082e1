"""`server-demo`: a server with two users, which ends in the middle of a turn and is started again.

The server is a process of its own, on a home of its own. The model is the built-in rules, behind an endpoint
that writes as slowly as a language model does.
"""

from __future__ import annotations

import os
import secrets
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

from memgpt_autogen.cli import output
from memgpt_autogen.cli.app import DONE, FAILED, TALK, command

if TYPE_CHECKING:
    from rich.console import Console

    from memgpt_autogen.client import Client
    from memgpt_autogen.testing import ScriptedServer

# what each user says to an agent of the same name
SAID = {
    "ada": "My name is Ada. The spare key is in the blue drawer.",
    "ben": "My name is Ben. The spare key is under the third flower pot.",
}

QUESTION = "Where is the spare key?"

# after how many pieces of the answer the server ends
_PIECES = 4

# how the model writes: so many characters, and a pause in seconds
_SIZE, _PAUSE = 5, 0.05

# how long a server may need to start on a machine with much to do, in seconds
_START_SECONDS = 300.0


def add_to(app: typer.Typer) -> None:
    command(app, "server-demo", rich_help_panel=TALK, here="It starts a server itself: leave --server out.")(
        server_demo
    )


def server_demo() -> int:
    """Show a server with two users, and a reply that goes on after the server was started again."""
    console = output.console()
    writes = threading.Event()
    writes.set()
    with (
        slow_model(writes) as model,
        tempfile.TemporaryDirectory(prefix="memgpt-autogen-server-", ignore_cleanup_errors=True) as home,
    ):
        server = ServerProcess(home, model.url)
        try:
            return _show(console, server, writes)
        finally:
            server.end()


def _show(console: Console, server: ServerProcess, writes: threading.Event) -> int:
    from memgpt_autogen.client import Client

    console.print(f"[bold]A server[/bold] starts at {server.address}. Its model is the built-in rules.")
    server.start()
    admin = Client(server.address, server.password)
    clients: dict[str, Client] = {}
    for name in SAID:
        admin.create_user(name)
        key = admin.create_key(name, "demo").key
        clients[name] = Client(server.address, key, reconnect_seconds=_START_SECONDS)
        clients[name].create_agent("sam")
        output.say(console, f"{name} is a user with a key, and has an agent sam.", "dim")
    for name, client in clients.items():
        _print(console, name, SAID[name])
        _print(console, "sam", *client.say("sam", SAID[name]).replies)
    _print(console, "ben", QUESTION)
    _print(console, "sam", *clients["ben"].say("sam", QUESTION).replies)
    _print(console, "ada", QUESTION)
    is_whole = _interrupted(console, server, clients["ada"], writes)
    agents = {name: [each.name for each in client.list_agents().items] for name, client in clients.items()}
    output.say(console, f"ada and ben see one agent each: {agents}. Neither sees the other's.", "dim")
    return DONE if is_whole else FAILED


def _interrupted(console: Console, server: ServerProcess, client: Client, writes: threading.Event) -> bool:
    """Read a reply while the server ends and starts again. Return whether it came whole, and once."""
    console.print("[bold cyan] sam[/bold cyan] ", end="")
    texts, numbers, ends = [], [], 0
    with client.stream_run("sam", QUESTION) as stream:
        for piece in stream.texts():
            console.print(output.plain(piece), end="", soft_wrap=True)
            texts.append(piece)
            if len(texts) == _PIECES:
                writes.clear()  # so that the turn is not over before the server is
                server.end()
                writes.set()
                ends += 1
                console.print("[bold red] | the server ends | [/bold red]", end="", soft_wrap=True)
                server.start(wait=False)
    console.print()
    events = client.read_run_events(stream.run_id or "").items
    numbers = [each.number for each in events]
    said = "\n".join(str(each.data["text"]) for each in events if each.kind == "replied")
    is_whole = ends == 1 and "".join(texts) == said and numbers == list(range(1, len(numbers) + 1))
    verdict = "the same text, nothing twice" if is_whole else f"but it says {said!r}"
    output.say(
        console,
        f"The stream went on by itself when the server was there again. The log has {verdict}: "
        f"{len(said)} characters in {len(texts)} pieces, {len(numbers)} events.",
        "dim",
    )
    return is_whole


def _print(console: Console, name: str, *texts: str) -> None:
    color = "bold cyan" if name == "sam" else "bold"
    for text in texts:
        console.print(f"[{color}]{output.plain(name):>4}[/{color}] {output.plain(text)}", soft_wrap=True)


@contextmanager
def slow_model(writes: threading.Event) -> Iterator[ScriptedServer]:
    """Serve the built-in rules as an endpoint that writes piece by piece, while `writes` is set."""
    from memgpt_autogen.llm.offline import OfflineLLM
    from memgpt_autogen.testing import InPieces, ScriptedServer
    from memgpt_autogen.testing.scripted import Request

    rules = OfflineLLM()

    def between() -> None:
        time.sleep(_PAUSE)
        writes.wait(_START_SECONDS)

    def answer(request: Request) -> InPieces:
        completion = rules.complete(request.messages, request.tools, request.tool_choice)
        return InPieces(completion, _SIZE, between=between)

    with ScriptedServer(otherwise=answer, model="rules") as server:
        yield server


class ServerProcess:
    """A server that is a process, and can end and start again on the same home and port."""

    def __init__(self, home: str, model_url: str) -> None:
        self.password = secrets.token_urlsafe(16)
        with socket.create_server(("127.0.0.1", 0)) as free:
            self._port = free.getsockname()[1]
        self._home = home
        self._model_url = model_url
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def start(self, *, wait: bool = True) -> None:
        """Start the process. Raises `ServerAwayError` if it does not answer after a while."""
        words = [sys.executable, "-m", "memgpt_autogen.cli", "server", "--home", self._home]
        # without a wait, its end leaves a turn where it is
        words += [
            "--port",
            str(self._port),
            "--drain",
            "0",
            "--model",
            "rules",
            "--base-url",
            self._model_url,
        ]
        environment = {**os.environ, "MEMGPT_AUTOGEN_SERVER_PASS": self.password}
        self._process = subprocess.Popen(  # noqa: S603 - our own command
            words, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        if wait:
            from memgpt_autogen.client import Client

            with Client(self.address) as client:
                client.wait_for_server(_START_SECONDS)

    def end(self) -> None:
        """End the process as a service manager does, or by force if it does not end soon."""
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(20)
