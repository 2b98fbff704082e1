"""A web site on this machine, whose pages a test writes."""

from __future__ import annotations

import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Page = Callable[[BaseHTTPRequestHandler], None]


class Site:
    """Pages on a free port of this machine."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, str]]] = []
        """Path and headers of every request, names in lower case."""
        self.pages: dict[str, Page] = {}
        site = self

        class Visit(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site.asked.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
                site.pages[self.path](self)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            block_on_close = False

            def handle_error(self, request: object, client_address: object) -> None:
                """A client that went away is no news."""

        self.server = Server(("127.0.0.1", 0), Visit)
        self.port = self.server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def serve(self, path: str, body: bytes = b"", status: int = 200, **headers: str) -> str:
        def page(visit: BaseHTTPRequestHandler) -> None:
            visit.send_response(status)
            for name, value in headers.items():
                visit.send_header(name.replace("_", "-"), value)
            visit.end_headers()
            visit.wfile.write(body)

        self.pages[path] = page
        return self.url + path
