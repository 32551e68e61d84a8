"""Everything this feature says. Pure."""

from __future__ import annotations

REFUSALS: dict[str, str] = {
    "event_kinds_count": "Name 1 to {most} kinds of events.",
    "event_kind_invalid": "`{kind}` is no kind of event. Write one such as `presence.joined` or `rooms.*`.",
    "event_kind_unknown": "There are no events that `{kind}` fits. Choose one of those offered.",
    "event_subjects_count": "Name 1 to {most} channels, or none for the whole server.",
    "event_subject_invalid": "`{subject}` is nothing that events are about. Write one such as `channel:123`.",
    "subscription_unknown": "There is no subscription `{subscription}` here. `/notify list` shows those there are.",
    "too_many_subscriptions": "This server has its {most} subscriptions. Remove one first.",
}
