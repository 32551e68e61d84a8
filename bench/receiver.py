"""The least that answers a web request: `python -m bench.receiver` says its address, and answers 204 to everything."""

from __future__ import annotations

import asyncio
import json
from typing import cast

import uvloop

ANSWER = b"HTTP/1.1 204 No Content\r\n\r\n"
HEAD_ENDS = b"\r\n\r\n"


class Receiver(asyncio.Protocol):
    """For requests whose body comes with their head, as those of the bench do."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are of no class of asyncio's.
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        if HEAD_ENDS in data:
            self._transport.write(ANSWER)


async def main() -> None:
    server = await asyncio.get_running_loop().create_server(Receiver, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    print(json.dumps({"port": port}), flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main())
