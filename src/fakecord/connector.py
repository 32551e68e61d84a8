"""How an unmodified client in this process takes us for discord.com: the `connector=` it is given."""

from __future__ import annotations

import socket
import ssl
from pathlib import Path

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult


class Everywhere(AbstractResolver):
    """Every name is 127.0.0.1, at *port* whatever port was asked for: nothing leaves this machine."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.asked: set[str] = set()
        """The names that were looked up."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        self.asked.add(host)
        return [
            ResolveResult(
                hostname=host,
                host="127.0.0.1",
                port=self._port,
                family=socket.AF_INET,
                proto=socket.IPPROTO_TCP,
                flags=socket.AI_NUMERICHOST,
            )
        ]

    async def close(self) -> None:
        """Nothing is held."""


def connector(port: int, ca_file: Path) -> aiohttp.TCPConnector:
    """Trusts our authority and no other; made inside the running loop, for one client."""
    trusted = ssl.create_default_context(cafile=ca_file)
    return aiohttp.TCPConnector(resolver=Everywhere(port), ssl=trusted, limit=0)
