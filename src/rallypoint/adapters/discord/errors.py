"""How a no is said to the person who asked: one table, by kind of error."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import discord
import structlog
from discord import app_commands

from rallypoint.kernel import durations
from rallypoint.kernel.errors import OutcomeUnknown, Refused, Unavailable

from . import answers
from .words import Words, fill

log = structlog.get_logger()

MOST_CHARACTERS = 2_000
GONE = frozenset({10062, 10015, 50027})
"""Unanswered for three seconds, or its token has run out: nobody can be told any more."""
ACKNOWLEDGED = 40060

Kinds = type[BaseException] | tuple[type[BaseException], ...]
Saying = Callable[[Any, Words], str]

# The first that fits is taken.
SAYINGS: tuple[tuple[Kinds, Saying], ...] = (
    (Refused, lambda error, words: words.of(error)),
    (
        OutcomeUnknown,
        lambda *_: "Discord did not say whether that was done. Look first, before you try again.",
    ),
    (Unavailable, lambda error, _: _unavailable(error)),
    (app_commands.CommandOnCooldown, lambda error, _: _cooldown(error)),
    (
        app_commands.TransformerError,
        lambda error, _: fill("I do not understand “{value}”.", {"value": str(error.value)}),
    ),
    (app_commands.NoPrivateMessage, lambda _, words: words.of(Refused("guild_only"))),
    (
        app_commands.MissingPermissions,
        lambda error, words: words.of(
            Refused("member_lacks_permission", permission=_permissions(error))
        ),
    ),
    (
        app_commands.BotMissingPermissions,
        lambda error, _: f"I need the permission **{_permissions(error)}** here. Ask an admin.",
    ),
    (app_commands.CheckFailure, lambda *_: "You may not use this here."),
    (
        (app_commands.CommandNotFound, app_commands.CommandSignatureMismatch),
        lambda *_: "This command has changed. Reload Discord (Ctrl+R) and try again.",
    ),
)


def explain(error: BaseException, words: Words) -> str | None:
    """None: nothing that a person can act on, but a defect of ours."""
    for kinds, saying in SAYINGS:
        if isinstance(error, kinds):
            return saying(error, words)
    return None


def unwrap(error: BaseException) -> BaseException:
    """What a command really raised, in our own terms where it came from Discord."""
    if isinstance(error, app_commands.CommandInvokeError):
        error = error.original
    if _code(error) in GONE:
        return error
    if isinstance(error, (discord.HTTPException, discord.RateLimited, *answers.NETWORK)):
        return answers.meaning(error, sent=True)
    return error


async def say_no(interaction: discord.Interaction[Any], error: BaseException, words: Words) -> None:
    """Tell the person, and only them, why it was not done. Never raises."""
    cause = unwrap(error)
    where = {
        "guild_id": interaction.guild_id,
        "channel_id": interaction.channel_id,
        "user_id": interaction.user.id,
        "command": _command(interaction),
    }
    if _code(cause) in GONE:
        log.warning("discord.interaction_too_late", error=str(cause), **where)
        return
    text = explain(cause, words)
    if text is None:
        error_id = secrets.token_hex(4)
        log.error("discord.interaction_failed", error_id=error_id, exc_info=cause, **where)
        text = f"That failed on my side. Tell the people who run me: error `{error_id}`."
    elif not isinstance(cause, Refused):
        log.warning("discord.interaction_unavailable", error=str(cause), **where)
    if interaction.type is discord.InteractionType.autocomplete:
        return
    try:
        await _reply(interaction, text[:MOST_CHARACTERS])
    except (discord.DiscordException, Unavailable, *answers.NETWORK) as failure:
        log.warning("discord.interaction_not_told", error=str(failure), **where)


async def _reply(interaction: discord.Interaction[Any], text: str) -> None:
    response = interaction.response
    if not response.is_done():
        try:
            await response.send_message(text, ephemeral=True)
        except discord.HTTPException as failure:
            if failure.code != ACKNOWLEDGED:
                raise
        else:
            return
    elif response.type is discord.InteractionResponseType.deferred_channel_message:
        # The first follow-up fills the "is thinking" message and is as public as that one.
        await interaction.delete_original_response()
    await interaction.followup.send(text, ephemeral=True)


def _unavailable(error: Unavailable) -> str:
    if error.retry_in is None:
        return "Discord did not answer. Try again in a minute."
    return f"Discord asks for a pause. Try again in {_in_seconds(error.retry_in)}."


def _cooldown(error: app_commands.CommandOnCooldown) -> str:
    return f"Try again in {_in_seconds(timedelta(seconds=error.retry_after))}."


def _in_seconds(wait: timedelta) -> str:
    return durations.words(timedelta(seconds=max(1, round(wait.total_seconds()))))


def _permissions(
    error: app_commands.MissingPermissions | app_commands.BotMissingPermissions,
) -> str:
    return ", ".join(name.replace("_", " ").title() for name in error.missing_permissions)


def _command(interaction: discord.Interaction[Any]) -> str | None:
    return interaction.command.qualified_name if interaction.command else None


def _code(error: BaseException) -> int | None:
    return error.code if isinstance(error, discord.HTTPException) else None
