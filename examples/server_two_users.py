"""A server with two users: each has a key and an agent of the same name, and neither finds the other's.

    python examples/server_two_users.py

It starts a server on a temporary home, without an account and without a network, whose model is the built-in
offline rules. To use a server of yours, set MEMGPT_AUTOGEN_SERVER to its address, and
MEMGPT_AUTOGEN_SERVER_KEY to its admin password. The two users are deleted at the end.
"""

from __future__ import annotations

import os
import secrets
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from memgpt_autogen.client import ApiError, Client

SAID = {"ada": "My locker code is 4711.", "ben": "I park my bicycle behind the bakery."}


def main() -> None:
    with admin_of_a_server() as admin:
        try:
            talk(admin)
        finally:
            for name in SAID:
                admin.delete_user(name, agents=True)


def talk(admin: Client) -> None:
    users: dict[str, Client] = {}
    for name in SAID:
        admin.create_user(name)
        users[name] = Client(admin.base_url, admin.create_key(name, "example").key)
        users[name].create_agent("sam")  # two agents: a name belongs to its user
    for name, client in users.items():
        print(f"{name} -> sam: {SAID[name]}")
        print(f"sam -> {name}: {client.say('sam', SAID[name]).replies[0]}")
    for name, client in users.items():
        print(f"\n{name} -> sam: What is my locker code?")
        for text in client.stream_run("sam", "What is my locker code?").texts():
            print(text, end="", flush=True)  # piece by piece, if the model streams
        print()
    foreign = users["ada"].get_agent("sam").id
    try:
        users["ben"].get_agent(foreign)
    except ApiError as error:
        print(f"\nben asks for the agent of ada: {error.status}, {error}")


@contextmanager
def admin_of_a_server() -> Iterator[Client]:
    """Yield the admin's client of the server that the environment names, or of a new one."""
    if os.environ.get("MEMGPT_AUTOGEN_SERVER"):
        with Client() as client:
            yield client
        return
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    password = secrets.token_urlsafe(16)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        command = [sys.executable, "-m", "memgpt_autogen.cli", "server", "--home", home, "--port", str(port)]
        environment = {**os.environ, "MEMGPT_SERVER_PASS": password, "MEMGPT_AUTOGEN_MODEL": "offline"}
        server = subprocess.Popen(  # noqa: S603 - our own command
            command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            with Client(f"http://127.0.0.1:{port}", password) as client:
                client.wait_for_server()
                yield client
        finally:
            server.terminate()
            server.wait(60)


if __name__ == "__main__":
    main()
