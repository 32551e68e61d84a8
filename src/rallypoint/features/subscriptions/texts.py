"""Everything this feature says. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from rallypoint.features.conditions.api import Simulation
from rallypoint.features.deliveries.api import (
    Delivery,
    DeliveryAttempt,
    Destination,
    DestinationState,
    Kind,
    place,
)
from rallypoint.features.subscriptions.model import Subscription
from rallypoint.kernel.events import Event
from rallypoint.ui.web.languages import N_

MOST_CHARACTERS = 2000
"""Of one message (docs: Resources > Message)."""
LONGEST_ANSWER = 150
MOST_KINDS_SHOWN = 5
LINES_OF_SIMULATION = 10

REFUSALS: dict[str, str] = {
    "event_kinds_count": "Name 1 to {most} kinds of events.",
    "event_kind_invalid": "`{kind}` is no kind of event. Write one such as `presence.joined` or `rooms.*`.",
    "event_kind_unknown": "There are no events that `{kind}` fits. Choose one of those offered.",
    "event_subjects_count": "Name 1 to {most} channels, or none for the whole server.",
    "event_subject_invalid": "`{subject}` is nothing that events are about. Write one such as `channel:123`.",
    "subscription_unknown": "There is no subscription `{subscription}` here. `/notify list` shows those there are.",
    "destination_place_missing": "Say where it goes: `to`, an address or a key, or `to_channel`.",
    "destination_place_twice": "Say where it goes once: either `to` or `to_channel`.",
    "too_many_subscriptions": "This server has its {most} subscriptions. Remove one first.",
}

PAGE_ADDED = N_("Added. Try it, or send a test to its destination.")
PAGE_SAVED = N_("Saved.")
PAGE_PAUSED = N_("Paused: what happens meanwhile is not sent, also not later.")
PAGE_RESUMED = N_("Resumed.")
PAGE_REMOVED = N_("Deleted.")
PAGE_NEEDED = N_("It is needed.")
PAGE_EVERYTHING = N_("Everything")
PAGE_ALL_OF = N_("Everything: {feature}")
PAGE_MEMBERS = {"people": N_("people"), "bots": N_("bots"), "everybody": N_("everybody")}

NONE_YET = "Nothing is sent anywhere yet. `/notify add` changes that."
KINDS = {
    Kind.WEBHOOK_POST: "Webhook: POST with JSON, signed",
    Kind.WEBHOOK_GET: "Webhook: GET with values in the address",
    Kind.DISCORD: "Discord: a message to a channel",
    Kind.REDIS_LIST: "Redis list",
    Kind.REDIS_STREAM: "Redis stream",
}
_STATES = {
    DestinationState.PAUSED: "**paused**",
    DestinationState.DISABLED: "**disabled**",
    DestinationState.REMOVED: "**removed**",
}


def words(event: type[Event]) -> str:
    """What such events are, for lists."""
    feature, _, happened = event.kind.partition(".")
    return f"{feature}: {happened.replace('_', ' ')}"


def listing(pairs: Sequence[tuple[Subscription, Destination]], now: datetime, most: int) -> str:
    if not pairs:
        return NONE_YET
    head = f"**What is sent from this server** ({len(pairs)} of {most})"
    return fitted(head, [f"- {_line(row, to)} · {_health(to, now)}" for row, to in pairs])


def shown(row: Subscription, to: Destination, now: datetime) -> str:
    return (
        f"{_line(row, to)}\n**Kind** {KINDS.get(Kind(to.kind), to.kind)}\n"
        f"**Events** {_code(', '.join(row.kinds))}\n**Where** {_where(row)}\n"
        f"{_only_if(row)}**Health** {_health(to, now)}\n"
        f"-# Added {_moment(row.created_at, 'd')}{f' by <@{row.created_by}>' if row.created_by else ''}."
    )


def conditions_of(row: Subscription) -> str:
    if not row.conditions:
        return f"`#{row.id}` is sent whatever else is. `/notify conditions` changes that."
    return f"`#{row.id}` is sent only if\n{_conditions(row)}\n-# `/notify simulate` tells what would have been sent."


def _conditions(row: Subscription) -> str:
    return "\n".join(
        f"- {_code(name)} {_code(_value(said))}" for name, said in row.conditions.items()
    )


def _value(said: object) -> str:
    if isinstance(said, dict):
        return ", ".join(f"{name} {value}" for name, value in said.items())
    return ", ".join(map(str, said)) if isinstance(said, list) else str(said).lower()


def simulated(row: Subscription, found: Simulation) -> str:
    time = f"{_moment(found.since, 'f')} – {_moment(found.until, 'f')}"
    said = f"**`#{row.id}` would have sent {found.would_send}** ({time}, {found.events} events looked at)"
    for outcome, count in sorted(found.left_out.items()):
        said += f"\n- {count} not, for want of {_code(outcome)}"
    if not found.is_whole:
        said += "\n-# I could not look at all of that time: it is forgotten already, or too much."
    if found.assumes_roles:
        said += "\n-# Who had which role is not remembered: as if everybody had one that is wanted."
    lines = (
        f"- {_code(each.event.kind)} {_subject(each.event.subject)} {_moment(each.at, 'f')}"
        for each in found.first
    )
    return fitted(said, list(lines)[:LINES_OF_SIMULATION])


def _only_if(row: Subscription) -> str:
    return f"**Only if**\n{_conditions(row)}\n" if row.conditions else ""


def added(row: Subscription, to: Destination, secret: str | None) -> str:
    said = f"{_line(row, to)} is added. `/notify test` sends a made-up event there."
    if secret is None:
        return said
    return f"{said}\n{_secret(secret)}"


def secret_changed(to: Destination, secret: str | None) -> str:
    return (
        f"**{_said(to.name)}** has a new secret. For a day its messages are signed with the old one, too."
        f"\n{_secret(secret or '')}"
    )


def _secret(secret: str) -> str:
    return f"Its messages are signed (Standard Webhooks) with this secret, which is not shown again:\n||`{secret}`||"


def tested(to: Destination, kind: str) -> str:
    return f"A made-up `{kind}` is on its way to **{_said(to.name)}**. `/notify log` tells how it went."


def paused(to: Destination) -> str:
    return f"Nothing is sent to **{_said(to.name)}** until `/notify resume`. What comes is kept for it."


def resumed(to: Destination) -> str:
    return f"**{_said(to.name)}** is sent to again."


def removed(row: Subscription) -> str:
    return f"`#{row.id}` is removed."


def replayed(to: Destination, count: int) -> str:
    if not count:
        return f"There is nothing to send to **{_said(to.name)}** again."
    return (
        f"{count} are sent to **{_said(to.name)}** again, little by little, after all that is new."
    )


def log(
    to: Destination,
    rows: Sequence[Delivery],
    attempts: Mapping[int, Sequence[DeliveryAttempt]],
    now: datetime,
) -> str:
    head = f"**{_said(to.name)}** · {_health(to, now)}"
    if not rows:
        return f"{head}\nNothing was sent yet."
    return fitted(head, [_sent(row, attempts.get(row.id, ())) for row in rows])


def choice(row: Subscription, to: Destination) -> str:
    """One of a list to choose from."""
    return cut(f"#{row.id} {to.name} · {', '.join(row.kinds)}", 100)


def fitted(head: str, lines: Iterable[str]) -> str:
    """As many of *lines* as one message takes, and how many were left out."""
    said, left = head, list(lines)
    room = MOST_CHARACTERS - len("\n… and 999 more")
    while left and len(said) + 1 + len(left[0]) <= room:
        said = f"{said}\n{left.pop(0)}"
    return f"{said[:room]}\n… and {len(left)} more" if left else said


def cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _line(row: Subscription, to: Destination) -> str:
    kinds = ", ".join(row.kinds[:MOST_KINDS_SHOWN])
    more = (
        f" and {len(row.kinds) - MOST_KINDS_SHOWN} more"
        if len(row.kinds) > MOST_KINDS_SHOWN
        else ""
    )
    paused = "" if row.active else " (off)"
    return f"`#{row.id}`{paused} {_code(kinds)}{more} {_where(row)} → **{_said(to.name)}** {_code(_place(to))}"


def _place(to: Destination) -> str:
    return place(Kind(to.kind), to.config)


def _where(row: Subscription) -> str:
    if row.subjects is None:
        return "of the whole server"
    shown = [_subject(each) for each in row.subjects[:MOST_KINDS_SHOWN]]
    return f"of {', '.join(shown)}{' …' if len(row.subjects) > MOST_KINDS_SHOWN else ''}"


def _subject(subject: str) -> str:
    what, _, which = subject.partition(":")
    return f"<#{which}>" if what == "channel" and which.isdigit() else _code(subject)


def _health(to: Destination, now: datetime) -> str:
    if to.state != DestinationState.ACTIVE:
        why = f": {to.reason}" if to.reason else ""
        return f"{_STATES[DestinationState(to.state)]}{why}"
    if to.next_try_at is not None and to.next_try_at > now:
        return f"**failing** since {_moment(to.failing_since)}, next try {_moment(to.next_try_at)}"
    if to.failing_since is not None:
        return f"**failing** since {_moment(to.failing_since)}"
    if to.last_delivered_at is None:
        return "nothing sent yet"
    return f"well, last sent {_moment(to.last_delivered_at)}"


def _sent(row: Delivery, attempts: Sequence[DeliveryAttempt]) -> str:
    last = attempts[0] if attempts else None
    said = f"- `{row.id}` {_code(row.kind)} {_moment(row.happened_at, 'f')} **{row.state}**"
    if last is None:
        return f"{said}{f': {row.reason}' if row.reason else ''}"
    answered = f" {last.status}" if last.status else f" {last.reason}" if last.reason else ""
    tries = f" after {row.attempts} tries" if row.attempts > 1 else ""
    said += f"{tries}:{answered or ' ok'} in {last.seconds:.2f} s"
    if row.due_at is not None:
        said += f", next {_moment(row.due_at)}"
    failed = last.answer and last.verdict != "delivered"
    return f"{said} {_code(cut(' '.join(last.answer.split()), LONGEST_ANSWER))}" if failed else said


def _moment(moment: datetime | None, style: str = "R") -> str:
    return "–" if moment is None else f"<t:{int(moment.timestamp())}:{style}>"


def _said(text: str) -> str:
    """What somebody wrote brings no markdown of its own."""
    return re.sub(r"([\\*_~`|<>#\[\]()])", r"\\\1", text)


def _code(text: str) -> str:
    return f"`{text.replace('`', chr(39))}`"
