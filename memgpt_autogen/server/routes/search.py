"""Search an agent's memory, all tiers at once."""

from __future__ import annotations

from memgpt_autogen.server.authentication import Reader
from memgpt_autogen.server.routes.agents import AgentPath
from memgpt_autogen.server.routes.area import area
from memgpt_autogen.service.schemas.search import SearchAnswer, SearchBody
from memgpt_autogen.service.search import search_memory

router = area("search")


@router.post("/agents/{agent}/search")
def search(caller: Reader, agent: AgentPath, body: SearchBody) -> SearchAnswer:
    """Search core memory, the conversation and the archives by several queries at once, best first.

    With `explain`, each result says why it was found: by which words in it and around it, speaker, time and
    meaning. Nothing is changed.
    """
    found = search_memory(caller.settings, agent, body.request(), caller.agents)
    return SearchAnswer.of(found, explain=body.explain)
