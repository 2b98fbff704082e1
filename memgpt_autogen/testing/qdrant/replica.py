"""The points of one replica: local mode of `qdrant-client` behind the rules of a server."""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from pydantic import TypeAdapter, ValidationError
from pydantic_core import to_jsonable_python
from qdrant_client import models
from qdrant_client.local.qdrant_local import QdrantLocal

from memgpt_autogen.testing.qdrant import rules
from memgpt_autogen.testing.qdrant.rules import Refused

Body = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Batch:
    """What the searches of one request share: a server has indexes, and local mode looks at every point."""

    orders: dict[tuple[Replica, str], list[models.ScoredPoint]] = field(default_factory=dict)
    """What a search finds on a replica, in order, by all of its body that is not in `SHOWN`."""
    masks: dict[tuple[Replica, str], Any] = field(default_factory=dict)
    """Which points meet the same conditions."""


SHOWN = frozenset({"limit", "offset", "with_payload", "with_vector"})

# the method of local mode that looks at every point
MASK = "_payload_and_non_deleted_mask"


@dataclass(slots=True)
class Collection:
    """What a server knows of a collection beside its points."""

    body: dict[str, Any]
    """The request that made it."""
    indexes: dict[str, str] = field(default_factory=dict)
    """The kind of index of each field that has one."""
    schemas: dict[str, Any] = field(default_factory=dict)

    @property
    def strict(self) -> Body:
        return self.body.get("strict_mode_config") or {}

    @property
    def sizes(self) -> dict[str, int]:
        """The size of each dense vector, by its name."""
        vectors = self.body.get("vectors") or {}
        return (
            {"": vectors["size"]}
            if "size" in vectors
            else {name: each["size"] for name, each in vectors.items()}
        )

    @property
    def sparse(self) -> list[str]:
        return list(self.body.get("sparse_vectors") or {})


