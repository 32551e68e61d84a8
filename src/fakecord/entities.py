"""What the world is made of: frozen values, replaced as a whole when something changes.

Ids are strings and times are seconds since 1970; `payloads` turns them into what Discord sends.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import Annotated, Any

from pydantic import PlainSerializer

Json = dict[str, Any]
# As a string in JSON: a browser's numbers end at 53 bits, and Discord does the same.
Bits = Annotated[int, PlainSerializer(str, return_type=str)]


class ChannelType(IntEnum):
    TEXT = 0
    DM = 1
    VOICE = 2
    CATEGORY = 4
    ANNOUNCEMENT = 5
    STAGE = 13
    FORUM = 15


VOCAL = frozenset({ChannelType.VOICE, ChannelType.STAGE})
# Voice channels have a chat of their own.
MESSAGEABLE = frozenset(
    {ChannelType.TEXT, ChannelType.VOICE, ChannelType.ANNOUNCEMENT, ChannelType.STAGE}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamMember:
    user_id: str
    role: str = "admin"
    """`admin`, `developer` or `read_only`; the owner's is not told."""
    membership_state: int = 2
    """1: invited, 2: accepted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    id: str
    name: str
    token: str
    allowed_intents: int = (1 << 26) - 1
    owner_id: str | None = None
    """None: the first person there is."""
    team: tuple[TeamMember, ...] | None = None
    """If it belongs to a team; the first is the team's owner."""


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    id: str
    username: str
    global_name: str | None = None
    bot: bool = False
    takes_direct_messages: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Guild:
    id: str
    name: str
    owner_id: str
    unavailable: bool = False
    afk_channel_id: str | None = None
    afk_timeout: int = 300
    system_channel_id: str | None = None
    verification_level: int = 0
    default_message_notifications: int = 0
    explicit_content_filter: int = 0
    preferred_locale: str = "en-US"
    description: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    id: str
    guild_id: str
    name: str
    permissions: Bits = 0
    position: int = 0
    color: int = 0
    hoist: bool = False
    mentionable: bool = False
    managed: bool = False
    bot_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Overwrite:
    id: str
    type: int
    """0 is a role, 1 a member."""
    allow: Bits = 0
    deny: Bits = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    id: str
    guild_id: str
    type: int
    name: str
    position: int = 0
    parent_id: str | None = None
    overwrites: tuple[Overwrite, ...] = ()
    topic: str | None = None
    nsfw: bool = False
    rate_limit_per_user: int = 0
    bitrate: int = 64000
    user_limit: int = 0
    rtc_region: str | None = None
    video_quality_mode: int = 1
    last_message_id: str | None = None
    status: str | None = None
    flags: int = 0

    @property
    def vocal(self) -> bool:
        return self.type in VOCAL


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectChannel:
    """The chat between the application's bot and one person."""

    id: str
    recipient_id: str
    last_message_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    guild_id: str
    user_id: str
    joined_at: float
    nick: str | None = None
    roles: tuple[str, ...] = ()
    mute: bool = False
    deaf: bool = False
    timeout_until: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceState:
    guild_id: str
    user_id: str
    channel_id: str | None
    session_id: str
    deaf: bool = False
    mute: bool = False
    self_deaf: bool = False
    self_mute: bool = False
    self_video: bool = False
    self_stream: bool = False
    suppress: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    id: str
    channel_id: str
    guild_id: str | None
    author_id: str
    content: str = ""
    type: int = 0
    flags: int = 0
    timestamp: float = 0.0
    edited: float | None = None
    embeds: list[Json] = field(default_factory=list)
    components: list[Json] = field(default_factory=list)
    attachments: list[Json] = field(default_factory=list)
    mentions: tuple[str, ...] = ()
    mention_roles: tuple[str, ...] = ()
    mention_everyone: bool = False
    tts: bool = False
    nonce: str | None = None
    reference: Json | None = None
    interaction_id: str | None = None
    only_for: str | None = None
    """The one person who sees it: ephemeral."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    id: str
    guild_id: str | None
    version: str
    name: str
    type: int
    definition: Json
    """Everything else Discord keeps of it: description, options, default_member_permissions…"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interaction:
    id: str
    token: str
    type: int
    guild_id: str | None
    channel_id: str
    user_id: str
    created_at: float
    data: Json
    source_message_id: str | None = None
    cause_id: str | None = None
    """For a modal: the interaction it was the answer to."""
    answer_type: int | None = None
    """The callback type it was answered with; None until then."""
    response_message_id: str | None = None
    loading: bool = False
    """Answered with "is thinking…" and not filled in yet."""
    modal: Json | None = None
    choices: list[Json] | None = None
    follow_up_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    id: str
    guild_id: str
    action_type: int
    user_id: str
    target_id: str | None
    reason: str | None = None
    changes: list[Json] = field(default_factory=list)
    options: Json | None = None


Entity = (
    Application
    | User
    | Guild
    | Role
    | Channel
    | DirectChannel
    | Member
    | VoiceState
    | Message
    | Command
    | Interaction
    | AuditEntry
)
