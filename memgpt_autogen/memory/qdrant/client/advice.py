"""What a server or a cluster tells of itself, and what its operator should change.

It is told in the log once in a process, when a collection is used for the first time, and by `doctor`.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata

from qdrant_client import QdrantClient, models
from qdrant_client.common.client_exceptions import QdrantException
from qdrant_client.http.exceptions import ApiException

from memgpt_autogen.memory.qdrant.client.availability import is_away
from memgpt_autogen.memory.qdrant.protocol import Cluster

logger = logging.getLogger(__name__)

LEAST = (1, 16)
"""The oldest server that knows all requests of ours."""

OWN_STATISTICS = (1, 19)
"""From this version on, a server weighs words by the archive that is searched."""


@dataclass(frozen=True, slots=True)
class Server:
    """What is known of a server. What a key may not ask is None."""

    version: str | None = None
    peers: frozenset[int] = frozenset()
    """The numbers of all nodes of its cluster."""
    alone: bool = False
    """Whether it says that it is in no cluster."""

    @classmethod
    def of(cls, client: QdrantClient) -> Server:
        """Ask a server. Raises what the client raises if it does not answer."""
        version = None
        try:
            version = client.info().version
            status = client.cluster_status()
        except (ApiException, QdrantException, ValueError, NotImplementedError) as error:
            if is_away(error):
                raise
            return cls(version)
        peers = getattr(status, "peers", None) or {}
        return cls(version, frozenset(map(int, peers)), alone=status.status == "disabled")

    @property
    def number(self) -> tuple[int, int] | None:
        return _number(self.version or "")

    @property
    def has_own_statistics(self) -> bool:
        """Whether it weighs words by the archive alone. An unknown version is taken for a new one."""
        return self.number is None or self.number >= OWN_STATISTICS

    def __str__(self) -> str:
        cluster = f", a cluster of {len(self.peers)} nodes" if len(self.peers) > 1 else ""
        return f"Qdrant {self.version or 'of an unknown version'}{cluster}"


@dataclass(frozen=True, slots=True)
class Advice:
    """What was found, and the way out."""

    found: str
    mend: str
    wrong: bool = False
    """Whether something fails with it at any time, and not only while a node is dead."""

    def __str__(self) -> str:
        return f"{self.found}. {self.mend[:1].upper()}{self.mend[1:]}."


def about_version(server: Server) -> Iterator[Advice]:
    """Yield advice about the version of a server and that of the client."""
    number, client = server.number, metadata.version("qdrant-client")
    if number is None:
        return
    if number < LEAST:
        least = f"{LEAST[0]}.{LEAST[1]}"
        found = f"Qdrant {server.version} is too old: some requests need {least}"
        yield Advice(found, f"update the server to {least} or later", wrong=True)
        return
    ours = _number(client) or number
    if ours[0] != number[0] or abs(ours[1] - number[1]) > 1:
        older = f"the server to {ours[0]}.{ours[1]}" if number < ours else "qdrant-client (pip install -U)"
        found = f"qdrant-client {client} and Qdrant {server.version} are more than one minor version apart"
        yield Advice(found, f"update {older}: only neighbours are tested with each other")
    if not server.has_own_statistics:
        found = (
            f"Qdrant {server.version} weighs words by all archives of a collection together, so hits are "
            "weighed here by exact counts of the archive, which each search by words asks for in addition"
        )
        yield Advice(found, "update the server to 1.19 or later, which weighs words by each archive")


def about_collection(name: str, params: models.CollectionParams, server: Server) -> Iterator[Advice]:
    """Yield advice about the replicas of a collection."""
    nodes, replicas = len(server.peers), params.replication_factor or 1
    if nodes > 1 and replicas == 1:
        found = f"'{name}' has 1 replica in a cluster of {nodes} nodes: while one of them is dead, a part of "
        yield Advice(f"{found}every archive can be neither searched nor written", _more_replicas(nodes))
    if (params.write_consistency_factor or 1) >= replicas > 1:
        change = f'{{"params": {{"write_consistency_factor": {replicas - 1}}}}}'
        yield Advice(
            _all_replicas(f"'{name}' has", replicas), f"send PATCH /collections/{name} with {change}"
        )


def about_settings(cluster: Cluster, server: Server) -> Iterator[Advice]:
    """Yield advice about the settings for collections that will be made."""
    nodes, replicas = len(server.peers), cluster.replicas or 1
    if nodes > 1 and replicas == 1:
        found = f"qdrant_replicas is not set in a cluster of {nodes} nodes, and a server's default is 1"
        yield Advice(found, _more_replicas(nodes))
    if (cluster.write_consistency or 1) >= replicas > 1:
        found = _all_replicas("the settings give a new collection", replicas)
        yield Advice(found, f"set qdrant_write_consistency={replicas - 1}")


def about_nodes(servers: dict[str, Server]) -> Iterator[Advice]:
    """Yield advice about several addresses, which should be those of one cluster."""
    clusters = [server.peers for server in servers.values() if server.peers]
    alone = sum(server.alone for server in servers.values())
    if alone > 1 or (alone and clusters) or len(set(clusters)) > 1:
        found = f"{', '.join(servers)} are not one cluster, so each would get a part of the passages"
        yield Advice(found, "give the addresses of one cluster, or one address", wrong=True)


def tell(label: str, advice: Iterator[Advice]) -> None:
    """Write advice into the log, once in a process."""
    for each in advice:
        if (label, each.found) not in _told:
            _told.add((label, each.found))
            logger.warning("Qdrant (%s): %s", label, each)


_told: set[tuple[str, str]] = set()


def _more_replicas(nodes: int) -> str:
    replicas = min(nodes, 3)
    return (
        f"set qdrant_replicas={replicas} and qdrant_write_consistency={replicas - 1} for collections that "
        "are made; for what exists, see Clusters in docs/scaling.md"
    )


def _all_replicas(what: str, replicas: int) -> str:
    return (
        f"{what} {replicas} replicas and a write consistency of {replicas}: every write fails while one node "
        "is dead, and the replicas stay apart after it"
    )


def _number(version: str) -> tuple[int, int] | None:
    found = _VERSION.match(version)
    return (int(found[1]), int(found[2])) if found else None


_VERSION = re.compile(r"v?(\d{1,9})\.(\d{1,9})")
