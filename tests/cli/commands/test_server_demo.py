"""`server-demo`: two users, and a stream over the end of a server. `make server-demo` runs it too."""

from __future__ import annotations

import subprocess
import sys

import pytest

# two servers start, one after the other
SECONDS = 900


@pytest.mark.slow
@pytest.mark.sqlite
@pytest.mark.timeout(SECONDS + 60)
def test_the_reply_is_whole_although_the_server_ended_in_the_middle_of_it() -> None:
    command = [sys.executable, "-m", "memgpt_autogen.cli", "server-demo"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=SECONDS)

    assert done.returncode == 0, done.stdout + done.stderr
    reply = done.stdout.split(" ada Where is the spare key?")[1].split("\n")[1]
    before, after = reply.split(" | the server ends | ")
    assert before.removeprefix(" sam ")
    assert (before + after).endswith("“The spare key is in the blue drawer.”")
    assert "the same text, nothing twice" in done.stdout
    assert "under the third flower pot" not in done.stdout.split(" ada Where is the spare key?")[1]
