"""What the features ask of the outside world. Adapters implement it; `app` hands it over."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from .cards import Card
from .clock import Clock
from .ids import ChannelId, GuildId, MessageId, OperationId, RoleId, UserId
from .people import Permission


@dataclass(frozen=True, slots=True)
class Overwrite:
    """What one role or member may and may not do in one channel."""

    target_id: int
    target: Literal["role", "member"]
    allow: Permission = Permission.NONE
    deny: Permission = Permission.NONE


@dataclass(frozen=True, slots=True)
class VoiceChannelPlan:
    name: str
    parent_id: ChannelId | None = None
    user_limit: int = 0
    """0: no limit."""
    bitrate: int | None = None
    """Bits a second; None: Discord's default."""
    overwrites: tuple[Overwrite, ...] = ()


@dataclass(frozen=True, slots=True)
class VoiceChannelChanges:
    """What is None stays as it is."""

    name: str | None = None
    """Discord allows two renames in ten minutes: another one raises Unavailable with the time to wait."""
    user_limit: int | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """What a member is, and may do, in a guild as a whole."""

    name: str
    permissions: Permission
    """Everything for the owner and for administrators; next to nothing during a time-out."""
    roles: frozenset[RoleId] = frozenset()
    is_owner: bool = False


@dataclass(frozen=True, slots=True)
class SeenChannel:
    guild_id: GuildId
    name: str
    is_voice: bool
    """People can be in it: a stage, too."""


@dataclass(frozen=True, slots=True)
class ChannelLook:
    id: ChannelId
    name: str
    kind: Literal["text", "voice", "category", "other"]
    parent_id: ChannelId | None
    """The category it is in."""


@dataclass(frozen=True, slots=True)
class RoleLook:
    id: RoleId
    name: str
    is_managed: bool
    """A bot's own, or of a subscription: nobody gives it by hand."""


@dataclass(frozen=True, slots=True)
class GuildLook:
    """What a guild is called and made of, in the order in which Discord shows it."""

    id: GuildId
    name: str
    channels: tuple[ChannelLook, ...]
    """Categories, and behind each what is in it."""
    roles: tuple[RoleLook, ...]
    """The highest first, without `@everyone`."""


