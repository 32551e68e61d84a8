"""Web requests to whatever address people name, without trust in it or in what answers there."""

from __future__ import annotations

import asyncio
import re
import ssl
import time
from collections import Counter, OrderedDict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache, partial
from itertools import islice

import aiohttp
from aiohttp.client_proto import ResponseHandler
from yarl import URL

from rallypoint.kernel.addresses import Address, parse
from rallypoint.kernel.clock import Clock
from rallypoint.kernel.errors import Refused
from rallypoint.kernel.ids import GuildId
from rallypoint.kernel.networks import AnyAddress
from rallypoint.kernel.outlets import HELD_BACK, HttpRequest, Receipt, Verdict
from rallypoint.kernel.secrecy import SECRECY

from . import answers, budgets
from .budgets import Budgets, Spent
from .guard import CheckedRequest, Guard, NotPublic
from .names import NameUnknown

PATIENCE = 15.0
"""Seconds for an attempt, all in all."""
CONNECTS_WITHIN = 5.0
MOST_PLACES = 3
"""Of the addresses a name has, so many are tried."""
MOST_READ = 65_536
MOST_TENANTS = 256
"""That keep their connections between two requests."""
HEADERS = {"User-Agent": "Rallypoint", "Accept": "*/*", "Accept-Encoding": "identity"}
TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
VALUE = re.compile(r"[\t\x20-\x7e]*")
OURS = frozenset(
    {
        "connection",
        "content-length",
        "expect",
        "host",
        "keep-alive",
        "proxy-authorization",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
"""Headers on which the request itself depends: nobody else sets them."""


class Http:
    def __init__(
        self,
        guard: Guard,
        clock: Clock,
        *,
        tls: ssl.SSLContext | None = None,
        patience: float = PATIENCE,
    ) -> None:
        self._guard = guard
        self._clock = clock
        self._tls = tls or _usual_tls()
        self._patience = patience
        self._budgets = Budgets(time.monotonic, at_once=budgets.AT_ONCE)
        self._sessions: OrderedDict[GuildId | None, aiohttp.ClientSession] = OrderedDict()
        self._under_way: Counter[GuildId | None] = Counter()

    async def carry(self, request: HttpRequest) -> Receipt:
        loop = asyncio.get_running_loop()
        began = loop.time()
        self._under_way[request.tenant] += 1
        try:
            receipt = await self._carry(request, until=began + self._patience)
        finally:
            self._under_way[request.tenant] -= 1
            await self._make_room()
        return receipt.after(loop.time() - began)

    async def close(self) -> None:
        while self._sessions:
            await self._sessions.popitem()[1].close()

    async def _carry(self, request: HttpRequest, *, until: float) -> Receipt:
        try:
            async with asyncio.timeout_at(until):
                response = await self._ask(request)
            return await self._understood(response, until=until)
        except NotPublic as refused:
            return Receipt(Verdict.LATER, reason=refused.code)
        except Refused as refused:
            return Receipt(Verdict.NEVER, reason=refused.code)
        except Spent as spent:
            return Receipt(Verdict.LATER, reason=HELD_BACK, retry_in=spent.wait)
        except NameUnknown:
            return Receipt(Verdict.LATER, reason="name_unknown")
        except TimeoutError:
            return Receipt(Verdict.LATER, reason="timed_out")
        except aiohttp.ClientSSLError:
            return Receipt(Verdict.LATER, reason="tls")
        except aiohttp.ClientConnectorError:
            return Receipt(Verdict.LATER, reason="unreachable")
        except (aiohttp.ClientConnectionError, OSError):
            return Receipt(Verdict.LATER, reason="broken_off")
        except (aiohttp.ClientError, ValueError):
            return Receipt(Verdict.LATER, reason="bad_answer")

    async def _ask(self, request: HttpRequest) -> aiohttp.ClientResponse:
        address = parse(request.url)
        SECRECY.remember_address(request.url)
        check_headers(request.headers)
        places = await self._guard.places(address, guest=request.tenant is not None)
        if request.tenant is not None and not self._guard.is_allowed(places[0], address.port):
            self._budgets.take(places[0])
        return await self._first_of(places[:MOST_PLACES], address, request)

    async def _first_of(
        self, places: Sequence[AnyAddress], address: Address, request: HttpRequest
    ) -> aiohttp.ClientResponse:
        """What answers at the first of *places* where anything listens."""
        for place in islice(places, len(places) - 1):
            with suppress(aiohttp.ClientConnectorError, aiohttp.ServerTimeoutError):
                return await self._at(place, address, request)
        return await self._at(places[-1], address, request)

    async def _at(
        self, place: AnyAddress, address: Address, request: HttpRequest
    ) -> aiohttp.ClientResponse:
        host = f"[{place}]" if place.version == 6 else str(place)
        return await self._session(request.tenant).request(
            request.method,
            # No name in it: there is nothing left to look up. The name is said to whoever answers, and checked.
            URL(f"{address.scheme}://{host}:{address.port}{address.target}", encoded=True),
            headers={**HEADERS, **request.headers, "Host": address.authority},
            data=request.body or None,
            server_hostname=address.host if address.scheme == "https" else None,
            allow_redirects=False,
        )

    async def _understood(self, response: aiohttp.ClientResponse, *, until: float) -> Receipt:
        body = b""
        try:
            # The status has said it all: whatever becomes of the rest changes nothing.
            with suppress(TimeoutError, aiohttp.ClientError, OSError, ValueError):
                async with asyncio.timeout_at(until):
                    body = await _start_of(response)
        finally:
            response.close() if not response.content.at_eof() else response.release()
        encoded = response.headers.get("Content-Encoding", "identity") != "identity"
        return Receipt(
            answers.verdict(response.status),
            status=response.status,
            reason=answers.reason(response.status),
            answer="" if encoded else answers.text(body),
            retry_in=answers.retry_in(response.headers.get("Retry-After"), now=self._clock.now()),
            slow=response.status in answers.OVERLOADED,
        )

    def _session(self, tenant: GuildId | None) -> aiohttp.ClientSession:
        """Each tenant has connections of its own: what one of them led astray, none of the others gets."""
        session = self._sessions.get(tenant)
        if session is None:
            session = self._sessions[tenant] = self._open(guest=tenant is not None)
        self._sessions.move_to_end(tenant)
        return session

    async def _make_room(self) -> None:
        if len(self._sessions) > MOST_TENANTS:
            idle = [tenant for tenant in self._sessions if not self._under_way[tenant]]
            for tenant in idle[:1]:
                del self._under_way[tenant]
                await self._sessions.pop(tenant).close()

    def _open(self, *, guest: bool) -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(
            ssl=self._tls,
            limit=0,
            use_dns_cache=False,
            happy_eyeballs_delay=None,
            socket_factory=self._guard.sockets(guest=guest),
        )
        # No argument takes it: tests fail when it is not asked any more.
        handler: type[ResponseHandler] = HeadFirst
        connector._factory = partial(handler, loop=asyncio.get_running_loop())
        return aiohttp.ClientSession(
            connector=connector,
            request_class=CheckedRequest,
            trust_env=False,
            auto_decompress=False,
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECTS_WITHIN),
        )


class HeadFirst(ResponseHandler):
    """Takes the head by itself: whatever is wrong with what came in the same packet, the status is known by then."""

    def data_received(self, data: bytes) -> None:
        head, end, rest = data.partition(b"\r\n\r\n")
        super().data_received(head + end)
        if rest:
            super().data_received(rest)


@cache
def _usual_tls() -> ssl.SSLContext:
    """To read all the certificates there are takes as long as some hundred requests."""
    return ssl.create_default_context()


def check_headers(headers: Mapping[str, str]) -> None:
    """Raise Refused for a header that would say something else than it seems to."""
    for name, value in headers.items():
        if not TOKEN.fullmatch(name) or not VALUE.fullmatch(value) or name.lower() in OURS:
            raise Refused("header", name=name)


async def _start_of(response: aiohttp.ClientResponse) -> bytes:
    read = bytearray()
    while len(read) < MOST_READ:
        chunk = await response.content.read(MOST_READ - len(read))
        if not chunk:
            break
        read += chunk
    return bytes(read)
