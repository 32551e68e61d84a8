"""What a change of flags is, in facts."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from rallypoint.features.presence.events import Camera, Deafened, Flagged, Muted, Streamed
from rallypoint.kernel.ids import GuildId, UserId

from .inputs import CAMERA, DEAFENED, MUTED, STREAM
from .stays import Stay

FACTS: tuple[tuple[int, type[Flagged]], ...] = (
    (MUTED, Muted),
    (DEAFENED, Deafened),
    (STREAM, Streamed),
    (CAMERA, Camera),
)


def facts(
    guild_id: GuildId,
    stay: Stay,
    user_id: UserId,
    before: int,
    heard: Callable[[str], bool],
    fleeting: bool,
) -> Iterator[Flagged]:
    """Those of *heard* kinds by which *stay* differs from what its flags were *before*."""
    for bits, fact in FACTS:
        on = bool(stay.flags & bits)
        if on != bool(before & bits) and heard(fact.kind):
            yield fact(guild_id, stay.channel_id, user_id, stay.bot, on, fleeting)