class Discord(Protocol):
    """Every effect carries its operation id in the audit-log reason, and is tried once: an effect whose outcome is
    not known is settled by `find_created`, never by asking again.

    All verbs raise: `Forbidden("discord_forbids")` (403), `Refused("discord_refuses", code=…, message=…)` (another
    4xx), `Unavailable` (no connection, nothing was sent, a long rate limit), `OutcomeUnknown` (the rest).
    """

    @property
    def connected(self) -> bool:
        """The gateway session is up and has told us its guilds."""

    @property
    def bot_id(self) -> UserId | None:
        """None until the first log-in."""

    def bot_permissions(
        self, guild_id: GuildId, channel_id: ChannelId | None = None
    ) -> Permission | None:
        """The bot's own, in the channel or in the guild as a whole. None: not known now (the guild is unavailable,
        or the channel is not there or not seen)."""

    def member_permissions(
        self,
        guild_id: GuildId,
        channel_id: ChannelId,
        user_id: UserId,
        roles: Collection[RoleId],
    ) -> Permission | None:
        """A member's with those roles, in the channel. None: not known now, as with `bot_permissions`."""

    def guild_ids(self) -> frozenset[GuildId]:
        """Where the bot is, and serves."""

    def look(self, guild_id: GuildId) -> GuildLook | None:
        """None: not known now, as with `bot_permissions`."""

    def member_names(self, guild_id: GuildId, user_ids: Collection[UserId]) -> dict[UserId, str]:
        """Of those whom Discord has told of since the start: at least all that are in voice. What a name is to others
        there: their nickname, if they have one."""

    def category_of(self, guild_id: GuildId, channel_id: ChannelId) -> ChannelId | None:
        """As the gateway told us. None: in none, or not known."""

    def channel(self, channel_id: ChannelId) -> SeenChannel | None:
        """As the gateway told us. None: not there, not seen, or its guild is unavailable."""

    def most_bitrate(self, guild_id: GuildId) -> int | None:
        """Bits a second that the guild's boosts allow. None: not known now."""

    @property
    def application_owners(self) -> frozenset[UserId]:
        """The owner of the bot's application, or those of its team who may change it; empty until the first log-in.
        Who leaves stays among them until `ask_application_owners`."""

    async def ask_application_owners(self) -> None:
        """Whose the application is now."""

    async def standing(self, guild_id: GuildId, user_id: UserId) -> Standing | None:
        """Asked anew each time. None: not a member, or the bot is not in that guild. Raises `Unavailable` alone, also
        while the guild is."""

    async def open_voice_channel(
        self, guild_id: GuildId, plan: VoiceChannelPlan, *, operation: OperationId, reason: str
    ) -> ChannelId:
        """Also raises `Conflict("guild_full")` (500 channels) and `Conflict("category_full")` (50 in a category)."""

    async def close_channel(
        self, channel_id: ChannelId, *, operation: OperationId, reason: str
    ) -> None:
        """A channel that is gone already is a success."""

    async def edit_voice_channel(
        self,
        channel_id: ChannelId,
        changes: VoiceChannelChanges,
        *,
        operation: OperationId,
        reason: str,
    ) -> None:
        """Also raises `NotFound("channel_unknown")`, as every verb on a channel does but the close."""

    async def change_overwrite(
        self,
        guild_id: GuildId,
        channel_id: ChannelId,
        wanted: Overwrite,
        *,
        clear: Permission = Permission.NONE,
        operation: OperationId,
        reason: str,
    ) -> None:
        """The bits of *wanted* are allowed or denied and those of *clear* neither; what else the target may or may not
        do there stays. It can be repeated: twice is as once."""

    async def move_member(
        self,
        guild_id: GuildId,
        user_id: UserId,
        channel_id: ChannelId | None,
        *,
        operation: OperationId,
        reason: str,
    ) -> None:
        """Into another voice channel, or out of voice. Also raises `Conflict("member_not_in_voice")` (40032)."""

    async def set_voice_status(
        self, channel_id: ChannelId, status: str, *, operation: OperationId, reason: str
    ) -> None:
        """The line under a voice channel's name, 500 characters at most; "": none."""

    async def say(
        self, channel_id: ChannelId, card: Card, *, key: str, ping: UserId | None = None
    ) -> MessageId:
        """*key*: said again with it within minutes, it is said once. Pings nobody but *ping*, if the card mentions
        them."""

    async def change_said(self, channel_id: ChannelId, message_id: MessageId, card: Card) -> None:
        """Also raises `NotFound("message_unknown")`."""

    async def unsay(self, channel_id: ChannelId, message_id: MessageId) -> None:
        """A message that is gone already is a success."""

    async def tell(self, user_id: UserId, card: Card, *, key: str) -> None:
        """A direct message; *key* as for `say`. Also raises `Forbidden("member_takes_no_messages")`."""

    async def find_created(
        self,
        guild_id: GuildId,
        plan: VoiceChannelPlan,
        *,
        operation: OperationId,
        since: datetime,
        until: datetime,
    ) -> tuple[ChannelId, ...]:
        """The channels that *operation* left behind and that still exist: by the audit log; where the bot may not read
        it, by parent, exact name, type and a creation time between *since* and *until*. More than one: undecidable.
        """

    async def edit_answer(self, token: str, card: Card) -> None:
        """Change what an interaction was answered, or is thinking of. Its token lives for 15 minutes, then this raises
        `Refused`; pings nobody."""

    def voice_channel(self, guild_id: GuildId) -> ChannelId | None:
        """Where the bot sits by its own account, also while it is on its way back there; None: nowhere, or somebody
        took its seat away."""

    async def join_voice(self, guild_id: GuildId, channel_id: ChannelId) -> None:
        """Sit the bot down there, wherever in that guild it sits now: a bot has one seat in each. Returns once Discord
        has said so; if it sits there already, at once. A fresh log-in begins without seats.

        Raises `Forbidden("bot_lacks_permission")`, `NotFound("voice_channel_gone")`, or within a quarter of a minute
        `Unavailable`."""

    async def leave_voice(self, guild_id: GuildId) -> None:
        """Nowhere: a success. After some seconds it has left whatever Discord says; nothing is raised."""


class Means(Protocol):
    """What a use case needs that speaks with Discord between two transactions: an edge's `Parts` and a job's `Work`
    both have it."""

    @property
    def sessions(self) -> async_sessionmaker[AsyncSession]: ...

    @property
    def clock(self) -> Clock: ...

    @property
    def discord(self) -> Discord: ...
