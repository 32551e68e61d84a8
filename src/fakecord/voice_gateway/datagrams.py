"""Datagrams of voice: IP discovery, and packets of sound.

https://docs.discord.com/developers/topics/voice-connections#ip-discovery
"""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Callable

REQUEST, RESPONSE = 1, 2
LENGTH = 70
DISCOVERY = struct.Struct(">HHI64sH")
SOUND = struct.Struct(">BBHII")
VERSION_2, OPUS = 0x80, 0x78


class Datagrams(asyncio.DatagramProtocol):
    """One UDP socket for every client."""

    def __init__(self, received: Callable[[bytes, tuple[str, int]], None]) -> None:
        self._received = received
        self._transport: asyncio.DatagramTransport | None = None

    async def open(self) -> None:
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(
            lambda: self, local_addr=("127.0.0.1", 0)
        )

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()
            self._transport = None

    @property
    def address(self) -> tuple[str, int]:
        if self._transport is None:
            raise RuntimeError("voice needs TLS: start with Fakecord(tls=True)")
        host, port = self._transport.get_extra_info("sockname")
        return host, port

    def send(self, data: bytes, address: tuple[str, int]) -> None:
        if self._transport is not None:
            self._transport.sendto(data, address)

    def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
        self._received(data, address)

    def error_received(self, error: Exception) -> None:
        """Somebody we answered has closed their socket meanwhile."""


def is_discovery(data: bytes) -> bool:
    return len(data) == DISCOVERY.size and data[:4] == struct.pack(">HH", REQUEST, LENGTH)


def is_sound(data: bytes) -> bool:
    """RTP of version 2 with Opus, the marker and the extension set or not."""
    return len(data) > SOUND.size and data[0] & 0xC0 == VERSION_2 and data[1] & 0x7F == OPUS


def ssrc_of(data: bytes) -> int | None:
    if is_discovery(data):
        return int(DISCOVERY.unpack(data)[2])
    return int(SOUND.unpack_from(data)[4]) if is_sound(data) else None


def discovered(ssrc: int, address: tuple[str, int]) -> bytes:
    host, port = address
    return DISCOVERY.pack(RESPONSE, LENGTH, ssrc, host.encode(), port)
