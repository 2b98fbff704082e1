"""Which Qdrant has an agent's archives: Edge in a folder, a server, or `qdrant-client`'s local mode."""

from __future__ import annotations

import importlib.util
import re
import warnings
from collections.abc import Callable
from pathlib import Path

from memgpt_autogen.errors import ConfigurationError
from memgpt_autogen.memory.qdrant.protocol import Cluster, PassageIndex
from memgpt_autogen.memory.storage.home_mark import HomeMark
from memgpt_autogen.settings import qdrant_addresses


def open_index(
    location: str | Path,
    *,
    api_key: str | None = None,
    cluster: Cluster | None = None,
    prefix: str = "",
    mark: Callable[[], HomeMark] | None = None,
) -> PassageIndex:
    """Return the index at a server's URL, in a folder, or in this process.

    A URL begins with `http://` or `https://`, and commas separate those of several nodes; `:memory:` is this
    process. The first use opens it. `prefix` begins the names of a server's collections, and with the `mark`
    of a home, an index changes no archive of a home that this one is a copy of.

    Raises `ConfigurationError` for a text that is meant as an address and is none. It never becomes a folder.
    """
    place = str(location)
    served = isinstance(location, str) and _ADDRESS.match(location) is not None
    if served:
        try:
            place = ",".join(qdrant_addresses(place))
        except ValueError as error:
            raise ConfigurationError(f"the Qdrant server: {error}.") from None
    folder = None if served or place == ":memory:" else Path(location).expanduser()
    # imported late: it takes a second, and an agent may never need it
    if folder and _edge_opens(folder):
        from memgpt_autogen.memory.qdrant.edge.index import EdgeIndex

        return EdgeIndex(folder)
    from memgpt_autogen.memory.qdrant.client.index import ClientIndex

    if folder is None:
        return (
            ClientIndex.at(place, api_key, cluster=cluster, prefix=prefix, mark=mark)
            if served
            else ClientIndex.in_memory()
        )
    warnings.warn(
        f"the archives in {folder} use qdrant-client's local mode, which is slow with more than some "
        f"thousand passages: qdrant-edge-py has no wheel for this platform, or local mode created the "
        f"folder. A Qdrant server is fast.",
        RuntimeWarning,
        stacklevel=2,
    )
    return ClientIndex.local(folder)


# a text that is meant as the address of a server: it has a scheme, or a host and a port
_ADDRESS = re.compile(r"\s*(?:[A-Za-z][A-Za-z0-9+.-]{1,20}://|[\w.-]{2,255}:\d)")


def _edge_opens(folder: Path) -> bool:
    made_by_local_mode = (folder / "meta.json").exists()
    return importlib.util.find_spec("qdrant_edge") is not None and not made_by_local_mode
