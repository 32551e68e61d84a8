"""What happens by itself as time goes on: threads are archived, events elsewhere begin and end.

https://docs.discord.com/developers/topics/threads
https://docs.discord.com/developers/resources/guild-scheduled-event
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from fakecord.agenda import Act
from fakecord.entities import Thread
from fakecord.guild_entities import ScheduledEvent
from fakecord.rules import events, threads
from fakecord.world import Change, World

if TYPE_CHECKING:
    from fakecord.core import Core


class Timetable:
    def __init__(self, core: Core) -> None:
        self._core = core
        self._drops: dict[str, Act] = {}

    def settle(self, changes: Iterable[Change]) -> None:
        """Look again at what has changed."""
        for change in changes:
            if isinstance(change.entity, Thread | ScheduledEvent):
                self._plan(change.entity)

    def begin(self, world: World) -> None:
        """Another world has taken the place of the one before."""
        for drop in self._drops.values():
            drop()
        self._drops.clear()
        for state in world.guilds.values():
            for thread in state.threads.values():
                self._plan(thread)
            for event in state.scheduled_events.values():
                self._plan(event)

    def _plan(self, entity: Thread | ScheduledEvent) -> None:
        drop = self._drops.pop(entity.id, None)
        if drop is not None:
            drop()
        due = _due(entity)
        if due is not None:
            self._drops[entity.id] = self._core.agenda.at(due, lambda: self._do(entity))

    def _do(self, planned: Thread | ScheduledEvent) -> None:
        """Unless it went meanwhile; a change to it would have planned it anew."""
        self._drops.pop(planned.id, None)
        state = self._core.world.guilds.get(planned.guild_id)
        if state is None:
            return
        step = self._core.step()
        if isinstance(planned, Thread):
            thread = state.threads.get(planned.id)
            if thread is not None:
                threads.expire(step, thread)
        else:
            event = state.scheduled_events.get(planned.id)
            if event is not None:
                events.turn(step, event)
        self._core.commit(step)


def _due(entity: Thread | ScheduledEvent) -> float | None:
    if isinstance(entity, Thread):
        return threads.idle_until(entity)
    return events.next_turn(entity)
