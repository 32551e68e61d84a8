"""What a guild keeps besides channels, roles and members: frozen values, as in `entities`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Ban:
    guild_id: str
    user_id: str
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """An incoming one: whoever has its token may speak in its channel."""

    id: str
    guild_id: str
    channel_id: str
    name: str
    token: str
    creator_id: str
    application_id: str | None = None
    avatar: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduledEvent:
    id: str
    guild_id: str
    name: str
    entity_type: int
    """1 stage, 2 voice, 3 elsewhere."""
    start: float
    end: float | None = None
    channel_id: str | None = None
    location: str | None = None
    description: str | None = None
    status: int = 1
    """1 scheduled, 2 active, 3 completed, 4 canceled."""
    creator_id: str
    interested: tuple[str, ...] = ()
    """In the order in which they said so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Invite:
    code: str
    guild_id: str
    channel_id: str
    inviter_id: str
    created_at: float
    max_age: int = 86_400
    """Seconds; 0 is for ever."""
    max_uses: int = 0
    temporary: bool = False
    uses: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class StageInstance:
    id: str
    guild_id: str
    channel_id: str
    topic: str
    scheduled_event_id: str | None = None
