"""Scheduled events, and who is interested.

https://docs.discord.com/developers/resources/guild-scheduled-event
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from fakecord import happening_payloads
from fakecord.entities import Channel, Json
from fakecord.guild_entities import ScheduledEvent
from fakecord.step import Step
from fakecord.world import GuildState

CREATE, UPDATE, DELETE = 100, 101, 102
SCHEDULED, ACTIVE, COMPLETED, CANCELED = 1, 2, 3, 4
EXTERNAL = 3
NEXT = {SCHEDULED: (ACTIVE, CANCELED), ACTIVE: (COMPLETED,), COMPLETED: (), CANCELED: ()}
"""What a status may become."""
TOLD = ("name", "description", "entity_type", "channel_id", "status", "location")


def create(step: Step, guild_id: str, creator_id: str, **given: Any) -> ScheduledEvent:
    event = ScheduledEvent(id=step.new_id(), guild_id=guild_id, creator_id=creator_id, **given)
    step.put(event)
    _announce(step, "GUILD_SCHEDULED_EVENT_CREATE", event)
    step.audit(guild_id, CREATE, event.id, [{"key": "name", "new_value": event.name}])
    return event


def update(step: Step, event: ScheduledEvent, **given: Any) -> ScheduledEvent:
    """A finished or canceled one is kept, and not listed any more."""
    changed = replace(event, **given)
    if changed == event:
        return event
    step.put(changed)
    _announce(step, "GUILD_SCHEDULED_EVENT_UPDATE", changed)
    told = [
        {"key": key, "old_value": getattr(event, key), "new_value": getattr(changed, key)}
        for key in TOLD
        if getattr(event, key) != getattr(changed, key)
    ]
    step.audit(event.guild_id, UPDATE, event.id, told)
    return changed


def next_turn(event: ScheduledEvent) -> float | None:
    """When its status changes by itself: only events elsewhere do, at their start and end."""
    if event.entity_type != EXTERNAL:
        return None
    return {SCHEDULED: event.start, ACTIVE: event.end}.get(event.status)


def turn(step: Step, event: ScheduledEvent) -> None:
    """Nobody has done it, so no audit entry tells of it."""
    changed = replace(event, status=NEXT[event.status][0])
    step.put(changed)
    _announce(step, "GUILD_SCHEDULED_EVENT_UPDATE", changed)


def delete(step: Step, event: ScheduledEvent) -> None:
    step.remove(event)
    _announce(step, "GUILD_SCHEDULED_EVENT_DELETE", event)
    step.audit(event.guild_id, DELETE, event.id, [{"key": "name", "old_value": event.name}])


def interest(step: Step, event: ScheduledEvent, user_id: str, on: bool) -> ScheduledEvent:
    if (user_id in event.interested) == on:
        return event
    kept = tuple(each for each in event.interested if each != user_id)
    changed = replace(event, interested=(*kept, user_id) if on else kept)
    step.put(changed)
    data: Json = {
        "guild_scheduled_event_id": event.id,
        "user_id": user_id,
        "guild_id": event.guild_id,
    }
    name = f"GUILD_SCHEDULED_EVENT_USER_{'ADD' if on else 'REMOVE'}"
    step.emit(name, data, event.guild_id, _channel(step, event))
    return changed


def open_ones(state: GuildState) -> list[ScheduledEvent]:
    return [each for each in state.scheduled_events.values() if NEXT[each.status]]


def _announce(step: Step, name: str, event: ScheduledEvent) -> None:
    data = happening_payloads.scheduled_event(step.world, event)
    step.emit(name, data, event.guild_id, _channel(step, event))


def _channel(step: Step, event: ScheduledEvent) -> Channel | None:
    return step.world.channel(event.channel_id) if event.channel_id else None