class Replica:
    """All collections of a server, or of one shard on one node of a cluster."""

    def __init__(self, version: tuple[int, int], strict: Body) -> None:
        self._version = version
        self._strict = strict
        self._local = QdrantLocal(":memory:")
        self._known: dict[str, Collection] = {}

    def names(self) -> list[str]:
        return sorted(self._known)

    def aliases(self) -> dict[str, str]:
        return dict(self._local.aliases)

    def resolved(self, name: str) -> str:
        """Return the collection of a name, which may be an alias."""
        name = self._local.aliases.get(name, name)
        if name not in self._known:
            raise Refused(404, f"Not found: Collection `{name}` doesn't exist!")
        return name

    def known(self, name: str) -> Collection:
        return self._known[self.resolved(name)]

    def create(self, name: str, body: Body) -> bool:
        if name in self._known or name in self._local.aliases:
            raise Refused(409, f"Wrong input: Collection `{name}` already exists!")
        whole = {**body, "strict_mode_config": {**self._strict, **(body.get("strict_mode_config") or {})}}
        with _as_a_server():
            asked = models.CreateCollection.model_validate(whole)
            self._local.create_collection(
                name, vectors_config=asked.vectors or {}, sparse_vectors_config=asked.sparse_vectors
            )
        self._known[name] = Collection(whole)
        return True

    def delete_collection(self, name: str) -> bool:
        self._known.pop(name, None)
        return self._local.delete_collection(name)

    def update_collection(self, name: str, body: Body) -> bool:
        self.known(name).body.update(body)
        return True

    def change_aliases(self, body: Body) -> bool:
        with _as_a_server():
            self._local.update_collection_aliases(models.ChangeAliasesOperation.model_validate(body).actions)
        return True

    def index(self, name: str, body: Body) -> None:
        schema = body.get("field_schema") or "keyword"
        known = self.known(name)
        known.indexes[body["field_name"]] = schema["type"] if isinstance(schema, dict) else schema
        known.schemas[body["field_name"]] = schema

    def drop_index(self, name: str, field_name: str) -> None:
        self.known(name).indexes.pop(field_name, None)

    def info(self, name: str) -> dict[str, Any]:
        known = self.known(name)
        found: dict[str, Any] = to_jsonable_python(self._local.get_collection(self.resolved(name)))
        own = ("shard_number", "replication_factor", "write_consistency_factor", "on_disk_payload")
        params = found["config"]["params"]
        params.update({each: known.body.get(each) or params.get(each) or 1 for each in own[:3]})
        params["on_disk_payload"] = known.body.get("on_disk_payload") is not False
        found["config"]["strict_mode_config"] = known.strict or None
        found["config"]["metadata"] = known.body.get("metadata")
        count = found["points_count"]
        found["payload_schema"] = {
            each: {
                "data_type": kind,
                "params": schema if isinstance(schema := known.schemas.get(each), dict) else None,
                "points": count,
            }
            for each, kind in known.indexes.items()
        }
        return found

    def upsert(self, name: str, body: Body) -> None:
        known = self.known(name)
        points = _unbatched(body)
        asked = {"points": points, "update_filter": body.get("update_filter")}
        rules.check_strict(known.strict, known.indexes, asked, changes=True)
        unknown = None
        for number, point in enumerate(points):
            rules.check_id(point.get("id"))
            for vector, values in _vectors(point.get("vector")).items():
                if not rules.check_vector(vector, values, known.sizes, known.sparse) and unknown is None:
                    unknown = number, vector
        # an unknown name is noticed by a segment, after others have stored their points
        stored = points if unknown is None else points[: unknown[0]]
        with _as_a_server():
            made = [
                models.PointStruct.model_validate(
                    {
                        **each,
                        "payload": rules.as_stored(each.get("payload")),
                        "vector": _without_empty(each.get("vector")),
                    }
                )
                for each in stored
            ]
            if made:
                only = body.get("update_filter")
                only = None if only is None else models.Filter.model_validate(only)
                self._local.upsert(self.resolved(name), made, update_filter=only)
        if unknown is not None:
            raise rules.unknown_vector(unknown[1])

    def update_vectors(self, name: str, body: Body) -> None:
        known = self.known(name)
        for point in body["points"]:
            for vector, values in _vectors(point.get("vector")).items():
                if not rules.check_vector(vector, values, known.sizes, known.sparse):
                    raise rules.unknown_vector(vector)
        with _as_a_server():
            points = [models.PointVectors.model_validate(each) for each in body["points"]]
            self._check_there(name, {"points": [each.id for each in points]})
            self._local.update_vectors(self.resolved(name), points)

    def delete_vectors(self, name: str, body: Body) -> None:
        self._checked(name, body, changes=True)
        with _as_a_server():
            self._local.delete_vectors(self.resolved(name), body["vector"], _selector(body))

    def delete(self, name: str, body: Body) -> None:
        self._checked(name, body, changes=True)
        with _as_a_server():
            self._local.delete(self.resolved(name), _selector(body))

    def set_payload(self, name: str, body: Body) -> None:
        self._checked(name, body, changes=True)
        with self._changing(name, body):
            payload = rules.as_stored(body["payload"])
            self._local.set_payload(self.resolved(name), payload, _selector(body), body.get("key"))

    def overwrite_payload(self, name: str, body: Body) -> None:
        self._checked(name, body, changes=True)
        with self._changing(name, body):
            self._local.overwrite_payload(
                self.resolved(name), rules.as_stored(body["payload"]), _selector(body)
            )

    def delete_payload(self, name: str, body: Body) -> None:
        self._checked(name, body, changes=True)
        with self._changing(name, body):
            self._local.delete_payload(self.resolved(name), body["keys"], _selector(body))

    def clear_payload(self, name: str, body: Body) -> None:
        self._checked(name, body, changes=True)
        with self._changing(name, body):
            self._local.clear_payload(self.resolved(name), _selector(body))

    def retrieve(self, name: str, body: Body) -> list[Any]:
        for id_ in body["ids"]:
            rules.check_id(id_)
        with _as_a_server():
            found = self._local.retrieve(
                self.resolved(name), body["ids"], _shown(body), body.get("with_vector") or False
            )
        return _plain(found)

    def scroll(self, name: str, body: Body) -> dict[str, Any]:
        known = self._checked(name, body, changes=False)
        rules.check_limits(body, "limit")
        order = body.get("order_by")
        if order is not None:
            rules.check_order(order if isinstance(order, str) else order["key"], known.indexes)
        with _as_a_server():
            asked = models.ScrollRequest.model_validate(body)
            points, offset = self._local.scroll(
                self.resolved(name),
                asked.filter,
                asked.limit or 10,
                models.OrderBy(key=asked.order_by) if isinstance(asked.order_by, str) else asked.order_by,
                asked.offset,
                True if asked.with_payload is None else asked.with_payload,
                asked.with_vector or False,
            )
        return {"points": _plain(points), "next_page_offset": to_jsonable_python(offset)}

    def query(self, name: str, body: Body, batch: Batch) -> dict[str, Any]:
        known = self._checked(name, body, changes=False)
        rules.check_limits(body, "limit")
        if (using := body.get("using")) and using not in (*known.sizes, *known.sparse):
            raise rules.unknown_vector(using)
        with _as_a_server():
            asked = models.QueryRequest.model_validate(body)
        limit, first = 10 if asked.limit is None else asked.limit, asked.offset or 0
        key = self, json.dumps({each: body[each] for each in body if each not in SHOWN}, sort_keys=True)
        if key not in batch.orders:
            with self._sharing(name, batch.masks):
                batch.orders[key] = self._order(name, body)
        shown = batch.orders[key][first : first + limit]
        with _as_a_server():
            records = self._local.retrieve(
                self.resolved(name), [each.id for each in shown], _payload(asked), asked.with_vector or False
            )
        found = {record.id: record for record in records}
        return {
            "points": [
                {**point, **_shown_of(found[each.id])}
                for each, point in zip(shown, _plain(shown), strict=True)
            ]
        }

    def _order(self, name: str, body: Body) -> list[models.ScoredPoint]:
        """Return all points that a search finds, best first, without what they have."""
        kept = {each: value for each, value in body.items() if each not in SHOWN}
        if self._version < (1, 19) and isinstance(kept.get("params"), dict):
            # taken, and ignored: word statistics are those of the whole collection
            kept["params"] = {each: value for each, value in kept["params"].items() if each != "idf"} or None
        with _as_a_server():
            # all, because which of several equal ones come first is a matter of chance on a server
            most = max(self._local.count(self.resolved(name)).count, 1)
            asked = models.QueryRequest.model_validate({**kept, "limit": most, "with_payload": False})
            found = self._local.query_batch_points(self.resolved(name), [asked])[0].points
        # numpy's last digits depend on where a row lies in memory, and a server's do not
        found = [each.model_copy(update={"score": round(each.score, 6)}) for each in found]
        if body.get("prefetch") is None and body.get("query") is not None:
            found = sorted(found, key=lambda each: (-each.score, _chance(each.id)))
        return found

    def check_batch(self, name: str, body: Body) -> None:
        rules.check_batch(self.known(name).strict, body["searches"])
        for each in body["searches"]:
            rules.check_limits(each, "limit")

    def count(self, name: str, body: Body) -> int:
        known = self._checked(name, body, changes=False)
        with _as_a_server():
            asked = models.CountRequest.model_validate(body)
            count = self._local.count(self.resolved(name), asked.filter).count
        fields = [each for each, _ in rules.conditions(rules.filters(body))]
        if asked.exact is False and any(each not in known.indexes for each in fields):
            return int(self._local.count(self.resolved(name)).count / 2)
        return int(count)

    def facet(self, name: str, body: Body) -> dict[str, Any]:
        known = self._checked(name, body, changes=False)
        rules.check_limits(body, "limit")
        rules.check_facet(body["key"], known.indexes)
        with _as_a_server():
            asked = models.FacetRequest.model_validate(body)
            found = self._local.facet(
                self.resolved(name), asked.key, asked.filter, 10 if asked.limit is None else asked.limit
            )
        return dict(to_jsonable_python(found))

    def saved(self) -> Any:
        """Return a copy of everything, for `restored`."""
        return copy.deepcopy((self._local.collections, self._local.aliases, self._known))

    def restored(self, saved: Any) -> None:
        collections, aliases, known = copy.deepcopy(saved)
        self._local.collections, self._local.aliases, self._known = collections, aliases, known

    def rename(self, name: str, to: str) -> None:
        """Give a collection another name, and make the old one an alias of it."""
        self._local.collections[to] = self._local.collections.pop(name)
        self._known[to] = self._known.pop(name)
        self._local.aliases[name] = to

    def like(self, other: Replica) -> None:
        """Know the same collections as another replica, without their points."""
        for name, known in other._known.items():
            self.create(name, known.body)
            self._known[name] = copy.deepcopy(known)
        self._local.aliases = dict(other._local.aliases)

    def copy_of(self, name: str, other: Replica) -> None:
        """Have the points of a collection that another replica has."""
        self._local.collections[name] = copy.deepcopy(other._local.collections[name])

    @contextmanager
    def _sharing(self, name: str, masks: dict[tuple[Replica, str], Any]) -> Iterator[None]:
        """Let local mode find out only once which points meet the same conditions."""
        collection: Any = self._local.collections[self.resolved(name)]
        find = getattr(collection, MASK, None)
        if find is None:  # another version of the client, which takes longer
            yield
            return

        def find_once(condition: Any, vector_name: str | None = None) -> Any:
            told = None if condition is None else condition.model_dump_json()
            key = self, f"{vector_name} {told}"
            if key not in masks:
                masks[key] = find(condition, vector_name)
            return masks[key]

        vars(collection)[MASK] = find_once
        try:
            yield
        finally:
            del vars(collection)[MASK]

    @contextmanager
    def _changing(self, name: str, body: Body) -> Iterator[None]:
        """Change all points that are there, and refuse the request afterwards if it names others."""
        with _as_a_server(), suppress(KeyError):
            yield
        self._check_there(name, body)

    def _check_there(self, name: str, body: Body) -> None:
        """Refuse to change points, named by their ids, that are not there."""
        ids = body.get("points") or []
        held = {str(each.id) for each in self._local.retrieve(self.resolved(name), ids)} if ids else set()
        for id_ in ids:
            if str(id_) not in held:
                raise Refused(404, f"Not found: No point with id {id_} found")

    def _checked(self, name: str, body: Body, *, changes: bool) -> Collection:
        known = self.known(name)
        rules.check_strict(known.strict, known.indexes, body, changes=changes)
        return known


