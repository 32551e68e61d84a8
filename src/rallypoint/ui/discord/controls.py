"""Buttons, selects and forms in use. A cog with a `controls` mapping (name of a `ControlId` → handler) answers them,
whichever process showed the card."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any

import discord

from rallypoint.kernel.cards import ControlId, Press
from rallypoint.kernel.errors import Refused

Handler = Callable[[discord.Interaction[Any], Press], Awaitable[None]]
Handlers = Mapping[tuple[str, int], Handler]
"""By name and version."""

_USES = (discord.InteractionType.component, discord.InteractionType.modal_submit)


async def answer(interaction: discord.Interaction[Any], handlers: Handlers) -> None:
    """Nothing, for what is no control of ours. Raise Refused for one that no version still answers."""
    if interaction.type not in _USES:
        return
    data: Any = interaction.data or {}
    control = ControlId.read(data.get("custom_id", ""))
    if control is None:
        return
    handler = handlers.get((control.name, control.version))
    if handler is None:
        raise Refused("card_outdated")
    await handler(interaction, _press(control, interaction.type, data))


def _press(control: ControlId, kind: discord.InteractionType, data: Any) -> Press:
    if kind is discord.InteractionType.modal_submit:
        fields = {each["custom_id"]: each.get("value") or "" for each in _inputs(data)}
        return Press(control.subject, fields=fields)
    picked = tuple(int(each) for each in data.get("values", ()) if each.isdecimal())
    return Press(control.subject, picked=picked)


def _inputs(part: Any) -> Iterator[Any]:
    for component in part.get("components", ()):
        inner = component.get("component")
        if inner is not None:
            yield inner
        yield from _inputs(component)
