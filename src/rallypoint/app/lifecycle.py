"""Runs what belongs together until it is cancelled, or until one of them ends."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any

import structlog

from rallypoint.kernel.errors import CannotStart, RallypointError

from . import memory

log = structlog.get_logger(__name__)

SIGNALS = (signal.SIGTERM, signal.SIGINT)
SAME_SIGNAL = 1.0
"""Seconds: who starts us may send it to us and to our process group, as `timeout` does, and mean one."""


class PartDied(RallypointError):
    """The message is one line for the operator."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    name: str
    run: Callable[[], Awaitable[None]]
    stop: Callable[[], None] | None = None
    """Ask it to end by itself; without it, it is cancelled."""
    in_good_order: bool = False
    """`stop` is for an end that was asked for; when another part has died, it is cancelled."""
    patience: float = 6.0
    """Seconds it is given after `stop`, and again after it was cancelled."""


async def until_signalled(work: Coroutine[Any, Any, None]) -> None:
    """SIGTERM and SIGINT cancel *work*, which is a clean end; later ones end the process as they would any other."""
    loop = asyncio.get_running_loop()
    working = asyncio.create_task(work, name="program")

    def cancel() -> None:
        if not working.cancelling():
            working.cancel()
            loop.call_later(SAME_SIGNAL, _stop_listening, loop)

    for number in SIGNALS:
        loop.add_signal_handler(number, cancel)
    memory.keep_settled(loop)
    try:
        await asyncio.wait({working})
    finally:
        _stop_listening(loop)
    if not working.cancelled():
        working.result()


def _stop_listening(loop: asyncio.AbstractEventLoop) -> None:
    for number in SIGNALS:
        loop.remove_signal_handler(number)


async def run_together(members: Sequence[Member]) -> None:
    """Run *members* until cancelled; then end them one after the other, in their order.

    One that ends before that ends them all: raises its CannotStart, else PartDied.
    """
    tasks = {each: asyncio.create_task(_run(each), name=each.name) for each in members}
    ended: list[Member] = []
    try:
        await asyncio.wait(tasks.values(), return_when=asyncio.FIRST_COMPLETED)
        ended = [each for each, task in tasks.items() if task.done()]
    finally:
        for member, task in tasks.items():
            await _end(member, task, died=bool(ended))
    raise _death_of(ended[0], tasks[ended[0]])


async def _run(member: Member) -> None:
    await member.run()


async def _end(member: Member, task: asyncio.Task[None], *, died: bool) -> None:
    if member.stop is not None and not task.done() and not (died and member.in_good_order):
        member.stop()
        await asyncio.wait({task}, timeout=member.patience)
    if not task.done():
        task.cancel()
        await asyncio.wait({task}, timeout=member.patience)
    if not task.done():
        log.error("A part does not end and is left behind", part=member.name)
    elif not task.cancelled() and (error := task.exception()):
        log.debug("A part ended with an error", part=member.name, error=repr(error))


def _death_of(member: Member, task: asyncio.Task[None]) -> RallypointError:
    error = None if task.cancelled() else task.exception()
    if isinstance(error, CannotStart):
        return error
    log.critical("A part of the program died", part=member.name, exc_info=error)
    what = f"{type(error).__name__}: {error}" if error else "it ended by itself"
    return PartDied(
        f"the {member.name} died ({' '.join(what.split())}); the log above says where."
        " Nothing is lost: start the program again"
    )
