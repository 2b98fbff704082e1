"""Which Qdrant has an agent's archives: Edge in a folder, a server, or `qdrant-client`'s local mode."""

from __future__ import annotations

import importlib.util
import warnings
from pathlib import Path

from memgpt_autogen.memory.qdrant.protocol import Cluster, PassageIndex


def open_index(
    location: str | Path, *, api_key: str | None = None, cluster: Cluster | None = None
) -> PassageIndex:
    """Return the index at a server's URL, in a folder, or in this process.

    A URL begins with `http://` or `https://`; `:memory:` is this process. The first use opens it.
    """
    place = str(location)
    served = place.startswith(("http://", "https://"))
    folder = None if served or place == ":memory:" else Path(location).expanduser()
    # imported late: it takes a second, and an agent may never need it
    if folder and _edge_opens(folder):
        from memgpt_autogen.memory.qdrant.edge.index import EdgeIndex

        return EdgeIndex(folder)
    from memgpt_autogen.memory.qdrant.client.index import ClientIndex

    if folder is None:
        return ClientIndex.at(place, api_key, cluster=cluster) if served else ClientIndex.in_memory()
    warnings.warn(
        f"the archives in {folder} use qdrant-client's local mode, which is slow with more than some "
        f"thousand passages: qdrant-edge-py has no wheel for this platform, or local mode created the "
        f"folder. A Qdrant server is fast.",
        RuntimeWarning,
        stacklevel=2,
    )
    return ClientIndex.local(folder)


def _edge_opens(folder: Path) -> bool:
    made_by_local_mode = (folder / "meta.json").exists()
    return importlib.util.find_spec("qdrant_edge") is not None and not made_by_local_mode
