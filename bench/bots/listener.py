"""`python -m bench.bots.listener resume|bare URL TOKEN EVENTS`: how long EVENTS take to arrive, told to go by SIGUSR1.

`resume` begins a session, hangs up, and resumes it then; `bare` asks a server that sends them right away. Frames are
taken and not read: what a client makes of them is its own affair.
"""

from __future__ import annotations

import asyncio
import json
import signal
import sys
import time
from typing import Any

import aiohttp


def say(what: dict[str, Any]) -> None:
    print(json.dumps(what), flush=True)


async def main(kind: str, url: str, token: str, events: str) -> None:
    go = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, go.set)
    async with aiohttp.ClientSession() as http:
        hello: dict[str, Any] = {"op": 1, "d": None}
        if kind == "resume":
            hello = await begin(http, url, token)
        async with http.ws_connect(url, params={"v": "10"}, max_msg_size=0) as socket:
            if kind == "resume":
                await socket.receive()
            say({"ready": True})
            await go.wait()
            began = time.perf_counter()
            await socket.send_json(hello)
            for _ in range(int(events)):
                await socket.receive()
            say({"events": int(events), "seconds": time.perf_counter() - began})


async def begin(http: aiohttp.ClientSession, url: str, token: str) -> dict[str, Any]:
    """A RESUME of the session that was begun, and left as one leaves that means to come back."""
    async with http.ws_connect(url, params={"v": "10"}) as socket:
        await socket.receive()
        given = {"token": token, "intents": 1 | 1 << 7, "properties": {}}
        await socket.send_json({"op": 2, "d": given})
        ready = await socket.receive_json()
        guild = await socket.receive_json()
        await socket.close(code=4000)
    resume = {"token": token, "session_id": ready["d"]["session_id"], "seq": guild["s"]}
    return {"op": 6, "d": resume}


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
