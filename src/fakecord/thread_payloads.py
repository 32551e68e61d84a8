"""Threads as Discord writes them on the wire."""

from __future__ import annotations

from fakecord.clock import iso
from fakecord.entities import Json, Thread, ThreadMember


def thread(entity: Thread, viewer_id: str | None = None) -> Json:
    """With *viewer_id*, who has joined it, also their own membership."""
    payload: Json = {
        "id": entity.id,
        "type": int(entity.type),
        "guild_id": entity.guild_id,
        "parent_id": entity.parent_id,
        "name": entity.name,
        "owner_id": entity.owner_id,
        "flags": entity.flags,
        "last_message_id": entity.last_message_id,
        "rate_limit_per_user": entity.rate_limit_per_user,
        "message_count": entity.message_count,
        # Exact here; the real one stops counting at 50.
        "member_count": len(entity.members),
        "total_message_sent": entity.total_message_sent,
        "thread_metadata": _metadata(entity),
    }
    if entity.last_pin is not None:
        payload["last_pin_timestamp"] = iso(entity.last_pin)
    own = entity.member(viewer_id) if viewer_id else None
    return payload | {"member": member(entity, own)} if own else payload


def member(of: Thread, entity: ThreadMember) -> Json:
    return {
        "id": of.id,
        "user_id": entity.user_id,
        "join_timestamp": iso(entity.joined_at),
        "flags": 0,
    }


def _metadata(entity: Thread) -> Json:
    told: Json = {
        "archived": entity.archived,
        "archive_timestamp": iso(entity.archived_at),
        "auto_archive_duration": entity.auto_archive_duration,
        "locked": entity.locked,
        "create_timestamp": iso(entity.created_at),
    }
    return told | {"invitable": entity.invitable} if entity.private else told
