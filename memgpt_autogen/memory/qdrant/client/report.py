"""What `doctor` asks a Qdrant server: each address, the collections, and what the key may do.

It changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from qdrant_client import QdrantClient
from qdrant_client.common.client_exceptions import QdrantException
from qdrant_client.http.exceptions import ApiException, UnexpectedResponse

from memgpt_autogen.memory.qdrant.client.address import reached, shown
from memgpt_autogen.memory.qdrant.client.advice import (
    Advice,
    Server,
    about_collection,
    about_nodes,
    about_settings,
    about_version,
)
from memgpt_autogen.memory.qdrant.client.collections import listed
from memgpt_autogen.memory.qdrant.client.index import connected
from memgpt_autogen.memory.qdrant.client.requests import words_of
from memgpt_autogen.memory.qdrant.client.schema import collection_of, foreign, no_access
from memgpt_autogen.memory.qdrant.protocol import Cluster, Space
from memgpt_autogen.settings import qdrant_addresses

SECONDS = 5
"""The time limit for a request to one of several addresses."""


def report(
    url: str, api_key: str | None, cluster: Cluster, prefix: str, space: Space | None
) -> tuple[Server, list[Advice]]:
    """Return what the first address that answers tells of its server, and all advice.

    `space` is that of the configured embedder; None if it is not known without a request to that.
    """
    urls = qdrant_addresses(url)
    seconds = cluster.timeout_seconds if len(urls) == 1 else min(SECONDS, cluster.timeout_seconds)
    servers: dict[str, Server] = {}
    advice: list[Advice] = []
    first: str | None = None
    for each in urls:
        client = connected([each], api_key, seconds)
        try:
            listed(client)  # a server tells its version also to who has a wrong key
            servers[shown(each)] = Server.of(client)
            first = first or each
        except (ApiException, QdrantException, OSError) as error:
            found = f"{shown(each)} does not answer: {words_of(error)}"
            if isinstance(error, UnexpectedResponse):
                found = f"{shown(each)} refuses: {words_of(error)}"
            advice.append(Advice(found, "look at that node; the others are asked meanwhile"))
        finally:
            client.close()
    if first is None:
        return Server(), advice
    advice += about_nodes(servers)
    server = servers[shown(first)]
    for version in dict.fromkeys(each.version for each in servers.values()):
        advice += about_version(Server(version))
    client = connected([first], api_key, seconds)
    try:
        advice += _about_collections(client, server, cluster, prefix)
        if api_key and space is not None:
            advice += _about_key(client, reached(first), space, cluster, prefix)
    except (ApiException, QdrantException, OSError) as error:
        advice.append(
            Advice(f"its collections cannot be read: {words_of(error)}", "look at the server and at the key")
        )
    finally:
        client.close()
    return server, advice


def _about_collections(
    client: QdrantClient, server: Server, cluster: Cluster, prefix: str
) -> Iterator[Advice]:
    start = collection_of(Space(), prefix).removesuffix("lexical")
    found = listed(client)
    if found is None:
        yield Advice(
            "the key may not list collections (GET /collections), so only those of the configured embedding "
            "model are used",
            "for check-ups, backups and moves, use a key with read access to all collections",
        )
        return
    names = [name for name in sorted(found) if name.startswith(start)]
    for name in names:
        info = client.get_collection(name)
        if foreign(info) is None:
            yield from about_collection(name, info.config.params, server)
    # what a new collection gets from the server's default is seen once there is one
    yield from about_settings(cluster, server if not names else Server())


def _about_key(
    client: QdrantClient, address: str, space: Space, cluster: Cluster, prefix: str
) -> Iterator[Advice]:
    own = collection_of(space, prefix)
    try:
        if client.collection_exists(own) or _may_create(client):
            return
    except UnexpectedResponse as error:
        if error.status_code != 403:
            raise
    said, _, calls = no_access(address, own, space, cluster).partition(". ")
    yield Advice(f"the key {said}", calls, wrong=True)


def _may_create(client: QdrantClient) -> bool:
    """Return whether the key may create collections. To change no alias needs the same right."""
    try:
        client.update_collection_aliases([])
    except UnexpectedResponse as error:
        return error.status_code not in (401, 403)
    return True
