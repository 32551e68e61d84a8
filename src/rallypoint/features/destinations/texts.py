"""Everything this feature says. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from rallypoint.kernel.errors import Refused
from rallypoint.ui.web.languages import N_

REFUSALS: dict[str, str] = {
    "span_ends_first": "That is not after the beginning. Choose a later end.",
    "delivery_unknown": "There is no delivery `{delivery}` here. The log shows those there are.",
    "no_curl": "What goes there is not sent by a tool that a line could show.",
    "destination_not_active": "`{name}` is {state}. Resume it first.",
    "destination_kind_unknown": "There are no destinations of the kind `{kind}` here.",
    "event_unknown": "There are no events `{kind}`. Choose one of those offered.",
    "destination_unknown": "There is no destination `{destination}` here. List those there are.",
    "destination_in_use": "`{name}` is what {count} subscriptions lead to. Remove these first.",
    "destination_name_invalid": "Choose a name of 1 to {most} characters.",
    "destination_name_taken": "There is a destination called `{name}` already. Choose another name.",
    "destination_config_invalid": "`{field}` does not fit: {why}.",
    "destination_for_operator": "Only who runs the program sends to `{kind}`.",
    "destination_unreadable": "The address and secret of `{name}` cannot be read: they were encrypted with a key"
    " that is not there any more. Give it its address again, and a signed one another secret.",
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

DELIVERIES = N_("Deliveries")
"""The entry of the navigation."""

PAUSED = N_("Paused: nothing is sent, and what comes is kept.")
RESUMED = N_("Resumed: what waits is sent now.")
REMOVED = N_("Deleted.")
SAVED = N_("Saved.")
REPLAYED = N_("Sent again: {count}, ten a second, after all that is new.")
REPLAYED_BUT = N_("Sent again: {count}. Left as it is, for it is not active: {names}.")
NOTHING_TO_REPLAY = N_("There is nothing to send again: what waits is sent anyway.")
TESTED = N_("A made-up event is on its way. What comes back is shown below.")
NEEDED = N_("It is needed.")

KINDS: Mapping[str, str] = {
    "webhook.post": N_("Webhook: POST"),
    "webhook.get": N_("Webhook: GET"),
    "discord": N_("Discord"),
    "redis.list": N_("Redis list"),
    "redis.stream": N_("Redis stream"),
    "amqp": N_("Message bus"),
}
ABOUT_KINDS: Mapping[str, str] = {
    "webhook.post": N_("JSON to an address, signed: for a program of yours"),
    "webhook.get": N_("Only an address, with values filled in: for Make, Zapier and n8n"),
    "discord": N_("A message to a channel of this server, or to a webhook of another"),
    "redis.list": N_("JSON at the end of a list"),
    "redis.stream": N_("An entry of a stream"),
}
"""Those that a server may have."""

EVENTS: Mapping[str, str] = {
    "deliveries.disabled": N_("A destination is disabled"),
    "presence.activated": N_("The first one comes into an empty channel"),
    "presence.camera": N_("Somebody turns a camera on or off"),
    "presence.deafened": N_("Somebody deafens themselves, or listens again"),
    "presence.emptied": N_("The last one leaves a channel"),
    "presence.joined": N_("Somebody comes into voice"),
    "presence.left": N_("Somebody leaves voice"),
    "presence.moved": N_("Somebody changes the channel"),
    "presence.muted": N_("Somebody mutes themselves, or speaks again"),
    "presence.streamed": N_("Somebody starts a stream, or ends it"),
    "presence.synced": N_("What was missed in an outage is made up for"),
    "rooms.closed": N_("A room is closed"),
    "rooms.opened": N_("A room is opened"),
    "sessions.completed": N_("A personal session is over"),
    "sessions.failed": N_("A personal session failed"),
    "sessions.queued": N_("A personal session waits for its turn"),
    "sessions.started": N_("A personal session begins"),
}

ANSWERED = N_("It answered {status}")
REASONS: Mapping[str, str] = {
    "bad_answer": N_("Its answer could not be read"),
    "broken_off": N_("The connection broke off"),
    "channel_unknown": N_("That channel is gone"),
    "disabled": N_("The destination was disabled"),
    "discord_forbids": N_("The bot may not write there"),
    "discord_refuses": N_("Discord refused the message"),
    "discord_unavailable": N_("Discord did not answer"),
    "enough_for_now": N_("That address gets enough for now"),
    "failing": N_("It failed for five days"),
    "forgotten": N_("Somebody it was about wanted to be forgotten"),
    "gone": N_("It is gone, or wants no more"),
    "name_unknown": N_("There is no server of that name"),
    "not_authorised": N_("It did not let us in"),
    "not_set_up": N_("This program has no connection of that kind"),
    "out_of_memory": N_("It has no memory left"),
    "output_too_long": N_("Filled in, the text is too long"),
    "refused": N_("It refused"),
    "removed": N_("The destination was deleted"),
    "timed_out": N_("It did not answer in time"),
    "tls": N_("Its certificate does not fit"),
    "too_old": N_("It waited for longer than is kept"),
    "unreadable": N_("The key to its address and secret is lost"),
    "unreachable": N_("It could not be reached"),
    "unroutable": N_("Nobody takes such events there"),
    "url_not_public": N_("It is not on the public internet"),
    "value_missing": N_("The event has not got what is to be filled in"),
    "wrong_type": N_("What lies under that key is of another type"),
}


def words(refused: Refused) -> str:
    """Of what is wrong with a destination, for those who make destinations out of something else."""
    said = REFUSALS.get(refused.code)
    return said.format_map(refused.facts) if said else str(refused)
