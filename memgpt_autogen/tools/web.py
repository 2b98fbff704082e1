"""A tool that fetches a web page or document and returns its readable text, page by page."""

from __future__ import annotations

from typing import Optional

from memgpt_autogen.errors import DocumentError, ToolError
from memgpt_autogen.text.chunking import split_text
from memgpt_autogen.text.safe import to_json_line
from memgpt_autogen.tools.tool import Tool

PAGE_CHARS = 4000
MOST_BYTES = 10_000_000
MOST_KEPT = 8  # documents whose text is kept, so that their next pages are not fetched again


def fetch_page(
    *,
    allow_private: bool = False,
    page_chars: int = PAGE_CHARS,
    seconds: float = 30.0,
    proxy: str | None = None,
) -> Tool:
    """Return the tool `fetch_page`, which reads HTML, PDF and everything else that is readable as a document.

    Addresses of this machine and of private networks are refused, unless `allow_private`. `proxy` is
    explained in `web.fetch.fetch`.
    """
    texts: dict[str, str] = {}

    def fetch_page(url: str, page: Optional[int] = 0) -> str:
        """Read a page of the web as text.

        Args:
            url: its address, beginning with https://
            page: the page of a long text, counted from 0
        """
        number = page or 0
        if number == 0 or url not in texts:  # page 0 is always the current text
            texts.pop(url, None)
            texts[url] = _fetch_text(url, allow_private=allow_private, seconds=seconds, proxy=proxy)
            for old in list(texts)[:-MOST_KEPT]:
                del texts[old]
        pages = [piece for piece, _ in split_text(texts[url], page_chars)]
        if not 0 <= number < len(pages):
            raise ToolError(f"there is no page {number}; the pages of this text are 0 to {len(pages) - 1}.")
        more = f"; go on with page={number + 1}" if number + 1 < len(pages) else ""
        result = to_json_line({"source": url, "text": pages[number]})
        return f"Page {number} of 0 to {len(pages) - 1}{more}:\n{result}"

    return Tool.from_function(fetch_page, paged=True)


def _fetch_text(url: str, *, allow_private: bool, seconds: float, proxy: str | None) -> str:
    from memgpt_autogen.readers.reading_process import ReadingProcess
    from memgpt_autogen.web.fetch import fetch

    found = fetch(url, allow_private=allow_private, seconds=seconds, most_bytes=MOST_BYTES, proxy=proxy)
    try:
        parts: list[str] = []
        before: str | None = None
        with ReadingProcess(seconds) as process:
            document = process.open_bytes(
                found.body, found.url.partition("?")[0], origin=found.url, media_type=found.content_type
            )
            for section in document.sections():
                if section.heading and section.heading != before:
                    parts.append(f"## {section.heading}")
                before = section.heading
                parts.append(section.text)
    except DocumentError as error:
        raise ToolError(str(error)) from error
    return "\n\n".join(parts)
