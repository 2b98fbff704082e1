"""A tool that searches the web: through Google's Programmable Search, through `ddgs` without a key, or through a function."""

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

GOOGLE_MOST = 100
"""Results of one query that Google gives, however it is paged."""

GOOGLE_KEY = "GOOGLE_API_KEY"
GOOGLE_ENGINE = "GOOGLE_CSE_ID"

RESULTS = 5
"""Results of a page."""

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
"""Finds the results of a query from the one with this number on, counted from 0, and so many; raises `ToolError`."""


def web_search(
    provider: Union[Literal["auto", "google", "ddgs"], Search] = "auto",
    *,
    results: int = RESULTS,
    environ: Mapping[str, str] | None = None,
) -> Tool:
    """A tool `web_search` that gives pages of so many results with title, address and snippet.

    `google` takes `GOOGLE_API_KEY` and `GOOGLE_CSE_ID` from the environment; `ddgs` needs the extra `web` and no key; `auto` is the
    first of these that is there; a function searches in its own way. Raises `ConfigurationError` where nothing is.
    """
    if not 1 <= results <= 10:
        raise ConfigurationError(f"results is {results}; a page of web_search holds 1 to 10.")
    search = provider if callable(provider) else _chosen(provider, os.environ if environ is None else environ)

    def find(query: str, page: int = 0) -> str:
        """Search the web.

        Args:
            query: words as a search engine takes them
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
        lines = [_told(number, result) for number, result in enumerate(found, page * results + 1)]
        more = f"\n[perhaps more with page={page + 1}]" if len(found) == results else ""
        return "\n".join(lines) + more

    return Tool.of(find, name="web_search", paged=True)


@dataclass(frozen=True, slots=True)
class GoogleSearch:
    """Google's Programmable Search, which takes a key and the id of a search engine that its owner has set up."""

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
        asked = {"q": query, "cx": self.engine, "start": str(first + 1), "num": str(count)}
        try:
            # in a header, because addresses are logged
            answer = httpx.get(
                self.address, params=asked, headers={"X-Goog-Api-Key": self.key}, timeout=self.seconds
            )
            told = answer.json()
        except httpx.TimeoutException as error:
            raise ToolError(
                f"Google did not answer within {self.seconds:g} seconds. Try again, or go on without it."
            ) from error
        except httpx.HTTPError as error:
            raise ToolError(
                f"Google cannot be reached ({type(error).__name__}). Go on without it, and say so."
            ) from error
        except ValueError:
            told = {}
        if answer.status_code != 200:
            raise ToolError(_refusal(answer.status_code, told, self.key))
        items = told.get("items") if isinstance(told, dict) else None
        return [
            WebResult(str(item.get("title", "")), str(item.get("link", "")), str(item.get("snippet", "")))
            for item in (items if isinstance(items, list) else [])
            if isinstance(item, dict)
        ]


@dataclass(frozen=True, slots=True)
class DdgsSearch:
    """Several search engines at once through the package `ddgs`, which asks as a browser does and needs no key."""

    seconds: int = 10

    def __call__(self, query: str, first: int, count: int) -> list[WebResult]:
        from ddgs import DDGS
        from ddgs.exceptions import DDGSException, RatelimitException, TimeoutException

        # its pages have ten results or so, fewer where engines agree: ours are cut from all up to ours
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
            # so it calls an empty page; for what else went wrong it has no class of its own
            if "no results" not in str(error).lower():
                raise ToolError(
                    "no search engine could be reached. Go on without the web, and say that it could not be searched."
                ) from error
        return _results(rows)[first : first + count]


def _results(rows: Sequence[Mapping[str, Any]]) -> list[WebResult]:
    found = {
        str(row.get("href", "")): WebResult(
            str(row.get("title", "")), str(row.get("href", "")), str(row.get("body", ""))
        )
        for row in rows
    }
    return list(found.values())


def _chosen(provider: str, environ: Mapping[str, str]) -> Search:
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
            f"there is no provider {quoted(provider)}; web_search takes 'auto', 'google', 'ddgs' or a function."
        )
    if importlib.util.find_spec("ddgs") is None:
        raise ConfigurationError(
            "searching the web needs the extra 'web' (pip install 'memgpt-autogen[web]'), "
            f"or {GOOGLE_KEY} and {GOOGLE_ENGINE} in the environment."
        )
    return DdgsSearch()


def _refusal(status: int, told: Any, key: str) -> str:
    error = told.get("error") if isinstance(told, dict) else None
    words = str(error.get("message", "")) if isinstance(error, dict) else ""
    if status == 429 or "quota" in words.lower():
        return "Google's quota for today is used up. Go on without the web, and say that it could not be searched."
    said = f": {hide_secrets([key], ' '.join(words.split()))[:200]}" if words else ""
    return f"Google answered {status}{said}. Go on without the web, and tell your user that the search must be set up."


def _told(number: int, result: WebResult) -> str:
    lines = [
        f"{number}. {_line(result.title, TITLE_CHARS) or '(no title)'}",
        f"   {_line(result.url, ADDRESS_CHARS)}",
        f"   {_line(result.snippet, SNIPPET_CHARS)}",
    ]
    return "\n".join(line for line in lines if line.strip())


def _line(text: str, chars: int) -> str:
    line = " ".join(text.split())
    return line if len(line) <= chars else f"{line[: chars - 3]}..."
