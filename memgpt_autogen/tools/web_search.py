"""A tool for web searches: by Google's Programmable Search, by `ddgs` without a key, or by a function."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Union

from memgpt_autogen.errors import ConfigurationError, ToolError, quoted
from memgpt_autogen.llm.wire.redaction import hide_secrets
from memgpt_autogen.tools.tool import Tool

GOOGLE = "https://www.googleapis.com/customsearch/v1"

GOOGLE_MOST = 100  # results of one query, on all pages together
GOOGLE_KEY = "GOOGLE_API_KEY"
GOOGLE_ENGINE = "GOOGLE_CSE_ID"

RESULTS = 5  # of a page
TITLE_CHARS = 120
SNIPPET_CHARS = 300
ADDRESS_CHARS = 500


@dataclass(frozen=True, slots=True)
class WebResult:
    """One page that a search found."""

    title: str
    url: str
    snippet: str = ""


Search = Callable[[str, int, int], Sequence[WebResult]]
"""Takes a query, the first result's number (from 0) and a count. Raises `ToolError`."""


def web_search(
    provider: Union[Literal["auto", "google", "ddgs"], Search] = "auto",
    *,
    results: int = RESULTS,
    environ: Mapping[str, str] | None = None,
) -> Tool:
    """Return the tool `web_search`. A page has this many results, each with title, address and snippet.

    `google` takes `GOOGLE_API_KEY` and `GOOGLE_CSE_ID` from the environment; `ddgs` needs the extra `web` and
    no key; `auto` is the first of them that is available; a function searches in its own way. Raises
    `ConfigurationError` when none is available.
    """
    if not 1 <= results <= 10:
        raise ConfigurationError(f"results is {results}; a page of web_search has 1 to 10.")
    search = provider if callable(provider) else _choose(provider, os.environ if environ is None else environ)

    def find(query: str, page: int = 0) -> str:
        """Search the web.

        Args:
            query: the words, as for a search engine
            page: 0 for the best results, 1 for the next ones, and so on
        """
        if not query.strip():
            raise ToolError("the query is empty. Give the words to search for.")
        if page < 0:
            raise ToolError(f"page is {page}; pages are counted from 0.")
        found = list(search(query, page * results, results))[:results]
        if not found:
            way_out = "Go back to an earlier page" if page else "Try other or fewer words"
            return f"Nothing was found for {quoted(query)} on page {page}. {way_out}."
        lines = [_format_result(number, result) for number, result in enumerate(found, page * results + 1)]
        more = f"\n[perhaps more with page={page + 1}]" if len(found) == results else ""
        return "\n".join(lines) + more

    return Tool.from_function(find, name="web_search", paged=True)


@dataclass(frozen=True, slots=True)
class GoogleSearch:
    """Google's Programmable Search. It needs a key and the id of a search engine that you have set up."""

    key: str = field(repr=False)
    engine: str
    address: str = GOOGLE
    seconds: float = 20.0

    def __call__(self, query: str, first: int, count: int) -> list[WebResult]:
        import httpx

        if first + count > GOOGLE_MOST:
            raise ToolError(
                f"Google gives no more than {GOOGLE_MOST} results. Search for something narrower."
            )
        parameters = {"q": query, "cx": self.engine, "start": str(first + 1), "num": str(count)}
        try:
            # in a header, because addresses are logged
            answer = httpx.get(
                self.address, params=parameters, headers={"X-Goog-Api-Key": self.key}, timeout=self.seconds
            )
            content = answer.json()
        except httpx.TimeoutException as error:
            raise ToolError(
                f"Google did not answer within {self.seconds:g} seconds. Try again, or go on without it."
            ) from error
        except httpx.HTTPError as error:
            raise ToolError(
                f"Google cannot be reached ({type(error).__name__}). Go on without it, and say so."
            ) from error
        except ValueError:
            content = {}
        if answer.status_code != 200:
            raise ToolError(_refusal(answer.status_code, content, self.key))
        items = content.get("items") if isinstance(content, dict) else None
        return _read_results(items if isinstance(items, list) else [], "link", "snippet")


