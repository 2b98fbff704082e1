"""Chromium without a window: what it shows of a page, and the files that it saves, over a pipe.

A page's scripts do not run, and nothing is loaded from the network: a document is what stands in its file.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from typing_extensions import Self

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")

SWITCHES = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --disable-extensions --remote-debugging-pipe "
    "--allow-file-access-from-files"
).split()

NOWHERE = "--host-resolver-rules=MAP * ~NOTFOUND"

VISIBLE = (Path(__file__).parent / "visible.js").read_text(encoding="utf-8")


def program() -> str | None:
    """Return the path of the browser; None if there is none."""
    return next(filter(None, map(shutil.which, PROGRAMS)), None)


class Browser:
    """One browser that opens one page after the other."""

    def __init__(self) -> None:
        self._profile = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        read_commands, self._commands = os.pipe()
        self._answers, write_answers = os.pipe()

        def descriptors() -> None:  # the browser reads from 3 and writes to 4
            os.dup2(read_commands, 103)
            os.dup2(write_answers, 104)
            os.dup2(103, 3)
            os.dup2(104, 4)
            os.set_inheritable(3, True)
            os.set_inheritable(4, True)

        self._process = subprocess.Popen(
            [program() or PROGRAMS[0], *SWITCHES, NOWHERE, f"--user-data-dir={self._profile.name}"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            close_fds=False,
            preexec_fn=descriptors,  # noqa: PLW1509  # the program has one thread
        )
        os.close(read_commands)
        os.close(write_answers)
        self._rest = b""
        self._number = 0
        target = self._call("Target.createTarget", {"url": "about:blank"})["targetId"]
        attached = self._call("Target.attachToTarget", {"targetId": target, "flatten": True})
        self._session = attached["sessionId"]
        self._call("Page.enable")
        self._call("Emulation.setScriptExecutionDisabled", {"value": True})

    def shown(self, path: Path) -> dict[str, str]:
        """Return the texts of a page: `title`, `text`, and `around` its main part."""
        self._open(path)
        found = self._call("Runtime.evaluate", {"expression": VISIBLE, "returnByValue": True})
        if "value" not in found["result"]:
            raise RuntimeError(f"{path.name} could not be looked at: {found}")
        value: dict[str, str] = json.loads(found["result"]["value"])
        return value

    def save_pdf(self, path: Path, target: Path) -> None:
        self._open(path)
        found = self._call("Page.printToPDF", {"generateDocumentOutline": True, "generateTaggedPDF": True})
        target.write_bytes(base64.b64decode(found["data"]))

    def save_archive(self, path: Path, target: Path) -> None:
        """Save a page as a web archive (.mht)."""
        self._open(path)
        target.write_text(self._call("Page.captureSnapshot")["data"], encoding="utf-8", newline="")

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._commands)
        os.close(self._answers)
        self._profile.cleanup()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _open(self, path: Path) -> None:
        self._send("Page.navigate", {"url": path.resolve().as_uri()})
        while self._receive().get("method") != "Page.loadEventFired":
            pass

    def _call(self, method: str, params: dict[str, Any] | None = None) -> dict[str, Any]:
        number = self._send(method, params or {})
        while True:
            answer = self._receive()
            if answer.get("id") == number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                result: dict[str, Any] = answer["result"]
                return result

    def _send(self, method: str, params: dict[str, Any]) -> int:
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": params}
        if not method.startswith("Target."):
            message["sessionId"] = self._session
        os.write(self._commands, json.dumps(message).encode() + b"\0")
        return self._number

    def _receive(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            block = os.read(self._answers, 1 << 16)
            if not block:
                raise RuntimeError("the browser ended")
            self._rest += block
        message, _, self._rest = self._rest.partition(b"\0")
        answer: dict[str, Any] = json.loads(message)
        return answer
