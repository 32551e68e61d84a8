"""Everything this feature says. Pure."""

from __future__ import annotations

SEE_LOG = "see why in its log: `/notify log`; mend the receiver, then `/notify resume`"
_WHY_DISABLED = {
    "failing": "It has failed for five days.",
    "gone": "It answered that nothing is wanted there any more.",
}

REFUSALS: dict[str, str] = {
    "destination_unknown": "There is no destination `{destination}` here. List those there are.",
    "destination_in_use": "`{name}` is what {count} subscriptions lead to. Remove these first.",
    "destination_name_invalid": "Choose a name of 1 to {most} characters.",
    "destination_name_taken": "There is a destination called `{name}` already. Choose another name.",
    "destination_config_invalid": "`{field}` does not fit: {why}.",
    "destination_for_operator": "Only who runs the program sends to `{kind}`.",
    "destination_unsigned": "What is sent to `{name}` is not signed: it has no secret.",
    "too_many_destinations": "This server has its {most} destinations. Remove one first.",
    "destination_not_active": "`{name}` is {state}. Resume it first.",
    "event_unknown": "There are no events `{kind}`. Choose one of those offered.",
    "delivery_unknown": "There is no delivery `{delivery}` to this destination. Its log shows those there are.",
    "no_curl": "What goes there is not sent by a tool that a line could show.",
    "no_discord_webhook": "Give the address of a Discord webhook, from the channel's settings > Integrations.",
}


def disabled(name: str, reason: str) -> str:
    why = _WHY_DISABLED.get(reason, reason)
    return (
        f"Nothing is sent to **{name}** any more. {why} What waited lies among the dead letters:"
        " mend the receiver, then `/notify resume` and `/notify replay`."
    )


def all_well(waiting: int) -> str:
    return f"every destination takes what is sent; {waiting} waiting"
