"""Everything this feature says. Pure."""

from __future__ import annotations

from rallypoint.kernel.errors import Refused

REFUSALS: dict[str, str] = {
    "destination_unknown": "There is no destination `{destination}` here. List those there are.",
    "destination_name_invalid": "Choose a name of 1 to {most} characters.",
    "destination_name_taken": "There is a destination called `{name}` already. Choose another name.",
    "destination_config_invalid": "`{field}` does not fit: {why}.",
    "destination_for_operator": "Only who runs the program sends to `{kind}`.",
    "destination_unsigned": "What is sent to `{name}` is not signed: it has no secret.",
    "too_many_destinations": "This server has its {most} destinations. Remove one first.",
    "no_discord_webhook": "Give the address of a Discord webhook, from the channel's settings > Integrations.",
}


def words(refused: Refused) -> str:
    """Of what is wrong with a destination, for those who make destinations out of something else."""
    said = REFUSALS.get(refused.code)
    return said.format_map(refused.facts) if said else str(refused)
