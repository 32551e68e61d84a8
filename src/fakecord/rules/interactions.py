"""Interactions: a person uses the application, the application answers in time or not at all.

https://docs.discord.com/developers/interactions/receiving-and-responding
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from enum import IntEnum

from fakecord import message_payloads, payloads
from fakecord.entities import Channel, DirectChannel, Interaction, Json, Message
from fakecord.errors import Refusal
from fakecord.files import LARGEST
from fakecord.message_payloads import EPHEMERAL, LOADING
from fakecord.permissions import ALL
from fakecord.rules import messages
from fakecord.step import Step

ANSWER_WINDOW = 3.0
TOKEN_WINDOW = 15 * 60.0


class InteractionType(IntEnum):
    COMMAND = 2
    COMPONENT = 3
    AUTOCOMPLETE = 4
    MODAL = 5


class Answer(IntEnum):
    MESSAGE = 4
    THINKING = 5
    LATER = 6
    UPDATE = 7
    CHOICES = 8
    MODAL = 9


def begin(
    step: Step,
    kind: InteractionType,
    channel: Channel,
    user_id: str,
    data: Json,
    source: Message | None = None,
    cause: Interaction | None = None,
) -> Interaction:
    """*source* is the message clicked on; *cause* is what a modal was the answer to."""
    interaction_id = step.new_id()
    interaction = Interaction(
        id=interaction_id,
        token=_token(interaction_id),
        type=kind,
        guild_id=channel.guild_id,
        channel_id=channel.id,
        user_id=user_id,
        created_at=step.now,
        data=data,
        source_message_id=source.id if source else None,
        cause_id=cause.id if cause else None,
    )
    step.put(interaction)
    step.emit("INTERACTION_CREATE", _payload(step, interaction, channel, source), channel.guild_id)
    return interaction


def check_unanswered(step: Step, interaction: Interaction | None) -> Interaction:
    """The interaction, if an answer to it is still in order: 10062 or 40060."""
    if interaction is None:
        raise Refusal(10062)
    if interaction.answer_type is not None:
        raise Refusal(40060)
    if step.now > interaction.created_at + ANSWER_WINDOW:
        raise Refusal(10062)
    return interaction


def check_token(step: Step, interaction: Interaction | None) -> Interaction:
    """The interaction a follow-up belongs to: 10015 or 50027."""
    if interaction is None or interaction.answer_type is None:
        raise Refusal(10015)
    if step.now > interaction.created_at + TOKEN_WINDOW:
        raise Refusal(50027)
    return interaction


def answer_message(step: Step, interaction: Interaction, given: Json) -> Message:
    message = _say(step, interaction, given)
    step.put(replace(interaction, answer_type=Answer.MESSAGE, response_message_id=message.id))
    return message


def answer_thinking(step: Step, interaction: Interaction, flags: int) -> Message:
    message = _say(step, interaction, {"flags": flags & EPHEMERAL | LOADING})
    step.put(
        replace(
            interaction,
            answer_type=Answer.THINKING,
            response_message_id=message.id,
            loading=True,
        )
    )
    return message


def answer_later(step: Step, interaction: Interaction) -> None:
    """A component is acknowledged and its message stays as it is."""
    source_id = interaction.source_message_id
    step.put(replace(interaction, answer_type=Answer.LATER, response_message_id=source_id))


def answer_update(step: Step, interaction: Interaction, source: Message, given: Json) -> Message:
    step.put(replace(interaction, answer_type=Answer.UPDATE, response_message_id=source.id))
    return messages.edit(step, source, **given)


def answer_choices(step: Step, interaction: Interaction, choices: list[Json]) -> None:
    step.put(replace(interaction, answer_type=Answer.CHOICES, choices=choices))


def answer_modal(step: Step, interaction: Interaction, modal: Json) -> None:
    step.put(replace(interaction, answer_type=Answer.MODAL, modal=modal))


def follow_up(step: Step, interaction: Interaction, given: Json) -> Message:
    """The first one after "is thinking…" fills that message in instead of adding one."""
    if interaction.loading and interaction.response_message_id:
        waiting = step.world.message(interaction.channel_id, interaction.response_message_id)
        if waiting is not None:
            return edit_original(step, interaction, waiting, given)
    message = _say(step, interaction, given)
    step.put(replace(interaction, follow_up_ids=(*interaction.follow_up_ids, message.id)))
    return message


def edit_original(step: Step, interaction: Interaction, message: Message, given: Json) -> Message:
    """Ephemeral or not was decided by the first answer and stays."""
    kept = message.flags & EPHEMERAL
    flags = given.pop("flags", None)
    flags = (message.flags if flags is None else flags) & ~(LOADING | EPHEMERAL) | kept
    step.put(replace(interaction, loading=False))
    given.pop("silent", None)
    return messages.edit(step, message, flags=flags, **given)


def _say(step: Step, interaction: Interaction, given: Json) -> Message:
    place = place_of(step, interaction)
    hidden = bool((given.get("flags") or 0) & EPHEMERAL)
    return messages.say(
        step,
        place,
        step.world.application.id,
        interaction_id=interaction.id,
        only_for=interaction.user_id if hidden else None,
        **given,
    )


def place_of(step: Step, interaction: Interaction) -> Channel | DirectChannel:
    place: Channel | DirectChannel | None = step.world.channel(interaction.channel_id)
    if place is None:
        place = step.world.direct_channels.get(interaction.channel_id)
    if place is None:
        raise Refusal(10003)
    return place


def _payload(
    step: Step, interaction: Interaction, channel: Channel, source: Message | None
) -> Json:
    world = step.world
    state = world.guilds[channel.guild_id]
    bits = step.permissions(interaction.user_id, channel)
    own = step.permissions(world.application.id, channel)
    person = payloads.member(world, state.members[interaction.user_id])
    payload: Json = {
        "id": interaction.id,
        "application_id": world.application.id,
        "type": int(interaction.type),
        "data": interaction.data,
        "guild_id": channel.guild_id,
        "guild": {"id": channel.guild_id, "features": [], "locale": state.guild.preferred_locale},
        "channel_id": channel.id,
        "channel": payloads.channel(channel) | {"permissions": str(bits)},
        "member": person | {"permissions": str(bits)},
        "token": interaction.token,
        "version": 1,
        "app_permissions": str(own & ALL),
        "locale": "en-US",
        "guild_locale": state.guild.preferred_locale,
        "entitlements": [],
        "authorizing_integration_owners": {"0": channel.guild_id},
        "context": 0,
        "attachment_size_limit": LARGEST,
    }
    return payload | {"message": message_payloads.message(world, source)} if source else payload


def _token(interaction_id: str) -> str:
    """Unguessable is not wanted here: the same clock gives the same token."""
    digest = hashlib.blake2b(f"interaction:{interaction_id}".encode(), digest_size=48)
    return "aW50ZXJhY3Rpb246" + digest.hexdigest()
