"""What people are called, as the gateway tells it by the way: with a voice state, a command, a server that appears.

discord.py keeps no members for us, so that it keeps no ghosts.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from rallypoint.kernel.ids import GuildId, UserId

MOST = 50_000

Payload = dict[str, Any]


class Names:
    def __init__(self) -> None:
        self._names: dict[tuple[int, int], str] = {}
        self.raw: Mapping[str, Callable[[Payload], None]] = {
            "GUILD_CREATE": self._of_guild,
            "VOICE_STATE_UPDATE": self._of_one,
            "INTERACTION_CREATE": self._of_command,
        }

    def of(self, guild_id: GuildId, user_ids: Collection[UserId]) -> dict[UserId, str]:
        found = {each: self._names.get((guild_id, each)) for each in user_ids}
        return {user_id: name for user_id, name in found.items() if name is not None}

    def note(self, guild_id: int, user_id: int, name: str) -> None:
        self._names[guild_id, user_id] = name
        while len(self._names) > MOST:
            del self._names[next(iter(self._names))]

    def _of_guild(self, payload: Payload) -> None:
        for member in payload.get("members", ()):
            self._take(int(payload["id"]), member)

    def _of_one(self, payload: Payload) -> None:
        if payload.get("member") and payload.get("guild_id"):
            self._take(int(payload["guild_id"]), payload["member"])

    def _of_command(self, payload: Payload) -> None:
        """Who gave it, and whoever it names."""
        self._of_one(payload)
        resolved = payload.get("data", {}).get("resolved", {})
        for user_id, member in resolved.get("members", {}).items():
            user = resolved.get("users", {}).get(user_id)
            if payload.get("guild_id"):
                self._take(int(payload["guild_id"]), member | {"user": user})

    def _take(self, guild_id: int, member: Payload) -> None:
        if user := member.get("user"):
            name = member.get("nick") or user.get("global_name") or user["username"]
            self.note(guild_id, int(user["id"]), name)
