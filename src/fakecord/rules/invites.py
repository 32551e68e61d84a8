"""Invites.

https://docs.discord.com/developers/resources/invite
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any

from fakecord import happening_payloads, payloads
from fakecord.entities import Channel, Json
from fakecord.guild_entities import Invite
from fakecord.step import Step

CREATE, DELETE = 40, 42
ALPHABET = "23456789abcdefghjkmnpqrstuvwxyzABCDEFGHJKMNPQRSTUVWXYZ"


def create(step: Step, channel: Channel, **given: Any) -> Invite:
    invite = Invite(
        code=_code(step.new_id()),
        guild_id=channel.guild_id,
        channel_id=channel.id,
        inviter_id=step.actor_id,
        created_at=step.now,
        **given,
    )
    step.put(invite)
    data: Json = {
        "channel_id": channel.id,
        "guild_id": channel.guild_id,
        "code": invite.code,
        "inviter": payloads.user(step.world.users[invite.inviter_id]),
        **happening_payloads.invite_metadata(invite),
    }
    step.emit("INVITE_CREATE", data, channel.guild_id, channel)
    step.audit(channel.guild_id, CREATE, None, [{"key": "code", "new_value": invite.code}])
    return invite


def delete(step: Step, invite: Invite) -> None:
    step.remove(invite)
    data: Json = {
        "channel_id": invite.channel_id,
        "guild_id": invite.guild_id,
        "code": invite.code,
    }
    channel = step.world.channel(invite.channel_id)
    step.emit("INVITE_DELETE", data, invite.guild_id, channel)
    step.audit(invite.guild_id, DELETE, None, [{"key": "code", "old_value": invite.code}])


def use(step: Step, invite: Invite) -> None:
    """Used up, it is gone."""
    used = replace(invite, uses=invite.uses + 1)
    if invite.max_uses and used.uses >= invite.max_uses:
        delete(step, invite)
    else:
        step.put(used)


def valid(invite: Invite, now: float) -> bool:
    return not invite.max_age or now < invite.created_at + invite.max_age


def same(invites: list[Invite], channel: Channel, inviter_id: str, given: Json) -> Invite | None:
    """One like it, which is given again unless a unique one is asked for."""
    wanted = given | {"channel_id": channel.id, "inviter_id": inviter_id}
    found = (
        each
        for each in invites
        if all(getattr(each, key) == value for key, value in wanted.items())
    )
    return next(found, None)


def _code(seed: str) -> str:
    digest = hashlib.blake2b(f"invite:{seed}".encode(), digest_size=8).digest()
    return "".join(ALPHABET[byte % len(ALPHABET)] for byte in digest)
