"""Channels appear, change and vanish."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import fields, replace
from typing import Any

from fakecord import payloads
from fakecord.entities import Channel, ChannelType, Entity, Json, Overwrite
from fakecord.rules import events, voice
from fakecord.step import Step
from fakecord.world import GuildState

CREATE, UPDATE, DELETE = 10, 11, 12
OVERWRITE_CREATE, OVERWRITE_UPDATE, OVERWRITE_DELETE = 13, 14, 15
STATUS_UPDATE, STATUS_DELETE = 192, 193
TOLD = (
    "name",
    "type",
    "topic",
    "nsfw",
    "bitrate",
    "user_limit",
    "rate_limit_per_user",
    "parent_id",
)


def create(step: Step, state: GuildState, *, type: int, name: str, **given: Any) -> Channel:
    """Without overwrites of its own, a channel in a category starts with the category's."""
    parent = state.channels.get(given.get("parent_id") or "")
    if given.get("overwrites") is None:
        given["overwrites"] = parent.overwrites if parent else ()
    if given.get("position") is None:
        given["position"] = _next_position(state, type)
    channel = Channel(
        id=step.new_id(), guild_id=state.guild.id, type=type, name=name_for(type, name), **given
    )
    step.put(channel)
    step.emit("CHANNEL_CREATE", payloads.channel(channel), state.guild.id)
    told = [{"key": key, "new_value": getattr(channel, key)} for key in TOLD[:2]]
    overwrites = [payloads.overwrite(each) for each in channel.overwrites]
    told.append({"key": "permission_overwrites", "new_value": overwrites})
    step.audit(state.guild.id, CREATE, channel.id, told)
    return channel


def update(step: Step, channel: Channel, **given: Any) -> Channel:
    """Nothing is sent and recorded when nothing changes."""
    changed = replace(channel, **given)
    if "name" in given:
        changed = replace(changed, name=name_for(changed.type, changed.name))
    if changed == channel:
        return channel
    step.put(changed)
    step.emit("CHANNEL_UPDATE", payloads.channel(changed), channel.guild_id)
    told = _differences(channel, changed)
    if told:
        step.audit(channel.guild_id, UPDATE, channel.id, told)
    _audit_overwrites(step, channel, changed)
    return changed


def delete(step: Step, state: GuildState, channel: Channel) -> None:
    """Those who sit in it are disconnected first; the children of a category become orphans."""
    for occupant in step.world.occupants(channel):
        voice.leave(step, state, occupant.user_id)
    if channel.type == ChannelType.CATEGORY:
        for child in children(state, channel.id):
            orphan = replace(child, parent_id=None)
            step.put(orphan)
            step.emit("CHANNEL_UPDATE", payloads.channel(orphan), state.guild.id)
    for event in events.open_ones(state):
        # Discord documents nothing of it; an event that begins nowhere would be worse.
        if event.channel_id == channel.id:
            events.delete(step, event)
    for inner in _inside(state, channel.id):
        step.remove(inner)
    step.remove(channel)
    step.emit("CHANNEL_DELETE", payloads.channel(channel), state.guild.id)
    told = [{"key": key, "old_value": getattr(channel, key)} for key in TOLD[:2]]
    step.audit(state.guild.id, DELETE, channel.id, told)


def _inside(state: GuildState, channel_id: str) -> Iterator[Entity]:
    """What goes with a channel, unsaid."""
    yield from (each for each in state.threads.values() if each.parent_id == channel_id)
    yield from (each for each in state.webhooks.values() if each.channel_id == channel_id)
    yield from (each for each in state.invites.values() if each.channel_id == channel_id)
    yield from (each for each in state.stage_instances.values() if each.channel_id == channel_id)


def put_overwrite(step: Step, channel: Channel, overwrite: Overwrite) -> Channel:
    kept = tuple(each for each in channel.overwrites if each.id != overwrite.id)
    return update(step, channel, overwrites=(*kept, overwrite))


def remove_overwrite(step: Step, channel: Channel, target_id: str) -> Channel:
    kept = tuple(each for each in channel.overwrites if each.id != target_id)
    return update(step, channel, overwrites=kept)


def move(step: Step, moved: Iterable[tuple[Channel, Json]]) -> None:
    """New positions and parents; Discord writes no audit entry for a position."""
    for channel, given in moved:
        changed = replace(channel, **given)
        if changed != channel:
            step.put(changed)
            step.emit("CHANNEL_UPDATE", payloads.channel(changed), channel.guild_id)


def set_status(step: Step, channel: Channel, status: str | None) -> None:
    step.put(replace(channel, status=status or None))
    step.emit(
        "VOICE_CHANNEL_STATUS_UPDATE",
        {"id": channel.id, "guild_id": channel.guild_id, "status": status or None},
        channel.guild_id,
        channel,
    )
    action, options = (STATUS_UPDATE, {"status": status}) if status else (STATUS_DELETE, None)
    step.audit(channel.guild_id, action, channel.id, options=options)


def children(state: GuildState, category_id: str) -> list[Channel]:
    return [each for each in state.channels.values() if each.parent_id == category_id]


def name_for(type: int, name: str) -> str:
    """Text channels are written small and with dashes, as Discord does it."""
    if type in (ChannelType.TEXT, ChannelType.ANNOUNCEMENT, ChannelType.FORUM):
        return "-".join(name.lower().split())
    return name


def _next_position(state: GuildState, type: int) -> int:
    vocal = type in (ChannelType.VOICE, ChannelType.STAGE)
    same = [
        each.position
        for each in state.channels.values()
        if each.vocal == vocal
        and (each.type == ChannelType.CATEGORY) == (type == ChannelType.CATEGORY)
    ]
    return max(same, default=-1) + 1


def _differences(before: Channel, after: Channel) -> list[Json]:
    known = (each.name for each in fields(Channel) if each.name in TOLD)
    return [
        {"key": key, "old_value": getattr(before, key), "new_value": getattr(after, key)}
        for key in known
        if getattr(before, key) != getattr(after, key)
    ]


def _audit_overwrites(step: Step, before: Channel, after: Channel) -> None:
    old = {each.id: each for each in before.overwrites}
    new = {each.id: each for each in after.overwrites}
    for target_id in old.keys() | new.keys():
        was, now = old.get(target_id), new.get(target_id)
        if was == now:
            continue
        action = OVERWRITE_UPDATE if was and now else OVERWRITE_CREATE if now else OVERWRITE_DELETE
        step.audit(
            after.guild_id,
            action,
            after.id,
            _bits_changed(was, now),
            _overwrite_options(step, after, now or was),
        )


def _bits_changed(was: Overwrite | None, now: Overwrite | None) -> list[Json]:
    told: list[Json] = []
    for key in ("allow", "deny"):
        change: Json = {"key": key}
        if was is not None:
            change["old_value"] = str(getattr(was, key))
        if now is not None:
            change["new_value"] = str(getattr(now, key))
        told.append(change)
    return told


def _overwrite_options(step: Step, channel: Channel, overwrite: Overwrite | None) -> Json | None:
    if overwrite is None:
        return None
    options = {"id": overwrite.id, "type": str(overwrite.type)}
    role = step.world.guilds[channel.guild_id].roles.get(overwrite.id)
    return options | {"role_name": role.name} if role else options
