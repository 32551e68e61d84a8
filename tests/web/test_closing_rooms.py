"""Who may end a room, whatever page they come from."""

from __future__ import annotations

from typing import Any, cast

import pytest

from rallypoint.features.boards.service import closing
from rallypoint.features.rooms import api as rooms
from rallypoint.kernel.errors import Conflict, Forbidden, NotFound
from rallypoint.kernel.feature import Parts
from rallypoint.kernel.ids import GuildId, RoleId, UserId
from rallypoint.kernel.people import Actor, Permission
from rallypoint.kernel.ports import Discord

ARENA, ELSEWHERE = GuildId(10), GuildId(11)
ALICE = Actor(UserId(1), ARENA, "alice", Permission.MANAGE_GUILD)
OLGA = Actor(UserId(2), ARENA, "olga", roles=frozenset({RoleId(5)}))
VERA = Actor(UserId(3), ARENA, "vera", roles=frozenset({RoleId(6)}))
CHARLIE = Actor(UserId(4), ARENA, "charlie")
MALLORY = Actor(UserId(5), ELSEWHERE, "mallory", Permission.MANAGE_GUILD)


class Closing:
    """A Discord that lets the bot do everything, and tells which channels it closed."""

    connected = True

    def __init__(self) -> None:
        self.closed: list[int] = []

    def bot_permissions(self, *_: Any) -> Permission:
        return Permission.ADMINISTRATOR

    async def close_channel(self, channel_id: int, **_: Any) -> None:
        self.closed.append(channel_id)


@pytest.fixture
def discord():
    return Closing()


@pytest.fixture
async def close(sessions, clock, discord, set_setting):
    await set_setting("guilds.organisers", "5", ARENA)
    await set_setting("guilds.viewers", "6", ARENA)
    parts = Parts(sessions, clock, cast(Discord, discord))

    async def close(by, **room):
        given: dict[str, Any] = {
            "guild_id": ARENA,
            "channel_id": 77,
            "kind": "public",
            "name": "Chess",
            "owner_id": 1,
            "operation": "x",
            "state": rooms.State.OPEN,
            "requested_at": clock.now(),
            "opened_at": clock.now(),
        }
        async with sessions.begin() as session:
            row = rooms.Room(**(given | room))
            session.add(row)
            await session.flush()
            room_id = row.id
        return await closing.close(parts, room_id, actor=by)

    return close


@pytest.mark.parametrize("by", [ALICE, OLGA])
async def test_who_organises_closes_it_and_it_is_written_down(close, discord, audit_log, by):
    assert await close(by) is True

    assert discord.closed == [77]
    (entry,) = [each for each in await audit_log(ARENA) if each.action == "rooms.close_asked"]
    assert (entry.user_name, entry.after) == (by.name, {"name": "Chess"})


@pytest.mark.parametrize(
    ("by", "error"), [(VERA, Forbidden), (CHARLIE, Forbidden), (MALLORY, NotFound)]
)
async def test_nobody_else_does(close, discord, by, error):
    with pytest.raises(error):
        await close(by)

    assert discord.closed == []


@pytest.mark.parametrize("room", [{"held_by": 9}, {"keeper": "sessions"}])
async def test_a_room_that_is_held_or_anothers_stays(close, discord, room):
    with pytest.raises(Conflict):
        await close(ALICE, **room)

    assert discord.closed == []
