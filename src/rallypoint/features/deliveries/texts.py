"""Everything this feature says. Pure."""

from __future__ import annotations

from rallypoint.kernel.errors import Refused

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
    "no_discord_webhook": "Give the address of a Discord webhook, from the channel's settings > Integrations.",
}


ADDRESSES: dict[str, str] = {
    "url_character": "The address has `{character}` in it. Write it as %-code, or leave it out.",
    "url_escape": "The address has a `%` that begins no code. Write `%25`.",
    "url_host": "The address names no server. Write one such as `https://hooks.example/in`.",
    "url_host_number": "`{host}` is not how an IP address is written. Write it in its usual form.",
    "url_not_ascii": "Write the address in ASCII: of a name with other letters, its `xn--` form.",
    "url_not_https": "Only addresses with `https://` are allowed here.",
    "url_not_public": "`{host}` is not on the public internet. Who runs the program may allow it"
    " (RALLYPOINT_HTTP_ALLOWED).",
    "url_placeholder_in_host": "Server and port must be written out: placeholders may stand only after them.",
    "url_placeholder_in_key": "The names in a query must be written out: a placeholder may stand only after a `=`.",
    "url_port": "The port {port} is not allowed. Take one of {ports}.",
    "url_scheme": "Addresses begin with `https://`.",
    "url_unreadable": "That is no address. Write one such as `https://hooks.example/in`.",
    "url_segment_of_dots": "The path of the address has a part that is only dots. Leave it out.",
    "url_too_long": "The address is too long: {most} characters at most.",
    "url_userinfo": "The address has a user name in it. Leave it out.",
    "secret_length": "A secret has {least} to {most} bytes.",
    "secret_unreadable": "That is no secret as Standard Webhooks writes them.",
}
TEMPLATES: dict[str, str] = {
    "cannot_compare": "The text compares what cannot be compared.",
    "output_too_long": "The text becomes too long: {most} bytes at most.",
    "template_construct": "`{construct}` in line {line} is not allowed. Placeholders such as `{{{{ kind }}}}`,"
    " a few filters and `if` are.",
    "template_filter": "There is no filter `{name}`. There are: {known}.",
    "template_syntax": "Line {line} cannot be read: {problem}",
    "template_too_deep": "The text is too complicated. Make it simpler.",
    "template_too_long": "The text is too long: {most} bytes at most.",
    "template_variable": "There is no `{name}` to be filled in. There are: {known}.",
    "value_is_no_text": "What is to be filled in is no text.",
    "value_missing": "The event has no `{name}` to be filled in.",
}
REFUSALS |= ADDRESSES | TEMPLATES


def disabled(name: str, reason: str) -> str:
    why = _WHY_DISABLED.get(reason, reason)
    return (
        f"Nothing is sent to **{name}** any more. {why} What waited lies among the dead letters:"
        " mend the receiver, then `/notify resume` and `/notify replay`."
    )


def all_well(waiting: int) -> str:
    return f"every destination takes what is sent; {waiting} waiting"


def words(refused: Refused) -> str:
    """Of what is wrong with a destination, for those who make destinations out of something else."""
    said = REFUSALS.get(refused.code)
    return said.format_map(refused.facts) if said else str(refused)
