"""The consent page: who one is, what is asked for, yes or no. It works without any script."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from fakecord import permissions
from fakecord.entities import User
from fakecord.oauth2.authorization import Asked, may_add_bot
from fakecord.oauth2.scopes import WORDS
from fakecord.world import GuildState, World

TOP = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<link rel="icon" type="image/svg+xml" href="/_play/mark.svg">
<link rel="stylesheet" href="/_play/page.css">
<link rel="stylesheet" href="/_play/consent.css">
</head>
<body class="consent">
<main>
<img src="/_play/mark.svg" alt="" width="40" height="40">
"""
BOTTOM = "</main>\n</body>\n</html>\n"


def consent(world: World, asked: Asked, account: str | None, now: float) -> str:
    """*account* is the one this browser allowed something with before."""
    people = _people(world)
    name = escape(world.application.name)
    parts = [
        TOP.format(title=f"Authorize {name}"),
        f"<h1><b>{name}</b> wants to access your account</h1>",
        '<form method="post">',
        _field("account", "You are", ((u.id, u.username) for u in people), account),
    ]
    if asked.adds_bot:
        parts.append(_guilds(world, asked, people, now))
    parts += [
        "<h2>It will be able to</h2>",
        "<ul>",
        *(f"<li>{escape(words)}</li>" for words in _wishes(asked)),
        "</ul>",
        _where(asked),
        '<p class="answers">',
        '<button name="answer" value="deny">Cancel</button>',
        '<button class="primary" name="answer" value="allow">Authorize</button>',
        "</p>",
        "</form>",
        BOTTOM,
    ]
    return "\n".join(parts)


def _people(world: World) -> list[User]:
    """Who is in a guild; there are others only by name."""
    there = {user_id for state in world.guilds.values() for user_id in state.members}
    return [user for user in world.users.values() if not user.bot and user.id in there]


def told(title: str, words: str) -> str:
    """A page with nothing to answer."""
    return TOP.format(title=escape(title)) + (
        f"<h1>{escape(title)}</h1>\n<p>{escape(words)}</p>\n" + BOTTOM
    )


def _wishes(asked: Asked) -> Iterable[str]:
    yield from (WORDS[scope] for scope in asked.scopes)
    if asked.adds_bot and asked.permissions:
        names = (
            name.replace("_", " ").capitalize() for name in permissions.names(asked.permissions)
        )
        yield f"With these permissions: {', '.join(names)}"


def _where(asked: Asked) -> str:
    if asked.redirect_uri is None or asked.response_type is None:
        return ""
    return f'<p class="quiet">Then you are sent to {escape(asked.redirect_uri)}</p>'


def _guilds(world: World, asked: Asked, people: list[User], now: float) -> str:
    offered: list[GuildState] = [
        state
        for state in world.guilds.values()
        if any(may_add_bot(state, each.id, now) for each in people)
        and (not asked.guild_fixed or state.guild.id == asked.guild_id)
    ]
    choices = ((state.guild.id, state.guild.name) for state in offered)
    return _field("guild_id", "Add to server", choices, asked.guild_id)


def _field(name: str, label: str, choices: Iterable[tuple[str, str]], chosen: str | None) -> str:
    options = "".join(
        f'<option value="{value}"{" selected" if value == chosen else ""}>{escape(words)}</option>'
        for value, words in choices
    )
    return (
        f'<p class="field"><label for="{name}">{label}</label>'
        f'<select id="{name}" name="{name}" required>{options}</select></p>'
    )
