"""Who bears a token, asked of the database no more often than need be.

Whoever makes up tokens has each looked up, and they are looked up one after the other: so an address may try only so
many. Behind a proxy that is not trusted everybody has the same one; there, whose token was good a while ago goes on.
"""

from __future__ import annotations

import hashlib
from datetime import timedelta
from ipaddress import IPv6Address, ip_address, ip_network

from rallypoint.kernel.people import Caller

from .limits import Limit
from .site import Site

MOST_REMEMBERED = 10_000
ONE_HOUSEHOLD = 64
"""Bits of an address of IPv6 that are not its bearer's to choose."""


class TooManyBad(Exception):
    def __init__(self, wait: timedelta) -> None:
        super().__init__(wait)
        self.wait = wait


class Bearers:
    def __init__(self, site: Site) -> None:
        self._caller_of = site.caller_of
        self._bad: Limit[str] = Limit(site.bad_tokens_per_minute, site.clock)
        self._were_good: dict[bytes, None] = {}

    async def find(self, text: str, address: str) -> Caller | None:
        """None: it is not good. Raise TooManyBad before anything is looked up, or Unavailable."""
        digest = hashlib.sha256(text.encode()).digest()
        if digest in self._were_good:
            return await self._asked(text, digest)
        household = household_of(address)
        if wait := self._bad.take(household):
            raise TooManyBad(wait)
        # Taken before it is known, or as many as come at once would be looked up.
        bad = False
        try:
            caller = await self._asked(text, digest)
            bad = caller is None
        finally:
            if not bad:
                self._bad.give_back(household)
        return caller

    async def _asked(self, text: str, digest: bytes) -> Caller | None:
        caller = await self._caller_of(text)
        self._were_good.pop(digest, None)
        if caller is not None:
            self._were_good[digest] = None
            if len(self._were_good) > MOST_REMEMBERED:
                del self._were_good[next(iter(self._were_good))]
        return caller


def household_of(address: str) -> str:
    try:
        known = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(known, IPv6Address) and known.ipv4_mapped is None:
        return str(ip_network((known, ONE_HOUSEHOLD), strict=False))
    return str(known)
