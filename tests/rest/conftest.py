"""The whole program on fakecord, and people who ask it by REST."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
import pytest

from fakecord import Fakecord, GuildHandle, Member
from fakecord import Permission as Bit
from rallypoint.features.accounts import api as accounts
from rallypoint.features.deliveries.model import Delivery, DeliveryState
from rallypoint.features.deliveries.rules.destinations import Kind, Terms
from rallypoint.features.deliveries.service import managing as destinations
from rallypoint.features.subscriptions.service import managing as subscriptions
from rallypoint.kernel.addresses import Bounds
from rallypoint.kernel.clock import SystemClock
from rallypoint.kernel.ids import GuildId, UserId, ulid
from rallypoint.kernel.jobs import Interval, Job, Work, schedules
from rallypoint.kernel.people import Actor, Operator, Permission

NEW: dict[str, Any] = {
    "name": "tidying",
    "task_type": "rooms.reconcile",
    "schedule": {"type": "interval", "seconds": 3600},
}


@dataclass
class Client:
    """One who asks."""

    http: httpx.AsyncClient
    headers: dict[str, str]

    async def __call__(self, method: str, path: str, body: Any = None, **more: Any):
        given = {"headers": self.headers | more.pop("headers", {})} | more
        if body is not None:
            given["json"] = body
        return await self.http.request(method, path, **given)


@pytest.fixture
def elsewhere(fake: Fakecord) -> GuildHandle:
    return fake.guild("Elsewhere")


@pytest.fixture
def bob(guild: GuildHandle, alice: Member) -> Member:
    """Has Manage Server, by a role."""
    guild.role("moderator", Bit.MANAGE_GUILD)
    return guild.member("bob", roles=["moderator"])


@pytest.fixture
def mallory(elsewhere: GuildHandle) -> Member:
    return elsewhere.member("mallory", owner=True)


@pytest.fixture
def oscar(fake: Fakecord, elsewhere: GuildHandle) -> Member:
    """Owns the application (to be asked for before the house); a member nowhere but elsewhere."""
    oscar = elsewhere.member("oscar")
    fake.owned_by(oscar)
    return oscar


@pytest.fixture
async def vera(guild: GuildHandle, alice: Member, set_setting) -> Member:
    """May look."""
    role = guild.role("watchers")
    await set_setting("guilds.viewers", role.id, int(guild.id))
    return guild.member("vera", roles=["watchers"])


@pytest.fixture
async def olga(guild: GuildHandle, alice: Member, set_setting) -> Member:
    """Organises."""
    role = guild.role("crew")
    await set_setting("guilds.organisers", role.id, int(guild.id))
    return guild.member("olga", roles=["crew"])


@pytest.fixture
async def http(dashboard, tls):
    async with httpx.AsyncClient(base_url=dashboard, timeout=20, verify=tls) as client:
        yield client


@pytest.fixture
def token_for(sessions) -> Callable[..., Awaitable[str]]:
    """`await token_for(alice, days=1)`: as the command line makes one."""

    async def make(member: Member, **options: Any) -> str:
        async with sessions.begin() as session:
            made = await accounts.create_token(
                session,
                user_id=UserId(int(member.id)),
                name="test",
                by=Operator(),
                now=options.pop("now", SystemClock().now()),
                **options,
            )
        return made.text

    return make


@pytest.fixture
def as_(http, token_for) -> Callable[..., Awaitable[Client]]:
    """`await as_(alice)`: somebody with a token."""

    async def client(member: Member | None, **options: Any) -> Client:
        if member is None:
            return Client(http, {})
        return Client(http, {"Authorization": f"Bearer {await token_for(member, **options)}"})

    return client


@pytest.fixture
def revoke(sessions) -> Callable[[Client], Awaitable[Client]]:
    """Take a client's token back."""

    async def revoke(client: Client) -> Client:
        token_id = client.headers["Authorization"].split("_")[1]
        async with sessions.begin() as session:
            await accounts.revoke_token(session, token_id, by=Operator(), now=SystemClock().now())
        return client

    return revoke


@pytest.fixture
def tasks(guild) -> str:
    return f"/api/v1/guilds/{guild.id}/scheduled-tasks"


@pytest.fixture
def plant(sessions) -> Callable[..., Awaitable[str]]:
    """`await plant(guild_id)`: a task there, or several; the id of the last."""

    async def nothing(work: Work) -> None:
        return

    async def plant(guild_id: str, times: int = 1) -> str:
        kinds = {NEW["task_type"]: Job(handler=nothing, custom=True)}
        wanted = schedules.Wanted(
            name="planted",
            kind=NEW["task_type"],
            recurrence=Interval(timedelta(hours=1)),
            guild_id=int(guild_id),
        )
        now = SystemClock().now()
        async with sessions.begin() as session:
            for _ in range(times):
                row = await schedules.create(session, kinds, wanted, by=None, now=now)
            return str(row.id)

    return plant


@pytest.fixture
def plant_destination(sessions) -> Callable[..., Awaitable[str]]:
    """`await plant_destination(guild_id)`: one there, with a delivery of the same number."""

    async def plant(guild_id: str) -> str:
        now = SystemClock().now()
        actor = Actor(UserId(1), GuildId(int(guild_id)), "planter", Permission.ADMINISTRATOR)
        wanted = destinations.Wanted(
            f"planted {ulid(now)}", Kind.WEBHOOK_POST, {"url": "https://hooks.example/"}
        )
        async with sessions.begin() as session:
            made = await destinations.add(
                session, wanted, terms=Terms(frozenset(), Bounds()), by=actor, now=now
            )
            row = made.destination
            await session.merge(
                Delivery(
                    id=row.id,
                    destination_id=row.id,
                    event_id=ulid(now),
                    kind="presence.joined",
                    subject="channel:1",
                    data={"guild_id": int(guild_id)},
                    happened_at=now,
                    state=DeliveryState.DELIVERED,
                    created_at=now,
                )
            )
            return str(row.id)

    return plant


@pytest.fixture
def plant_subscription(sessions, plant_destination) -> Callable[..., Awaitable[str]]:
    async def plant(guild_id: str) -> str:
        now = SystemClock().now()
        actor = Actor(UserId(1), GuildId(int(guild_id)), "planter", Permission.ADMINISTRATOR)
        destination_id = int(await plant_destination(guild_id))
        wanted = subscriptions.Wanted(destination_id, ["presence.*", "rooms.*"])
        async with sessions.begin() as session:
            row = await subscriptions.add(
                session, wanted, known=["presence.joined", "rooms.opened"], by=actor, now=now
            )
            return str(row.id)

    return plant
