"""The rules of who may do what, without a server."""

from __future__ import annotations

import pytest

from fakecord import Permission as P
from fakecord import permissions
from fakecord.entities import Channel, Guild, Member, Overwrite, Role
from fakecord.world import GuildState

EVERYONE, LOW, HIGH, ADMIN = "1", "2", "3", "4"
OWNER, ALICE = "10", "11"
NOW = 1000.0


def state(everyone: int = P.VIEW_CHANNEL | P.CONNECT | P.SEND_MESSAGES) -> GuildState:
    roles = {
        EVERYONE: Role(id=EVERYONE, guild_id=EVERYONE, name="@everyone", permissions=everyone),
        LOW: Role(id=LOW, guild_id=EVERYONE, name="low", permissions=P.MANAGE_CHANNELS, position=1),
        HIGH: Role(id=HIGH, guild_id=EVERYONE, name="high", permissions=0, position=2),
        ADMIN: Role(
            id=ADMIN, guild_id=EVERYONE, name="admin", permissions=P.ADMINISTRATOR, position=3
        ),
    }
    return GuildState(Guild(id=EVERYONE, name="g", owner_id=OWNER), roles=roles)


def member(*roles: str, user_id: str = ALICE, timeout_until: float | None = None) -> Member:
    return Member(
        guild_id=EVERYONE, user_id=user_id, joined_at=0, roles=roles, timeout_until=timeout_until
    )


def channel(*overwrites: Overwrite, type: int = 0) -> Channel:
    return Channel(id="20", guild_id=EVERYONE, type=type, name="c", overwrites=overwrites)


def role(target: str, allow: int = 0, deny: int = 0) -> Overwrite:
    return Overwrite(id=target, type=0, allow=allow, deny=deny)


def person(allow: int = 0, deny: int = 0) -> Overwrite:
    return Overwrite(id=ALICE, type=1, allow=allow, deny=deny)


@pytest.mark.parametrize(
    ("who", "where", "bit", "may"),
    [
        pytest.param(member(), channel(), P.VIEW_CHANNEL, True, id="everyone's base"),
        pytest.param(member(), channel(), P.MANAGE_CHANNELS, False, id="not in the base"),
        pytest.param(member(LOW), channel(), P.MANAGE_CHANNELS, True, id="by a role"),
        pytest.param(
            member(), channel(role(EVERYONE, deny=P.VIEW_CHANNEL)), P.VIEW_CHANNEL, False,
            id="everyone denied here",
        ),
        pytest.param(
            member(LOW),
            channel(role(EVERYONE, deny=P.SEND_MESSAGES), role(LOW, allow=P.SEND_MESSAGES)),
            P.SEND_MESSAGES, True, id="a role's allow beats everyone's deny",
        ),
        pytest.param(
            member(LOW, HIGH),
            channel(role(LOW, allow=P.SEND_MESSAGES), role(HIGH, deny=P.SEND_MESSAGES)),
            P.SEND_MESSAGES, True, id="among roles allow beats deny",
        ),
        pytest.param(
            member(LOW), channel(role(LOW, allow=P.SEND_MESSAGES), person(deny=P.SEND_MESSAGES)),
            P.SEND_MESSAGES, False, id="the member's deny beats a role's allow",
        ),
        pytest.param(
            member(LOW), channel(role(LOW, deny=P.VIEW_CHANNEL), person(allow=P.VIEW_CHANNEL)),
            P.VIEW_CHANNEL, True, id="the member's allow beats a role's deny",
        ),
        pytest.param(
            member(ADMIN), channel(person(deny=P.VIEW_CHANNEL)), P.VIEW_CHANNEL, True,
            id="an administrator is never denied",
        ),
        pytest.param(
            member(user_id=OWNER), channel(role(EVERYONE, deny=P.VIEW_CHANNEL)), P.BAN_MEMBERS,
            True, id="nor is the owner",
        ),
        pytest.param(
            member(LOW), channel(role(EVERYONE, deny=P.VIEW_CHANNEL)), P.MANAGE_CHANNELS, False,
            id="without VIEW there is nothing",
        ),
        pytest.param(
            member(LOW), channel(role(EVERYONE, deny=P.CONNECT), type=2), P.MANAGE_CHANNELS, False,
            id="a voice channel without CONNECT cannot be managed",
        ),
        pytest.param(
            member(LOW), channel(role(EVERYONE, deny=P.CONNECT), type=0), P.MANAGE_CHANNELS, True,
            id="a text channel without CONNECT can",
        ),
        pytest.param(
            member(), channel(person(allow=P.EMBED_LINKS, deny=P.SEND_MESSAGES)), P.EMBED_LINKS,
            False, id="without SEND there are no embeds",
        ),
        pytest.param(
            member(timeout_until=NOW + 1), channel(), P.SEND_MESSAGES, False, id="in timeout"
        ),
        pytest.param(
            member(timeout_until=NOW + 1), channel(), P.VIEW_CHANNEL, True, id="a timeout leaves VIEW"
        ),
        pytest.param(
            member(timeout_until=NOW), channel(), P.SEND_MESSAGES, True, id="the timeout is over"
        ),
        pytest.param(
            member(ADMIN, timeout_until=NOW + 1), channel(), P.SEND_MESSAGES, True,
            id="administrators have no timeout",
        ),
    ],
)  # fmt: skip
def test_a_channel_gives_and_takes(who, where, bit, may):
    assert bool(permissions.in_channel(state(), who, where, NOW) & bit) is may


@pytest.mark.parametrize(
    ("who", "other", "outranks"),
    [
        pytest.param(member(HIGH), member(LOW, user_id="12"), True, id="higher"),
        pytest.param(member(HIGH), member(HIGH, user_id="12"), False, id="equal"),
        pytest.param(member(LOW), member(HIGH, user_id="12"), False, id="lower"),
        pytest.param(member(ADMIN), member(user_id=OWNER), False, id="the owner is on top"),
        pytest.param(member(user_id=OWNER), member(ADMIN), True, id="of all"),
    ],
)
def test_rank_decides(who, other, outranks):
    assert permissions.outranks(state(), who, other) is outranks
