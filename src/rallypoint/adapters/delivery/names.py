"""Looks names up without a thread for each: names that do not answer hold nobody up."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence
from ipaddress import ip_address
from typing import Protocol

import pycares

from rallypoint.kernel.networks import AnyAddress

ANSWERS_WITHIN = 2.0
TRIES = 2
"""At a name server, the second time after twice as long."""


class NameUnknown(OSError):
    """There is no such name, or nobody says whether there is."""


class Names(Protocol):
    async def look_up(self, host: str) -> Sequence[AnyAddress]:
        """All addresses *host* has now, at least one; a name with a dot at its end is searched for nowhere else.

        Raise NameUnknown.
        """

    def close(self) -> None: ...


class DomainNames:
    """By the machine's own name servers."""

    def __init__(self) -> None:
        self._channel: pycares.Channel | None = None

    async def look_up(self, host: str) -> Sequence[AnyAddress]:
        loop = asyncio.get_running_loop()
        found: asyncio.Future[pycares.AddrInfoResult] = loop.create_future()

        def hand_over(result: pycares.AddrInfoResult | None, error: int | None) -> None:
            if found.done():
                return
            if result is None or not result.nodes:
                found.set_exception(NameUnknown(host, error))
            else:
                found.set_result(result)

        def answered(result: pycares.AddrInfoResult | None, error: int | None) -> None:
            # In a thread of the library's own.
            if not loop.is_closed():
                loop.call_soon_threadsafe(hand_over, result, error)

        self._open().getaddrinfo(host, None, type=socket.SOCK_STREAM, callback=answered)
        nodes = (await found).nodes
        return list(dict.fromkeys(ip_address(_text(node.addr[0])) for node in nodes))

    def close(self) -> None:
        if self._channel is not None:
            self._channel.close()
        self._channel = None

    def _open(self) -> pycares.Channel:
        if self._channel is None:
            self._channel = pycares.Channel(timeout=ANSWERS_WITHIN, tries=TRIES)
        return self._channel


def _text(address: str | bytes) -> str:
    return address if isinstance(address, str) else address.decode()
