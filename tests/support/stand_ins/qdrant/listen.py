"""Answer at port 6333 as a Qdrant server with a key does."""

from __future__ import annotations

import asyncio
import os
from urllib.parse import urlsplit

from memgpt_autogen.testing.qdrant import QdrantStandIn


async def passed_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while piece := await reader.read(65536):
        writer.write(piece)
        await writer.drain()
    writer.close()


async def main() -> None:
    key = os.environ["QDRANT__SERVICE__API_KEY"]
    with QdrantStandIn(version="1.19.0", keys={key: "manage"}) as server:
        place = urlsplit(server.url)

        async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            inner_reader, inner_writer = await asyncio.open_connection(place.hostname, place.port)
            await asyncio.gather(
                passed_on(reader, inner_writer), passed_on(inner_reader, writer), return_exceptions=True
            )

        async with await asyncio.start_server(connected, "0.0.0.0", 6333) as listening:
            await listening.serve_forever()


asyncio.run(main())
