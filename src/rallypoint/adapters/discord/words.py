"""A refusal's code and facts → what to say."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from string import Formatter

import discord
import structlog

from rallypoint.kernel import durations
from rallypoint.kernel.errors import Refused

log = structlog.get_logger()

SHARED: Mapping[str, str] = {
    "member_lacks_permission": "You need the permission **{permission}** for that.",
    "discord_forbids": "Discord does not let me do that: {message} ({code}). "
    "Ask an admin to look at my permissions here.",
    "discord_refuses": "Discord did not accept that: {message} ({code}).",
    "guild_full": "This server has 500 channels, the most Discord allows. Delete one first.",
    "category_full": "That category has 50 channels, the most Discord allows. "
    "Delete one, or choose another category.",
    "channel_unknown": "That channel is not there any more.",
    "message_unknown": "That message is not there any more.",
    "member_not_in_voice": "They are not in a voice channel any more.",
    "member_takes_no_messages": "They do not take direct messages from me.",
    "card_outdated": "That card is of an older version of me and does not work any more. Ask for a new one.",
    "guild_only": "Use this in a server.",
    "guild_not_allowed": "I am not set up for this server. Ask the people who run me to add it.",
}
"""Refusals that come from below the features."""


class Words:
    """*refusals*: code → text with the facts as `{placeholders}`, of all features together."""

    def __init__(self, refusals: Mapping[str, str] | None = None) -> None:
        self._texts = {**SHARED, **(refusals or {})}

    def of(self, refused: Refused) -> str:
        text = self._texts.get(refused.code)
        if text is None:
            log.error("discord.refusal_without_words", code=refused.code, facts=[*refused.facts])
            return f"That is not possible ({refused.code})."
        return fill(text, refused.facts)


def fill(text: str, facts: Mapping[str, object]) -> str:
    """A fact is data: it cannot bring markdown of its own, nor end a code span. One that the
    text asks for and nobody gave stays visible, for a no must not become a crash."""
    said = ""
    for literal, name, _, _ in Formatter().parse(text):
        said += literal
        if name is None:
            continue
        if name not in facts:
            said += f"{{{name}}}"
        elif said.count("`") % 2:
            said += say(facts[name]).replace("`", "'")
        else:
            said += _plain(facts[name])
    return said


def say(fact: object) -> str:
    match fact:
        case datetime():
            return discord.utils.format_dt(fact, "R")
        case timedelta():
            return durations.words(fact)
        case _:
            return str(fact)


def _plain(fact: object) -> str:
    return discord.utils.escape_markdown(fact) if isinstance(fact, str) else say(fact)
