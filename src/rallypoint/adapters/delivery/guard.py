"""Decides to which addresses a connection may be made, once for each attempt, and sees to it that it is made there.

A guest's name is looked up once; all addresses it has must be public; the connection is made to one of these very
addresses, so that a name that changes its mind in between changes nothing. The socket looks again at what it is
connected to, before and after.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Sequence
from contextlib import closing
from typing import Any

import aiohttp
from aiohttp.connector import AddrInfoType

from rallypoint.kernel.addresses import Address, Bounds
from rallypoint.kernel.errors import Refused
from rallypoint.kernel.networks import AnyAddress, canonical

from .names import Names

NAMES_WITHIN = 5.0


class NotPublic(Refused):
    """A name has an address it should not have. It may have another one tomorrow."""


class PeerChanged(OSError):
    """The connection leads elsewhere than it was made to."""


def is_own(place: AnyAddress) -> bool:
    """Whether *place* is an address of this very machine: it is the one from which that address would be reached.

    Nothing is sent: connecting a datagram socket only chooses a route.
    """
    family = socket.AF_INET if place.version == 4 else socket.AF_INET6
    with closing(socket.socket(family, socket.SOCK_DGRAM)) as probe:
        try:
            probe.connect((str(place), 9))
        except OSError:
            return False
        return bool(probe.getsockname()[0] == str(place))


class Guard:
    def __init__(
        self, bounds: Bounds, names: Names, *, own: Callable[[AnyAddress], bool] = is_own
    ) -> None:
        self._bounds = bounds
        self._names = names
        self._own = own

    async def places(self, address: Address, *, guest: bool) -> Sequence[AnyAddress]:
        """Where to connect to. Raise Refused, NotPublic, NameUnknown."""
        if not guest:
            return [address.literal] if address.literal else await self._look_up(address.host)
        self._bounds.check(address)
        if address.literal is not None:
            self._check(address.literal, address.port)
            return [address.literal]
        places = await self._look_up(f"{address.host}.")
        try:
            for place in places:
                self._check(place, address.port)
        except Refused as refused:
            raise NotPublic(refused.code, **refused.facts) from None
        return places

    def is_allowed(self, place: AnyAddress, port: int) -> bool:
        """By the operator, although it is not public."""
        return (place, port) in self._bounds.allowed

    def sockets(self, *, guest: bool) -> Callable[[AddrInfoType], socket.socket]:
        """What makes the sockets of connections."""
        return self._guarded if guest else _plain

    def _guarded(self, info: AddrInfoType) -> socket.socket:
        family, kind, protocol, _, target = info
        place = canonical(str(target[0]))
        if place is None:
            raise PermissionError(f"{target[0]} is no address")
        try:
            self._check(place, target[1])
        except Refused as refused:
            raise PermissionError(str(refused)) from None
        return socket.socket(family, kind, protocol)

    def _check(self, place: AnyAddress, port: int) -> None:
        self._bounds.check_place(place, port)
        if not self.is_allowed(place, port) and self._own(place):
            raise Refused("url_not_public", host=str(place))

    async def _look_up(self, host: str) -> Sequence[AnyAddress]:
        async with asyncio.timeout(NAMES_WITHIN):
            return await self._names.look_up(host)


def _plain(info: AddrInfoType) -> socket.socket:
    return socket.socket(*info[:3])


class CheckedRequest(aiohttp.ClientRequest):
    """Looks at who is at the other end before it says anything."""

    async def send(self, conn: Any) -> aiohttp.ClientResponse:
        peer = conn.transport and conn.transport.get_extra_info("peername")
        if not peer or canonical(str(peer[0])) != canonical(self.url.host or ""):
            raise PeerChanged(f"connected to {peer}, not to {self.url.host}")
        return await super().send(conn)
