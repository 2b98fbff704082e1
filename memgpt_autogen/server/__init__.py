"""The server: agents, runs and memory over HTTP, for many users. `memgpt-autogen server` starts it.

Routes are thin. What they do stands in `memgpt_autogen.service`, which knows no HTTP, and runs in threads:
the event loop never touches the database or Qdrant.
"""

from __future__ import annotations

from importlib.util import find_spec

from memgpt_autogen.errors import ConfigurationError

_PACKAGES = {
    "fastapi": "fastapi",
    "prometheus_client": "prometheus-client",
    "python_multipart": "python-multipart",
    "uvicorn": "uvicorn",
}

_missing = [package for module, package in _PACKAGES.items() if find_spec(module) is None]
if _missing:
    raise ConfigurationError(
        f"the server needs {', '.join(_missing)}, not installed here: pip install 'memgpt-autogen[server]'."
    )
