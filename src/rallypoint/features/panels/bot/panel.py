"""The buttons and selects of a room's panel."""

from __future__ import annotations

from rallypoint.features.panels import texts
from rallypoint.features.panels.service import powers, renaming
from rallypoint.kernel.cards import Press
from rallypoint.kernel.errors import NotFound, Refused
from rallypoint.kernel.feature import Parts
from rallypoint.kernel.ids import UserId
from rallypoint.kernel.people import Actor
from rallypoint.ui.discord.actors import member_of
from rallypoint.ui.discord.cards import modal_of
from rallypoint.ui.discord.controls import Handlers

from .answers import Interaction, say


class Panel:
    def __init__(self, parts: Parts) -> None:
        self.parts = parts

    @property
    def handlers(self) -> Handlers:
        return {
            ("panels.lock", 1): self._lock,
            ("panels.unlock", 1): self._unlock,
            ("panels.hide", 1): self._hide,
            ("panels.show", 1): self._show,
            ("panels.rename", 1): self._rename,
            ("panels.limit", 1): self._limit,
            ("panels.claim", 1): self._claim,
            ("panels.close", 1): self._close,
            ("panels.invite", 1): self._invite,
            ("panels.kick", 1): self._kick,
            ("panels.transfer", 1): self._transfer,
        }

    async def _lock(self, interaction: Interaction, press: Press) -> None:
        room_id, actor = await _begin(interaction, press)
        await powers.lock(self.parts, room_id, on=True, actor=actor)
        await say(interaction, texts.LOCKED)

    async def _unlock(self, interaction: Interaction, press: Press) -> None:
        room_id, actor = await _begin(interaction, press)
        await powers.lock(self.parts, room_id, on=False, actor=actor)
        await say(interaction, texts.UNLOCKED)

    async def _hide(self, interaction: Interaction, press: Press) -> None:
        room_id, actor = await _begin(interaction, press)
        await powers.hide(self.parts, room_id, on=True, actor=actor)
        await say(interaction, texts.HIDDEN)

    async def _show(self, interaction: Interaction, press: Press) -> None:
        room_id, actor = await _begin(interaction, press)
        await powers.hide(self.parts, room_id, on=False, actor=actor)
        await say(interaction, texts.SHOWN)

    async def _rename(self, interaction: Interaction, press: Press) -> None:
        if press.fields is None:
            await interaction.response.send_modal(modal_of(texts.rename_form(press.subject)))
            return
        room_id, actor = await _begin(interaction, press)
        name = press.fields.get("name", "")
        later = await renaming.rename(self.parts, room_id, name, actor=actor)
        await say(interaction, texts.renamed(name, later))

    async def _limit(self, interaction: Interaction, press: Press) -> None:
        if press.fields is None:
            await interaction.response.send_modal(modal_of(texts.limit_form(press.subject)))
            return
        room_id, actor = await _begin(interaction, press)
        given = press.fields.get("most", "").strip() or "0"
        if not given.isdecimal() or len(given) > 2:
            raise Refused("limit_unreadable", given=given)
        await powers.limit(self.parts, room_id, int(given), actor=actor)
        await say(interaction, texts.limited(int(given)))

    async def _claim(self, interaction: Interaction, press: Press) -> None:
        room_id, actor = await _begin(interaction, press)
        await powers.claim(self.parts, room_id, actor=actor)
        await say(interaction, texts.CLAIMED)

    async def _close(self, interaction: Interaction, press: Press) -> None:
        room_id, actor = await _begin(interaction, press)
        gone = await powers.close(self.parts, room_id, actor=actor)
        await say(interaction, texts.closed(gone=gone))

    async def _invite(self, interaction: Interaction, press: Press) -> None:
        room_id, actor = await _begin(interaction, press)
        guests = [UserId(each) for each in press.picked]
        await powers.invite(self.parts, room_id, guests, actor=actor)
        await say(interaction, texts.invited(press.picked))

    async def _kick(self, interaction: Interaction, press: Press) -> None:
        room_id, actor = await _begin(interaction, press)
        await powers.kick(self.parts, room_id, UserId(press.picked[0]), actor=actor)
        await say(interaction, texts.kicked(press.picked[0]))

    async def _transfer(self, interaction: Interaction, press: Press) -> None:
        room_id, actor = await _begin(interaction, press)
        await powers.transfer(self.parts, room_id, UserId(press.picked[0]), actor=actor)
        await say(interaction, texts.transferred(press.picked[0]))


async def _begin(interaction: Interaction, press: Press) -> tuple[int, Actor]:
    if not press.subject.isdecimal():
        raise NotFound("room_unknown")
    await interaction.response.defer(ephemeral=True, thinking=True)
    return int(press.subject), member_of(interaction)
