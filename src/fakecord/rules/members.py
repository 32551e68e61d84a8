"""What is changed about a member: nickname, roles, timeout, and being moved or cut off in voice."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from fakecord import payloads
from fakecord.clock import iso
from fakecord.entities import Channel, Json, Member
from fakecord.rules import voice
from fakecord.step import Step
from fakecord.world import GuildState

KICK, UPDATE, ROLE_UPDATE, MOVE, DISCONNECT = 20, 24, 25, 26, 27


def update(step: Step, state: GuildState, member: Member, **given: Any) -> Member:
    """Nickname, roles and timeout, each with its audit entry."""
    changed = replace(member, **given)
    if changed == member:
        return member
    step.put(changed)
    step.emit(
        "GUILD_MEMBER_UPDATE",
        payloads.member(step.world, changed) | {"guild_id": member.guild_id},
        member.guild_id,
    )
    told = _differences(member, changed)
    if told:
        step.audit(member.guild_id, UPDATE, member.user_id, told)
    if changed.roles != member.roles:
        step.audit(
            member.guild_id, ROLE_UPDATE, member.user_id, _role_changes(state, member, changed)
        )
    return changed


def silence(step: Step, state: GuildState, member: Member, **flags: Any) -> None:
    """Server mute or deafening of somebody in voice."""
    before = state.voice_states[member.user_id]
    told = [
        {"key": key, "old_value": getattr(before, key), "new_value": value}
        for key, value in flags.items()
        if getattr(before, key) != value
    ]
    if told:
        voice.change(step, state, member.user_id, **flags)
        step.audit(member.guild_id, UPDATE, member.user_id, told)


def move(step: Step, state: GuildState, member: Member, channel: Channel) -> None:
    voice.join(step, state, member.user_id, channel)
    step.audit(state.guild.id, MOVE, None, options={"channel_id": channel.id, "count": "1"})


def disconnect(step: Step, state: GuildState, member: Member) -> None:
    voice.leave(step, state, member.user_id)
    step.audit(state.guild.id, DISCONNECT, None, options={"count": "1"})


def _differences(before: Member, after: Member) -> list[Json]:
    told: list[Json] = []
    if before.nick != after.nick:
        told.append({"key": "nick", "old_value": before.nick, "new_value": after.nick})
    if before.timeout_until != after.timeout_until:
        old, new = (
            None if at is None else iso(at) for at in (before.timeout_until, after.timeout_until)
        )
        told.append({"key": "communication_disabled_until", "old_value": old, "new_value": new})
    return told


def _role_changes(state: GuildState, before: Member, after: Member) -> list[Json]:
    told: list[Json] = []
    for key, ids in (
        ("$add", set(after.roles) - set(before.roles)),
        ("$remove", set(before.roles) - set(after.roles)),
    ):
        if ids:
            roles = [{"id": each, "name": state.roles[each].name} for each in sorted(ids)]
            told.append({"key": key, "new_value": roles})
    return told
