from __future__ import annotations

import pytest

from rallypoint.features.checkups import rules
from rallypoint.kernel.ids import GuildId, RoleId, UserId
from rallypoint.kernel.people import Permission
from rallypoint.kernel.ports import Overwrite

GUILD, ROLE, OTHER, BOT = 1, 2, 3, 4
CONNECT = Permission.CONNECT


def its_lacks(base, *overwrites):
    bot = rules.Bot(UserId(BOT), GuildId(GUILD), {RoleId(GUILD), RoleId(ROLE)}, base)
    return rules.lacks(bot, overwrites, CONNECT | Permission.VIEW_AUDIT_LOG)


def deny(target_id, target="role"):
    return Overwrite(target_id, target, deny=CONNECT)


def allow(target_id, target="role"):
    return Overwrite(target_id, target, allow=CONNECT)


@pytest.mark.parametrize(
    ("base", "overwrites", "denied_by"),
    [
        (Permission.NONE, [], None),
        (CONNECT, [deny(GUILD)], GUILD),
        (CONNECT, [allow(GUILD), deny(ROLE)], ROLE),
        (CONNECT, [allow(ROLE), deny(BOT, "member")], BOT),
    ],
    ids=["no role gives it", "everyone", "its role", "itself"],
)
def test_the_overwrite_in_the_way_is_named(base, overwrites, denied_by):
    [lack] = its_lacks(base, *overwrites)

    assert lack.permission == CONNECT
    assert (lack.denied_by and lack.denied_by.target_id) == denied_by


@pytest.mark.parametrize(
    ("base", "overwrites"),
    [
        (CONNECT, []),
        (CONNECT, [deny(OTHER)]),
        (CONNECT, [deny(GUILD), allow(ROLE)]),
        (CONNECT, [deny(GUILD), deny(ROLE), allow(BOT, "member")]),
        (Permission.NONE, [allow(GUILD)]),
        (Permission.ADMINISTRATOR, [deny(GUILD), deny(BOT, "member")]),
    ],
)
def test_what_is_given_back_by_a_nearer_overwrite_is_not_missing(base, overwrites):
    assert its_lacks(base, *overwrites) == []
