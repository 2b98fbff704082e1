"""Which Qdrant an agent's archives are in, by where they are: Edge in a folder, a server, or `qdrant-client`'s local mode."""

from __future__ import annotations

import importlib.util
import warnings
from pathlib import Path

from memgpt_autogen.memory.qdrant.protocol import Cluster, PassageIndex


def open_index(
    location: str | Path, *, api_key: str | None = None, cluster: Cluster | None = None
) -> PassageIndex:
    """The index at a server's URL (`http://` or `https://`), in a folder, or, for `:memory:`, in this process only.

    Nothing is opened or made before it is used.
    """
    place = str(location)
    served = place.startswith(("http://", "https://"))
    folder = None if served or place == ":memory:" else Path(location).expanduser()
    # Qdrant is imported late: it takes a second, and an agent may never need it
    if folder and _edge_opens(folder):
        from memgpt_autogen.memory.qdrant.edge.index import EdgeIndex

        return EdgeIndex(folder)
    from memgpt_autogen.memory.qdrant.client.index import ClientIndex

    if folder is None:
        return ClientIndex.at(place, api_key, cluster=cluster) if served else ClientIndex.in_memory()
    warnings.warn(
        f"the archives in {folder} are served by qdrant-client's local mode, which is slow above some thousand passages: "
        f"qdrant-edge-py has no wheel for this platform, or local mode made the folder. A Qdrant server is fast.",
        RuntimeWarning,
        stacklevel=2,
    )
    return ClientIndex.local(folder)


def _edge_opens(folder: Path) -> bool:
    made_by_local_mode = (folder / "meta.json").exists()
    return importlib.util.find_spec("qdrant_edge") is not None and not made_by_local_mode