Change = Callable[[Replica, str, Body], None]

CHANGES: Mapping[str, Change] = {
    "upsert": Replica.upsert,
    "update_vectors": Replica.update_vectors,
    "delete_vectors": Replica.delete_vectors,
    "delete": Replica.delete,
    "set_payload": Replica.set_payload,
    "overwrite_payload": Replica.overwrite_payload,
    "delete_payload": Replica.delete_payload,
    "clear_payload": Replica.clear_payload,
}
"""What changes the points of a collection, by the names of batches."""

_SELECTOR: TypeAdapter[Any] = TypeAdapter(models.PointsSelector)


def _selector(body: Body) -> Any:
    if body.get("points") is None and body.get("filter") is None:
        raise Refused(400, "Bad request: No filter or points provided")
    for id_ in body.get("points") or ():
        rules.check_id(id_)
    name = "points" if body.get("points") is not None else "filter"
    return _SELECTOR.validate_python({name: body[name]})


def _unbatched(body: Body) -> list[dict[str, Any]]:
    """Return the points of an upsert in either of its two forms."""
    batch = body.get("batch")
    if batch is None:
        return list(body["points"])
    vectors = batch["vectors"]
    named = isinstance(vectors, dict)
    return [
        {
            "id": id_,
            "vector": {name: each[place] for name, each in vectors.items()} if named else vectors[place],
            "payload": (batch.get("payloads") or {place: None})[place],
        }
        for place, id_ in enumerate(batch["ids"])
    ]


