"""Somebody in a guild, and all they can do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from fakecord import permissions
from fakecord.core import Core
from fakecord.entities import (
    MESSAGEABLE,
    Channel,
    ChannelType,
    DirectChannel,
    Interaction,
    Json,
    Message,
    Thread,
    VoiceState,
)
from fakecord.entities import Member as MemberEntity
from fakecord.people import chat, commands, controls, modals
from fakecord.people.authorizing import authorize
from fakecord.people.channel import ChannelHandle
from fakecord.people.lookup import PeopleError, find_channel, may, seen_channel, state_of
from fakecord.people.managing import Managing
from fakecord.people.views import InteractionView, MessageView
from fakecord.permissions import Permission
from fakecord.rules import guilds, interactions, messages, voice
from fakecord.rules.interactions import InteractionType
from fakecord.transcript import lines, transcript, visible
from fakecord.world import GuildState

LONGEST_TEXT = 2000


class Member:
    """`await alice.joins("Lobby")`: what Discord's own client would refuse raises PeopleError."""

    def __init__(self, core: Core, guild_id: str, user_id: str) -> None:
        self._core = core
        self.guild_id = guild_id
        self.id = user_id

    @property
    def name(self) -> str:
        return self._core.world.users[self.id].username

    @property
    def mention(self) -> str:
        return f"<@{self.id}>"

    @property
    def entity(self) -> MemberEntity:
        return self._state.members[self.id]

    @property
    def manages(self) -> Managing:
        """Channels, roles and members."""
        return Managing(self._core, self.guild_id, self.id)

    @property
    def voice(self) -> VoiceState | None:
        return self._state.voice_states.get(self.id)

    @property
    def voice_channel(self) -> str | None:
        """The name of the channel they sit in."""
        channel = self._state.channels.get((self.voice and self.voice.channel_id) or "")
        return channel.name if channel else None

    async def joins(self, channel: str) -> None:
        """Sit down in a voice channel, by name or id, from nowhere or from another one."""
        target = self._seen(channel)
        self._check_may_sit(target)
        step = self._core.step(self.id)
        voice.join(step, self._state, self.id, target)
        self._core.commit(step)

    async def moves(self, channel: str) -> None:
        """As `joins`, but only from another channel."""
        self._seated()
        await self.joins(channel)

    async def leaves(self) -> None:
        """Leave voice."""
        self._seated()
        step = self._core.step(self.id)
        voice.leave(step, self._state, self.id)
        self._core.commit(step)

    async def mutes(self, on: bool = True) -> None:
        await self._changes_voice(self_mute=on)

    async def deafens(self, on: bool = True) -> None:
        await self._changes_voice(self_deaf=on, self_mute=on)

    async def streams(self, on: bool = True) -> None:
        await self._changes_voice(self_stream=on)

    async def quits(self) -> None:
        """Leave the guild."""
        step = self._core.step(self.id)
        guilds.remove_member(step, self._state, self.entity)
        self._core.commit(step)

    async def types(self, text: str, channel: str | None = None) -> MessageView:
        """Say something in a channel."""
        place = self._place(channel)
        self._check_may_write(place)
        self._check_text(place, text)
        step = self._core.step(self.id)
        message = messages.say(step, place, self.id, content=text)
        self._core.commit(step)
        return MessageView(self._core, message)

    async def reacts(self, emoji: str, message: MessageView | str, *, on: bool = True) -> None:
        """Put a reaction on a message they see, or with *on* false take it away."""
        found = self._looked_at(message, None)
        if not found:
            raise PeopleError(f"{self.name} sees no such message")
        chat.react(self._core, self.id, found[0], emoji, on)

    async def starts_thread(
        self,
        name: str,
        message: MessageView | None = None,
        *,
        channel: str | None = None,
        private: bool = False,
    ) -> ChannelHandle:
        """In a channel, or from a message in it."""
        starter = message.entity if message else None
        parent = self._channel_of(starter) if starter else self._place(channel)
        made = chat.start_thread(self._core, self.id, parent, name, starter, private)
        return ChannelHandle(self._core, self.guild_id, made.id)

    async def joins_thread(self, thread: str, *, on: bool = True) -> None:
        """By name or id; with *on* false they leave it."""
        chat.join_thread(self._core, self.id, self._seen(thread), on)

    async def is_interested(self, event: str, *, on: bool = True) -> None:
        """In a scheduled event, by name or id."""
        chat.care(self._core, self.guild_id, self.id, event, on)

    async def writes_to_bot(self, text: str) -> MessageView:
        """A direct message."""
        step = self._core.step(self.id)
        direct = self._core.world.direct_channel_with(self.id)
        if direct is None:
            direct = DirectChannel(id=step.new_id(), recipient_id=self.id)
            step.put(direct)
        message = messages.say(step, direct, self.id, content=text)
        self._core.commit(step)
        return MessageView(self._core, message)

    async def runs(
        self,
        command: str,
        options: Mapping[str, object] | None = None,
        *,
        channel: str | None = None,
        **more: object,
    ) -> InteractionView:
        """Run a slash command: ``runs("/room public", name="x")`` or ``runs("/room public name:x")``."""
        place = self._place(channel)
        self._check_may_use(place)
        given = {**(options or {}), **more}
        typed = commands.parse(self._core, self._state, self.id, command, given)
        data = commands.data_for(self._core, self._state, typed)
        return self._begin(InteractionType.COMMAND, place, data)

    async def completes(
        self,
        command: str,
        option: str,
        text: str = "",
        options: Mapping[str, object] | None = None,
        *,
        channel: str | None = None,
        **given: object,
    ) -> list[Json]:
        """What autocomplete offers for *option* after *text*: ``[{"name", "value"}]``.

        *options* and *given*: what the other options hold already.
        """
        place = self._place(channel)
        self._check_may_use(place)
        filled = {**(options or {}), **given, option: text}
        typed = commands.parse(self._core, self._state, self.id, command, filled)
        known = {each["name"]: each for each in typed.options}
        if not known.get(option, {}).get("autocomplete"):
            raise PeopleError(f"{typed.name} completes nothing for {option!r}")
        data = commands.data_for(self._core, self._state, typed, focused=option)
        view = self._begin(InteractionType.AUTOCOMPLETE, place, data)
        await view.answered()
        return view.choices or []

    async def clicks(
        self, button: str, *, message: MessageView | str | None = None, channel: str | None = None
    ) -> InteractionView:
        """Click the newest button of that label or custom_id they can see."""
        source, component = controls.find_button(self._looked_at(message, channel), button)
        data: Json = {"component_type": component["type"], "custom_id": component["custom_id"]}
        return self._begin(InteractionType.COMPONENT, self._channel_of(source), data, source)

    async def picks(
        self,
        *picked: str,
        of: str | None = None,
        message: MessageView | str | None = None,
        channel: str | None = None,
    ) -> InteractionView:
        """Pick from a select, by label, value or name; *of* is its custom_id or placeholder."""
        source, select = controls.find_select(self._looked_at(message, channel), picked, of)
        data = controls.pick(self._core, self._state, select, picked)
        return self._begin(InteractionType.COMPONENT, self._channel_of(source), data, source)

    async def submits(
        self, answer: InteractionView, fields: Mapping[str, object] | None = None, **more: object
    ) -> InteractionView:
        """Fill in the modal that answered them, fields by label or custom_id, and send it.

        A field for files takes a `File` or several; what is not given stays as it was shown.
        """
        await answer.answered()
        if answer.modal is None:
            raise PeopleError("that was not answered with a modal")
        data = modals.fill(self._core, self._state, answer.modal, {**(fields or {}), **more})
        before = answer.entity
        source = self._core.world.message(before.channel_id, before.source_message_id or "")
        place = find_channel(self._state, before.channel_id)
        return self._begin(InteractionType.MODAL, place, data, source, before)

    def reads(self, channel: str | None = None) -> str:
        """A channel as this member reads it, with what only they see."""
        return "\n".join(
            line for each in self.messages(channel) for line in lines(self._core.world, each.entity)
        )

    def messages(self, channel: str | None = None) -> list[MessageView]:
        """Oldest first."""
        place = self._place(channel)
        if not self._may(place, Permission.READ_MESSAGE_HISTORY):
            raise PeopleError(f'{self.name} may not read the history of "{place.name}"')
        return self._views(visible(self._core.world, place.id, self.id))

    def direct_messages(self) -> list[MessageView]:
        """What the bot told them in private."""
        direct = self._core.world.direct_channel_with(self.id)
        return self._views(visible(self._core.world, direct.id)) if direct else []

    def reads_direct(self) -> str:
        direct = self._core.world.direct_channel_with(self.id)
        return transcript(self._core.world, direct.id) if direct else ""

    def takes_direct_messages(self, on: bool = True) -> None:
        """Turned off, the bot gets 50007."""
        step = self._core.step(self.id)
        step.put(replace(self._core.world.users[self.id], takes_direct_messages=on))
        self._core.commit(step)

    async def authorizes(self, url: str, *, allow: bool = True) -> str:
        """Follow a link to the authorization page and answer it: where they are sent then.

        Empty if they are sent nowhere, as by a link that only adds a bot: to the guild it names, or
        this one. PeopleError for what a page says instead of sending them back.
        """
        return authorize(self._core, self.id, self.guild_id, url, allow=allow)

    def sees(self, channel: str) -> bool:
        return self._may(find_channel(self._state, channel))

    def commands(self) -> list[str]:
        """The slash commands offered to them."""
        offered = commands.allowed(self._core, self._state, self.id)
        return sorted(name for command in offered for name in commands.names(command))

    @property
    def _state(self) -> GuildState:
        state = state_of(self._core, self.guild_id)
        if self.id not in state.members:
            raise PeopleError(f"{self.name} is not a member of {state.guild.name}")
        return state

    def _may(self, channel: Channel, *needed: Permission) -> bool:
        return may(self._core, self._state, self.id, channel, Permission.VIEW_CHANNEL, *needed)

    def _seen(self, channel: str) -> Channel:
        return seen_channel(self._core, self._state, self.id, channel)

    def _seated(self) -> VoiceState:
        if self.voice is None:
            raise PeopleError(f"{self.name} is not in voice")
        return self.voice

    async def _changes_voice(self, **flags: bool) -> None:
        self._seated()
        step = self._core.step(self.id)
        voice.change(step, self._state, self.id, **flags)
        self._core.commit(step)

    def _check_may_sit(self, channel: Channel) -> None:
        if not channel.vocal:
            raise PeopleError(f'"{channel.name}" is not a voice channel')
        if not self._may(channel, Permission.CONNECT):
            raise PeopleError(f'{self.name} may not connect to "{channel.name}"')
        others = [v for v in self._core.world.occupants(channel) if v.user_id != self.id]
        full = channel.user_limit and len(others) >= channel.user_limit
        if full and not self._may(channel, Permission.MOVE_MEMBERS):
            raise PeopleError(
                f'{self.name} cannot join "{channel.name}": full ({len(others)} of {channel.user_limit})'
            )

    def _check_may_write(self, channel: Channel) -> None:
        allowed = self._may(channel, permissions.to_write(channel))
        locked = isinstance(channel, Thread) and channel.locked
        if not allowed or (locked and not self._may(channel, Permission.MANAGE_THREADS)):
            raise PeopleError(f'{self.name} may not write in "{channel.name}"')

    def _check_text(self, channel: Channel, text: str) -> None:
        """Its length, and slow mode: https://docs.discord.com/developers/resources/channel#channel-object"""
        if not text.strip():
            raise PeopleError("there is nothing to say")
        if len(text) > LONGEST_TEXT:
            raise PeopleError(f"that is {len(text)} characters long; {LONGEST_TEXT} are allowed")
        said = reversed(self._core.world.messages.get(channel.id, {}).values())
        last = next((each for each in said if each.author_id == self.id), None)
        if last is None or self._may(channel, Permission.BYPASS_SLOWMODE):
            return
        left = last.timestamp + channel.rate_limit_per_user - self._core.now()
        if left > 0:
            raise PeopleError(f'slow mode in "{channel.name}": {self.name} must wait {left:.0f} s')

    def _check_may_use(self, channel: Channel) -> None:
        if not self._may(channel, Permission.USE_APPLICATION_COMMANDS):
            raise PeopleError(f'{self.name} may not use commands in "{channel.name}"')

    def _place(self, channel: str | None) -> Channel:
        """The channel they name, or the first text channel they see."""
        if channel is not None:
            place = self._seen(channel)
            if place.type not in MESSAGEABLE:
                raise PeopleError(f'nothing can be written in "{place.name}"')
            return place
        texts = [c for c in self._state.channels.values() if c.type == ChannelType.TEXT]
        seen = next((each for each in texts if self._may(each)), None)
        if seen is None:
            raise PeopleError(f"{self.name} sees no text channel")
        return seen

    def _looked_at(self, message: MessageView | str | None, channel: str | None) -> list[Message]:
        everywhere = (*self._state.channels.values(), *self._state.threads.values())
        places = [self._seen(channel)] if channel else everywhere
        seen = [
            each
            for place in places
            if self._may(place)
            for each in visible(self._core.world, place.id, self.id)
        ]
        if message is None:
            return seen
        wanted = message if isinstance(message, str) else message.id
        return [each for each in seen if each.id == wanted]

    def _channel_of(self, message: Message) -> Channel:
        return find_channel(self._state, message.channel_id)

    def _begin(
        self,
        kind: InteractionType,
        place: Channel,
        data: Json,
        source: Message | None = None,
        cause: Interaction | None = None,
    ) -> InteractionView:
        step = self._core.step(self.id)
        begun = interactions.begin(step, kind, place, self.id, data, source, cause)
        self._core.commit(step)
        return InteractionView(self._core, begun)

    def _views(self, found: list[Message]) -> list[MessageView]:
        return [MessageView(self._core, each) for each in found]
