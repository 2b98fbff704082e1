"""The portal behind nginx, with a prefix and TLS, as the page about the server configures it."""

from __future__ import annotations

import pytest
from browser import MakeServer, MakeVisitor
from nginx import Nginx, program, site_of_the_page
from playwright.sync_api import expect

PREFIX = "/memory"


@pytest.mark.skipif(program() is None, reason="nginx is not installed; Debian's package is 'nginx'")
def test_files_session_and_streams_go_through_a_prefix(serve: MakeServer, visit: MakeVisitor) -> None:
    upstream = serve(root_path=PREFIX)
    nginx = Nginx(upstream.removeprefix("http://"), site=site_of_the_page())
    try:
        visitor = visit(f"{nginx.address}{PREFIX}", ignore_https_errors=True)
        page = visitor.page
        (cookie,) = visitor.context.cookies()
        assert (cookie["path"], cookie["secure"]) == (PREFIX, True)

        outside = []
        page.on("request", lambda request: outside.append(request.url))
        page.reload()
        expect(page.get_by_role("button", name="Log out")).to_be_visible()
        assert [url for url in outside if not url.startswith(f"{nginx.address}{PREFIX}/")] == []

        page.goto(f"{nginx.address}{PREFIX}")  # without its slash
        expect(page.get_by_role("heading", level=1)).to_be_visible()
    finally:
        nginx.close()
