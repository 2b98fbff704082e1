"""Nodes, shards and replicas: where points are written, and from where they are read.

One node with one shard is a single server.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from memgpt_autogen.testing.qdrant.replica import CHANGES, Batch, Body, Replica
from memgpt_autogen.testing.qdrant.rules import Refused


class Cluster:
    """Collections on one node or several.

    A replica that is marked dead is copied anew when its node is back. As in Qdrant 1.18, it is never marked
    dead if every replica must have a write: then the write fails, the living replicas keep it all the same,
    and they stay apart.
    """

    def __init__(self, nodes: int, version: tuple[int, int], strict: Body) -> None:
        self.alive = [True] * nodes
        self._new = partial(Replica, version, strict)
        self._replicas: dict[tuple[int, int], Replica] = {}
        self._marked_dead: set[tuple[str, int, int]] = set()
        self._first = self._replica(0, 0)

    @property
    def first(self) -> Replica:
        """A replica that knows every collection."""
        return self._first

    def kill(self, node: int) -> None:
        self.alive[node] = False

    def revive(self, node: int) -> None:
        self.alive[node] = True
        for name, shard, dead in sorted(self._marked_dead):
            if dead == node and (source := self._living(name, shard, 0)) is not None:
                self._replica(node, shard).copy_of(name, self._replica(source, shard))
                self._marked_dead.discard((name, shard, dead))

    def each(self, change: Callable[[Replica], Any]) -> Any:
        """Change what all nodes know: collections, aliases and indexes."""
        answer = change(self._first)
        for place, replica in list(self._replicas.items()):
            if place != (0, 0):
                change(replica)
        return answer

    def create(self, name: str, body: Body) -> bool:
        count = len(self.alive)
        whole = {**body}
        whole["shard_number"] = body.get("shard_number") or count
        whole["replication_factor"] = body.get("replication_factor") or 1
        whole["write_consistency_factor"] = body.get("write_consistency_factor") or 1
        for node in range(count):
            for shard in range(whole["shard_number"]):
                self._replica(node, shard)
        return bool(self.each(lambda replica: replica.create(name, whole)))

    def change(self, kind: str, name: str, body: Body) -> None:
        """Write to every living replica. Raises `Refused` if fewer have it than the collection asks for."""
        known, name = self._first.known(name), self._first.resolved(name)
        asked = known.body["write_consistency_factor"]
        failed = False
        for shard, part in self._parts(known.body["shard_number"], body):
            holders = self._holders(name, shard)
            living = [node for node in holders if self._reads(name, shard, node)]
            for node in living:
                CHANGES[kind](self._replica(node, shard), name, part)
            failed = failed or len(living) < min(asked, len(holders)) or not living
            if asked < len(holders):
                dead = (name, shard)
                self._marked_dead |= {(*dead, node) for node in holders if node not in living and living}
        if failed:
            raise Refused(
                500,
                "Service internal error: The replica set does not have enough active replicas: the operation "
                f"was not applied by {asked} of them",
            )

    def batch(self, name: str, body: Body) -> int:
        for operation in body["operations"]:
            ((kind, each),) = operation.items()
            if kind not in CHANGES:
                raise Refused(400, f"Format error in JSON body: unknown operation {kind}")
            self.change(kind, name, each)
        return len(body["operations"])

    def retrieve(self, node: int, name: str, body: Body) -> list[Any]:
        return [each for replica, name in self._read(node, name) for each in replica.retrieve(name, body)]

    def count(self, node: int, name: str, body: Body) -> int:
        return sum(replica.count(name, body) for replica, name in self._read(node, name))

    def scroll(self, node: int, name: str, body: Body) -> dict[str, Any]:
        pages = [replica.scroll(name, body) for replica, name in self._read(node, name)]
        if len(pages) == 1:
            return pages[0]
        points = [each for page in pages for each in page["points"]]
        limit = body.get("limit") or 10
        if body.get("order_by") is not None:
            order = body["order_by"]
            falls = isinstance(order, dict) and order.get("direction") == "desc"
            points.sort(key=lambda each: str(each.get("order_value")), reverse=falls)
            return {"points": points[:limit], "next_page_offset": None}
        points.sort(key=lambda each: _order(each["id"]))
        rest = [each["id"] for each in points[limit:]]
        rest += [page["next_page_offset"] for page in pages if page["next_page_offset"] is not None]
        return {"points": points[:limit], "next_page_offset": min(rest, key=_order, default=None)}

    def query(self, node: int, name: str, body: Body, batch: Batch | None = None) -> dict[str, Any]:
        limit, first, batch = body.get("limit"), body.get("offset") or 0, batch or Batch()
        replicas = list(self._read(node, name))
        if len(replicas) == 1:
            return replicas[0][0].query(replicas[0][1], body, batch)
        behind = first + (10 if limit is None else limit)
        whole = {**body, "offset": 0, "limit": behind}
        parts = [replica.query(name, whole, batch) for replica, name in replicas]
        points = [each for part in parts for each in part["points"]]
        points.sort(key=lambda each: -each["score"])
        return {"points": points[first:behind]}

    def query_batch(self, node: int, name: str, body: Body) -> list[dict[str, Any]]:
        self._first.check_batch(name, body)
        batch = Batch()
        return [self.query(node, name, each, batch) for each in body["searches"]]

    def facet(self, node: int, name: str, body: Body) -> dict[str, Any]:
        parts = [replica.facet(name, body) for replica, name in self._read(node, name)]
        if len(parts) == 1:
            return parts[0]
        counts: Counter[Any] = Counter()
        for part in parts:
            counts.update({hit["value"]: hit["count"] for hit in part["hits"]})
        ordered = sorted(counts.items(), key=lambda each: (-each[1], str(each[0])))
        hits = [{"value": value, "count": count} for value, count in ordered]
        return {"hits": hits[: body.get("limit") or 10]}

    def info(self, node: int, name: str) -> dict[str, Any]:
        found = self._first.info(name)
        found["points_count"] = self.count(node, name, {})
        return found

    def shards(self, node: int, name: str) -> dict[str, Any]:
        """Return what a node tells of the shards of a collection."""
        name = self._first.resolved(name)
        count = self._first.known(name).body["shard_number"]
        local, remote = [], []
        for shard in range(count):
            for holder in self._holders(name, shard):
                state = "Dead" if (name, shard, holder) in self._marked_dead else "Active"
                if holder == node:
                    points = self._replica(node, shard).count(name, {})
                    local.append({"shard_id": shard, "points_count": points, "state": state})
                else:
                    remote.append({"shard_id": shard, "peer_id": holder + 1, "state": state})
        whole: dict[str, Any] = {"peer_id": node + 1, "shard_count": count, "local_shards": local}
        return {**whole, "remote_shards": remote, "shard_transfers": []}

    def saved(self) -> Mapping[tuple[int, int], Any]:
        return {place: replica.saved() for place, replica in self._replicas.items()}

    def restored(self, saved: Mapping[tuple[int, int], Any]) -> None:
        for place, replica in self._replicas.items():
            if place in saved:
                replica.restored(saved[place])

    def _replica(self, node: int, shard: int) -> Replica:
        if (node, shard) not in self._replicas:
            made = self._new()
            if self._replicas:
                made.like(self._first)
            self._replicas[node, shard] = made
        return self._replicas[node, shard]

    def _holders(self, name: str, shard: int) -> list[int]:
        nodes = len(self.alive)
        replicas = min(self._first.known(name).body["replication_factor"], nodes)
        return [(shard + each) % nodes for each in range(replicas)]

    def _reads(self, name: str, shard: int, node: int) -> bool:
        return self.alive[node] and (name, shard, node) not in self._marked_dead

    def _living(self, name: str, shard: int, near: int) -> int | None:
        holders = self._holders(name, shard)
        living = [node for node in holders if self._reads(name, shard, node)]
        return near if near in living else next(iter(living), None)

    def _read(self, node: int, name: str) -> Iterator[tuple[Replica, str]]:
        """Yield a living replica of each shard, the node's own if it has one."""
        name = self._first.resolved(name)
        for shard in range(self._first.known(name).body["shard_number"]):
            holder = self._living(name, shard, node)
            if holder is None:
                raise Refused(500, f"Service internal error: No active replica of shard {shard} of {name}")
            yield self._replica(holder, shard), name

    def _parts(self, shards: int, body: Body) -> Iterator[tuple[int, Body]]:
        """Yield the part of a write that concerns each shard."""
        if shards == 1 or not body.get("points"):
            yield from ((shard, body) for shard in range(shards))
            return
        for shard in range(shards):
            ids = ((each, each["id"] if isinstance(each, dict) else each) for each in body["points"])
            points = [each for each, id_ in ids if _order(id_)[1] % shards == shard]
            if points:
                yield shard, {**body, "points": points}


def _order(id_: Any) -> tuple[bool, int]:
    try:
        return (False, id_) if isinstance(id_, int) else (True, uuid.UUID(id_).int)
    except ValueError as error:
        raise Refused(400, f"Format error in JSON body: value {id_} is not a valid point ID") from error
