"""`python -m bench.bots.caller GET|POST URL TOKEN REQUESTS`: how long so many take, 50 in flight."""

from __future__ import annotations

import asyncio
import json
import sys
import time

import aiohttp

IN_FLIGHT = 50


async def main(method: str, url: str, token: str, requests: str) -> None:
    headers = {"Authorization": f"Bot {token}"}
    body = None if method == "GET" else {"content": "x"}
    left = iter(range(int(requests)))
    async with aiohttp.ClientSession(headers=headers) as http:

        async def call() -> None:
            for _ in left:
                async with http.request(method, url, json=body) as answer:
                    await answer.read()
                    if answer.status != 200:
                        raise RuntimeError(f"{answer.status} from {url}")

        began = time.perf_counter()
        async with asyncio.TaskGroup() as calls:
            for _ in range(IN_FLIGHT):
                calls.create_task(call())
        print(json.dumps({"seconds": time.perf_counter() - began}), flush=True)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
