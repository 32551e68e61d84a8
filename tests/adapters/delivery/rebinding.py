"""`python -m tests.adapters.delivery.rebinding COUNT [--invented]`: names that lead elsewhere at every look-up.

In a network of our own (`unshare --net`) public addresses are this machine's, and real servers listen at them and at
private ones. With --invented there is no such network: loopback addresses play both parts, and the guard is told which
are to count as public.

Says in one line of JSON what happened: how many attempts, what was connected to, what was delivered.
"""

from __future__ import annotations

import asyncio
import json
import math
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from random import Random

from rallypoint.adapters.delivery import budgets
from rallypoint.adapters.delivery.guard import Guard
from rallypoint.adapters.delivery.http import Http
from rallypoint.kernel.addresses import Bounds
from rallypoint.kernel.clock import StoppedClock
from rallypoint.kernel.errors import Refused
from rallypoint.kernel.ids import GuildId
from rallypoint.kernel.networks import AnyAddress
from rallypoint.kernel.outlets import HttpRequest

from .audit import connects
from .receivers import Answer, Told, receiver, saying

PORT = 8443
AT_ONCE = 20
PUBLIC = ("93.184.216.34", "2606:2800:220::1")
PRIVATE = ("10.1.2.3", "169.254.169.254", "100.100.100.200", "fd00:ec2::254", "127.0.0.1", "::1")
INVENTED_PUBLIC = ("127.0.1.1", "127.0.1.2")
INVENTED_PRIVATE = ("127.0.0.1", "127.0.2.1", "127.0.2.2")
ONCE = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"


@dataclass(frozen=True)
class Ground:
    public: Sequence[str]
    private: Sequence[str]


REAL = Ground(PUBLIC, PRIVATE)
INVENTED = Ground(INVENTED_PUBLIC, INVENTED_PRIVATE)


class InventedBounds(Bounds):
    """Loopback addresses play the public ones."""

    def check_place(self, place: AnyAddress, port: int) -> None:
        if str(place) not in INVENTED_PUBLIC:
            raise Refused("url_not_public", host=str(place))


def flips(ground: Ground, chance: Random) -> Iterator[Sequence[str]]:
    """Every look-up has another answer: one side, the other, or both."""
    while True:
        some = [chance.choice(ground.public), chance.choice(ground.private)]
        chance.shuffle(some)
        yield chance.choice(([chance.choice(ground.public)], [chance.choice(ground.private)], some))


async def main(count: int, ground: Ground) -> None:
    budgets.AT_ONCE = math.inf
    answers: Counter[str] = Counter()
    names = Told(evil_example=flips(ground, Random(count)))
    bounds = Bounds if ground is REAL else InventedBounds
    guard = Guard(bounds(plain_http=True), names, own=lambda _: False)
    async with AsyncExitStack() as stack:
        private = [
            await stack.enter_async_context(at(each, saying(ONCE))) for each in ground.private
        ]
        for each in ground.public:
            await stack.enter_async_context(at(each, saying(ONCE)))
        carrier = Http(guard, StoppedClock())
        stack.push_async_callback(carrier.close)
        with connects() as seen:
            rows: list[str] = []
            for _ in range(count // AT_ONCE):
                request = HttpRequest("GET", f"http://evil.example:{PORT}/", tenant=GuildId(1))
                receipts = await asyncio.gather(*(carrier.carry(request) for _ in range(AT_ONCE)))
                answers.update(each.reason or each.verdict.value for each in receipts)
                rows += [each[0] for each in seen]
                seen.clear()
    print(json.dumps({
        "look_ups": len(names.asked),
        "answers": answers,
        "connected": Counter(rows),
        "reached_inside": sum(each.connections for each in private),
    }))  # fmt: skip


def at(address: str, answer: Answer):
    return receiver(answer, host=address, port=PORT)


def invent_addresses() -> None:
    """Of this network's own loopback interface, which nobody else is on."""
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    for address in (*PUBLIC, *PRIVATE):
        length = 128 if ":" in address else 32
        subprocess.run(["ip", "addr", "add", f"{address}/{length}", "dev", "lo"], check=False)


if __name__ == "__main__":
    invented = "--invented" in sys.argv
    if not invented:
        invent_addresses()
    asyncio.run(main(int(sys.argv[1]), INVENTED if invented else REAL))
