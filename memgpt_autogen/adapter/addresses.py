"""The addresses of an `llm_config`, mended as those of the settings are."""

from __future__ import annotations

from typing import Any

from memgpt_autogen.adapter.private_clients import INNER
from memgpt_autogen.web.engine_address import settled_address


def settle_addresses(wrapper: Any) -> None:
    """Let the clients of an `OpenAIWrapper` ask where a server answers, such as below `/v1`."""
    for client in wrapper._clients:  # noqa: SLF001  no public way
        inner = getattr(client, INNER, None)
        given = str(getattr(inner, "base_url", ""))
        if given and inner is not None and (settled := settled_address(given)) != given:
            inner.base_url = settled
