"""What the world is made of: frozen values, replaced as a whole when something changes.

Ids are strings and times are seconds since 1970; `payloads` turns them into what Discord sends.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import Annotated, Any

from pydantic import PlainSerializer

from fakecord.guild_entities import Ban, Invite, ScheduledEvent, StageInstance, Webhook
from fakecord.oauth2_entities import AuthorizationCode, Grant

Json = dict[str, Any]
# As a string in JSON: a browser's numbers end at 53 bits, and Discord does the same.
Bits = Annotated[int, PlainSerializer(str, return_type=str)]


class ChannelType(IntEnum):
    TEXT = 0
    DM = 1
    VOICE = 2
    CATEGORY = 4
    ANNOUNCEMENT = 5
    ANNOUNCEMENT_THREAD = 10
    PUBLIC_THREAD = 11
    PRIVATE_THREAD = 12
    STAGE = 13
    FORUM = 15


VOCAL = frozenset({ChannelType.VOICE, ChannelType.STAGE})
THREADS = frozenset(
    {ChannelType.ANNOUNCEMENT_THREAD, ChannelType.PUBLIC_THREAD, ChannelType.PRIVATE_THREAD}
)
# Voice channels have a chat of their own.
MESSAGEABLE = THREADS | {
    ChannelType.TEXT,
    ChannelType.VOICE,
    ChannelType.ANNOUNCEMENT,
    ChannelType.STAGE,
}


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
    description: str = ""
    tags: tuple[str, ...] = ()
    install_url: str | None = None
    shards: int = 1
    """How many are recommended to it."""
    redirect_uris: tuple[str, ...] = ()
    public_client: bool = False
    """Whether it may do without its secret, with PKCE."""
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
    webhook: bool = False
    """Nobody: the name under which a webhook's messages stand."""


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
    voice_started: float | None = None
    """Since when somebody sits in it."""
    flags: int = 0
    last_pin: float | None = None

    @property
    def vocal(self) -> bool:
        return self.type in VOCAL


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadMember:
    user_id: str
    joined_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread(Channel):
    """A channel inside of another one (`parent_id`), whose overwrites count for it."""

    owner_id: str
    created_at: float
    archived: bool = False
    archived_at: float
    """When it was archived or unarchived last; at first, when it was created."""
    auto_archive_duration: int = 4320
    """Minutes."""
    locked: bool = False
    invitable: bool = True
    message_count: int = 0
    """Without the message it was started from, and without deleted ones."""
    total_message_sent: int = 0
    members: tuple[ThreadMember, ...] = ()

    @property
    def private(self) -> bool:
        return self.type == ChannelType.PRIVATE_THREAD

    def member(self, user_id: str) -> ThreadMember | None:
        return next((each for each in self.members if each.user_id == user_id), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectChannel:
    """The chat between the application's bot and one person."""

    id: str
    recipient_id: str
    last_message_id: str | None = None
    last_pin: float | None = None


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
class VoiceCall:
    """The voice server a guild's bot was given, for one channel and one session of the gateway."""

    guild_id: str
    channel_id: str
    session_id: str
    token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reaction:
    emoji: str
    """The character itself, or ``name:id`` of an emoji of some guild."""
    user_ids: tuple[str, ...]


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
    pinned_at: float | None = None
    reactions: tuple[Reaction, ...] = ()
    webhook_id: str | None = None
    """Then the author is the webhook."""
    shown_as: str | None = None
    """The name a webhook gave itself for this message."""


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
    | VoiceCall
    | AuthorizationCode
    | Grant
    | Message
    | Command
    | Interaction
    | AuditEntry
    | Ban
    | Webhook
    | ScheduledEvent
    | Invite
    | StageInstance
)
