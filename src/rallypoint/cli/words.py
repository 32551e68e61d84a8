"""How a refusal is said on a terminal."""

from __future__ import annotations

from rallypoint.app import catalogue
from rallypoint.kernel.errors import Refused


def words_of(refused: Refused) -> str:
    words = catalogue.refusals().get(refused.code)
    return words.format_map(refused.facts).replace("`", "") if words else str(refused)