@dataclass(frozen=True, slots=True)
class DdgsSearch:
    """Several search engines at once, by the package `ddgs`, which works like a browser and needs no key."""

    seconds: int = 10

    def __call__(self, query: str, first: int, count: int) -> list[WebResult]:
        from ddgs import DDGS
        from ddgs.exceptions import DDGSException, RatelimitException, TimeoutException

        # its pages have about ten results, fewer when engines agree: ours are cut from all of them together
        pages = range(1, (first + count - 1) // 10 + 2)
        rows: list[dict[str, Any]] = []
        try:
            with DDGS(timeout=self.seconds) as engines:
                for page in pages:
                    rows += engines.text(query, max_results=10, page=page)
        except RatelimitException as error:
            raise ToolError("the search engines want a pause. Try again in some minutes.") from error
        except TimeoutException as error:
            raise ToolError(
                f"no search engine answered within {self.seconds} seconds. Try again, or go on without it."
            ) from error
        except DDGSException as error:
            # it has no class of its own for an empty page
            if "no results" not in str(error).lower():
                raise ToolError(
                    "no search engine could be reached. Go on without the web, and say that it could not be "
                    "searched."
                ) from error
        found = {result.url: result for result in _read_results(rows, "href", "body")}
        return list(found.values())[first : first + count]


def _read_results(rows: Sequence[Any], url: str, snippet: str) -> list[WebResult]:
    return [
        WebResult(str(row.get("title", "")), str(row.get(url, "")), str(row.get(snippet, "")))
        for row in rows
        if isinstance(row, Mapping)
    ]


def _choose(provider: str, environ: Mapping[str, str]) -> Search:
    key, engine = environ.get(GOOGLE_KEY, ""), environ.get(GOOGLE_ENGINE, "")
    if provider == "google" or (provider == "auto" and key and engine):
        missing = [name for name, value in ((GOOGLE_KEY, key), (GOOGLE_ENGINE, engine)) if not value]
        if missing:
            raise ConfigurationError(
                f"Google's search needs {' and '.join(missing)} in the environment. "
                "Set it, or take web_search('ddgs'), which needs no key."
            )
        return GoogleSearch(key, engine)
    if provider not in ("auto", "ddgs"):
        raise ConfigurationError(
            f"there is no provider {quoted(provider)}; web_search takes 'auto', 'google', 'ddgs' or a "
            "function."
        )
    if importlib.util.find_spec("ddgs") is None:
        raise ConfigurationError(
            "searching the web needs the extra 'web' (pip install 'memgpt-autogen[web]'), "
            f"or {GOOGLE_KEY} and {GOOGLE_ENGINE} in the environment."
        )
    return DdgsSearch()


def _refusal(status: int, content: Any, key: str) -> str:
    error = content.get("error") if isinstance(content, dict) else None
    words = str(error.get("message", "")) if isinstance(error, dict) else ""
    if status == 429 or "quota" in words.lower():
        return "Google's quota for today is used up. Go on without the web, and say that you cannot search."
    reason = f": {hide_secrets([key], ' '.join(words.split()))[:200]}" if words else ""
    return f"Google answered {status}{reason}. Go on without the web, and say that the search must be set up."


def _format_result(number: int, result: WebResult) -> str:
    lines = [
        f"{number}. {_line(result.title, TITLE_CHARS) or '(no title)'}",
        f"   {_line(result.url, ADDRESS_CHARS)}",
        f"   {_line(result.snippet, SNIPPET_CHARS)}",
    ]
    return "\n".join(line for line in lines if line.strip())


def _line(text: str, chars: int) -> str:
    line = " ".join(text.split())
    return line if len(line) <= chars else f"{line[: chars - 3]}..."
