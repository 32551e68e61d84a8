"""One destination is sent to by one job at a time: the heads of its subjects side by side, within bounds.

What ended is written down, and what goes next is read, in one transaction while the rest is on its way. A job that is
killed has written nothing of what was on its way then: it is sent again, with the same id.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass

import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from rallypoint.features.deliveries.model import Delivery, Destination, DestinationState
from rallypoint.features.deliveries.rules.shipments import Say, Target, shipment
from rallypoint.kernel import jobs, turns
from rallypoint.kernel.cards import Card
from rallypoint.kernel.errors import NotFound, Refused, Unavailable
from rallypoint.kernel.jobs import Work
from rallypoint.kernel.outlets import Receipt, Verdict
from rallypoint.kernel.vault import CannotOpen, Vault, vault_of

from . import queueing, settling
from .queueing import Chain
from .rows import fact_of, health_of, target_of
from .settling import Tried

BUDGET = 10.0
"""Seconds, by the event loop's clock: then the job ends, and comes again behind the others that wait."""
SIDE_BY_SIDE = 8
CHAIN_SECONDS = 2.0

log = structlog.get_logger()


async def send(work: Work) -> None:
    await _Sending(work, work.args["destination_id"]).run()


@dataclass(slots=True)
class _Flight:
    """What is on its way of one subject."""

    task: asyncio.Task[list[Tried]]
    chain: Chain


class _Sending:
    def __init__(self, work: Work, destination_id: int) -> None:
        self._work = work
        self._id = destination_id
        self._flights: list[_Flight] = []
        self._target: Target | None = None
        self._vault: Vault | None = None
        self._loop = asyncio.get_running_loop()
        self._until = self._loop.time() + BUDGET
        self._ends = False

    async def run(self) -> None:
        try:
            await self._step([])
            while self._flights:
                await asyncio.wait(
                    [flight.task for flight in self._flights], return_when=asyncio.FIRST_COMPLETED
                )
                landed = [flight for flight in self._flights if flight.task.done()]
                self._flights = [each for each in self._flights if each not in landed]
                await self._step([tried for flight in landed for tried in flight.task.result()])
        finally:
            await self._give_up()

    async def _step(self, tried: Sequence[Tried]) -> None:
        """Write down what ended; read what is next, or say when to come back."""
        failed = any(each.receipt.verdict is not Verdict.DELIVERED for each in tried)
        is_ill = failed or self._work.kind == queueing.SEND_SLOWLY
        async with turns.mine() if is_ill else nullcontext():
            await self._step_now(tried)

    async def _step_now(self, tried: Sequence[Tried]) -> None:
        chains: Sequence[Chain] = []
        now = self._work.clock.now()
        async with self._work.sessions.begin() as session:
            row = await self._locked(session)
            if row is None:
                return
            if queueing.job_of(row) != self._work.kind:
                # Another job's since: it decides what the destination's health is.
                await queueing.wake(session, [row], now=now)
                return
            if tried and not await settling.settle(session, row, tried, now=now):
                log.warning("somebody else sends to the same destination", destination=row.id)
                self._ends = True
            self._ends = self._ends or not self._may_go_on(row)
            chains = [] if self._ends else await self._next(session, row)
            if chains and not await self._open(session, row):
                chains = []
            if not chains and not self._flights:
                await self._leave(session, row)
        self._launch(chains)

    async def _open(self, session: AsyncSession, row: Destination) -> bool:
        now = self._work.clock.now()
        self._vault = vault_of(session)
        try:
            self._target = target_of(session, row, now=now)
        except CannotOpen:
            await settling.pause_unreadable(session, row, now=now)
            self._ends = True
        return not self._ends

    async def _locked(self, session: AsyncSession) -> Destination | None:
        row = select(Destination).where(Destination.id == self._id)
        found: Destination | None = await session.scalar(row.with_for_update())
        return found

    def _may_go_on(self, row: Destination) -> bool:
        health, now = health_of(row), self._work.clock.now()
        return (
            row.state == DestinationState.ACTIVE
            and (health.next_try_at is None or health.next_try_at <= now)
            and self._loop.time() < self._until
        )

    async def _next(self, session: AsyncSession, row: Destination) -> list[Chain]:
        now = self._work.clock.now()
        health = health_of(row)
        if health.next_try_at is not None:
            return [] if self._flights else await queueing.probe(session, row.id)
        proven = row.last_delivered_at is not None and not health.is_slow(now)
        room = (SIDE_BY_SIDE if proven else 1) - len(self._flights)
        if room <= 0:
            return []
        under_way = [delivery for flight in self._flights for delivery in flight.chain]
        busy = {each.subject for each in under_way if not each.again}
        chains = await queueing.heads(session, row.id, busy=busy, most=room, now=now)
        if not chains and not any(each.again for each in under_way):
            chains = await queueing.replays(session, row.id, busy=(), now=now)
        return chains if proven else [chain[:1] for chain in chains]

    async def _leave(self, session: AsyncSession, row: Destination) -> None:
        """Nothing is on its way any more."""
        if row.state != DestinationState.ACTIVE:
            return
        now, health = self._work.clock.now(), health_of(row)
        row.slowly = not health.is_well(now)
        if health.next_try_at is not None:
            left = await queueing.is_left(session, row.id)
            due = max(now, health.next_try_at) if left else None
        else:
            due = await queueing.next_due(session, row.id, now)
        if due is not None:
            kind = queueing.job_of(row)
            key = queueing.key_of(kind, row.id)
            await jobs.schedule(session, kind, due=due, key=key, destination_id=row.id)

    def _launch(self, chains: Sequence[Chain]) -> None:
        for chain in chains:
            task = self._loop.create_task(self._carry(chain))
            self._flights.append(_Flight(task, chain))

    async def _carry(self, chain: Chain) -> list[Tried]:
        """Until one is not delivered: the others of its subject wait for it."""
        until = self._loop.time() + CHAIN_SECONDS
        tried: list[Tried] = []
        for delivery in chain:
            tried.append(await self._try(delivery))
            if tried[-1].receipt.verdict is not Verdict.DELIVERED or self._loop.time() > until:
                break
        return tried

    async def _try(self, delivery: Delivery) -> Tried:
        assert self._target is not None
        assert self._vault is not None
        at = self._work.clock.now()
        try:
            wanted = shipment(self._target, fact_of(self._vault, delivery), at)
        except Refused as refused:
            receipt = Receipt(Verdict.NEVER, reason=refused.code)
        else:
            if isinstance(wanted, Say):
                receipt = await self._say(wanted)
            else:
                receipt = await self._work.carrier.carry(wanted)
        return Tried(delivery, receipt, at, chance=random.random())  # noqa: S311

    async def _say(self, wanted: Say) -> Receipt:
        began = self._loop.time()
        try:
            await self._work.discord.say(
                wanted.channel_id, Card("", (wanted.text,)), key=wanted.key
            )
        except NotFound as refused:
            return Receipt(Verdict.GONE, self._loop.time() - began, reason=refused.code)
        except Refused as refused:
            return Receipt(Verdict.LATER, self._loop.time() - began, reason=refused.code)
        except Unavailable as error:
            seconds, retry_in = self._loop.time() - began, error.retry_in
            return Receipt(Verdict.LATER, seconds, reason="discord_unavailable", retry_in=retry_in)
        return Receipt(Verdict.DELIVERED, self._loop.time() - began)

    async def _give_up(self) -> None:
        for flight in self._flights:
            flight.task.cancel()
        for flight in self._flights:
            with suppress(asyncio.CancelledError):
                await flight.task
