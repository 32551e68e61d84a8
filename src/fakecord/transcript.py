"""A channel as text, for people and for assertions."""

from __future__ import annotations

from collections.abc import Iterator

from fakecord.entities import Json, Message
from fakecord.message_payloads import EPHEMERAL, LOADING
from fakecord.world import World

SYSTEM = {
    4: "renamed this to …",
    6: "pinned a message",
    18: "started the thread …",
    21: "said what this thread is about",
}
"""Messages of the system's by their type, in words."""


def transcript(world: World, channel_id: str, reader_id: str | None = None) -> str:
    """All messages, oldest first; for *reader_id* without what only others see."""
    kept = visible(world, channel_id, reader_id)
    return "\n".join(line for message in kept for line in lines(world, message))


def visible(world: World, channel_id: str, reader_id: str | None = None) -> list[Message]:
    return [
        message
        for message in world.messages.get(channel_id, {}).values()
        if reader_id is None or message.only_for in (None, reader_id)
    ]


def lines(world: World, message: Message) -> Iterator[str]:
    """``bot (only alice sees this): text``, then embeds behind a bar and components in brackets."""
    who = message.shown_as or world.users[message.author_id].username
    if message.type in SYSTEM:
        yield f"({who} {SYSTEM[message.type]})".replace("…", message.content)
        return
    if message.flags & EPHEMERAL and message.only_for:
        who += f" (only {world.users[message.only_for].username} sees this)"
    if message.flags & LOADING:
        yield f"{who} is thinking…"
        return
    yield f"{who}: {message.content}".rstrip() + (" (edited)" if message.edited else "")
    if message.reactions:
        yield "  " + " ".join(f"{r.emoji} {len(r.user_ids)}" for r in message.reactions)
    for attachment in message.attachments:
        yield f"  <file {attachment.get('filename')}>"
    for embed in message.embeds:
        yield from (f"  | {line}" for line in _embed(embed))
    for component in message.components:
        yield from (f"  {line}" for line in component_lines(component))


def _embed(embed: Json) -> Iterator[str]:
    author, footer = embed.get("author") or {}, embed.get("footer") or {}
    for part in (author.get("name"), embed.get("title"), embed.get("description")):
        yield from (part or "").splitlines()
    for field in embed.get("fields") or []:
        yield f"{field['name']}: {field['value']}"
    if footer.get("text"):
        yield footer["text"]


def component_lines(component: Json) -> Iterator[str]:
    match component.get("type"):
        case 1:
            yield " ".join(_control(each) for each in component.get("components") or [])
        case 10:
            yield from component["content"].splitlines()
        case 9:
            for each in component.get("components") or []:
                yield from component_lines(each)
            yield _control(component["accessory"])
        case 17:
            for each in component.get("components") or []:
                yield from (f"| {line}" for line in component_lines(each))
        case 14:
            yield "---"
        case _:
            yield _control(component)


def _control(component: Json) -> str:
    off = " (disabled)" if component.get("disabled") else ""
    match component.get("type"):
        case 2:
            label = component.get("label") or (component.get("emoji") or {}).get("name") or "?"
            return f"[{label}{off}]"
        case 3:
            options = " | ".join(option["label"] for option in component.get("options") or [])
            return f"<{component.get('placeholder') or 'select'}: {options}{off}>"
        case 5 | 6 | 7 | 8:
            return f"<{component.get('placeholder') or 'select'}{off}>"
        case 11 | 12 | 13:
            return "<picture>"
        case kind:
            return f"<component {kind}>"
