"""Rerankers behind an endpoint: `/rerank` as Cohere, Jina, vLLM, llama.cpp and TEI have it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from memgpt_autogen.errors import ConfigurationError, ModelError
from memgpt_autogen.llm.asking import answers_within, seconds_left
from memgpt_autogen.llm.wire.endpoint import Endpoint, checked_extra
from memgpt_autogen.llm.wire.errors import http_status

# A search is finished without the reranker if it has no answer after so long, with all retries. After a
# failure that took long, it is not asked for a while, so that the searches of a turn do not wait in turn.
RERANK_SECONDS = 15.0
LONG_SECONDS = 3.0
QUIET_SECONDS = 30.0

REFUSED = (400, 422)
"""How servers answer a body that is not in their form."""


class EndpointReranker:
    """A reranker of an endpoint, which is asked by `POST {base_url}/rerank`.

    The body is `{"model", "query", "documents", "top_n"}`, and the answer has `results`, each with `index`
    and `relevance_score` (Cohere, Jina, vLLM, llama.cpp, Infinity). A server that refuses this is asked once
    more with `texts`, as Text Embeddings Inference wants it, and answers a list with `index` and `score`.
    `extra` is added to the body. Errors, retries, `timeout` and `proxy_private` are those of `OpenAILLM`,
    but an answer has 15 seconds at most, because a search needs no reranker.
    """

    def __init__(
        self,
        model: str,
        *,
        base_url: str | None = None,
        api_key: str | None = None,
        timeout: float = 60,
        max_retries: int = 1,
        extra: Mapping[str, Any] | None = None,
        proxy_private: bool = False,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        if not base_url:
            raise ConfigurationError(
                f"the reranker '{model}' needs the address of its endpoint: set reranker_base_url, such as "
                "http://localhost:8000/v1."
            )
        self.model = model
        self._endpoint = Endpoint(
            model,
            base_url,
            api_key,
            None,
            timeout,
            max_retries,
            sleep,
            proxy_private=proxy_private,
            waits_for_server=False,
        )
        self._extra = checked_extra(extra, "query", "documents", "texts")
        self._field = "documents"
        self._quiet_until = 0.0
        self._silence: ModelError | None = None
        """Why it is not asked until then."""

    def rerank(self, query: str, texts: Sequence[str]) -> list[float]:
        """Return one score per text, in order. Raises `ModelError`."""
        if not texts:
            return []
        if self._silence is not None and time.monotonic() < self._quiet_until:
            raise ModelError(str(self._silence))
        self._silence = None
        began = time.monotonic()
        try:
            with answers_within(until=began + seconds_left(RERANK_SECONDS)):
                answer = self._endpoint.ask(lambda client: self._post(client, query, texts), patient=False)
        except ModelError as error:
            if time.monotonic() - began > LONG_SECONDS:
                self._silence, self._quiet_until = error, time.monotonic() + QUIET_SECONDS
            raise
        return self._scores(answer, len(texts))

    def _post(self, client: Any, query: str, texts: Sequence[str]) -> Any:
        try:
            return client.post("/rerank", cast_to=object, body=self._body(query, texts))
        except Exception as error:
            if self._field == "texts" or http_status(error) not in REFUSED:
                raise
            refused = error
        self._field = "texts"
        try:
            return client.post("/rerank", cast_to=object, body=self._body(query, texts))
        except Exception:  # noqa: BLE001  clients raise anything when an answer is strange
            self._field = "documents"
            raise refused from None  # what is wrong is not the form

    def _body(self, query: str, texts: Sequence[str]) -> dict[str, Any]:
        if self._field == "texts":
            return {"query": query, "texts": list(texts), "truncate": True, **self._extra}
        documents = {"documents": list(texts), "top_n": len(texts)}
        return {"model": self.model, "query": query, **documents, **self._extra}

    def _scores(self, answer: Any, count: int) -> list[float]:
        results = answer.get("results", answer.get("data")) if isinstance(answer, dict) else answer
        if not isinstance(results, list):
            raise self._endpoint.invalid_answer("an answer without results", answer)
        scores: dict[int, float] = {}
        for result in results:
            found = result if isinstance(result, dict) else {}
            index, score = found.get("index"), found.get("relevance_score", found.get("score"))
            if type(index) is not int or not 0 <= index < count or not isinstance(score, (int, float)):
                raise self._endpoint.invalid_answer("a result without an index and a score", result)
            scores[index] = float(score)
        if not scores:
            raise self._endpoint.invalid_answer("no results", answer)
        # a server may leave out the worst
        return [scores.get(index, min(scores.values())) for index in range(count)]

    def __repr__(self) -> str:
        return f"EndpointReranker({self.model!r}, base_url={self._endpoint.base_url!r})"