def _vectors(vector: Any) -> dict[str, Any]:
    return vector if isinstance(vector, dict) else {} if vector is None else {"": vector}


def _without_empty(vector: Any) -> Any:
    """Leave out sparse vectors without words: no server's index has them, so they are in no statistics."""
    if not isinstance(vector, dict):
        return vector
    return {name: each for name, each in vector.items() if each != {"indices": [], "values": []}}


def _payload(asked: models.QueryRequest) -> Any:
    return False if asked.with_payload is None else asked.with_payload


def _shown_of(record: models.Record) -> dict[str, Any]:
    (plain,) = _plain([record])
    return {each: plain[each] for each in ("payload", "vector") if each in plain}


def _shown(body: Body) -> Any:
    given = body.get("with_payload")
    if given is None or isinstance(given, (bool, list)):
        return True if given is None else given
    return TypeAdapter(models.PayloadSelector).validate_python(given)


def _plain(found: Sequence[Any]) -> list[Any]:
    return [to_jsonable_python(each, exclude_none=True) for each in found]


def _chance(id_: Any) -> str:
    return hashlib.sha256(str(id_).encode()).hexdigest()


@contextmanager
def _as_a_server() -> Iterator[None]:
    """Refuse in the server's way what local mode or the models of the client refuse."""
    try:
        yield
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise Refused(400, f"Format error in JSON body: {place}: {first['msg']}") from error
    except ValueError as error:
        raise Refused(400, f"Wrong input: {error}") from error
